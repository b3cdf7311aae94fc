// What the machine offers: instruction set, clocks, aligned memory.
#define _GNU_SOURCE
#include "include/CTensorKernels.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

int32_t ctk_best_path(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("avx512vbmi"))
    return CTK_AVX512;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return CTK_AVX2;
#endif
  return CTK_PORTABLE;
}

static int64_t nanoseconds(clockid_t clock) {
  struct timespec t;
  clock_gettime(clock, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

int64_t ctk_cpu_nanoseconds(void) { return nanoseconds(CLOCK_PROCESS_CPUTIME_ID); }
int64_t ctk_wall_nanoseconds(void) { return nanoseconds(CLOCK_MONOTONIC); }

int64_t ctk_peak_resident_bytes(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return (int64_t)usage.ru_maxrss * 1024;
}

void *ctk_allocate(size_t bytes) {
  // Whole cache lines, and one more than asked for: a kernel may read, never write, past the end.
  size_t size = (bytes + 63) / 64 * 64 + 128;
  void *memory = NULL;
  if (size < bytes || posix_memalign(&memory, 64, size) != 0) return NULL;
  memset(memory, 0, size);
  return memory;
}

void ctk_free(void *memory) { free(memory); }
