// libhdf5, the serial build. Debian keeps its headers in a folder of their own.
#pragma once
#if __has_include(<hdf5/serial/hdf5.h>)
#include <hdf5/serial/hdf5.h>
#else
#include <hdf5.h>
#endif

// What HDF5 defines as macros that call functions or cast, Swift cannot see.
static inline hid_t chdf5_default(void) { return H5P_DEFAULT; }
static inline hid_t chdf5_all(void) { return H5S_ALL; }
static inline hsize_t chdf5_unlimited(void) { return H5S_UNLIMITED; }
static inline size_t chdf5_variable(void) { return H5T_VARIABLE; }
static inline hid_t chdf5_file_access(void) { return H5P_FILE_ACCESS; }
static inline hid_t chdf5_file_create(void) { return H5P_FILE_CREATE; }
static inline hid_t chdf5_group_create(void) { return H5P_GROUP_CREATE; }
static inline hid_t chdf5_dataset_create(void) { return H5P_DATASET_CREATE; }
static inline hid_t chdf5_c_string(void) { return H5T_C_S1; }
static inline hid_t chdf5_native_double(void) { return H5T_NATIVE_DOUBLE; }
static inline hid_t chdf5_native_float(void) { return H5T_NATIVE_FLOAT; }
static inline hid_t chdf5_native_int64(void) { return H5T_NATIVE_INT64; }
static inline hid_t chdf5_native_uint8(void) { return H5T_NATIVE_UINT8; }
static inline hid_t chdf5_float64(void) { return H5T_IEEE_F64LE; }
static inline hid_t chdf5_float32(void) { return H5T_IEEE_F32LE; }
static inline hid_t chdf5_int64(void) { return H5T_STD_I64LE; }
static inline hid_t chdf5_uint8(void) { return H5T_STD_U8LE; }

static inline hid_t chdf5_create(const char *path, hid_t creation, hid_t access) {
  return H5Fcreate(path, H5F_ACC_TRUNC, creation, access);
}
static inline hid_t chdf5_open(const char *path, hid_t access) {
  return H5Fopen(path, H5F_ACC_RDONLY, access);
}

// The error stack is silent: its texts go into thrown errors, not to the terminal.
static inline void chdf5_be_silent(void) { H5Eset_auto2(H5E_DEFAULT, NULL, NULL); }
static inline void chdf5_forget_errors(void) { H5Eclear2(H5E_DEFAULT); }
// Calls `take` with the texts of the error stack, the cause first.
static inline void chdf5_errors(H5E_walk2_t take, void *context) {
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, take, context);
}

// Calls `take` with the name of each member of a group. H5Literate has another signature in each
// release, so its use stays here.
struct chdf5_names {
  void (*take)(const char *, void *);
  void *context;
};
static inline herr_t chdf5_name(hid_t group, const char *name, const H5L_info_t *info, void *data) {
  const struct chdf5_names *names = (const struct chdf5_names *)data;
  names->take(name, names->context);
  return 0;
}
static inline herr_t chdf5_each_name(
    hid_t group, void (*take)(const char *, void *), void *context) {
  struct chdf5_names names = {take, context};
  return H5Literate(group, H5_INDEX_NAME, H5_ITER_NATIVE, NULL, chdf5_name, &names);
}
