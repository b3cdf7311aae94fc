// SQLite reads a database in WAL mode only where it may write beside it: it makes NAME-wal and
// NAME-shm where they are not there. This stands between SQLite and its own "unix" VFS:
//
// - NAME-wal is opened to read. Where there is none, an empty one is read.
// - NAME-shm is mapped to read (the URI says readonly_shm=1). Where there is none, SQLite is told
//   what it is told of one that no one keeps up to date (SQLITE_READONLY_CANTINIT): it then builds
//   the index of the journal in memory of its own, and looks at the start of every transaction
//   whether a writer has come (walBeginShmUnreliable in SQLite's wal.c).
// - Nothing is written, truncated, deleted; no lock beyond a shared one is asked for.
#include "read_only_vfs.h"

#include <pthread.h>
#include <sqlite3.h>
#include <string.h>

typedef struct {
  sqlite3_file base;
  // Whether `real` is open: the journal may not be there yet.
  int is_open;
  // Whether SQLite's own VFS has the shared memory; and locks that it was not asked for.
  int has_shm;
  unsigned unasked_locks;
  // To open the journal later.
  const char *name;
  sqlite3_file *real;
} read_file;

static sqlite3_vfs *unix_vfs(sqlite3_vfs *vfs) { return (sqlite3_vfs *)vfs->pAppData; }
static read_file *of(sqlite3_file *file) { return (read_file *)file; }
static sqlite3_file *real(sqlite3_file *file) { return of(file)->real; }

static sqlite3_vfs read_vfs;

static int read_close(sqlite3_file *file) {
  if (!of(file)->is_open) return SQLITE_OK;
  of(file)->is_open = 0;
  return real(file)->pMethods->xClose(real(file));
}

static int read_write(sqlite3_file *file, const void *bytes, int count, sqlite3_int64 offset) {
  (void)file, (void)bytes, (void)count, (void)offset;
  return SQLITE_READONLY;
}

static int read_truncate(sqlite3_file *file, sqlite3_int64 size) {
  (void)file, (void)size;
  return SQLITE_READONLY;
}

static int read_sync(sqlite3_file *file, int flags) {
  (void)file, (void)flags;
  return SQLITE_OK;
}

// Opens the journal where it has come meanwhile.
static int is_there(sqlite3_file *file) {
  if (of(file)->is_open) return 1;
  int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_WAL;
  sqlite3_vfs *unix_one = unix_vfs(&read_vfs);
  int there = 0;
  unix_one->xAccess(unix_one, of(file)->name, SQLITE_ACCESS_EXISTS, &there);
  if (!there) return 0;
  int code = unix_one->xOpen(unix_one, of(file)->name, real(file), flags, &flags);
  of(file)->is_open = code == SQLITE_OK;
  return of(file)->is_open;
}

static int read_read(sqlite3_file *file, void *bytes, int count, sqlite3_int64 offset) {
  if (!is_there(file)) {
    memset(bytes, 0, (size_t)count);
    return SQLITE_IOERR_SHORT_READ;
  }
  return real(file)->pMethods->xRead(real(file), bytes, count, offset);
}

static int read_size(sqlite3_file *file, sqlite3_int64 *size) {
  *size = 0;
  return is_there(file) ? real(file)->pMethods->xFileSize(real(file), size) : SQLITE_OK;
}

static int read_lock(sqlite3_file *file, int lock) {
  if (lock > SQLITE_LOCK_SHARED) return SQLITE_BUSY;
  return of(file)->is_open ? real(file)->pMethods->xLock(real(file), lock) : SQLITE_OK;
}

static int read_unlock(sqlite3_file *file, int lock) {
  return of(file)->is_open ? real(file)->pMethods->xUnlock(real(file), lock) : SQLITE_OK;
}

static int read_reserved(sqlite3_file *file, int *result) {
  *result = 0;
  return of(file)->is_open ? real(file)->pMethods->xCheckReservedLock(real(file), result)
                           : SQLITE_OK;
}

static int read_control(sqlite3_file *file, int operation, void *argument) {
  if (!of(file)->is_open) return SQLITE_NOTFOUND;
  return real(file)->pMethods->xFileControl(real(file), operation, argument);
}

static int read_sector(sqlite3_file *file) {
  return of(file)->is_open ? real(file)->pMethods->xSectorSize(real(file)) : 4096;
}

static int read_device(sqlite3_file *file) {
  return of(file)->is_open ? real(file)->pMethods->xDeviceCharacteristics(real(file)) : 0;
}

