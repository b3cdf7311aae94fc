// A VFS of SQLite's that fails at the n-th write, as a bad disk does. For tests only.
#ifndef MALLARD_FAULTY_VFS_H
#define MALLARD_FAULTY_VFS_H

// What a write that fails says.
enum faulty_vfs_kind { FAULTY_VFS_IO_ERROR, FAULTY_VFS_FULL };

// Makes it SQLite's usual one. Files whose path does not contain the marker are not touched.
int faulty_vfs_register(void);

// From now on writes, truncations and syncs of files whose path contains `marker` are counted from 1.
// The `nth` fails, and with `is_persistent` all that follow; 0 fails none.
void faulty_vfs_arm(const char *marker, long nth, int is_persistent, enum faulty_vfs_kind kind);

// No more failures; the count stays.
void faulty_vfs_disarm(void);

// How many were counted.
long faulty_vfs_count(void);

#endif
