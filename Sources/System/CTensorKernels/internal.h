// What the kernels of each instruction set share. `float_kernels.h` and `integer_kernels.h` are
// compiled once for each set, under the names that NAME makes.
#ifndef C_TENSOR_INTERNAL_H
#define C_TENSOR_INTERNAL_H

#include "include/CTensorKernels.h"

#define INLINE static inline __attribute__((always_inline))

enum { MAX_TILE_ROWS = 12 };

/// Panels of a task of a matrix product and tiles of its rows: small, so that threads end together.
enum { TASK_PANELS = 8, TASK_TILES = 2, INTEGER_TASK_PANELS = 24 };
/// Tiles of queries of a task of attention.
enum { QUERY_TILES = 2 };

static inline intptr_t ctk_divide_up(intptr_t a, intptr_t b) { return (a + b - 1) / b; }
static inline intptr_t ctk_min(intptr_t a, intptr_t b) { return a < b ? a : b; }
static inline intptr_t ctk_round_up(intptr_t a, intptr_t b) { return ctk_divide_up(a, b) * b; }

/// The kernels of one instruction set.
typedef struct {
  void (*gemm_f32)(ctk_pool *, const ctk_gemm_f32 *);
  void (*layer_norm_f32)(
      ctk_pool *, const float *, intptr_t, float *, intptr_t, const float *, const float *,
      intptr_t, intptr_t, float);
  void (*softmax_f32)(ctk_pool *, const ctk_attention_f32 *);
  void (*taylor_f32)(ctk_pool *, const ctk_attention_f32 *, int32_t);
  void (*gemm_integer)(ctk_pool *, const ctk_gemm_integer *);
  void (*norm_integer)(ctk_pool *, const ctk_norm_integer *);
  void (*taylor_integer)(ctk_pool *, const ctk_attention_integer *);
  void (*softmax_integer)(ctk_pool *, const ctk_attention_integer *);
  void (*lstm_f32)(ctk_pool *, const ctk_lstm_f32 *);
} ctk_kernels;

extern const ctk_kernels ctk_kernels_portable, ctk_kernels_avx2, ctk_kernels_avx512;

// Layout of integer weights. 8 bit: [panel of 32][depth/4][32][4] int8, then int32 column sums.
// 16 bit: [panel of 16][depth][16] double: products of 16-bit integers summed in double are exact
// while the sum stays below 2^53, whatever the order.
void ctk_pack_int8(
    const int8_t *source, intptr_t row, intptr_t step, intptr_t depth, intptr_t columns,
    int8_t *target, int32_t *sums);
intptr_t ctk_packed_int8_sums(intptr_t depth, intptr_t columns);

#endif
