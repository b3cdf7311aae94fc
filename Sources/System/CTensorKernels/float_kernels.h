// float32 kernels, written once in the compiler's vector types; VECTOR_BYTES, TILE_ROWS and NAME say
// for which instruction set. A tile of TILE_ROWS rows and 32 columns is summed in registers, then
// finished (bias, GELU, residual) from a buffer that stays in the first cache.
#include <math.h>
#include <string.h>

#include "internal.h"

typedef float vf __attribute__((vector_size(VECTOR_BYTES)));
typedef int32_t vi __attribute__((vector_size(VECTOR_BYTES)));
typedef float vfu __attribute__((vector_size(VECTOR_BYTES), aligned(4)));
enum { LANES = VECTOR_BYTES / 4, BLOCK = 2 * LANES };

INLINE vf load(const float *p) { return *(const vfu *)p; }
INLINE void store(float *p, vf x) { *(vfu *)p = x; }
INLINE vf splat(float x) { return x - (vf){}; }
INLINE vf choose(vi mask, vf a, vf b) { return (vf)((mask & (vi)a) | (~mask & (vi)b)); }
INLINE vf vmax(vf a, vf b) { return choose(a > b, a, b); }
INLINE vf vmin(vf a, vf b) { return choose(a < b, a, b); }

INLINE float sum_lanes(vf x) {
  float s = 0;
  for (int i = 0; i < LANES; i++) s += x[i];
  return s;
}

// exp by 2^n·p(f): n the nearest integer to x/ln 2, p a Taylor polynomial of degree 6 on
// |f| <= ln 2 / 2, relative error below 2e-7.
INLINE vf vexp(vf x) {
  x = vmax(vmin(x, splat(88.0f)), splat(-87.0f));
  const float magic = 12582912.0f;  // 1.5·2^23: adding it leaves the nearest integer in the mantissa
  vf t = x * 1.44269504f + magic;
  vf n = t - magic;
  vf f = x - n * 0.693359375f;
  f = f + n * 2.12194440e-4f;
  vf p = splat(1.0f / 720);
  p = p * f + 1.0f / 120;
  p = p * f + 1.0f / 24;
  p = p * f + 1.0f / 6;
  p = p * f + 0.5f;
  p = p * f + 1.0f;
  p = p * f + 1.0f;
  vi exponent = ((vi)t - (vi)splat(magic)) << 23;
  return (vf)((vi)p + exponent);
}

// x·Φ(x), with erf by Abramowitz and Stegun 7.1.26 (absolute error below 1.5e-7).
INLINE vf vgelu(vf x) {
  vf z = x * 0.70710678f;
  vf a = (vf)((vi)z & 0x7fffffff);
  vf t = 1.0f / (1.0f + 0.3275911f * a);
  vf p = splat(1.061405429f);
  p = p * t - 1.453152027f;
  p = p * t + 1.421413741f;
  p = p * t - 0.284496736f;
  p = p * t + 0.254829592f;
  vf tail = 0.5f * p * t * vexp(-a * a);  // 1 − Φ(|x|)
  return x * choose(z > 0.0f, 1.0f - tail, tail);
}

INLINE void sum_tile(
    const int rows, const float *a, intptr_t a_row, intptr_t a_step, const float *b,
    intptr_t b_row, intptr_t depth, float *tile) {
  for (int block = 0; block < CTK_PANEL; block += BLOCK) {
    vf sum[TILE_ROWS][2];
#pragma clang loop unroll(full)
    for (int r = 0; r < rows; r++) sum[r][0] = sum[r][1] = (vf){};
    for (intptr_t k = 0; k < depth; k++) {
      vf b0 = load(b + k * b_row + block), b1 = load(b + k * b_row + block + LANES);
#pragma clang loop unroll(full)
      for (int r = 0; r < rows; r++) {
        float x = a[r * a_row + k * a_step];
        sum[r][0] += x * b0;
        sum[r][1] += x * b1;
      }
    }
#pragma clang loop unroll(full)
    for (int r = 0; r < rows; r++) {
      store(tile + r * CTK_PANEL + block, sum[r][0]);
      store(tile + r * CTK_PANEL + block + LANES, sum[r][1]);
    }
  }
}

