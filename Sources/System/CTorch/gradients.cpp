// Gradients, and the optimiser that uses them up.
#include <cmath>

#include "handle.h"

using namespace ctorch;

namespace {

/// One parameter's step, in one pass over memory instead of ten.
void adamw_in_one_pass(
  float *weight, const float *gradient, float *first, float *second, int64_t count,
  const ctorch_adamw_constants &c, double decay) {
  const float keep = static_cast<float>(1 - c.learning_rate * decay);
  const float beta1 = static_cast<float>(c.beta1), beta2 = static_cast<float>(c.beta2);
  const double correction1 = 1 - std::pow(c.beta1, static_cast<double>(c.step));
  const double correction2 = 1 - std::pow(c.beta2, static_cast<double>(c.step));
  const float rate = static_cast<float>(c.learning_rate / correction1);
  const float root = static_cast<float>(1 / std::sqrt(correction2));
  const float epsilon = static_cast<float>(c.epsilon);
  for (int64_t i = 0; i < count; i++) {
    const float g = gradient[i];
    first[i] = beta1 * first[i] + (1 - beta1) * g;
    second[i] = beta2 * second[i] + (1 - beta2) * g * g;
    weight[i] = keep * weight[i] - rate * first[i] / (std::sqrt(second[i]) * root + epsilon);
  }
}

/// The same by LibTorch's operations, wherever the tensors lie: for all parameters at once, because a
/// graphics card takes as long to be told of an operation on a bias as of one on them all.
void adamw_by_operations(
  const std::vector<at::Tensor> &weights, const std::vector<at::Tensor> &gradients,
  const std::vector<at::Tensor> &firsts, const std::vector<at::Tensor> &seconds,
  const ctorch_adamw_constants &c, double decay) {
  if (weights.empty()) return;
  const double correction1 = 1 - std::pow(c.beta1, static_cast<double>(c.step));
  const double correction2 = 1 - std::pow(c.beta2, static_cast<double>(c.step));
  at::_foreach_mul_(firsts, c.beta1);
  at::_foreach_add_(firsts, gradients, 1 - c.beta1);
  at::_foreach_mul_(seconds, c.beta2);
  at::_foreach_addcmul_(seconds, gradients, gradients, 1 - c.beta2);
  std::vector<at::Tensor> divisors = at::_foreach_sqrt(seconds);
  at::_foreach_div_(divisors, std::sqrt(correction2));
  at::_foreach_add_(divisors, c.epsilon);
  if (decay > 0) at::_foreach_mul_(weights, 1 - c.learning_rate * decay);
  at::_foreach_addcdiv_(weights, firsts, divisors, -c.learning_rate / correction1);
}

bool is_plain(const at::Tensor &t) {
  return t.is_cpu() && t.is_contiguous() && t.scalar_type() == at::kFloat;
}

}  // namespace

extern "C" {

bool ctorch_require_gradient(ctorch_tensor t, bool required) {
  return done([&] { tensor(t).requires_grad_(required); });
}
bool ctorch_requires_gradient(ctorch_tensor t) { return tensor(t).requires_grad(); }
bool ctorch_backward(ctorch_tensor loss) {
  return done([&] { tensor(loss).backward(); });
}

ctorch_tensor ctorch_gradient(ctorch_tensor t) {
  return guarded<ctorch_tensor>(nullptr, [&]() -> ctorch_tensor {
    const at::Tensor &gradient = tensor(t).grad();
    return gradient.defined() ? handle(gradient) : nullptr;
  });
}

bool ctorch_clear_gradients(const ctorch_tensor *tensors, int count) {
  return done([&] {
    for (int index = 0; index < count; index++) tensor(tensors[index]).mutable_grad().reset();
  });
}

bool ctorch_clip_gradients(const ctorch_tensor *tensors, int count, double limit, double *norm) {
  return done([&] {
    c10::NoGradGuard unrecorded;
    std::vector<at::Tensor> lengths;
    for (int index = 0; index < count; index++) {
      const at::Tensor &gradient = tensor(tensors[index]).grad();
      if (gradient.defined()) lengths.push_back(gradient.norm());
    }
    // Read once: each reading waits until a graphics card has done all it was told.
    *norm = lengths.empty()
      ? 0
      : at::stack(lengths).to(at::kDouble).square().sum().sqrt().item().toDouble();
    const double factor = limit / (*norm + 1e-6);
    if (factor >= 1) return;
    for (int index = 0; index < count; index++) {
      at::Tensor &gradient = tensor(tensors[index]).mutable_grad();
      if (gradient.defined()) gradient.mul_(factor);
    }
  });
}

bool ctorch_assign(ctorch_tensor target, ctorch_tensor source) {
  return done([&] {
    c10::NoGradGuard unrecorded;
    TORCH_CHECK(tensor(target).sizes() == tensor(source).sizes(), "the shapes differ");
    tensor(target).copy_(tensor(source));
  });
}

bool ctorch_adamw(
  const ctorch_tensor *parameters, const ctorch_tensor *firsts, const ctorch_tensor *seconds,
  const bool *decays, int count, ctorch_adamw_constants constants) {
  return done([&] {
    c10::NoGradGuard unrecorded;
    // Those that no plain pass over memory can change, with decay and without.
    std::vector<at::Tensor> weights[2], gradients[2], means[2], squares[2];
    for (int index = 0; index < count; index++) {
      at::Tensor &weight = tensor(parameters[index]);
      if (!weight.grad().defined()) continue;
      const at::Tensor gradient = weight.grad().contiguous();
      at::Tensor &first = tensor(firsts[index]), &second = tensor(seconds[index]);
      TORCH_CHECK(
        first.sizes() == weight.sizes() && second.sizes() == weight.sizes(),
        "moments of another shape than their parameter");
      if (is_plain(weight) && is_plain(gradient) && is_plain(first) && is_plain(second)) {
        adamw_in_one_pass(
          weight.data_ptr<float>(), gradient.data_ptr<float>(), first.data_ptr<float>(),
          second.data_ptr<float>(), weight.numel(), constants,
          decays[index] ? constants.weight_decay : 0);
        continue;
      }
      const int group = decays[index] ? 1 : 0;
      weights[group].push_back(weight);
      gradients[group].push_back(gradient);
      means[group].push_back(first);
      squares[group].push_back(second);
    }
    for (int group = 0; group < 2; group++) {
      adamw_by_operations(
        weights[group], gradients[group], means[group], squares[group], constants,
        group == 1 ? constants.weight_decay : 0);
    }
  });
}

}  // extern "C"
