// Integer kernels. 8 bit: operands are multiplied as unsigned·signed (value + 128 on the left) and
// the surplus, 128 times the column's sum, is taken off again, because that is the product that
// processors have; 16 bit: products are summed in double, which is exact below 2^53.
#include <math.h>
#include <string.h>

#include "internal.h"

typedef double vd __attribute__((vector_size(VECTOR_BYTES)));
typedef double vdu __attribute__((vector_size(VECTOR_BYTES), aligned(8)));
enum { WIDE_LANES = VECTOR_BYTES / 8, WIDE_BLOCK = 2 * WIDE_LANES };

INLINE int64_t clamp64(int64_t x, int64_t limit) {
  return x < -limit ? -limit : x > limit ? limit : x;
}
INLINE int64_t rescale(int64_t x, int32_t multiplier, int32_t shift) {
  return (x * multiplier + ((int64_t)1 << (shift - 1))) >> shift;
}
INLINE int64_t floor_divide(int64_t a, int64_t b) {
  int64_t q = a / b;
  return q - (a % b != 0 && (a < 0) != (b < 0));
}
INLINE int64_t value_at(int32_t bits, const void *p, intptr_t i) {
  return bits == 8 ? ((const int8_t *)p)[i] : ((const int16_t *)p)[i];
}
INLINE void set_value(int32_t bits, void *p, intptr_t i, int64_t x) {
  if (bits == 8) ((int8_t *)p)[i] = (int8_t)x;
  else ((int16_t *)p)[i] = (int16_t)x;
}
INLINE int64_t limit_of(int32_t bits) { return ((int64_t)1 << (bits - 1)) - 1; }

// ---- exact products ----------------------------------------------------------------------------

// Sums of a tile in 8 bit; four bytes of row r and quad k lie at a + r·a_row + k·a_quad.
INLINE void sum_tile_8(
    const int rows, const uint8_t *a, intptr_t a_row, intptr_t a_quad, const int8_t *b,
    intptr_t quads, const int32_t *surplus, int32_t *tile) {
#if USES_VNNI
  __m512i sum[TILE_ROWS][2];
  __m512i s0 = _mm512_setzero_si512(), s1 = s0;
  if (surplus) {
    s0 = _mm512_slli_epi32(_mm512_sub_epi32(s0, _mm512_loadu_si512(surplus)), 7);
    s1 = _mm512_slli_epi32(_mm512_sub_epi32(s1, _mm512_loadu_si512(surplus + 16)), 7);
  }
#pragma clang loop unroll(full)
  for (int r = 0; r < rows; r++) sum[r][0] = s0, sum[r][1] = s1;
  for (intptr_t k = 0; k < quads; k++) {
    __m512i b0 = _mm512_loadu_si512(b + k * 128), b1 = _mm512_loadu_si512(b + k * 128 + 64);
#pragma clang loop unroll(full)
    for (int r = 0; r < rows; r++) {
      int32_t four;
      memcpy(&four, a + r * a_row + k * a_quad, 4);
      __m512i x = _mm512_set1_epi32(four);
      sum[r][0] = _mm512_dpbusd_epi32(sum[r][0], x, b0);
      sum[r][1] = _mm512_dpbusd_epi32(sum[r][1], x, b1);
    }
  }
#pragma clang loop unroll(full)
  for (int r = 0; r < rows; r++) {
    _mm512_storeu_si512(tile + r * CTK_PANEL, sum[r][0]);
    _mm512_storeu_si512(tile + r * CTK_PANEL + 16, sum[r][1]);
  }
#else
  for (int r = 0; r < rows; r++) {
    int32_t *t = tile + r * CTK_PANEL;
    for (int j = 0; j < CTK_PANEL; j++) t[j] = surplus ? -128 * surplus[j] : 0;
    for (intptr_t k = 0; k < quads; k++) {
      const uint8_t *x = a + r * a_row + k * a_quad;
      const int8_t *w = b + k * 128;
      for (int j = 0; j < CTK_PANEL; j++)
        t[j] += x[0] * w[4 * j] + x[1] * w[4 * j + 1] + x[2] * w[4 * j + 2] + x[3] * w[4 * j + 3];
    }
  }
#endif
}