static void sum_any(
    intptr_t rows, const float *a, intptr_t a_row, intptr_t a_step, const float *b,
    intptr_t b_row, intptr_t depth, float *tile) {
#define CASE(R) \
  case R: \
    if (R <= TILE_ROWS && a_step == 1) sum_tile(R <= TILE_ROWS ? R : 1, a, a_row, 1, b, b_row, depth, tile); \
    else if (R <= TILE_ROWS) sum_tile(R <= TILE_ROWS ? R : 1, a, a_row, a_step, b, b_row, depth, tile); \
    break;
  switch (rows) {
    CASE(1) CASE(2) CASE(3) CASE(4) CASE(5) CASE(6)
    CASE(7) CASE(8) CASE(9) CASE(10) CASE(11) CASE(12)
  }
#undef CASE
}

// Bias, scale, GELU and residual for `columns` (<= 32) columns of a tile.
static void finish_tile(
    const ctk_gemm_f32 *g, float *tile, intptr_t row, intptr_t rows, intptr_t column,
    intptr_t columns) {
  _Alignas(64) float bias[CTK_PANEL] = {0};
  if (g->bias) memcpy(bias, g->bias + column, (size_t)columns * sizeof(float));
  for (intptr_t r = 0; r < rows; r++) {
    float *t = tile + r * CTK_PANEL;
    float scale = g->row_scale ? g->row_scale[row + r] : 1;
    for (int j = 0; j < CTK_PANEL; j += LANES) {
      vf x = (load(t + j) + load(bias + j)) * scale;
      store(t + j, g->gelu ? vgelu(x) : x);
    }
    intptr_t at = (row + r) * g->c_row + column;
    if (columns == CTK_PANEL) {
      for (int j = 0; j < CTK_PANEL; j += LANES) {
        vf x = load(t + j);
        store(g->c + at + j, g->residual ? x + load(g->residual + at + j) : x);
      }
    } else {
      for (intptr_t j = 0; j < columns; j++)
        g->c[at + j] = g->residual ? t[j] + g->residual[at + j] : t[j];
    }
  }
}

static void gemm_rows(
    const ctk_gemm_f32 *g, intptr_t row, intptr_t end, intptr_t panel, intptr_t last_panel) {
  _Alignas(64) float tile[MAX_TILE_ROWS * CTK_PANEL];
  for (; row < end; row += TILE_ROWS) {
    intptr_t rows = ctk_min(TILE_ROWS, end - row);
    for (intptr_t p = panel; p < last_panel; p++) {
      sum_any(
          rows, g->a + row * g->a_row, g->a_row, g->a_step, g->b + p * g->b_panel, g->b_row,
          g->depth, tile);
      intptr_t column = p * CTK_PANEL;
      finish_tile(g, tile, row, rows, column, ctk_min(CTK_PANEL, g->columns - column));
    }
  }
}

static void gemm_task(void *context, intptr_t task, intptr_t worker) {
  (void)worker;
  const ctk_gemm_f32 *g = context;
  intptr_t panels = ctk_divide_up(g->columns, CTK_PANEL);
  intptr_t groups = ctk_divide_up(panels, TASK_PANELS);
  intptr_t row = task / groups * TASK_TILES * TILE_ROWS, panel = task % groups * TASK_PANELS;
  gemm_rows(
      g, row, ctk_min(g->rows, row + TASK_TILES * TILE_ROWS), panel,
      ctk_min(panels, panel + TASK_PANELS));
}

static void NAME(gemm_f32)(ctk_pool *pool, const ctk_gemm_f32 *g) {
  intptr_t groups = ctk_divide_up(ctk_divide_up(g->columns, CTK_PANEL), TASK_PANELS);
  ctk_pool_run(
      pool, ctk_divide_up(g->rows, TASK_TILES * TILE_ROWS) * groups, gemm_task, (void *)g);
}

