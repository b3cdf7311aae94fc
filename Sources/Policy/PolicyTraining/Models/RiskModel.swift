public import Policy
public import Tensors
public import Torch

/// How likely an action in a state leads to the end of the subtask, discounted (ThriftyDAgger's Q;
/// Hoque et al. 2021).
public struct RiskModel: TorchModule {
  let perceptron: Perceptron

  /// An untrained network.
  ///
  /// - Parameter architecture: The sizes.
  /// - Throws: `TorchError`, should LibTorch have no memory.
  public init(_ architecture: PolicyManifest.Architecture) throws(TorchError) {
    let width = architecture.memberWidth
    perceptron = try Perceptron([architecture.state + 9, width, width, 1])
  }

  /// `risk.J`.
  public var parameters: [Parameter] { perceptron.parameters(prefix: "risk.") }

  /// Logits of Q; risk is 1 less their sigmoid.
  ///
  /// - Parameters:
  ///   - states: [batch, state].
  ///   - velocities: Standardised [batch, 6].
  ///   - grippers: One-hot [batch, 3].
  /// - Returns: [batch].
  /// - Throws: `TorchError` where shapes do not fit.
  public func callAsFunction(
    states: TorchTensor, velocities: TorchTensor, grippers: TorchTensor
  ) throws(TorchError) -> TorchTensor {
    try perceptron(TorchTensor.concatenated([states, velocities, grippers])).selected(-1, 0)
  }

  /// The network, as a policy holds it.
  ///
  /// - Returns: `risk.J.weight` and `.bias`.
  /// - Throws: `TorchError`, should a device fail.
  public func exported() throws(TorchError) -> [String: Tensor] { try state() }

  /// Takes up a policy's network.
  ///
  /// - Parameter tensors: By the names of `exported`; others are ignored.
  /// - Throws: `TorchError` where one is missing or has another shape.
  public func load(exported tensors: [String: Tensor]) throws(TorchError) {
    try load(state: tensors)
  }
}
