// What the files of this target share: handles and the text of the last failure.
#pragma once
#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <string>

#include "CTorch.h"

namespace ctorch {

/// A handle is a tensor on the heap; tensors count their references themselves.
inline at::Tensor &tensor(ctorch_tensor handle) { return *reinterpret_cast<at::Tensor *>(handle); }

inline ctorch_tensor handle(at::Tensor tensor) {
  return reinterpret_cast<ctorch_tensor>(new at::Tensor(std::move(tensor)));
}

void fail(const char *text) noexcept;

/// Runs `body`; what it throws becomes the text of `ctorch_error`, and `otherwise` is returned.
template <typename Result, typename Body>
Result guarded(Result otherwise, Body body) noexcept {
  try {
    return body();
  } catch (const c10::Error &error) {
    fail(error.what_without_backtrace());
  } catch (const std::exception &error) {
    fail(error.what());
  } catch (...) {
    fail("an unknown exception");
  }
  return otherwise;
}

template <typename Body>
ctorch_tensor made(Body body) noexcept {
  return guarded<ctorch_tensor>(nullptr, [&] { return handle(body()); });
}

template <typename Body>
bool done(Body body) noexcept {
  return guarded(false, [&] {
    body();
    return true;
  });
}

inline at::IntArrayRef sizes(const int64_t *values, int count) {
  return at::IntArrayRef(values, static_cast<size_t>(count));
}

inline at::ScalarType scalar_type(ctorch_type type) {
  switch (type) {
    case CTORCH_INT64: return at::kLong;
    case CTORCH_UINT8: return at::kByte;
    case CTORCH_FLOAT: break;
  }
  return at::kFloat;
}

}  // namespace ctorch
