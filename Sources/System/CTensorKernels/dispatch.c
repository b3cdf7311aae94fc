// Hands each call to the kernels of the wished instruction set, and what needs no such choice.
#include <math.h>
#include <string.h>

#include "internal.h"

static const ctk_kernels *kernels(int32_t path) {
#if defined(__x86_64__)
  if (path == CTK_AVX512) return &ctk_kernels_avx512;
  if (path == CTK_AVX2) return &ctk_kernels_avx2;
#endif
  (void)path;
  return &ctk_kernels_portable;
}

void ctk_gemm_f32_run(ctk_pool *pool, int32_t path, const ctk_gemm_f32 *gemm) {
  kernels(path)->gemm_f32(pool, gemm);
}

void ctk_layer_norm_f32(
    ctk_pool *pool, int32_t path, const float *x, intptr_t x_row, float *y, intptr_t y_row,
    const float *gain, const float *offset, intptr_t rows, intptr_t columns, float epsilon) {
  kernels(path)->layer_norm_f32(pool, x, x_row, y, y_row, gain, offset, rows, columns, epsilon);
}

void ctk_softmax_f32_run(ctk_pool *pool, int32_t path, const ctk_attention_f32 *attention) {
  kernels(path)->softmax_f32(pool, attention);
}

void ctk_taylor_f32_run(
    ctk_pool *pool, int32_t path, const ctk_attention_f32 *attention, int32_t collapsed) {
  kernels(path)->taylor_f32(pool, attention, collapsed);
}

void ctk_gemm_integer_run(ctk_pool *pool, int32_t path, const ctk_gemm_integer *gemm) {
  kernels(path)->gemm_integer(pool, gemm);
}

void ctk_norm_integer_run(ctk_pool *pool, int32_t path, const ctk_norm_integer *norm) {
  kernels(path)->norm_integer(pool, norm);
}

void ctk_taylor_integer_run(ctk_pool *pool, int32_t path, const ctk_attention_integer *attention) {
  kernels(path)->taylor_integer(pool, attention);
}

void ctk_softmax_integer_run(
    ctk_pool *pool, int32_t path, const ctk_attention_integer *attention) {
  kernels(path)->softmax_integer(pool, attention);
}

void ctk_lstm_f32_run(ctk_pool *pool, int32_t path, const ctk_lstm_f32 *lstm) {
  kernels(path)->lstm_f32(pool, lstm);
}

// ---- sizes -------------------------------------------------------------------------------------

intptr_t ctk_packed_f32(intptr_t depth, intptr_t columns) {
  return ctk_round_up(columns, CTK_PANEL) * depth;
}

intptr_t ctk_softmax_f32_scratch(const ctk_attention_f32 *a) {
  intptr_t padded = ctk_round_up(a->tokens, CTK_PANEL);
  return (a->images * a->heads * a->dim + a->threads * MAX_TILE_ROWS) * padded *
         (intptr_t)sizeof(float);
}

intptr_t ctk_taylor_f32_scratch(const ctk_attention_f32 *a) {
  return a->images * a->heads * (a->dim + 2) * ctk_round_up(a->dim, CTK_PANEL) *
         (intptr_t)sizeof(float);
}

intptr_t ctk_packed_int8_sums(intptr_t depth, intptr_t columns) {
  return ctk_round_up(columns, CTK_PANEL) * ctk_round_up(depth, 4);
}

intptr_t ctk_packed_integers(int32_t bits, intptr_t depth, intptr_t columns) {
  intptr_t padded = ctk_round_up(columns, CTK_PANEL);
  if (bits == 16) return padded * depth * (intptr_t)sizeof(double);
  return ctk_packed_int8_sums(depth, columns) + padded * (intptr_t)sizeof(int32_t);
}

intptr_t ctk_taylor_integer_scratch(const ctk_attention_integer *a) {
  intptr_t n = a->tokens, d = a->dim, wide = ctk_round_up(d, CTK_PANEL);
  intptr_t left = a->bits == 8 ? ctk_round_up(n, 4) : n * (intptr_t)sizeof(double);
  return a->images * a->heads *
         (ctk_round_up(d, 4) * left + ctk_packed_integers(a->bits, n, d) + ctk_packed_integers(a->bits, d, d) +
          2 * wide * (intptr_t)sizeof(int64_t) + 4 * 64);
}

intptr_t ctk_softmax_integer_scratch(const ctk_attention_integer *a) {
  intptr_t n = a->tokens, d = a->dim, padded = ctk_round_up(n, CTK_PANEL);
  return a->images * a->heads *
             (ctk_packed_integers(8, d, n) + ctk_packed_integers(8, n, d) + 2 * 64) +
         a->threads * (MAX_TILE_ROWS * padded * 5 + 64);
}

// ---- packing -----------------------------------------------------------------------------------

void ctk_pack_f32(
    const float *source, intptr_t row, intptr_t depth, intptr_t columns, float *target) {
  for (intptr_t column = 0; column < columns; column += CTK_PANEL) {
    float *panel = target + column * depth;
    for (intptr_t j = 0; j < CTK_PANEL; j++) {
      if (column + j < columns) {
        const float *x = source + (column + j) * row;
        for (intptr_t k = 0; k < depth; k++) panel[k * CTK_PANEL + j] = x[k];
      } else {
        for (intptr_t k = 0; k < depth; k++) panel[k * CTK_PANEL + j] = 0;
      }
    }
  }
}

