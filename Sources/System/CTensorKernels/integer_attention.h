// Integer attention, part of integer_kernels.h: Taylor in 8 and 16 bit, softmax in 8 bit.

enum { INTEGER_QUERY_ROWS = QUERY_TILES * TILE_ROWS };

// Parts of the scratch memory of one head, in bytes from its start.
typedef struct {
  const ctk_attention_integer *a;
  intptr_t width, row;               // elements of a row of the output and of qkv
  intptr_t keys, values, context, sums, head;  // offsets, then the size of it all
  intptr_t padded, worker;           // softmax: keys in whole panels, bytes of one worker
} integer_plan;

static intptr_t packed_bytes(int32_t bits, intptr_t depth, intptr_t columns) {
  return ctk_round_up(ctk_packed_integers(bits, depth, columns), 64);
}

static integer_plan plan_integer(const ctk_attention_integer *a, int softmax) {
  integer_plan p = {.a = a, .width = a->heads * a->dim, .row = 3 * a->heads * a->dim};
  intptr_t n = a->tokens, d = a->dim, wide = ctk_round_up(d, CTK_PANEL);
  p.padded = ctk_round_up(n, CTK_PANEL);
  p.keys = 0;
  p.values = softmax ? packed_bytes(8, d, n) : ctk_round_up(ctk_round_up(d, 4) * prepared_row(a->bits, n), 64);
  p.context = p.values + packed_bytes(a->bits, n, d);
  p.sums = p.context + (softmax ? 0 : packed_bytes(a->bits, d, d));
  p.head = p.sums + (softmax ? 0 : ctk_round_up(2 * wide * (intptr_t)sizeof(int64_t), 64));
  p.worker = softmax ? ctk_round_up(TILE_ROWS * p.padded * 5, 64) : 0;
  return p;
}

static const int8_t *integer_head(const integer_plan *p, intptr_t head) {
  const ctk_attention_integer *a = p->a;
  intptr_t at = head / a->heads * a->tokens * p->row + head % a->heads * a->dim;
  return (const int8_t *)a->qkv + at * (a->bits / 8);
}

static int8_t *integer_output(const integer_plan *p, intptr_t head, intptr_t row) {
  const ctk_attention_integer *a = p->a;
  intptr_t at = (head / a->heads * a->tokens + row) * p->width + head % a->heads * a->dim;
  return (int8_t *)a->output + at * (a->bits / 8);
}

// Packs B[k][j] = source[j·row + k·step] as a right operand.
static void pack_right(
    int32_t bits, const void *source, intptr_t row, intptr_t step, intptr_t depth,
    intptr_t columns, void *target) {
  if (bits == 8) {
    int32_t *sums = (int32_t *)((int8_t *)target + ctk_packed_int8_sums(depth, columns));
    ctk_pack_int8(source, row, step, depth, columns, target, sums);
    return;
  }
  const int16_t *x = source;
  for (intptr_t column = 0; column < columns; column += CTK_PANEL)
    for (intptr_t k = 0; k < depth; k++) {
      double *y = (double *)target + column * depth + k * CTK_PANEL;
      for (intptr_t j = 0; j < CTK_PANEL; j++)
        y[j] = column + j < columns ? x[(column + j) * row + k * step] : 0;
    }
}

// Steps 1 and 3 in 8 bit, four tokens at once: the mean of the keys, K̂ + 128 as [n/4][d][4], sums.
static void taylor_keys_8(
    const int8_t *keys, const int8_t *values, intptr_t row, intptr_t n, intptr_t d,
    uint8_t *centred, int64_t *key_sums, int64_t *value_sums) {
  int32_t mean[d], sums[d], totals[d];
  memset(mean, 0, sizeof mean);
  memset(sums, 0, sizeof sums);
  memset(totals, 0, sizeof totals);
  for (intptr_t i = 0; i < n; i++)
    for (intptr_t j = 0; j < d; j++) {
      mean[j] += keys[i * row + j];
      totals[j] += values[i * row + j];
    }
  for (intptr_t j = 0; j < d; j++) mean[j] = (int32_t)floor_divide(2 * mean[j] + n, 2 * n);
  for (intptr_t i = 0; i < n; i += 4) {
    // Beyond the last token V is zero, so that what stands here does not count.
    const int8_t *r[4];
    for (intptr_t t = 0; t < 4; t++) r[t] = keys + ctk_min(i + t, n - 1) * row;
    uint8_t *to = centred + i * d;
    for (intptr_t j = 0; j < d; j++)
      for (int t = 0; t < 4; t++) {
        int32_t x = r[t][j] - mean[j];
        x = x < -127 ? -127 : x > 127 ? 127 : x;
        to[4 * j + t] = (uint8_t)(x + 128);
      }
    for (intptr_t t = 0; t < ctk_min(4, n - i); t++)
      for (intptr_t j = 0; j < d; j++) {
        int32_t x = r[t][j] - mean[j];
        sums[j] += x < -127 ? -127 : x > 127 ? 127 : x;
      }
  }
  for (intptr_t j = 0; j < d; j++) {
    key_sums[j] = sums[j];
    value_sums[j] = totals[j];
  }
}

