// An LSTM with the same input at every step, as one operation: composed of single ones it would add
// up the hidden weights' gradient step by step; here it is one product over all steps.
#include <torch/csrc/autograd/custom_function.h>

#include "handle.h"

using namespace ctorch;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

namespace {

/// `fixed` [members, batch, 4·width] is what input and biases give to the gates (input, forget, cell,
/// output), `weight` [members, 4·width, width] the hidden state's; gives [members, steps, batch, width].
struct Unrolled : torch::autograd::Function<Unrolled> {
  static at::Tensor forward(
    AutogradContext *context, at::Tensor fixed, at::Tensor weight, int64_t steps) {
    const int64_t members = fixed.size(0), batch = fixed.size(1), width = weight.size(2);
    TORCH_CHECK(steps > 0 && fixed.size(2) == 4 * width && weight.size(1) == 4 * width,
      "gates are four times as wide as the hidden state");
    at::Tensor gates = at::empty({members, steps, batch, 4 * width}, fixed.options());
    at::Tensor cells = at::empty({members, steps, batch, width}, fixed.options());
    at::Tensor squashed = at::empty_like(cells), states = at::empty_like(cells);
    const at::Tensor turned = weight.transpose(1, 2);
    for (int64_t step = 0; step < steps; step++) {
      at::Tensor gate = gates.select(1, step), cell = cells.select(1, step);
      if (step == 0) {
        gate.copy_(fixed);
      } else {
        // A state of zero adds nothing at the first step.
        gate.copy_(at::baddbmm(fixed, states.select(1, step - 1), turned));
      }
      gate.narrow(2, 0, 2 * width).sigmoid_();
      gate.narrow(2, 2 * width, width).tanh_();
      gate.narrow(2, 3 * width, width).sigmoid_();
      at::mul_out(cell, gate.narrow(2, 0, width), gate.narrow(2, 2 * width, width));
      if (step > 0) cell.addcmul_(gate.narrow(2, width, width), cells.select(1, step - 1));
      at::Tensor flat = squashed.select(1, step), state = states.select(1, step);
      at::tanh_out(flat, cell);
      at::mul_out(state, gate.narrow(2, 3 * width, width), flat);
    }
    context->save_for_backward({weight, gates, cells, squashed, states});
    return states;
  }

  static variable_list backward(AutogradContext *context, variable_list arriving) {
    const variable_list saved = context->get_saved_variables();
    const at::Tensor &weight = saved[0], &gates = saved[1], &cells = saved[2];
    const at::Tensor &squashed = saved[3], &states = saved[4], &gradient = arriving[0];
    const int64_t steps = gates.size(1), width = weight.size(2);
    at::Tensor changes = at::empty_like(gates);
    at::Tensor state = gradient.select(1, steps - 1), cell;
    for (int64_t step = steps - 1; step >= 0; step--) {
      const at::Tensor gate = gates.select(1, step), flat = squashed.select(1, step);
      const at::Tensor input = gate.narrow(2, 0, width), forget = gate.narrow(2, width, width);
      const at::Tensor candidate = gate.narrow(2, 2 * width, width);
      const at::Tensor output = gate.narrow(2, 3 * width, width);
      at::Tensor change = changes.select(1, step);
      const at::Tensor own = at::tanh_backward(state * output, flat);
      cell = cell.defined() ? cell.add_(own) : own;
      at::Tensor part = change.narrow(2, 0, width);
      at::sigmoid_backward_out(part, cell * candidate, input);
      part = change.narrow(2, width, width);
      if (step > 0) {
        at::sigmoid_backward_out(part, cell * cells.select(1, step - 1), forget);
      } else {
        part.zero_();
      }
      part = change.narrow(2, 2 * width, width);
      at::tanh_backward_out(part, cell * input, candidate);
      part = change.narrow(2, 3 * width, width);
      at::sigmoid_backward_out(part, state * flat, output);
      if (step == 0) break;
      cell.mul_(forget);
      state = at::baddbmm(gradient.select(1, step - 1), change, weight);
    }
    at::Tensor weights = at::zeros_like(weight);
    if (steps > 1) {
      weights = at::bmm(
        changes.narrow(1, 1, steps - 1).flatten(1, 2).transpose(1, 2),
        states.narrow(1, 0, steps - 1).flatten(1, 2));
    }
    return {changes.sum(1), weights, at::Tensor()};
  }
};

}  // namespace

ctorch_tensor ctorch_lstm(ctorch_tensor fixed, ctorch_tensor weight, int64_t steps) {
  return made([&] { return Unrolled::apply(tensor(fixed), tensor(weight), steps); });
}
