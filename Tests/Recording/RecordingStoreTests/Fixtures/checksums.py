"""Computes the checksum of every row anew, as Recordings/README.md defines it.

Prints, for each table, how many rows have a sum, how many of those are right, and how many have
none. What it stands on, sqlite3 and zlib, is Python's own.
"""
import sqlite3
import struct
import sys
import zlib

CHANGING = {
    "session": {"endedAt"},
    "episode": {"endedAt", "outcome", "stepCount", "deletedAt", "deletedBy"},
    "handover": {"id"},
    "event": {"id"},
}
TABLES = "session robot episode step frame dropped_frame handover event mark tag purged".split()


def part(value):
    if value is None:
        return b"n"
    if isinstance(value, int):
        return b"i" + struct.pack("<q", value)
    if isinstance(value, float):
        return b"r" + struct.pack("<d", value + 0.0)
    if isinstance(value, str):
        data = value.encode()
        return b"t" + struct.pack("<Q", len(data)) + data
    return b"b" + struct.pack("<Q", len(value)) + value


def main(path):
    connection = sqlite3.connect(path)
    for table in TABLES:
        columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
        covered = [c for c in columns if c not in CHANGING.get(table, set()) | {"checksum"}]
        right = summed = bare = 0
        for *values, checksum in connection.execute(
            f"SELECT {', '.join(covered)}, checksum FROM {table}"
        ):
            if checksum is None:
                bare += 1
                continue
            summed += 1
            data = part(table) + b"".join(map(part, values))
            right += zlib.crc32(data) == checksum
        print(table, summed, right, bare)


main(sys.argv[1])