INLINE void sum_tile_16(
    const int rows, const double *a, intptr_t a_row, const double *b, intptr_t depth,
    int64_t *tile) {
  for (int block = 0; block < CTK_PANEL; block += WIDE_BLOCK) {
    vd sum[TILE_ROWS][2];
#pragma clang loop unroll(full)
    for (int r = 0; r < rows; r++) sum[r][0] = sum[r][1] = (vd){};
    for (intptr_t k = 0; k < depth; k++) {
      vd b0 = *(const vdu *)(b + k * CTK_PANEL + block);
      vd b1 = *(const vdu *)(b + k * CTK_PANEL + block + WIDE_LANES);
#pragma clang loop unroll(full)
      for (int r = 0; r < rows; r++) {
        double x = a[r * a_row + k];
        sum[r][0] += x * b0;
        sum[r][1] += x * b1;
      }
    }
#pragma clang loop unroll(full)
    for (int r = 0; r < rows; r++)
      for (int v = 0; v < 2; v++)
        for (int i = 0; i < WIDE_LANES; i++)
          tile[r * CTK_PANEL + block + v * WIDE_LANES + i] = (int64_t)sum[r][v][i];
  }
}

#define CASES(CASE) \
  CASE(1) CASE(2) CASE(3) CASE(4) CASE(5) CASE(6) \
  CASE(7) CASE(8) CASE(9) CASE(10) CASE(11) CASE(12)

static void sum_8_strided(
    intptr_t rows, const uint8_t *a, intptr_t a_row, intptr_t a_quad, const int8_t *b,
    intptr_t quads, const int32_t *surplus, int32_t *tile) {
#define CASE(R) \
  case R: \
    if (R <= TILE_ROWS) \
      sum_tile_8(R <= TILE_ROWS ? R : 1, a, a_row, a_quad, b, quads, surplus, tile); \
    break;
  switch (rows) { CASES(CASE) }
#undef CASE
}

static void sum_8(
    intptr_t rows, const uint8_t *a, intptr_t a_row, const int8_t *b, intptr_t quads,
    const int32_t *surplus, int32_t *tile) {
#define CASE(R) \
  case R: \
    if (R <= TILE_ROWS) sum_tile_8(R <= TILE_ROWS ? R : 1, a, a_row, 4, b, quads, surplus, tile); \
    break;
  switch (rows) { CASES(CASE) }
#undef CASE
}

static void sum_16(
    intptr_t rows, const double *a, intptr_t a_row, const double *b, intptr_t depth,
    int64_t *tile) {
#define CASE(R) \
  case R: \
    if (R <= TILE_ROWS) sum_tile_16(R <= TILE_ROWS ? R : 1, a, a_row, b, depth, tile); \
    break;
  switch (rows) { CASES(CASE) }
#undef CASE
}

// Bytes of one prepared row of the left operand.
INLINE intptr_t prepared_row(int32_t bits, intptr_t depth) {
  return bits == 8 ? ctk_round_up(depth, 4) : depth * (intptr_t)sizeof(double);
}

// Rows of a matrix as the left operand of a tile: bytes + 128, or doubles.
static void prepare(
    int32_t bits, const void *source, intptr_t row, intptr_t rows, intptr_t depth, void *target) {
  for (intptr_t r = 0; r < rows; r++) {
    if (bits == 8) {
      const uint8_t *x = (const uint8_t *)source + r * row;
      uint8_t *y = (uint8_t *)target + r * ctk_round_up(depth, 4);
      for (intptr_t k = 0; k < depth; k++) y[k] = x[k] ^ 0x80;
      for (intptr_t k = depth; k % 4; k++) y[k] = 0;
    } else {
      const int16_t *x = (const int16_t *)source + r * row;
      double *y = (double *)target + r * depth;
      for (intptr_t k = 0; k < depth; k++) y[k] = x[k];
    }
  }
}