// ---- layer norm --------------------------------------------------------------------------------

typedef struct {
  const float *x;
  float *y;
  const float *gain, *offset;
  intptr_t x_row, y_row, rows, columns;
  float epsilon;
} norm_f32;

enum { NORM_ROWS = 16 };

static void norm_task(void *context, intptr_t task, intptr_t worker) {
  (void)worker;
  const norm_f32 *n = context;
  intptr_t end = ctk_min(n->rows, (task + 1) * NORM_ROWS), columns = n->columns;
  intptr_t whole = columns / LANES * LANES;
  for (intptr_t row = task * NORM_ROWS; row < end; row++) {
    const float *x = n->x + row * n->x_row;
    float *y = n->y + row * n->y_row;
    vf sums = (vf){};
    for (intptr_t j = 0; j < whole; j += LANES) sums += load(x + j);
    float sum = sum_lanes(sums);
    for (intptr_t j = whole; j < columns; j++) sum += x[j];
    float mean = sum / (float)columns;
    sums = (vf){};
    for (intptr_t j = 0; j < whole; j += LANES) {
      vf d = load(x + j) - mean;
      sums += d * d;
    }
    float squares = sum_lanes(sums);
    for (intptr_t j = whole; j < columns; j++) squares += (x[j] - mean) * (x[j] - mean);
    float factor = 1 / sqrtf(squares / (float)columns + n->epsilon);
    for (intptr_t j = 0; j < whole; j += LANES)
      store(y + j, (load(x + j) - mean) * factor * load(n->gain + j) + load(n->offset + j));
    for (intptr_t j = whole; j < columns; j++)
      y[j] = (x[j] - mean) * factor * n->gain[j] + n->offset[j];
  }
}

static void NAME(layer_norm_f32)(
    ctk_pool *pool, const float *x, intptr_t x_row, float *y, intptr_t y_row, const float *gain,
    const float *offset, intptr_t rows, intptr_t columns, float epsilon) {
  norm_f32 n = {x, y, gain, offset, x_row, y_row, rows, columns, epsilon};
  ctk_pool_run(pool, ctk_divide_up(rows, NORM_ROWS), norm_task, &n);
}

// ---- attention ---------------------------------------------------------------------------------

enum { QUERY_ROWS = QUERY_TILES * TILE_ROWS };

typedef struct {
  const ctk_attention_f32 *a;
  intptr_t width, row, padded, packed, context;  // elements, see below
  int32_t collapsed;
} attention_f32;

static attention_f32 plan(const ctk_attention_f32 *a, int32_t collapsed) {
  intptr_t padded = ctk_round_up(a->tokens, CTK_PANEL);
  intptr_t wide = ctk_round_up(a->dim, CTK_PANEL);
  return (attention_f32){
      .a = a,
      .width = a->heads * a->dim,
      .row = 3 * a->heads * a->dim,
      .padded = padded,                       // keys, in whole panels
      .packed = padded * a->dim,              // one head's packed keys
      .context = (a->dim + 2) * wide,         // G, then Σk̂, then √d·Σv
      .collapsed = collapsed};
}

static float *head_of(const attention_f32 *p, intptr_t head) {
  const ctk_attention_f32 *a = p->a;
  return a->qkv + head / a->heads * a->tokens * p->row + head % a->heads * a->dim;
}

static void pack_keys_task(void *context, intptr_t task, intptr_t worker) {
  (void)worker;
  const attention_f32 *p = context;
  ctk_pack_f32(
      head_of(p, task) + p->width, p->row, p->a->dim, p->a->tokens,
      (float *)p->a->scratch + task * p->packed);
}

