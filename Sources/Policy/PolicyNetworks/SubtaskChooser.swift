internal import Foundation
public import Policy
public import TensorKernels
public import Tensors

/// Which subtask comes next, as far as a state tells: p(subtask | s_t). Where no one named one, subgoals
/// are sampled over what it says.
public final class SubtaskChooser {
  private let kernels: Kernels
  private let layers: Perceptron
  private let inputs: Int
  private let subtasks: Int

  /// Packs the weights.
  ///
  /// - Parameters:
  ///   - tensors: With `chooser.*`.
  ///   - manifest: The sizes.
  ///   - kernels: What it runs on.
  /// - Throws: `NetworkError`.
  public init(_ tensors: [String: Tensor], _ manifest: PolicyManifest, on kernels: Kernels)
    throws(NetworkError)
  {
    self.kernels = kernels
    inputs = manifest.architecture.state
    subtasks = manifest.robot.subtasks.count
    layers = try LayerReader(tensors: tensors).perceptron(
      "chooser", widths: [inputs, manifest.architecture.memberWidth, subtasks])
  }

  /// Splits samples of subgoals among the subtasks that may come.
  ///
  /// - Parameters:
  ///   - samples: How many each robot has.
  ///   - states: [robots, state].
  /// - Returns: Of each robot, its samples' subtasks, as `SubgoalPredictor.sample(states:groups:codes:)`
  ///   takes them.
  /// - Throws: `NetworkError.input`.
  public func groups(of samples: Int, states: Tensor) throws(NetworkError)
    -> [[SubgoalPredictor.Group]]
  {
    try chances(states: states).map { chances in
      SubtaskShares.counts(of: samples, chances).enumerated().map {
        SubgoalPredictor.Group(subtask: $0, samples: $1)
      }
    }
  }

  /// The chances of each subtask.
  ///
  /// - Parameter states: [robots, state].
  /// - Returns: [robots][subtasks], each row adding up to 1.
  /// - Throws: `NetworkError.input`.
  public func chances(states: Tensor) throws(NetworkError) -> [[Double]] {
    let rows = try states.rows(of: inputs, as: "states")
    let logits = try Tensor.filled([rows, subtasks]) { (output) throws(KernelError) in
      try layers.run(on: kernels, states.values, to: output, rows: rows)
    }
    return (0..<rows).map { row in
      let line = logits.values[row * subtasks..<(row + 1) * subtasks].map(Double.init)
      let largest = line.max() ?? 0
      let weights = line.map { exp($0 - largest) }
      let whole = weights.reduce(0, +)
      return weights.map { $0 / whole }
    }
  }
}
