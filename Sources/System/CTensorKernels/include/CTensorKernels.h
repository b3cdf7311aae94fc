// Kernels of the encoder: matrix products, attention and row operations, in float32, in 8 bit and in
// 16 bit integers, shared out over a small pool of threads. Every function takes the instruction set
// ("path") that it is to use, so that a test can run each of them on one machine. Matrices are
// row-major; strides count elements. Integer kernels are exact: every path and every number of
// threads gives the same bits.
#ifndef C_TENSOR_KERNELS_H
#define C_TENSOR_KERNELS_H

#include <stddef.h>
#include <stdint.h>

/// Instruction sets, weakest first. A path above `ctk_best_path()` must not be asked for.
enum { CTK_PORTABLE = 0, CTK_AVX2 = 1, CTK_AVX512 = 2, CTK_PATHS = 3 };

/// The strongest path that this processor can run.
int32_t ctk_best_path(void);

/// Processor time of the whole process and monotonic time, in nanoseconds.
int64_t ctk_cpu_nanoseconds(void);
int64_t ctk_wall_nanoseconds(void);
/// The largest resident size of the process so far, in bytes.
int64_t ctk_peak_resident_bytes(void);

/// Zeroed memory on a 64-byte border; NULL where there is none. Released by `ctk_free`. A kernel may
/// read, never write, up to 128 bytes past its end.
void *ctk_allocate(size_t bytes);
void ctk_free(void *memory);

// ---- threads -----------------------------------------------------------------------------------

typedef struct ctk_pool ctk_pool;
typedef void (*ctk_task)(void *context, intptr_t task, intptr_t worker);

/// A pool of `threads` threads, the caller's own included; NULL where they cannot be had.
ctk_pool *ctk_pool_create(int32_t threads);
void ctk_pool_destroy(ctk_pool *pool);
/// Runs `body(context, 0 ..< tasks, worker)`, each task once, and returns when all are done. Tasks
/// are taken in order by whichever thread is free. One caller at a time.
void ctk_pool_run(ctk_pool *pool, intptr_t tasks, ctk_task body, void *context);

// ---- float32 -----------------------------------------------------------------------------------

/// Columns of a panel of packed matrices.
enum { CTK_PANEL = 32 };

/// C = act((A·B + bias) · row_scale) (+ residual). A[i][k] = a[i·a_row + k·a_step];
/// B[k][j] = b[(j / 32)·b_panel + k·b_row + j % 32], so that both a packed matrix (b_row = 32,
/// b_panel = 32·depth) and a plain one (b_row = its row, b_panel = 32) can be used.
typedef struct {
  const float *a;
  const float *b;
  float *c;
  const float *bias;       // [columns] or NULL
  const float *row_scale;  // [rows] or NULL
  const float *residual;   // laid out as C, or NULL; may be C
  intptr_t a_row, a_step, b_row, b_panel, c_row;
  intptr_t rows, columns, depth;
  int32_t gelu;  // 1: exact GELU on the sum
} ctk_gemm_f32;

void ctk_gemm_f32_run(ctk_pool *pool, int32_t path, const ctk_gemm_f32 *gemm);

/// Floats that a packed [depth, columns] matrix takes.
intptr_t ctk_packed_f32(intptr_t depth, intptr_t columns);
/// Packs B given transposed (`source[j·row + k]`, as the weights of a linear layer are).
void ctk_pack_f32(
    const float *source, intptr_t row, intptr_t depth, intptr_t columns, float *target);

/// y = (x − mean) / √(variance + epsilon) · gain + offset, row by row.
void ctk_layer_norm_f32(
    ctk_pool *pool, int32_t path, const float *x, intptr_t x_row, float *y, intptr_t y_row,
    const float *gain, const float *offset, intptr_t rows, intptr_t columns, float epsilon);

/// One step of an LSTM, after the matrix products: c = σ(f)·c + σ(i)·tanh(g), h = σ(o)·tanh(c).
typedef struct {
  const float *gates;  // [rows, 4·width]: i, f, g, o, as PyTorch orders them
  float *cell;         // [rows, width], in and out
  float *hidden;       // [rows, hidden_row], out
  intptr_t hidden_row, rows, width;
} ctk_lstm_f32;

void ctk_lstm_f32_run(ctk_pool *pool, int32_t path, const ctk_lstm_f32 *lstm);

/// Attention of a batch: `qkv` is [images·tokens, 3·heads·dim], queries first; `output` is
/// [images·tokens, heads·dim]. `scratch` holds the bytes that the matching `_scratch` function says.
typedef struct {
  float *qkv;  // the Taylor kinds centre the keys in place
  float *output;
  void *scratch;
  intptr_t images, tokens, heads, dim;
  int32_t threads;
} ctk_attention_f32;

intptr_t ctk_softmax_f32_scratch(const ctk_attention_f32 *attention);
void ctk_softmax_f32_run(ctk_pool *pool, int32_t path, const ctk_attention_f32 *attention);
intptr_t ctk_taylor_f32_scratch(const ctk_attention_f32 *attention);
/// ViTALiTy, Algorithm 1. `collapsed`: the denominator is taken as n√d, which it is in exact
/// arithmetic.
void ctk_taylor_f32_run(
    ctk_pool *pool, int32_t path, const ctk_attention_f32 *attention, int32_t collapsed);

/// Non-overlapping square patches of RGB images [images, side, side, 3] as rows of a matrix in the
/// order (channel, y, x): patch rows follow the class token's, which are left alone. The value is
/// byte · scale[channel] + offset[channel].
void ctk_patches_f32(
    ctk_pool *pool, int32_t path, const uint8_t *pixels, intptr_t images, intptr_t side,
    intptr_t patch, const float *scale, const float *offset, float *target);

#include "CTensorIntegers.h"

#endif
