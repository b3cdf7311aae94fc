public import Policy
public import TensorKernels
public import Tensors

/// Flat behaviour cloning: perceptrons from a state to an action, without subgoals.
public final class FlatEnsemble {
  private let kernels: Kernels
  private let sizes: PolicyManifest.Architecture
  private let members: [Perceptron]

  /// Packs the weights.
  ///
  /// - Parameters:
  ///   - tensors: With `flat.*`.
  ///   - manifest: The sizes.
  ///   - kernels: What it runs on.
  /// - Throws: `NetworkError`.
  public init(_ tensors: [String: Tensor], _ manifest: PolicyManifest, on kernels: Kernels)
    throws(NetworkError)
  {
    let reader = LayerReader(tensors: tensors)
    self.kernels = kernels
    sizes = manifest.architecture
    let width = sizes.memberWidth
    var members: [Perceptron] = []
    for member in 0..<sizes.members {
      members.append(
        try reader.perceptron(
          "flat.\(member)", widths: [sizes.state, width, width, ActionNumbers.count]))
    }
    self.members = members
  }

  /// - Parameter states: [robots, state].
  /// - Returns: For each member [robots, 9], as `ActionNumbers` says.
  /// - Throws: `NetworkError.input`.
  public func actions(states: Tensor) throws(NetworkError) -> [Tensor] {
    let robots = try states.rows(of: sizes.state, as: "states")
    var results: [Tensor] = []
    for member in members {
      results.append(
        try Tensor.filled([robots, ActionNumbers.count]) { (output) throws(KernelError) in
          try member.run(on: kernels, states.values, to: output, rows: robots)
        })
    }
    return results
  }
}

/// How likely an action from a state does not end its subtask (ThriftyDAgger's risk).
public final class RiskNetwork {
  private let kernels: Kernels
  private let state: Int
  private let network: Perceptron

  /// Packs the weights.
  ///
  /// - Parameters:
  ///   - tensors: With `risk.*`.
  ///   - manifest: The sizes.
  ///   - kernels: What it runs on.
  /// - Throws: `NetworkError`.
  public init(_ tensors: [String: Tensor], _ manifest: PolicyManifest, on kernels: Kernels)
    throws(NetworkError)
  {
    self.kernels = kernels
    state = manifest.architecture.state
    let width = manifest.architecture.memberWidth
    network = try LayerReader(tensors: tensors).perceptron(
      "risk", widths: [state + ActionNumbers.count, width, width, 1])
  }

  /// - Parameters:
  ///   - states: [robots, state].
  ///   - actions: [robots, 9]: six standardised velocities, then the gripper one-hot.
  /// - Returns: The network's logits of Q, [robots]; the risk is 1 − σ(logit).
  /// - Throws: `NetworkError.input`.
  public func logits(states: Tensor, actions: Tensor) throws(NetworkError) -> [Float] {
    let robots = try states.rows(of: state, as: "states")
    guard actions.shape == [robots, ActionNumbers.count] else {
      throw .input(
        name: "actions", found: actions.shape, wanted: [robots, ActionNumbers.count])
    }
    let inputs = Tensor.sideBySide(
      [(states.values, state), (actions.values, ActionNumbers.count)], rows: robots)
    return try Tensor.filled([robots, 1]) { (output) throws(KernelError) in
      try network.run(on: kernels, inputs, to: output, rows: robots)
    }.values
  }
}