static int read_shm_map(
    sqlite3_file *file, int page, int size, int extend, void volatile **memory) {
  (void)extend;
  int code = real(file)->pMethods->xShmMap(real(file), page, size, 0, memory);
  if ((code & 0xff) == SQLITE_CANTOPEN) {
    *memory = 0;
    return SQLITE_READONLY_CANTINIT;
  }
  if (code == SQLITE_OK || (code & 0xff) == SQLITE_READONLY) of(file)->has_shm = 1;
  // A writer of this process has mapped it to write. A reader that had none before expects to hear
  // that it may read, and would take OK for "nothing has changed".
  return code == SQLITE_OK ? SQLITE_READONLY : code;
}

static int read_shm_lock(sqlite3_file *file, int offset, int count, int flags) {
  unsigned mask = (1u << (offset + count)) - (1u << offset);
  if (flags & SQLITE_SHM_UNLOCK && of(file)->unasked_locks & mask) {
    of(file)->unasked_locks &= ~mask;
    return SQLITE_OK;
  }
  if (of(file)->has_shm) return real(file)->pMethods->xShmLock(real(file), offset, count, flags);
  if (flags & SQLITE_SHM_LOCK) of(file)->unasked_locks |= mask;
  return SQLITE_OK;
}

static void read_shm_barrier(sqlite3_file *file) {
  if (of(file)->has_shm) real(file)->pMethods->xShmBarrier(real(file));
  else __sync_synchronize();
}

static int read_shm_unmap(sqlite3_file *file, int delete) {
  (void)delete;
  if (!of(file)->has_shm) return SQLITE_OK;
  of(file)->has_shm = 0;
  return real(file)->pMethods->xShmUnmap(real(file), 0);
}

static const sqlite3_io_methods read_methods = {
    2, read_close, read_read, read_write, read_truncate, read_sync, read_size, read_lock,
    read_unlock, read_reserved, read_control, read_sector, read_device, read_shm_map,
    read_shm_lock, read_shm_barrier, read_shm_unmap, 0, 0};

static int read_open(
    sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out) {
  int is_kept = flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL);
  // What SQLite sorts in is its own, and lies where such files do.
  if (!is_kept) return unix_vfs(vfs)->xOpen(unix_vfs(vfs), name, file, flags, out);
  memset(file, 0, (size_t)vfs->szOsFile);
  of(file)->real = (sqlite3_file *)(of(file) + 1);
  of(file)->name = name;
  if (flags & SQLITE_OPEN_WAL) {
    if (out) *out = SQLITE_OPEN_READONLY | SQLITE_OPEN_WAL;
    is_there(file);
    file->pMethods = &read_methods;
    return SQLITE_OK;
  }
  flags &= ~(SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_DELETEONCLOSE);
  int code = unix_vfs(vfs)->xOpen(unix_vfs(vfs), name, real(file), flags | SQLITE_OPEN_READONLY, out);
  of(file)->is_open = code == SQLITE_OK;
  file->pMethods = code == SQLITE_OK ? &read_methods : 0;
  return code;
}

static int read_delete(sqlite3_vfs *vfs, const char *name, int sync) {
  (void)vfs, (void)name, (void)sync;
  return SQLITE_OK;
}

static int read_access(sqlite3_vfs *vfs, const char *name, int flags, int *result) {
  return unix_vfs(vfs)->xAccess(unix_vfs(vfs), name, flags, result);
}

static int read_full_path(sqlite3_vfs *vfs, const char *name, int size, char *path) {
  return unix_vfs(vfs)->xFullPathname(unix_vfs(vfs), name, size, path);
}

static int registered = SQLITE_OK;

static void register_once(void) {
  // No effect once SQLite is in use; then it is as it was built, and Debian's takes URIs.
  sqlite3_config(SQLITE_CONFIG_URI, 1);
  sqlite3_vfs *unix_one = sqlite3_vfs_find("unix");
  if (!unix_one) {
    registered = SQLITE_NOTFOUND;
    return;
  }
  // Time, randomness and the rest are SQLite's own.
  read_vfs = *unix_one;
  read_vfs.szOsFile = (int)sizeof(read_file) + unix_one->szOsFile;
  read_vfs.pNext = 0;
  read_vfs.zName = MALLARD_READ_ONLY_VFS;
  read_vfs.pAppData = unix_one;
  read_vfs.xOpen = read_open;
  read_vfs.xDelete = read_delete;
  read_vfs.xAccess = read_access;
  read_vfs.xFullPathname = read_full_path;
  registered = sqlite3_vfs_register(&read_vfs, 0);
}

int mallard_register_read_only_vfs(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, register_once);
  return registered;
}
