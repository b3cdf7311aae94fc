public import TensorKernels

/// Why a network cannot be built or run.
public enum NetworkError: Error, Hashable, Sendable, CustomStringConvertible {
  /// A tensor is not there.
  case missing(tensor: String, wanted: [Int])
  /// A tensor has another shape.
  case shape(tensor: String, found: [Int], wanted: [Int])
  /// What it was given does not have the shape that it takes.
  case input(name: String, found: [Int], wanted: [Int])
  /// A subtask beyond those that the network knows.
  case subtask(found: Int, known: Int)
  /// No memory, no threads, no such instructions.
  case kernels(KernelError)

  /// In words.
  public var description: String {
    switch self {
    case .missing(let tensor, let wanted): "the tensor \(tensor) of shape \(wanted) is missing"
    case .shape(let tensor, let found, let wanted):
      "the tensor \(tensor) has the shape \(found), but the network needs \(wanted)"
    case .input(let name, let found, let wanted):
      "the network was given \(name) of shape \(found), it takes \(wanted)"
    case .subtask(let found, let known):
      "there is no subtask \(found); the network knows 0..<\(known)"
    case .kernels(let error): error.description
    }
  }
}
