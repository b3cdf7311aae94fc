// Kernels for x86 processors with AVX2 and FMA.
#if defined(__x86_64__)
#include <immintrin.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define VECTOR_BYTES 32
#define TILE_ROWS 6
#define NAME(name) name##_avx2
#include "float_kernels.h"
#include "recurrent_kernels.h"
#include "integer_kernels.h"
#pragma clang attribute pop

const ctk_kernels ctk_kernels_avx2 = {
    gemm_f32_avx2, layer_norm_f32_avx2, softmax_f32_avx2, taylor_f32_avx2, gemm_integer_avx2,
    norm_integer_avx2, taylor_integer_avx2, softmax_integer_avx2,
    lstm_f32_avx2};
#endif
