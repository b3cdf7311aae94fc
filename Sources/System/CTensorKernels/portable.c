// Kernels for any processor.
#define VECTOR_BYTES 16
#define TILE_ROWS 4
#define NAME(name) name##_portable
#include "float_kernels.h"
#include "recurrent_kernels.h"
#include "integer_kernels.h"

const ctk_kernels ctk_kernels_portable = {
    gemm_f32_portable, layer_norm_f32_portable, softmax_f32_portable, taylor_f32_portable,
    gemm_integer_portable, norm_integer_portable, taylor_integer_portable,
    softmax_integer_portable,
    lstm_f32_portable};
