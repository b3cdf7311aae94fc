// Kernels for x86 processors with AVX-512, VNNI and VBMI.
#if defined(__x86_64__)
#include <immintrin.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#pragma clang attribute push( \
    __attribute__((target( \
        "avx2,fma,avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx512vbmi"))), \
    apply_to = function)
#define VECTOR_BYTES 64
#define TILE_ROWS 12
#define USES_VNNI 1
#define NAME(name) name##_avx512
#include "float_kernels.h"
#include "recurrent_kernels.h"
#include "integer_kernels.h"
#pragma clang attribute pop

const ctk_kernels ctk_kernels_avx512 = {
    gemm_f32_avx512, layer_norm_f32_avx512, softmax_f32_avx512, taylor_f32_avx512,
    gemm_integer_avx512, norm_integer_avx512, taylor_integer_avx512, softmax_integer_avx512,
    lstm_f32_avx512};
#endif