// The sums of a tile of either width, as 64-bit integers; `b` is the whole packed matrix.
static void sum_wide(
    int32_t bits, intptr_t rows, const void *a, const void *b, intptr_t depth, intptr_t columns,
    intptr_t panel, int64_t *tile) {
  if (bits == 16) {
    sum_16(rows, a, depth, (const double *)b + panel * depth * CTK_PANEL, depth, tile);
    return;
  }
  _Alignas(64) int32_t narrow[MAX_TILE_ROWS * CTK_PANEL];
  intptr_t quads = ctk_divide_up(depth, 4);
  const int32_t *sums =
      (const int32_t *)((const int8_t *)b + ctk_packed_int8_sums(depth, columns));
  sum_8(
      rows, a, quads * 4, (const int8_t *)b + panel * quads * 128, quads,
      sums + panel * CTK_PANEL, narrow);
  for (intptr_t i = 0; i < rows * CTK_PANEL; i++) tile[i] = narrow[i];
}

// ---- linear layers -----------------------------------------------------------------------------

typedef struct {
  int64_t bias[CTK_PANEL], rounding[CTK_PANEL], shift[CTK_PANEL];
  int32_t narrow_bias[CTK_PANEL], multiplier[CTK_PANEL];
#if USES_VNNI
  // Even columns of each sixteen, then odd ones: the order in which products come.
  int64_t split_rounding[CTK_PANEL], split_shift[CTK_PANEL];
#endif
} panel_scales;

static void load_scales(const ctk_gemm_integer *g, intptr_t column, panel_scales *s) {
  for (intptr_t j = 0; j < CTK_PANEL; j++) {
    int inside = column + j < g->columns;
    s->bias[j] = inside ? g->bias[column + j] : 0;
    s->narrow_bias[j] = (int32_t)s->bias[j];
    s->multiplier[j] = inside && g->multiplier ? g->multiplier[column + j] : 0;
    s->shift[j] = inside && g->shift ? g->shift[column + j] : 1;
    s->rounding[j] = (int64_t)1 << (s->shift[j] - 1);
#if USES_VNNI
    intptr_t at = j / 16 * 16 + j % 2 * 8 + j % 16 / 2;
    s->split_rounding[at] = s->rounding[j];
    s->split_shift[at] = s->shift[j];
#endif
  }
}

#if USES_VNNI
// Sixteen sums, rescaled: even columns and odd ones, as 64-bit integers.
INLINE void rescale_16(
    const panel_scales *s, int first, const int32_t *sums, __m512i *even, __m512i *odd) {
  __m512i x = _mm512_add_epi32(
      _mm512_loadu_si512(sums + first), _mm512_loadu_si512(s->narrow_bias + first));
  __m512i m = _mm512_loadu_si512(s->multiplier + first);
  __m512i a = _mm512_mul_epi32(x, m);
  __m512i b = _mm512_mul_epi32(_mm512_srli_epi64(x, 32), _mm512_srli_epi64(m, 32));
  a = _mm512_add_epi64(a, _mm512_loadu_si512(s->split_rounding + first));
  b = _mm512_add_epi64(b, _mm512_loadu_si512(s->split_rounding + first + 8));
  *even = _mm512_srav_epi64(a, _mm512_loadu_si512(s->split_shift + first));
  *odd = _mm512_srav_epi64(b, _mm512_loadu_si512(s->split_shift + first + 8));
}

INLINE void store_bytes(const panel_scales *s, const int32_t *sums, int8_t *bytes) {
  for (int first = 0; first < CTK_PANEL; first += 16) {
    __m512i even, odd;
    rescale_16(s, first, sums, &even, &odd);
    __m128i both =
        _mm_unpacklo_epi8(_mm512_cvtsepi64_epi8(even), _mm512_cvtsepi64_epi8(odd));
    _mm_storeu_si128((__m128i *)(bytes + first), _mm_max_epi8(both, _mm_set1_epi8(-127)));
  }
}

