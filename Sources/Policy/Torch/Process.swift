internal import CTorch

/// How many threads LibTorch and its matrix products use; one unless this is called. More than one
/// helps only on a machine with nothing else to do, since threads that wait spin.
///
/// - Parameter count: At least 1.
public func setThreads(_ count: Int) { ctorch_set_threads(Int32(clamping: max(count, 1))) }

/// Starts LibTorch's random numbers anew: the same seed gives the same numbers.
///
/// - Parameter seed: Any number.
/// - Throws: `TorchError`, should LibTorch refuse.
public func setSeed(_ seed: UInt64) throws(TorchError) {
  guard ctorch_seed(seed) else { throw refusal("seed", []) }
}

/// Runs a body whose operations are not recorded for gradients.
///
/// - Parameter body: What to run, on this thread.
/// - Returns: What the body returns.
/// - Throws: What the body throws.
public func withoutGradient<Result, Failure: Error>(_ body: () throws(Failure) -> Result)
  throws(Failure) -> Result
{
  let before = ctorch_record(false)
  defer { _ = ctorch_record(before) }
  return try body()
}

/// Where a tensor lies.
public enum Device: String, CaseIterable, Hashable, Sendable, Codable {
  /// In the processor's memory.
  case cpu
  /// On a graphics card of NVIDIA.
  case cuda

  /// Whether this LibTorch can use it; Debian's knows the processor alone.
  public var isAvailable: Bool { self == .cpu || ctorch_cuda_available() }
}

/// Where tensors are made from now on, in the whole process; in the processor's memory unless this is
/// called.
///
/// - Parameter device: Where.
/// - Throws: `TorchError` where it is not available.
public func setDevice(_ device: Device) throws(TorchError) {
  guard ctorch_make_on(device == .cuda) else { throw refusal("use \(device.rawValue)", []) }
}

/// The last refusal on this thread.
func refusal(_ operation: String, _ inputs: [TorchTensor]) -> TorchError {
  TorchError(
    operation: operation, shapes: inputs.map(\.shape), reason: String(cString: ctorch_error()))
}
