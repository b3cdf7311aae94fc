internal import Dispatch

/// Calls `body` with 0, 1, ... at the same time, and waits for all.
func parallel(_ count: Int, _ body: @Sendable (Int) -> Void) {
  DispatchQueue.concurrentPerform(iterations: count, execute: body)
}