INLINE void store_residual(
    const panel_scales *s, const int32_t *sums, int16_t *residual, int32_t keeps) {
  const __m128i lowest = _mm_set1_epi16(-32767);
  for (int first = 0; first < CTK_PANEL; first += 16) {
    __m512i even, odd;
    rescale_16(s, first, sums, &even, &odd);
    __m128i e = _mm512_cvtsepi64_epi16(even), o = _mm512_cvtsepi64_epi16(odd);
    __m128i half[2] = {_mm_unpacklo_epi16(e, o), _mm_unpackhi_epi16(e, o)};
    for (int i = 0; i < 2; i++) {
      __m128i *target = (__m128i *)(residual + first + 8 * i);
      __m128i x = _mm_max_epi16(half[i], lowest);
      if (keeps) x = _mm_max_epi16(_mm_adds_epi16(x, _mm_loadu_si128(target)), lowest);
      _mm_storeu_si128(target, x);
    }
  }
}
#endif

// 32 bytes through a table of 256.
INLINE void activate_8(const int8_t *table, int8_t *x) {
#if USES_VNNI
  __m512i i = _mm512_castsi256_si512(_mm256_loadu_si256((const __m256i *)x));
  i = _mm512_xor_si512(i, _mm512_set1_epi8((char)0x80));
  __m512i low = _mm512_permutex2var_epi8(
      _mm512_loadu_si512(table), i, _mm512_loadu_si512(table + 64));
  __m512i high = _mm512_permutex2var_epi8(
      _mm512_loadu_si512(table + 128), i, _mm512_loadu_si512(table + 192));
  low = _mm512_mask_blend_epi8(_mm512_movepi8_mask(i), low, high);
  _mm256_storeu_si256((__m256i *)x, _mm512_castsi512_si256(low));
#else
  for (int j = 0; j < CTK_PANEL; j++) x[j] = table[x[j] + 128];
#endif
}

INLINE int64_t activate_16(const int32_t *knots, int64_t x) {
  int64_t high = (x >> 8) + 128, low = x & 255;
  return knots[high] + (((int64_t)(knots[high + 1] - knots[high]) * low + 128) >> 8);
}

INLINE void finish_8(
    const ctk_gemm_integer *g, const panel_scales *s, const int8_t *table, const int32_t *sums,
    void *c, intptr_t at, intptr_t columns) {
  if (g->epilogue == CTK_KEEP_SUMS) {
    for (intptr_t j = 0; j < columns; j++) ((int64_t *)c)[at + j] = sums[j] + s->bias[j];
    return;
  }
#if USES_VNNI
  if (columns == CTK_PANEL) {
    if (g->epilogue > CTK_STORE_ACTIVATED) {
      store_residual(s, sums, (int16_t *)c + at, g->epilogue == CTK_ADD_TO_RESIDUAL);
      return;
    }
    store_bytes(s, sums, (int8_t *)c + at);
    if (g->epilogue == CTK_STORE_ACTIVATED) activate_8(table, (int8_t *)c + at);
    return;
  }
#endif
  int64_t limit = limit_of(g->epilogue <= CTK_STORE_ACTIVATED ? 8 : 16);
  int64_t value[CTK_PANEL];
  for (int j = 0; j < CTK_PANEL; j++) {
    int64_t x = (int64_t)(sums[j] + s->narrow_bias[j]) * (int64_t)s->multiplier[j];
    x = (x + s->rounding[j]) >> s->shift[j];
    value[j] = x < -limit ? -limit : x > limit ? limit : x;
  }
  if (g->epilogue <= CTK_STORE_ACTIVATED) {
    int8_t bytes[CTK_PANEL];
    for (int j = 0; j < CTK_PANEL; j++) bytes[j] = (int8_t)value[j];
    if (g->epilogue == CTK_STORE_ACTIVATED) activate_8(table, bytes);
    if (columns == CTK_PANEL) memcpy((int8_t *)c + at, bytes, CTK_PANEL);
    else memcpy((int8_t *)c + at, bytes, (size_t)columns);
    return;
  }
  int16_t *residual = (int16_t *)c + at;
  int32_t keeps = g->epilogue == CTK_ADD_TO_RESIDUAL;
  if (columns == CTK_PANEL) {
    for (int j = 0; j < CTK_PANEL; j++) {
      int32_t x = (int32_t)value[j] + (keeps ? residual[j] : 0);
      residual[j] = (int16_t)(x < -32767 ? -32767 : x > 32767 ? 32767 : x);
    }
  } else {
    for (intptr_t j = 0; j < columns; j++)
      residual[j] = (int16_t)clamp64(value[j] + (keeps ? residual[j] : 0), 32767);
  }
}