// The same in 16 bit; K̂ as doubles [d][n].
static void taylor_keys_16(
    const int16_t *keys, const int16_t *values, intptr_t row, intptr_t n, intptr_t d,
    double *centred, int64_t *key_sums, int64_t *value_sums) {
  int64_t mean[d];
  memset(mean, 0, sizeof mean);
  memset(key_sums, 0, (size_t)d * sizeof(int64_t));
  memset(value_sums, 0, (size_t)d * sizeof(int64_t));
  for (intptr_t i = 0; i < n; i++)
    for (intptr_t j = 0; j < d; j++) {
      mean[j] += keys[i * row + j];
      value_sums[j] += values[i * row + j];
    }
  for (intptr_t j = 0; j < d; j++) mean[j] = floor_divide(2 * mean[j] + n, 2 * n);
  for (intptr_t j = 0; j < d; j++)
    for (intptr_t i = 0; i < n; i++) {
      int64_t x = clamp64(keys[i * row + j] - mean[j], 32767);
      key_sums[j] += x;
      centred[j * n + i] = (double)x;
    }
}

// Steps 1 to 3 of one head: mean, K̂, both sums, G rescaled and packed.
static void taylor_context_integer_task(void *context, intptr_t head, intptr_t worker) {
  (void)worker;
  const integer_plan *p = context;
  const ctk_attention_integer *a = p->a;
  const ctk_taylor_scales *scales = a->taylor + head % a->heads;
  int32_t bits = a->bits;
  intptr_t n = a->tokens, d = a->dim, wide = ctk_round_up(d, CTK_PANEL), bytes = bits / 8;
  const int8_t *keys = integer_head(p, head) + p->width * bytes, *values = keys + p->width * bytes;
  int8_t *scratch = (int8_t *)a->scratch + head * p->head;
  int64_t *key_sums = (int64_t *)(scratch + p->sums), *value_terms = key_sums + wide;
  int64_t limit = limit_of(bits);
  if (bits == 8)
    taylor_keys_8(keys, values, p->row, n, d, (uint8_t *)scratch, key_sums, value_terms);
  else
    taylor_keys_16(
        (const int16_t *)keys, (const int16_t *)values, p->row, n, d, (double *)scratch, key_sums,
        value_terms);
  for (intptr_t j = 0; j < d; j++)
    value_terms[j] = rescale(value_terms[j], scales->value_multiplier, scales->value_shift);
  pack_right(bits, values, 1, p->row, n, d, scratch + p->values);
  _Alignas(64) int64_t tile[MAX_TILE_ROWS * CTK_PANEL];
  _Alignas(64) int32_t narrow[MAX_TILE_ROWS * CTK_PANEL];
  int16_t global[d * d];  // int8_t where bits is 8
  const int32_t *surplus =
      (const int32_t *)(scratch + p->values + ctk_packed_int8_sums(n, d));
  intptr_t quads = ctk_divide_up(n, 4);
  for (intptr_t row = 0; row < d; row += TILE_ROWS)
    for (intptr_t panel = 0; panel < wide / CTK_PANEL; panel++) {
      intptr_t rows = ctk_min(TILE_ROWS, d - row);
      intptr_t columns = ctk_min(CTK_PANEL, d - panel * CTK_PANEL);
      if (bits == 8) {
        sum_8_strided(
            rows, (const uint8_t *)scratch + 4 * row, 4, 4 * d,
            scratch + p->values + panel * quads * 128, quads, surplus + panel * CTK_PANEL, narrow);
        for (intptr_t i = 0; i < rows * CTK_PANEL; i++) tile[i] = narrow[i];
      } else {
        const double *left = (const double *)scratch + row * n;
        sum_wide(16, rows, left, scratch + p->values, n, d, panel, tile);
      }
      for (intptr_t r = 0; r < rows; r++)
        for (intptr_t j = 0; j < columns; j++)
          set_value(
              bits, global, (row + r) * d + panel * CTK_PANEL + j,
              clamp64(
                  rescale(
                      tile[r * CTK_PANEL + j], scales->context_multiplier, scales->context_shift),
                  limit));
    }
  pack_right(bits, global, 1, d, d, d, scratch + p->context);
}

