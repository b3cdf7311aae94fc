// The first lines of this part are being written.