INLINE void finish_16(
    const ctk_gemm_integer *g, const panel_scales *s, const int64_t *sums, void *c, intptr_t at,
    intptr_t columns) {
  for (intptr_t j = 0; j < columns; j++) {
    int64_t x = sums[j] + s->bias[j];
    if (g->epilogue == CTK_KEEP_SUMS) {
      ((int64_t *)c)[at + j] = x;
      continue;
    }
    x = clamp64((x * s->multiplier[j] + s->rounding[j]) >> s->shift[j], 32767);
    int16_t *target = (int16_t *)c + at + j;
    if (g->epilogue == CTK_STORE_ACTIVATED) x = activate_16(g->activation.knots, x);
    if (g->epilogue == CTK_ADD_TO_RESIDUAL) x = clamp64(x + *target, 32767);
    *target = (int16_t)x;
  }
}

// What all tasks of a product share: scales in the order of panels, the activation as bytes.
typedef struct {
  const ctk_gemm_integer *g;
  const panel_scales *scales;
  _Alignas(64) int8_t table[256];
} integer_product;

static void gemm_integer_task(void *context, intptr_t task, intptr_t worker) {
  (void)worker;
  const integer_product *product = context;
  const ctk_gemm_integer *g = product->g;
  intptr_t panels = ctk_divide_up(g->columns, CTK_PANEL);
  intptr_t groups = ctk_divide_up(panels, INTEGER_TASK_PANELS), depth = g->depth;
  intptr_t row = task / groups * TILE_ROWS, first = task % groups * INTEGER_TASK_PANELS;
  intptr_t rows = ctk_min(TILE_ROWS, g->rows - row);
  intptr_t last = ctk_min(panels, first + INTEGER_TASK_PANELS);
  _Alignas(64) uint8_t left[TILE_ROWS * prepared_row(g->bits, depth) + 64];
  _Alignas(64) int32_t narrow[MAX_TILE_ROWS * CTK_PANEL];
  _Alignas(64) int64_t wide[MAX_TILE_ROWS * CTK_PANEL];
  intptr_t quads = ctk_divide_up(depth, 4), bytes = g->bits / 8;
  const int32_t *surplus = (const int32_t *)((const int8_t *)g->weights +
                                             ctk_packed_int8_sums(depth, g->columns));
  prepare(g->bits, (const int8_t *)g->a + row * g->a_row * bytes, g->a_row, rows, depth, left);
  for (intptr_t p = first; p < last; p++) {
    intptr_t column = p * CTK_PANEL, columns = ctk_min(CTK_PANEL, g->columns - column);
    const panel_scales *s = product->scales + p;
    intptr_t at = row * g->c_row + column;
    if (g->bits == 8) {
      sum_8(
          rows, left, quads * 4, (const int8_t *)g->weights + p * quads * 128, quads,
          surplus + column, narrow);
      for (intptr_t r = 0; r < rows; r++)
        finish_8(
            g, s, product->table, narrow + r * CTK_PANEL, g->c, at + r * g->c_row, columns);
    } else {
      sum_wide(16, rows, left, g->weights, depth, g->columns, p, wide);
      for (intptr_t r = 0; r < rows; r++)
        finish_16(g, s, wide + r * CTK_PANEL, g->c, at + r * g->c_row, columns);
    }
  }
}