// Step 6: ⌊(T + v)/D + 1/2⌋. Whole numbers below 2^53 are exact in double, and 8-bit sums stay far
// below.
static void quotients(
    int64_t *t, const int64_t *value_terms, intptr_t columns, int64_t divisor, int32_t bits,
    int64_t limit) {
  if (bits != 8) {
    for (intptr_t j = 0; j < columns; j++)
      t[j] = clamp64(floor_divide(2 * (t[j] + value_terms[j]) + divisor, 2 * divisor), limit);
    return;
  }
  double twice = 2 * (double)divisor, share = 1 / twice, largest = (double)limit;
  for (intptr_t j = 0; j < columns; j++) {
    double x = (double)(2 * (t[j] + value_terms[j]) + divisor);
    // One too many or too few by the reciprocal's rounding shows in the remainder, which is exact.
    double q = floor(x * share), left = fma(-q, twice, x);
    q = left < 0 ? q - 1 : left >= twice ? q + 1 : q;
    q = q < -largest ? -largest : q > largest ? largest : q;
    t[j] = (int64_t)q;
  }
}

// Steps 4 to 6 for a block of queries of one head.
static void taylor_output_integer_task(void *context, intptr_t task, intptr_t worker) {
  (void)worker;
  const integer_plan *p = context;
  const ctk_attention_integer *a = p->a;
  int32_t bits = a->bits;
  intptr_t chunks = ctk_divide_up(a->tokens, INTEGER_QUERY_ROWS), head = task / chunks;
  intptr_t d = a->dim, wide = ctk_round_up(d, CTK_PANEL);
  const ctk_taylor_scales *s = a->taylor + head % a->heads;
  const int8_t *scratch = (const int8_t *)a->scratch + head * p->head;
  const int64_t *key_sums = (const int64_t *)(scratch + p->sums), *value_terms = key_sums + wide;
  intptr_t row = task % chunks * INTEGER_QUERY_ROWS;
  intptr_t end = ctk_min(a->tokens, row + INTEGER_QUERY_ROWS);
  _Alignas(64) uint8_t left[TILE_ROWS * prepared_row(bits, d) + 64];
  _Alignas(64) int64_t tile[MAX_TILE_ROWS * CTK_PANEL];
  int64_t limit = limit_of(bits), denominator[TILE_ROWS];
  for (; row < end; row += TILE_ROWS) {
    intptr_t rows = ctk_min(TILE_ROWS, end - row);
    const int8_t *queries = integer_head(p, head) + row * p->row * (bits / 8);
    prepare(bits, queries, p->row, rows, d, left);
    for (intptr_t r = 0; r < rows && !a->collapsed; r++) {
      denominator[r] = s->denominator;
      if (bits == 8) {
        // 128·n·127 a column at most: the sum of 1024 of them and 4096 tokens stays in 63 bits.
        const int8_t *q = queries + r * p->row;
        for (intptr_t j = 0; j < d; j++) denominator[r] += (int64_t)q[j] * (int32_t)key_sums[j];
      } else {
        const int16_t *q = (const int16_t *)queries + r * p->row;
        for (intptr_t j = 0; j < d; j++) denominator[r] += q[j] * key_sums[j];
      }
      denominator[r] = rescale(denominator[r], s->divisor_multiplier, s->divisor_shift);
      if (denominator[r] < 1) denominator[r] = 1;
    }
    int8_t *output = integer_output(p, head, row);
    for (intptr_t panel = 0; panel < wide / CTK_PANEL; panel++) {
      intptr_t first = panel * CTK_PANEL, columns = ctk_min(CTK_PANEL, d - first);
      sum_wide(bits, rows, left, scratch + p->context, d, d, panel, tile);
      for (intptr_t r = 0; r < rows; r++) {
        int64_t *t = tile + r * CTK_PANEL;
        if (a->collapsed) {
          for (intptr_t j = 0; j < columns; j++)
            t[j] = clamp64(
                rescale(t[j] + value_terms[first + j], s->output_multiplier, s->output_shift),
                limit);
        } else {
          quotients(t, value_terms + first, columns, denominator[r], bits, limit);
        }
        if (bits == 8) {
          int8_t *to = output + r * p->width + first;
          for (intptr_t j = 0; j < columns; j++) to[j] = (int8_t)t[j];
        } else {
          int16_t *to = (int16_t *)output + r * p->width + first;
          for (intptr_t j = 0; j < columns; j++) to[j] = (int16_t)t[j];
        }
      }
    }
  }
}

