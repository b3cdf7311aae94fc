// A small C interface to LibTorch, so that Swift need not import C++.
//
// Every function that can fail catches what LibTorch throws: one that returns a tensor returns NULL
// then, others return false (or -1), and `ctorch_error` says why. Tensors that are returned belong to
// the caller, who frees them with `ctorch_free`; tensors that are passed are only looked at.
#pragma once
#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ctorch_opaque *ctorch_tensor;

/// What a tensor's elements are.
typedef enum { CTORCH_FLOAT = 0, CTORCH_INT64 = 1, CTORCH_UINT8 = 2 } ctorch_type;

/// The first line of what LibTorch said of the last failure on this thread.
const char *ctorch_error(void);

// Process.
void ctorch_set_threads(int threads);
bool ctorch_seed(uint64_t seed);
bool ctorch_cuda_available(void);
/// Where tensors are made from now on, in the whole process: on the first CUDA device, or in the
/// processor's memory, where they are made unless this is called.
bool ctorch_make_on(bool cuda);
/// Whether operations are recorded for `ctorch_backward`, on this thread; returns what it was.
bool ctorch_record(bool record);

// Making tensors, and taking their numbers out. `rank` sizes, outermost first; numbers are copied.
ctorch_tensor ctorch_from(const void *data, ctorch_type type, const int64_t *sizes, int rank);
ctorch_tensor ctorch_full(double value, const int64_t *sizes, int rank);
ctorch_tensor ctorch_normal(const int64_t *sizes, int rank);
ctorch_tensor ctorch_uniform(double low, double high, const int64_t *sizes, int rank);
bool ctorch_read(ctorch_tensor tensor, void *data, ctorch_type type, int64_t count);
void ctorch_free(ctorch_tensor tensor);
int ctorch_rank(ctorch_tensor tensor);
int64_t ctorch_size(ctorch_tensor tensor, int dimension);
bool ctorch_number(ctorch_tensor tensor, double *number);
ctorch_tensor ctorch_convert(ctorch_tensor tensor, ctorch_type type);
ctorch_tensor ctorch_to_device(ctorch_tensor tensor, bool cuda);
/// Moves a tensor itself, with its gradient recording.
bool ctorch_move(ctorch_tensor tensor, bool cuda);
bool ctorch_on_cuda(ctorch_tensor tensor);

// Views and rearrangements.
ctorch_tensor ctorch_reshape(ctorch_tensor tensor, const int64_t *sizes, int rank);
ctorch_tensor ctorch_permute(ctorch_tensor tensor, const int64_t *order, int rank);
ctorch_tensor ctorch_expand(ctorch_tensor tensor, const int64_t *sizes, int rank);
ctorch_tensor ctorch_transpose(ctorch_tensor tensor, int64_t a, int64_t b);
ctorch_tensor ctorch_narrow(ctorch_tensor tensor, int64_t dimension, int64_t start, int64_t count);
ctorch_tensor ctorch_select(ctorch_tensor tensor, int64_t dimension, int64_t index);
ctorch_tensor ctorch_unsqueeze(ctorch_tensor tensor, int64_t dimension);
ctorch_tensor ctorch_index_select(ctorch_tensor tensor, int64_t dimension, ctorch_tensor indices);
ctorch_tensor ctorch_cat(const ctorch_tensor *tensors, int count, int64_t dimension);
ctorch_tensor ctorch_stack(const ctorch_tensor *tensors, int count, int64_t dimension);

// Element by element.
typedef enum {
  CTORCH_EXP, CTORCH_LOG, CTORCH_SQRT, CTORCH_SQUARE, CTORCH_SIGMOID, CTORCH_TANH, CTORCH_GELU,
  CTORCH_RELU, CTORCH_SOFTPLUS, CTORCH_ABS, CTORCH_NEGATE, CTORCH_ROUND, CTORCH_RECIPROCAL,
  CTORCH_CONTIGUOUS, CTORCH_DETACH, CTORCH_COPY
} ctorch_unary_operation;
ctorch_tensor ctorch_unary(ctorch_tensor tensor, ctorch_unary_operation operation);