static void NAME(gemm_integer)(ctk_pool *pool, const ctk_gemm_integer *g) {
  intptr_t panels = ctk_divide_up(g->columns, CTK_PANEL);
  panel_scales scales[panels];
  for (intptr_t p = 0; p < panels; p++) load_scales(g, p * CTK_PANEL, scales + p);
  integer_product product = {.g = g, .scales = scales};
  if (g->bits == 8 && g->epilogue == CTK_STORE_ACTIVATED)
    for (int i = 0; i < 256; i++) product.table[i] = (int8_t)g->activation.knots[i];
  intptr_t groups = ctk_divide_up(panels, INTEGER_TASK_PANELS);
  ctk_pool_run(
      pool, ctk_divide_up(g->rows, TILE_ROWS) * groups, gemm_integer_task, &product);
}

// ---- layer norm --------------------------------------------------------------------------------

INLINE uint64_t square_root(uint64_t x) {
  uint64_t root = (uint64_t)sqrt((double)x);
  while (root * root > x) root--;
  while ((root + 1) * (root + 1) <= x) root++;
  return root;
}

static void norm_integer_task(void *context, intptr_t task, intptr_t worker) {
  (void)worker;
  const ctk_norm_integer *n = context;
  intptr_t columns = n->columns, end = ctk_min(n->rows, (task + 1) * 16);
  int64_t root_of_columns = (int64_t)square_root((uint64_t)columns << 40);
  int32_t centred[columns];
  for (intptr_t row = task * 16; row < end; row++) {
    const int16_t *x = n->x + row * n->x_row;
    int32_t sum = 0;
    for (intptr_t j = 0; j < columns; j++) sum += x[j];
    int64_t squares = n->epsilon;
    for (intptr_t j = 0; j < columns; j++) {
      centred[j] = (int32_t)columns * x[j] - sum;
      squares += (int64_t)centred[j] * (int64_t)centred[j];
    }
    int32_t even = (__builtin_clzll((uint64_t)squares) - 2) / 2;
    int64_t root = (int64_t)square_root((uint64_t)squares << (2 * even));
    int32_t factor = (int32_t)((root_of_columns << 35) / root);
    int32_t down = 43 - even, shift = n->shift;
    int64_t rounding = (int64_t)1 << (down - 1), last = (int64_t)1 << (shift - 1);
    int64_t limit = limit_of(n->bits);
    int8_t *narrow = (int8_t *)n->y + row * n->y_row;
    int16_t *wide = (int16_t *)n->y + row * n->y_row;
    for (intptr_t j = 0; j < columns; j++) {
      int64_t z = ((int64_t)centred[j] * (int64_t)factor + rounding) >> down;
      centred[j] = (int32_t)z;
    }
    if (n->bits == 8) {
      for (intptr_t j = 0; j < columns; j++) {
        int64_t y = (int64_t)centred[j] * (int64_t)n->gain[j] + n->offset[j];
        y = (y + last) >> shift;
        narrow[j] = (int8_t)(y < -limit ? -limit : y > limit ? limit : y);
      }
    } else {
      for (intptr_t j = 0; j < columns; j++) {
        int64_t y = (int64_t)centred[j] * (int64_t)n->gain[j] + n->offset[j];
        wide[j] = (int16_t)clamp64((y + last) >> shift, limit);
      }
    }
  }
}

static void NAME(norm_integer)(ctk_pool *pool, const ctk_norm_integer *n) {
  ctk_pool_run(pool, ctk_divide_up(n->rows, 16), norm_integer_task, (void *)n);
}

#include "integer_attention.h"