void ctk_pack_int8(
    const int8_t *source, intptr_t row, intptr_t step, intptr_t depth, intptr_t columns,
    int8_t *target, int32_t *sums) {
  intptr_t quads = ctk_divide_up(depth, 4);
  for (intptr_t column = 0; column < ctk_round_up(columns, CTK_PANEL); column += CTK_PANEL) {
    int8_t *panel = target + column * quads * 4;
    if (row == 1 && columns - column >= CTK_PANEL) {
      // Columns lie side by side in the source: four rows are woven together at once.
      int32_t panel_sums[CTK_PANEL] = {0};
      static const int8_t zeros[CTK_PANEL] = {0};
      for (intptr_t k = 0; k < quads; k++) {
        const int8_t *r[4];
        for (intptr_t t = 0; t < 4; t++)
          r[t] = 4 * k + t < depth ? source + column + (4 * k + t) * step : zeros;
        for (int j = 0; j < CTK_PANEL; j++) {
          for (int t = 0; t < 4; t++) panel[k * 128 + 4 * j + t] = r[t][j];
          panel_sums[j] += r[0][j] + r[1][j] + r[2][j] + r[3][j];
        }
      }
      memcpy(sums + column, panel_sums, sizeof panel_sums);
      continue;
    }
    for (intptr_t j = 0; j < CTK_PANEL; j++) {
      int32_t sum = 0;
      if (column + j < columns) {
        const int8_t *x = source + (column + j) * row;
        for (intptr_t k = 0; k < depth; k++) {
          int8_t value = x[k * step];
          sum += value;
          panel[k / 4 * 128 + j * 4 + k % 4] = value;
        }
        for (intptr_t k = depth; k < quads * 4; k++) panel[k / 4 * 128 + j * 4 + k % 4] = 0;
      } else {
        for (intptr_t k = 0; k < quads; k++) memset(panel + k * 128 + j * 4, 0, 4);
      }
      sums[column + j] = sum;
    }
  }
}

void ctk_pack_integers(
    int32_t bits, const void *source, intptr_t depth, intptr_t columns, void *target) {
  if (bits == 8) {
    int32_t *sums = (int32_t *)((int8_t *)target + ctk_packed_int8_sums(depth, columns));
    ctk_pack_int8(source, depth, 1, depth, columns, target, sums);
    return;
  }
  const int16_t *x = source;
  double *y = target;
  for (intptr_t column = 0; column < ctk_round_up(columns, CTK_PANEL); column++)
    for (intptr_t k = 0; k < depth; k++)
      y[column / CTK_PANEL * CTK_PANEL * depth + k * CTK_PANEL + column % CTK_PANEL] =
          column < columns ? x[column * depth + k] : 0;
}

// ---- patches -----------------------------------------------------------------------------------

typedef struct {
  const uint8_t *pixels;
  intptr_t side, patch;
  const float *scale, *offset;
  void *target;
  int32_t bits;  // 0: float
} patches;

static void patches_task(void *context, intptr_t task, intptr_t worker) {
  (void)worker;
  const patches *p = context;
  intptr_t across = p->side / p->patch, image = task / across, line = task % across;
  intptr_t depth = 3 * p->patch * p->patch;
  for (intptr_t column = 0; column < across; column++) {
    intptr_t row = image * across * across + line * across + column;
    for (intptr_t channel = 0; channel < 3; channel++)
      for (intptr_t y = 0; y < p->patch; y++) {
        const uint8_t *x = p->pixels +
                           ((image * p->side + line * p->patch + y) * p->side + column * p->patch) * 3 +
                           channel;
        intptr_t at = row * depth + (channel * p->patch + y) * p->patch;
        if (p->bits == 0) {
          float scale = p->scale[channel], offset = p->offset[channel];
          float *to = (float *)p->target + at;
          for (intptr_t i = 0; i < p->patch; i++) to[i] = (float)x[3 * i] * scale + offset;
        } else if (p->bits == 8) {
          int8_t *to = (int8_t *)p->target + at;
          for (intptr_t i = 0; i < p->patch; i++) to[i] = (int8_t)(x[3 * i] - 128);
        } else {
          int16_t *to = (int16_t *)p->target + at;
          for (intptr_t i = 0; i < p->patch; i++) to[i] = (int16_t)(x[3 * i] - 128);
        }
      }
  }
}

void ctk_patches_f32(
    ctk_pool *pool, int32_t path, const uint8_t *pixels, intptr_t images, intptr_t side,
    intptr_t patch, const float *scale, const float *offset, float *target) {
  (void)path;
  patches p = {pixels, side, patch, scale, offset, target, 0};
  ctk_pool_run(pool, images * (side / patch), patches_task, &p);
}

void ctk_patches_integer(
    ctk_pool *pool, int32_t path, int32_t bits, const uint8_t *pixels, intptr_t images,
    intptr_t side, intptr_t patch, void *target) {
  (void)path;
  patches p = {pixels, side, patch, NULL, NULL, target, bits};
  ctk_pool_run(pool, images * (side / patch), patches_task, &p);
}