// exp(x − max) of one row in place; the sum is returned.
static float exponentials(float *x, intptr_t count) {
  intptr_t whole = count / LANES * LANES;
  vf top = splat(-3.0e38f);
  for (intptr_t j = 0; j < whole; j += LANES) top = vmax(top, load(x + j));
  float highest = top[0];
  for (int i = 1; i < LANES; i++) highest = fmaxf(highest, top[i]);
  for (intptr_t j = whole; j < count; j++) highest = fmaxf(highest, x[j]);
  vf sums = (vf){};
  for (intptr_t j = 0; j < whole; j += LANES) {
    vf e = vexp(load(x + j) - highest);
    sums += e;
    store(x + j, e);
  }
  float sum = sum_lanes(sums);
  for (intptr_t j = whole; j < count; j++) {
    x[j] = vexp(splat(x[j] - highest))[0];
    sum += x[j];
  }
  return sum;
}

static void softmax_task(void *context, intptr_t task, intptr_t worker) {
  const attention_f32 *p = context;
  const ctk_attention_f32 *a = p->a;
  intptr_t chunks = ctk_divide_up(a->tokens, QUERY_ROWS), head = task / chunks;
  float *queries = head_of(p, head);
  float *logits = (float *)a->scratch + a->images * a->heads * p->packed +
                  worker * TILE_ROWS * p->padded;
  float *output = a->output + head / a->heads * a->tokens * p->width + head % a->heads * a->dim;
  _Alignas(64) float scale[TILE_ROWS];
  intptr_t row = task % chunks * QUERY_ROWS, end = ctk_min(a->tokens, row + QUERY_ROWS);
  for (; row < end; row += TILE_ROWS) {
    intptr_t rows = ctk_min(TILE_ROWS, end - row);
    for (intptr_t r = 0; r < rows; r++) scale[r] = 1 / sqrtf((float)a->dim);
    ctk_gemm_f32 g = {
        .a = queries + row * p->row, .a_row = p->row, .a_step = 1,
        .b = (float *)a->scratch + head * p->packed, .b_row = CTK_PANEL,
        .b_panel = CTK_PANEL * a->dim, .c = logits, .c_row = p->padded, .row_scale = scale,
        .rows = rows, .columns = a->tokens, .depth = a->dim};
    gemm_rows(&g, 0, rows, 0, p->padded / CTK_PANEL);
    for (intptr_t r = 0; r < rows; r++)
      scale[r] = 1 / exponentials(logits + r * p->padded, a->tokens);
    ctk_gemm_f32 h = {
        .a = logits, .a_row = p->padded, .a_step = 1, .b = queries + 2 * p->width,
        .b_row = p->row, .b_panel = CTK_PANEL, .c = output + row * p->width, .c_row = p->width,
        .row_scale = scale, .rows = rows, .columns = a->dim, .depth = a->tokens};
    gemm_rows(&h, 0, rows, 0, ctk_divide_up(a->dim, CTK_PANEL));
  }
}

static void NAME(softmax_f32)(ctk_pool *pool, const ctk_attention_f32 *a) {
  attention_f32 p = plan(a, 0);
  ctk_pool_run(pool, a->images * a->heads, pack_keys_task, &p);
  intptr_t chunks = ctk_divide_up(a->tokens, QUERY_ROWS);
  ctk_pool_run(pool, a->images * a->heads * chunks, softmax_task, &p);
}

// Steps 1 and 3: centres the keys, sums keys and values.
static void taylor_sums_task(void *context, intptr_t head, intptr_t worker) {
  (void)worker;
  const attention_f32 *p = context;
  intptr_t n = p->a->tokens, d = p->a->dim, wide = ctk_round_up(d, CTK_PANEL);
  float *keys = head_of(p, head) + p->width, *values = keys + p->width;
  float *sums = (float *)p->a->scratch + head * p->context + d * wide, *value_sums = sums + wide;
  // Column after column of vectors, so that sums stay in registers.
  intptr_t whole = d / LANES * LANES;
  float root = sqrtf((float)d);
  for (intptr_t j = 0; j < whole; j += LANES) {
    vf mean = (vf){}, total = (vf){}, rest = (vf){};
    for (intptr_t i = 0; i < n; i++) {
      mean += load(keys + i * p->row + j);
      total += load(values + i * p->row + j);
    }
    mean /= (float)n;
    for (intptr_t i = 0; i < n; i++) {
      vf k = load(keys + i * p->row + j) - mean;
      store(keys + i * p->row + j, k);
      rest += k;
    }
    store(sums + j, rest);
    store(value_sums + j, total * root);
  }
  for (intptr_t j = whole; j < wide; j++) {
    float mean = 0, total = 0, rest = 0;
    for (intptr_t i = 0; i < n && j < d; i++) {
      mean += keys[i * p->row + j];
      total += values[i * p->row + j];
    }
    mean /= (float)n;
    for (intptr_t i = 0; i < n && j < d; i++) rest += (keys[i * p->row + j] -= mean);
    sums[j] = rest;
    value_sums[j] = total * root;
  }
}

