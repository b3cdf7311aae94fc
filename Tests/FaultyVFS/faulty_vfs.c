#include "faulty_vfs.h"

#include <pthread.h>
#include <sqlite3.h>
#include <string.h>

typedef struct {
  sqlite3_file base;
  sqlite3_file *real;
} faulty_file;

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static char marker[256];
static long count, nth;
static int is_persistent;
static enum faulty_vfs_kind kind;

static sqlite3_vfs faulty_vfs;
static sqlite3_vfs *unix_one;

static sqlite3_file *real(sqlite3_file *file) { return ((faulty_file *)file)->real; }

// Whether this operation fails.
static int fails(void) {
  pthread_mutex_lock(&mutex);
  count++;
  int result = nth > 0 && (count == nth || (is_persistent && count > nth));
  pthread_mutex_unlock(&mutex);
  return result;
}

static int code(int io_error) { return kind == FAULTY_VFS_FULL ? SQLITE_FULL : io_error; }

static int f_close(sqlite3_file *file) { return real(file)->pMethods->xClose(real(file)); }
static int f_read(sqlite3_file *file, void *bytes, int size, sqlite3_int64 offset) {
  return real(file)->pMethods->xRead(real(file), bytes, size, offset);
}
static int f_write(sqlite3_file *file, const void *bytes, int size, sqlite3_int64 offset) {
  if (fails()) {
    // The disk took half of it.
    real(file)->pMethods->xWrite(real(file), bytes, size / 2, offset);
    return code(SQLITE_IOERR_WRITE);
  }
  return real(file)->pMethods->xWrite(real(file), bytes, size, offset);
}
static int f_truncate(sqlite3_file *file, sqlite3_int64 size) {
  if (fails()) return code(SQLITE_IOERR_TRUNCATE);
  return real(file)->pMethods->xTruncate(real(file), size);
}
static int f_sync(sqlite3_file *file, int flags) {
  if (fails()) return code(SQLITE_IOERR_FSYNC);
  return real(file)->pMethods->xSync(real(file), flags);
}
static int f_size(sqlite3_file *file, sqlite3_int64 *size) {
  return real(file)->pMethods->xFileSize(real(file), size);
}
static int f_lock(sqlite3_file *file, int lock) {
  return real(file)->pMethods->xLock(real(file), lock);
}
static int f_unlock(sqlite3_file *file, int lock) {
  return real(file)->pMethods->xUnlock(real(file), lock);
}
static int f_reserved(sqlite3_file *file, int *result) {
  return real(file)->pMethods->xCheckReservedLock(real(file), result);
}
static int f_control(sqlite3_file *file, int operation, void *argument) {
  return real(file)->pMethods->xFileControl(real(file), operation, argument);
}
static int f_sector(sqlite3_file *file) { return real(file)->pMethods->xSectorSize(real(file)); }
static int f_device(sqlite3_file *file) {
  return real(file)->pMethods->xDeviceCharacteristics(real(file));
}
static int f_shm_map(
    sqlite3_file *file, int page, int size, int extend, void volatile **memory) {
  return real(file)->pMethods->xShmMap(real(file), page, size, extend, memory);
}
static int f_shm_lock(sqlite3_file *file, int offset, int n, int flags) {
  return real(file)->pMethods->xShmLock(real(file), offset, n, flags);
}
static void f_shm_barrier(sqlite3_file *file) {
  real(file)->pMethods->xShmBarrier(real(file));
}
static int f_shm_unmap(sqlite3_file *file, int delete) {
  return real(file)->pMethods->xShmUnmap(real(file), delete);
}

static const sqlite3_io_methods methods = {
    2, f_close, f_read, f_write, f_truncate, f_sync, f_size, f_lock, f_unlock, f_reserved,
    f_control, f_sector, f_device, f_shm_map, f_shm_lock, f_shm_barrier, f_shm_unmap, 0, 0};

static int f_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out) {
  pthread_mutex_lock(&mutex);
  int is_ours = name && marker[0] && strstr(name, marker);
  pthread_mutex_unlock(&mutex);
  if (!is_ours) return unix_one->xOpen(unix_one, name, file, flags, out);
  memset(file, 0, (size_t)vfs->szOsFile);
  ((faulty_file *)file)->real = (sqlite3_file *)((faulty_file *)file + 1);
  int result = unix_one->xOpen(unix_one, name, real(file), flags, out);
  file->pMethods = result == SQLITE_OK ? &methods : 0;
  return result;
}

static int registered;

static void register_once(void) {
  unix_one = sqlite3_vfs_find("unix");
  if (!unix_one) {
    registered = SQLITE_NOTFOUND;
    return;
  }
  faulty_vfs = *unix_one;
  faulty_vfs.szOsFile = (int)sizeof(faulty_file) + unix_one->szOsFile;
  faulty_vfs.pNext = 0;
  faulty_vfs.zName = "faulty";
  faulty_vfs.xOpen = f_open;
  registered = sqlite3_vfs_register(&faulty_vfs, 1);
}

int faulty_vfs_register(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, register_once);
  return registered;
}

void faulty_vfs_arm(
    const char *new_marker, long new_nth, int persistent, enum faulty_vfs_kind new_kind) {
  pthread_mutex_lock(&mutex);
  strncpy(marker, new_marker, sizeof marker - 1);
  count = 0;
  nth = new_nth;
  is_persistent = persistent;
  kind = new_kind;
  pthread_mutex_unlock(&mutex);
}

void faulty_vfs_disarm(void) {
  pthread_mutex_lock(&mutex);
  nth = 0;
  pthread_mutex_unlock(&mutex);
}

long faulty_vfs_count(void) {
  pthread_mutex_lock(&mutex);
  long result = count;
  pthread_mutex_unlock(&mutex);
  return result;
}
