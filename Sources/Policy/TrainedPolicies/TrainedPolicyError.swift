public import Encoders
public import ImageCodecs
public import MachineFiles
public import PolicyFiles
public import PolicyNetworks
public import TensorKernels
public import VisionTransformer

/// Why a trained policy cannot be used.
public enum TrainedPolicyError: Error, Sendable, CustomStringConvertible {
  /// Its files are of no use, or lack what the method needs.
  case files(PolicyFileError)
  /// Its encoder cannot run in integers.
  case integers(policy: String, FixedPointError)
  /// The description of its machine is of no use.
  case machine(policy: String, MachineFileError)
  /// Its encoder does not run.
  case eye(policy: String, AcceleratorDeviceError)
  /// Its networks do not run.
  case networks(policy: String, NetworkError)
  /// Pictures cannot be decoded.
  case pictures(ImageCodecError)
  /// No memory, no threads.
  case kernels(KernelError)

  /// In words.
  public var description: String {
    switch self {
    case .files(let error): error.description
    case .integers(let policy, let error): "the eye of the policy \(policy): \(error)"
    case .machine(let policy, let error): "the policy \(policy): \(error)"
    case .eye(let policy, let error): "the eye of the policy \(policy): \(error)"
    case .networks(let policy, let error): "the networks of the policy \(policy): \(error)"
    case .pictures(let error): error.description
    case .kernels(let error): error.description
    }
  }
}
