// How failures of Arrow reach C.
#ifndef MALLARD_CARROW_GUARD_H
#define MALLARD_CARROW_GUARD_H

#include <arrow/api.h>

#include <exception>
#include <stdexcept>
#include <string>

namespace carrow {

void fail(const char *text) noexcept;

inline void check(const arrow::Status &status) {
  if (!status.ok()) throw std::runtime_error(status.ToString());
}

template <typename Value>
Value take(arrow::Result<Value> result) {
  check(result.status());
  return std::move(result).ValueUnsafe();
}

template <typename Value, typename Body>
Value guarded(Value otherwise, Body body) noexcept {
  try {
    return body();
  } catch (const std::exception &error) {
    fail(error.what());
  } catch (...) {
    fail("an unknown failure inside Arrow");
  }
  return otherwise;
}

template <typename Body>
bool done(Body body) noexcept {
  return guarded(false, [&] {
    body();
    return true;
  });
}

}  // namespace carrow

#endif
