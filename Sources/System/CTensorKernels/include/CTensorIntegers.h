// Integer kernels: what the modelled accelerator computes, as fast as this processor can.
#ifndef C_TENSOR_INTEGERS_H
#define C_TENSOR_INTEGERS_H

#include <stddef.h>
#include <stdint.h>

/// What becomes of the exact sums of an integer product.
enum {
  /// Rescaled to a value of the machine's width: (sum·multiplier + 2^(shift−1)) >> shift, clamped.
  CTK_STORE = 0,
  /// The same, then through a table of the activation (GELU).
  CTK_STORE_ACTIVATED = 1,
  /// Rescaled and added to the 16-bit residual stream, clamped.
  CTK_ADD_TO_RESIDUAL = 2,
  /// Rescaled and written to the residual stream, clamped.
  CTK_SET_RESIDUAL = 3,
  /// The sums themselves, as 64-bit integers.
  CTK_KEEP_SUMS = 4,
};

/// An activation as a table. In 8 bit: 256 entries, value −128 first. In 16 bit: 257 knots, between
/// which it is linear: knot[h] + (((knot[h + 1] − knot[h])·low + 128) >> 8), h the value's upper
/// byte plus 128.
typedef struct {
  const int32_t *knots;
} ctk_activation;

/// C = epilogue(A·Bᵀ + bias), rows [rows, depth] times weights [columns, depth].
/// A and outputs are int8_t or int16_t as `bits` says (8 or 16).
typedef struct {
  const void *a;          // [rows, a_row]
  const void *weights;    // packed by ctk_pack_integers
  void *c;                // [rows, c_row]: int8/int16, int16 (residual), int64 (sums)
  const int64_t *bias;    // [columns]
  const int32_t *multiplier;  // [columns], not needed for sums
  const int32_t *shift;       // [columns], 1 ... 62
  ctk_activation activation;
  intptr_t a_row, c_row, rows, columns, depth;
  int32_t bits, epilogue;
} ctk_gemm_integer;

void ctk_gemm_integer_run(ctk_pool *pool, int32_t path, const ctk_gemm_integer *gemm);

/// Bytes that packed weights take; `source` is [columns, depth] of int8_t or int16_t.
intptr_t ctk_packed_integers(int32_t bits, intptr_t depth, intptr_t columns);
void ctk_pack_integers(
    int32_t bits, const void *source, intptr_t depth, intptr_t columns, void *target);

/// Integer layer norm of 16-bit rows. See FixedPointNormalisation for its definition.
typedef struct {
  const int16_t *x;
  void *y;                 // int8/int16
  const int32_t *gain;     // [columns]
  const int64_t *offset;   // [columns]
  intptr_t x_row, y_row, rows, columns;
  int64_t epsilon;         // in units of the squared scaled deviation
  int32_t shift, bits;
} ctk_norm_integer;

void ctk_norm_integer_run(ctk_pool *pool, int32_t path, const ctk_norm_integer *norm);

/// How one head's Taylor attention is scaled. See FixedPointTaylor for the definition.
typedef struct {
  int32_t context_multiplier, context_shift;  // G
  int32_t value_multiplier, value_shift;      // √d·v_sum in the numerator's unit
  int32_t output_multiplier, output_shift;    // Z where the denominator is collapsed
  int64_t denominator;                        // n√d in the unit of q·k̂
  int32_t divisor_multiplier, divisor_shift;  // t_D in units of T_N for one unit of Z
} ctk_taylor_scales;

/// How one head's integer softmax is scaled (8 bit). See FixedPointSoftmax for the definition.
typedef struct {
  int32_t exponent_multiplier, exponent_shift, exponent_limit;
  int32_t output_multiplier, output_shift;
} ctk_softmax_scales;

/// Attention of a batch in integers; `qkv` is [images·tokens, 3·heads·dim], `output`
/// [images·tokens, heads·dim], both int8_t or int16_t.
typedef struct {
  const void *qkv;
  void *output;
  void *scratch;
  const ctk_taylor_scales *taylor;    // [heads]
  const ctk_softmax_scales *softmax;  // [heads]
  intptr_t images, tokens, heads, dim;
  int32_t bits, threads, collapsed;
} ctk_attention_integer;

intptr_t ctk_taylor_integer_scratch(const ctk_attention_integer *attention);
void ctk_taylor_integer_run(ctk_pool *pool, int32_t path, const ctk_attention_integer *attention);
intptr_t ctk_softmax_integer_scratch(const ctk_attention_integer *attention);
void ctk_softmax_integer_run(ctk_pool *pool, int32_t path, const ctk_attention_integer *attention);

/// As `ctk_patches_f32`, the value being byte − 128.
void ctk_patches_integer(
    ctk_pool *pool, int32_t path, int32_t bits, const uint8_t *pixels, intptr_t images,
    intptr_t side, intptr_t patch, void *target);

#endif