typedef enum {
  CTORCH_ADD, CTORCH_SUBTRACT, CTORCH_MULTIPLY, CTORCH_DIVIDE, CTORCH_MATMUL, CTORCH_BMM,
  CTORCH_MAXIMUM, CTORCH_MINIMUM, CTORCH_MSE, CTORCH_BCE_WITH_LOGITS, CTORCH_GREATER_THAN
} ctorch_binary_operation;
ctorch_tensor ctorch_binary(ctorch_tensor a, ctorch_tensor b, ctorch_binary_operation operation);

/// Comparisons give floats, 1 where they hold and 0 elsewhere.
typedef enum {
  CTORCH_ADD_NUMBER, CTORCH_MULTIPLY_NUMBER, CTORCH_POWER, CTORCH_GREATER, CTORCH_AT_LEAST,
  CTORCH_EQUAL
} ctorch_scalar_operation;
ctorch_tensor ctorch_scalar(ctorch_tensor tensor, double number, ctorch_scalar_operation operation);
ctorch_tensor ctorch_clamp(ctorch_tensor tensor, double low, double high);

// Over dimensions; over all of them where `count` is 0 (not for the largest).
typedef enum {
  CTORCH_SUM, CTORCH_MEAN, CTORCH_VARIANCE, CTORCH_DEVIATION, CTORCH_LARGEST
} ctorch_reduction;
ctorch_tensor ctorch_reduce(
  ctorch_tensor tensor, const int64_t *dimensions, int count, bool keep, ctorch_reduction reduction);
ctorch_tensor ctorch_softmax(ctorch_tensor tensor, int64_t dimension, bool logarithm);
ctorch_tensor ctorch_argmax(ctorch_tensor tensor, int64_t dimension);

// Layers and losses. `bias` and `weights` may be NULL.
ctorch_tensor ctorch_linear(ctorch_tensor input, ctorch_tensor weight, ctorch_tensor bias);
/// bias + a·b, batch by batch.
ctorch_tensor ctorch_baddbmm(ctorch_tensor bias, ctorch_tensor a, ctorch_tensor b);
ctorch_tensor ctorch_layer_norm(
  ctorch_tensor input, ctorch_tensor gain, ctorch_tensor offset, double epsilon);
ctorch_tensor ctorch_cross_entropy(
  ctorch_tensor logits, ctorch_tensor classes, ctorch_tensor weights);
/// The hidden states of LSTMs whose input is the same at each step, from zero: of what input and
/// biases give to the gates [members, batch, 4*width] and the hidden state's weights [members,
/// 4*width, width], in torch's order of gates, [members, steps, batch, width].
ctorch_tensor ctorch_lstm(ctorch_tensor fixed, ctorch_tensor weight, int64_t steps);

// Gradients.
bool ctorch_require_gradient(ctorch_tensor tensor, bool required);
bool ctorch_requires_gradient(ctorch_tensor tensor);
bool ctorch_backward(ctorch_tensor loss);
/// NULL without an error text where there is no gradient.
ctorch_tensor ctorch_gradient(ctorch_tensor tensor);
bool ctorch_clear_gradients(const ctorch_tensor *tensors, int count);
/// Scales the gradients so that their joint norm is at most `limit`; gives the norm before.
bool ctorch_clip_gradients(
  const ctorch_tensor *tensors, int count, double limit, double *norm);
/// Overwrites a tensor's numbers with another's of the same shape, unrecorded.
bool ctorch_assign(ctorch_tensor target, ctorch_tensor source);

/// The constants of one step of AdamW (Loshchilov and Hutter 2019).
typedef struct {
  double learning_rate, beta1, beta2, epsilon, weight_decay;
  /// 1 at the first step.
  int64_t step;
} ctorch_adamw_constants;
/// One step of AdamW over parameters of float; `first` and `second` are the moments, `decays` says
/// whose weights decay. Parameters without a gradient are left alone.
bool ctorch_adamw(
  const ctorch_tensor *parameters, const ctorch_tensor *first, const ctorch_tensor *second,
  const bool *decays, int count, ctorch_adamw_constants constants);

#ifdef __cplusplus
}
#endif
