// Tensors and operations. Threads: LibTorch's own and OpenBLAS's, one unless asked for more, because
// libgomp's waiting threads spin and slow a busy machine down by more than they help.
#include <ATen/Parallel.h>
#include <dlfcn.h>

#include "handle.h"

using namespace ctorch;

static thread_local std::string last_error;

/// Where tensors are made. Of the process, as LibTorch's own source of random numbers is.
static at::Device place(at::kCPU);
static at::Device device(bool cuda) { return at::Device(cuda ? at::kCUDA : at::kCPU); }
static at::TensorOptions floats() { return at::TensorOptions(at::kFloat).device(place); }

void ctorch::fail(const char *text) noexcept {
  try {
    std::string all(text);
    last_error = all.substr(0, all.find('\n'));
  } catch (...) {
    last_error.clear();
  }
}

static const bool one_thread = [] {
  ctorch_set_threads(1);
  return true;
}();

extern "C" {

const char *ctorch_error(void) { return last_error.c_str(); }

void ctorch_set_threads(int threads) {
  done([&] {
    at::set_num_threads(threads);
    // LibTorch does not pass the number on to OpenBLAS, which is found where it is loaded.
    if (void *found = dlsym(RTLD_DEFAULT, "openblas_set_num_threads")) {
      reinterpret_cast<void (*)(int)>(found)(threads);
    }
  });
}

bool ctorch_seed(uint64_t seed) { return done([&] { at::manual_seed(seed); }); }
bool ctorch_cuda_available(void) { return guarded(false, [] { return at::hasCUDA(); }); }

bool ctorch_make_on(bool cuda) {
  return done([&] {
    at::empty({1}, at::TensorOptions(at::kFloat).device(device(cuda)));
    place = device(cuda);
  });
}

bool ctorch_record(bool record) {
  bool before = c10::GradMode::is_enabled();
  c10::GradMode::set_enabled(record);
  return before;
}

ctorch_tensor ctorch_from(const void *data, ctorch_type type, const int64_t *s, int rank) {
  return made([&] {
    at::Tensor result = at::empty(sizes(s, rank), at::TensorOptions(scalar_type(type)));
    if (result.nbytes() > 0) memcpy(result.data_ptr(), data, result.nbytes());
    return result.to(place);
  });
}

ctorch_tensor ctorch_full(double value, const int64_t *s, int rank) {
  return made([&] { return at::full(sizes(s, rank), value, floats()); });
}
ctorch_tensor ctorch_normal(const int64_t *s, int rank) {
  return made([&] { return at::randn(sizes(s, rank), floats()); });
}
ctorch_tensor ctorch_uniform(double low, double high, const int64_t *s, int rank) {
  return made([&] { return at::rand(sizes(s, rank), floats()).mul_(high - low).add_(low); });
}

bool ctorch_read(ctorch_tensor t, void *data, ctorch_type type, int64_t count) {
  return done([&] {
    at::Tensor source = tensor(t).detach().to(at::kCPU, scalar_type(type)).contiguous();
    TORCH_CHECK(source.numel() == count, "there are ", source.numel(), " numbers, not ", count);
    if (count > 0) memcpy(data, source.data_ptr(), source.nbytes());
  });
}

void ctorch_free(ctorch_tensor t) { delete reinterpret_cast<at::Tensor *>(t); }
int ctorch_rank(ctorch_tensor t) { return static_cast<int>(tensor(t).dim()); }
int64_t ctorch_size(ctorch_tensor t, int dimension) {
  return guarded<int64_t>(-1, [&] { return tensor(t).size(dimension); });
}
bool ctorch_number(ctorch_tensor t, double *number) {
  return done([&] { *number = tensor(t).item().toDouble(); });
}
ctorch_tensor ctorch_convert(ctorch_tensor t, ctorch_type type) {
  return made([&] { return tensor(t).to(scalar_type(type)); });
}

ctorch_tensor ctorch_to_device(ctorch_tensor t, bool cuda) {
  return made([&] { return tensor(t).to(device(cuda)); });
}
bool ctorch_move(ctorch_tensor t, bool cuda) {
  return done([&] {
    c10::NoGradGuard unrecorded;
    tensor(t).set_data(tensor(t).to(device(cuda)));
  });
}
bool ctorch_on_cuda(ctorch_tensor t) { return tensor(t).is_cuda(); }

ctorch_tensor ctorch_reshape(ctorch_tensor t, const int64_t *s, int rank) {
  return made([&] { return tensor(t).reshape(sizes(s, rank)); });
}
ctorch_tensor ctorch_permute(ctorch_tensor t, const int64_t *order, int rank) {
  return made([&] { return tensor(t).permute(sizes(order, rank)); });
}
ctorch_tensor ctorch_expand(ctorch_tensor t, const int64_t *s, int rank) {
  return made([&] { return tensor(t).expand(sizes(s, rank)); });
}
ctorch_tensor ctorch_transpose(ctorch_tensor t, int64_t a, int64_t b) {
  return made([&] { return tensor(t).transpose(a, b); });
}
ctorch_tensor ctorch_narrow(ctorch_tensor t, int64_t dimension, int64_t start, int64_t count) {
  return made([&] { return tensor(t).narrow(dimension, start, count); });
}
ctorch_tensor ctorch_select(ctorch_tensor t, int64_t dimension, int64_t index) {
  return made([&] { return tensor(t).select(dimension, index); });
}
ctorch_tensor ctorch_unsqueeze(ctorch_tensor t, int64_t dimension) {
  return made([&] { return tensor(t).unsqueeze(dimension); });
}
ctorch_tensor ctorch_index_select(ctorch_tensor t, int64_t dimension, ctorch_tensor indices) {
  return made([&] { return tensor(t).index_select(dimension, tensor(indices)); });
}

static std::vector<at::Tensor> list(const ctorch_tensor *tensors, int count) {
  std::vector<at::Tensor> all;
  for (int index = 0; index < count; index++) all.push_back(tensor(tensors[index]));
  return all;
}

ctorch_tensor ctorch_cat(const ctorch_tensor *tensors, int count, int64_t dimension) {
  return made([&] { return at::cat(list(tensors, count), dimension); });
}
ctorch_tensor ctorch_stack(const ctorch_tensor *tensors, int count, int64_t dimension) {
  return made([&] { return at::stack(list(tensors, count), dimension); });
}

ctorch_tensor ctorch_unary(ctorch_tensor handle, ctorch_unary_operation operation) {
  return made([&]() -> at::Tensor {
    const at::Tensor &t = tensor(handle);
    switch (operation) {
      case CTORCH_EXP: return t.exp();
      case CTORCH_LOG: return t.log();
      case CTORCH_SQRT: return t.sqrt();
      case CTORCH_SQUARE: return t.square();
      case CTORCH_SIGMOID: return t.sigmoid();
      case CTORCH_TANH: return t.tanh();
      case CTORCH_GELU: return at::gelu(t);
      case CTORCH_RELU: return t.relu();
      case CTORCH_SOFTPLUS: return at::softplus(t);
      case CTORCH_ABS: return t.abs();
      case CTORCH_NEGATE: return t.neg();
      case CTORCH_ROUND: return t.round();
      case CTORCH_RECIPROCAL: return t.reciprocal();
      case CTORCH_CONTIGUOUS: return t.contiguous();
      case CTORCH_DETACH: return t.detach();
      case CTORCH_COPY: return t.clone();
    }
    TORCH_CHECK(false, "there is no operation ", static_cast<int>(operation));
  });
}

ctorch_tensor ctorch_binary(
  ctorch_tensor first, ctorch_tensor second, ctorch_binary_operation operation) {
  return made([&]() -> at::Tensor {
    const at::Tensor &a = tensor(first), &b = tensor(second);
    switch (operation) {
      case CTORCH_ADD: return a + b;
      case CTORCH_SUBTRACT: return a - b;
      case CTORCH_MULTIPLY: return a * b;
      case CTORCH_DIVIDE: return a / b;
      case CTORCH_MATMUL: return at::matmul(a, b);
      case CTORCH_BMM: return at::bmm(a, b);
      case CTORCH_MAXIMUM: return at::maximum(a, b);
      case CTORCH_MINIMUM: return at::minimum(a, b);
      case CTORCH_MSE:
        // LibTorch would broadcast with no more than a warning that nobody sees.
        TORCH_CHECK(a.sizes() == b.sizes(), "the shapes differ");
        return at::mse_loss(a, b);
      case CTORCH_BCE_WITH_LOGITS: return at::binary_cross_entropy_with_logits(a, b);
      case CTORCH_GREATER_THAN: return a.gt(b).to(at::kFloat);
    }
    TORCH_CHECK(false, "there is no operation ", static_cast<int>(operation));
  });
}

ctorch_tensor ctorch_scalar(
  ctorch_tensor handle, double number, ctorch_scalar_operation operation) {
  return made([&]() -> at::Tensor {
    const at::Tensor &t = tensor(handle);
    switch (operation) {
      case CTORCH_ADD_NUMBER: return t + number;
      case CTORCH_MULTIPLY_NUMBER: return t * number;
      case CTORCH_POWER: return t.pow(number);
      case CTORCH_GREATER: return t.gt(number).to(at::kFloat);
      case CTORCH_AT_LEAST: return t.ge(number).to(at::kFloat);
      case CTORCH_EQUAL: return t.eq(number).to(at::kFloat);
    }
    TORCH_CHECK(false, "there is no operation ", static_cast<int>(operation));
  });
}

ctorch_tensor ctorch_clamp(ctorch_tensor t, double low, double high) {
  return made([&] { return tensor(t).clamp(low, high); });
}

ctorch_tensor ctorch_reduce(
  ctorch_tensor handle, const int64_t *dimensions, int count, bool keep,
  ctorch_reduction reduction) {
  return made([&]() -> at::Tensor {
    const at::Tensor &t = tensor(handle);
    std::vector<int64_t> over(dimensions, dimensions + count);
    if (count == 0) {
      for (int64_t index = 0; index < t.dim(); index++) over.push_back(index);
    }
    switch (reduction) {
      case CTORCH_SUM: return t.sum(over, keep);
      case CTORCH_MEAN: return t.mean(over, keep);
      case CTORCH_VARIANCE: return at::var(t, over, /*unbiased=*/false, keep);
      case CTORCH_DEVIATION: return at::std(t, over, /*unbiased=*/false, keep);
      case CTORCH_LARGEST: return at::amax(t, over, keep);
    }
    TORCH_CHECK(false, "there is no reduction ", static_cast<int>(reduction));
  });
}

ctorch_tensor ctorch_softmax(ctorch_tensor t, int64_t dimension, bool logarithm) {
  return made([&] {
    return logarithm ? at::log_softmax(tensor(t), dimension) : at::softmax(tensor(t), dimension);
  });
}
ctorch_tensor ctorch_argmax(ctorch_tensor t, int64_t dimension) {
  return made([&] { return tensor(t).argmax(dimension); });
}

static c10::optional<at::Tensor> optional(ctorch_tensor t) {
  if (t == nullptr) return c10::nullopt;
  return tensor(t);
}

ctorch_tensor ctorch_linear(ctorch_tensor input, ctorch_tensor weight, ctorch_tensor bias) {
  return made([&] { return at::linear(tensor(input), tensor(weight), optional(bias)); });
}
ctorch_tensor ctorch_baddbmm(ctorch_tensor bias, ctorch_tensor a, ctorch_tensor b) {
  return made([&] { return at::baddbmm(tensor(bias), tensor(a), tensor(b)); });
}
ctorch_tensor ctorch_layer_norm(
  ctorch_tensor input, ctorch_tensor gain, ctorch_tensor offset, double epsilon) {
  return made([&] {
    const at::Tensor &scale = tensor(gain);
    return at::layer_norm(tensor(input), scale.sizes(), scale, tensor(offset), epsilon);
  });
}
ctorch_tensor ctorch_cross_entropy(
  ctorch_tensor logits, ctorch_tensor classes, ctorch_tensor weights) {
  return made(
    [&] { return at::cross_entropy_loss(tensor(logits), tensor(classes), optional(weights)); });
}

}  // extern "C"