enum { TOKEN_BLOCK = 512 };

// Step 2, one panel of G = K̂ᵀV, in blocks of tokens that stay in the second cache.
static void taylor_context_task(void *context, intptr_t task, intptr_t worker) {
  (void)worker;
  const attention_f32 *p = context;
  intptr_t d = p->a->dim, panels = ctk_divide_up(d, CTK_PANEL), head = task / panels;
  float *keys = head_of(p, head) + p->width;
  float *target = (float *)p->a->scratch + head * p->context;
  for (intptr_t token = 0; token < p->a->tokens; token += TOKEN_BLOCK) {
    ctk_gemm_f32 g = {
        .a = keys + token * p->row, .a_row = 1, .a_step = p->row,
        .b = keys + p->width + token * p->row, .b_row = p->row, .b_panel = CTK_PANEL,
        .c = target, .c_row = panels * CTK_PANEL, .residual = token ? target : NULL, .rows = d,
        .columns = d, .depth = ctk_min(TOKEN_BLOCK, p->a->tokens - token)};
    gemm_rows(&g, 0, d, task % panels, task % panels + 1);
  }
}

// Steps 4 to 6 for a block of queries.
static void taylor_output_task(void *context, intptr_t task, intptr_t worker) {
  (void)worker;
  const attention_f32 *p = context;
  const ctk_attention_f32 *a = p->a;
  intptr_t chunks = ctk_divide_up(a->tokens, QUERY_ROWS), head = task / chunks, d = a->dim;
  intptr_t wide = ctk_round_up(d, CTK_PANEL);
  intptr_t row = task % chunks * QUERY_ROWS, rows = ctk_min(a->tokens - row, QUERY_ROWS);
  const float *queries = head_of(p, head) + row * p->row;
  const float *target = (float *)a->scratch + head * p->context, *sums = target + d * wide;
  float scale[QUERY_ROWS];
  for (intptr_t i = 0; i < rows; i++) {
    float denominator = (float)a->tokens * sqrtf((float)d);
    if (!p->collapsed) {
      vf products = (vf){};
      intptr_t j = 0;
      for (; j + LANES <= d; j += LANES) products += load(queries + i * p->row + j) * load(sums + j);
      denominator += sum_lanes(products);
      for (; j < d; j++) denominator += queries[i * p->row + j] * sums[j];
    }
    scale[i] = 1 / denominator;
  }
  ctk_gemm_f32 g = {
      .a = queries, .a_row = p->row, .a_step = 1, .b = target, .b_row = wide,
      .b_panel = CTK_PANEL, .bias = sums + wide, .row_scale = scale,
      .c = a->output + (head / a->heads * a->tokens + row) * p->width + head % a->heads * d,
      .c_row = p->width, .rows = rows, .columns = d, .depth = d};
  gemm_rows(&g, 0, rows, 0, ctk_divide_up(d, CTK_PANEL));
}

static void NAME(taylor_f32)(ctk_pool *pool, const ctk_attention_f32 *a, int32_t collapsed) {
  attention_f32 p = plan(a, collapsed);
  intptr_t heads = a->images * a->heads;
  ctk_pool_run(pool, heads, taylor_sums_task, &p);
  ctk_pool_run(pool, heads * ctk_divide_up(a->dim, CTK_PANEL), taylor_context_task, &p);
  ctk_pool_run(pool, heads * ctk_divide_up(a->tokens, QUERY_ROWS), taylor_output_task, &p);
}