static void NAME(taylor_integer)(ctk_pool *pool, const ctk_attention_integer *a) {
  integer_plan p = plan_integer(a, 0);
  intptr_t heads = a->images * a->heads;
  ctk_pool_run(pool, heads, taylor_context_integer_task, &p);
  ctk_pool_run(
      pool, heads * ctk_divide_up(a->tokens, INTEGER_QUERY_ROWS), taylor_output_integer_task, &p);
}

// ---- softmax, 8 bit ----------------------------------------------------------------------------

static void pack_keys_integer_task(void *context, intptr_t head, intptr_t worker) {
  (void)worker;
  const integer_plan *p = context;
  const ctk_attention_integer *a = p->a;
  int8_t *scratch = (int8_t *)a->scratch + head * p->head;
  const int8_t *keys = integer_head(p, head) + p->width;
  pack_right(8, keys, p->row, 1, a->dim, a->tokens, scratch);
  pack_right(8, keys + p->width, 1, p->row, a->tokens, a->dim, scratch + p->values);
}

// Powers of two in 32nds: round(2^15 · 2^(−i/32)).
static const int32_t halves[32] = {
    32768, 32066, 31379, 30706, 30048, 29405, 28774, 28158, 27554, 26964, 26386,
    25821, 25268, 24726, 24196, 23678, 23170, 22674, 22188, 21713, 21247, 20792,
    20347, 19911, 19484, 19066, 18658, 18258, 17867, 17484, 17109, 16743};

// One row of sums to weights, the largest being 255; their sum is returned.
static int64_t softmax_row(
    const ctk_softmax_scales *s, int32_t *x, intptr_t count, uint8_t *probabilities) {
  int32_t highest = x[0];
  for (intptr_t j = 1; j < count; j++) highest = x[j] > highest ? x[j] : highest;
  int64_t sum = 0;
  intptr_t j = 0;
#if USES_VNNI
  __m512i top = _mm512_set1_epi32(highest), limit = _mm512_set1_epi32(s->exponent_limit);
  __m512i multiplier = _mm512_set1_epi32(s->exponent_multiplier), sums = _mm512_setzero_si512();
  __m512i table0 = _mm512_loadu_si512(halves), table1 = _mm512_loadu_si512(halves + 16);
  __m512i last = _mm512_set1_epi32(512);
  __m128i shift = _mm_cvtsi32_si128(s->exponent_shift);
  for (; j + 16 <= count; j += 16) {
    __m512i below = _mm512_min_epi32(_mm512_sub_epi32(top, _mm512_loadu_si512(x + j)), limit);
    __m512i t = _mm512_srl_epi32(_mm512_mullo_epi32(below, multiplier), shift);
    t = _mm512_min_epi32(t, last);
    __m512i e = _mm512_srlv_epi32(
        _mm512_permutex2var_epi32(table0, t, table1), _mm512_srli_epi32(t, 5));
    // e·255 >> 15, of at most 23 bits.
    e = _mm512_srli_epi32(_mm512_sub_epi32(_mm512_slli_epi32(e, 8), e), 15);
    sums = _mm512_add_epi32(sums, e);
    _mm_storeu_si128((__m128i *)(probabilities + j), _mm512_cvtepi32_epi8(e));
  }
  sum = _mm512_reduce_add_epi32(sums);
#endif
  for (; j < count; j++) {
    int32_t below = highest - x[j] < s->exponent_limit ? highest - x[j] : s->exponent_limit;
    int32_t t = (below * s->exponent_multiplier) >> s->exponent_shift;
    t = t < 512 ? t : 512;
    int32_t weight = ((halves[t & 31] >> (t >> 5)) * 255) >> 15;
    sum += weight;
    probabilities[j] = (uint8_t)weight;
  }
  for (; j % 4; j++) probabilities[j] = 0;
  return sum;
}

