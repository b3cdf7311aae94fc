// A way for SQLite to read a database that never writes: no journal, no shared memory, no lock file
// is made or changed beside it.
#ifndef MALLARD_READ_ONLY_VFS_H
#define MALLARD_READ_ONLY_VFS_H

// The name under which SQLite knows it: file:PATH?mode=ro&readonly_shm=1&vfs=mallard-read.
#define MALLARD_READ_ONLY_VFS "mallard-read"

// Makes it known to SQLite; may be called at any time, by any thread, any number of times.
// Returns a result code of SQLite.
int mallard_register_read_only_vfs(void);

#endif