static void softmax_integer_task(void *context, intptr_t task, intptr_t worker) {
  const integer_plan *p = context;
  const ctk_attention_integer *a = p->a;
  intptr_t n = a->tokens, d = a->dim, chunks = ctk_divide_up(n, INTEGER_QUERY_ROWS);
  intptr_t head = task / chunks, row = task % chunks * INTEGER_QUERY_ROWS;
  intptr_t end = ctk_min(n, row + INTEGER_QUERY_ROWS), line = ctk_round_up(n, 4);
  const ctk_softmax_scales *s = a->softmax + head % a->heads;
  const int8_t *scratch = (const int8_t *)a->scratch + head * p->head;
  int32_t *logits = (int32_t *)((int8_t *)a->scratch + a->images * a->heads * p->head +
                                worker * p->worker);
  uint8_t *probabilities = (uint8_t *)(logits + TILE_ROWS * p->padded);
  const int32_t *surplus = (const int32_t *)(scratch + ctk_packed_int8_sums(d, n));
  _Alignas(64) uint8_t left[TILE_ROWS * ctk_round_up(d, 4) + 64];
  _Alignas(64) int32_t tile[MAX_TILE_ROWS * CTK_PANEL];
  intptr_t quads = ctk_divide_up(d, 4);
  for (; row < end; row += TILE_ROWS) {
    intptr_t rows = ctk_min(TILE_ROWS, end - row);
    prepare(8, integer_head(p, head) + row * p->row, p->row, rows, d, left);
    for (intptr_t panel = 0; panel < p->padded / CTK_PANEL; panel++) {
      sum_8(
          rows, left, quads * 4, scratch + panel * quads * 128, quads,
          surplus + panel * CTK_PANEL, tile);
      for (intptr_t r = 0; r < rows; r++)
        memcpy(
            logits + r * p->padded + panel * CTK_PANEL, tile + r * CTK_PANEL,
            CTK_PANEL * sizeof(int32_t));
    }
    int64_t sums[TILE_ROWS];
    for (intptr_t r = 0; r < rows; r++)
      sums[r] = softmax_row(s, logits + r * p->padded, n, probabilities + r * line);
    int8_t *output = integer_output(p, head, row);
    for (intptr_t column = 0; column < d; column += CTK_PANEL) {
      sum_8(
          rows, probabilities, line, scratch + p->values + column / CTK_PANEL * line * CTK_PANEL,
          line / 4, NULL, tile);
      intptr_t columns = ctk_min(CTK_PANEL, d - column);
      for (intptr_t r = 0; r < rows; r++) {
        // ⌊256·Σp·v/Σp + 1/2⌋, exact in double as in `quotients`.
        double twice = 2 * (double)sums[r];
        for (intptr_t j = 0; j < columns; j++) {
          int64_t dividend = 512 * (int64_t)tile[r * CTK_PANEL + j] + sums[r];
          int64_t share = (int64_t)floor((double)dividend / twice);
          output[r * p->width + column + j] =
              (int8_t)clamp64(rescale(share, s->output_multiplier, s->output_shift), 127);
        }
      }
    }
  }
}

static void NAME(softmax_integer)(ctk_pool *pool, const ctk_attention_integer *a) {
  integer_plan p = plan_integer(a, 1);
  intptr_t heads = a->images * a->heads;
  ctk_pool_run(pool, heads, pack_keys_integer_task, &p);
  ctk_pool_run(
      pool, heads * ctk_divide_up(a->tokens, INTEGER_QUERY_ROWS), softmax_integer_task, &p);
}
