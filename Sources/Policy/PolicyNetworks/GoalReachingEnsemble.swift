internal import CTensorKernels
public import Policy
public import TensorKernels
public import Tensors

/// PATO's low-level policies: LSTMs that predict the actions from a state to a subgoal, alike but for
/// their initialisation and the order of their batches.
public final class GoalReachingEnsemble {
  private struct Member {
    let fuse: Perceptron
    let input: FloatLinear
    let recurrent: FloatLinear
    let head: Perceptron

    init(_ reader: LayerReader, _ name: String, state: Int, width: Int) throws(NetworkError) {
      fuse = try reader.perceptron("\(name).fuse", widths: [2 * state, width, width])
      head = try reader.perceptron("\(name).head", widths: [width, width, ActionNumbers.count])
      let lstm = "\(name).lstm"
      let (ih, hh) = (
        try reader.values("\(lstm).weight_ih", [4 * width, width]),
        try reader.values("\(lstm).weight_hh", [4 * width, width])
      )
      let bias = zip(
        try reader.values("\(lstm).bias_ih", [4 * width]),
        try reader.values("\(lstm).bias_hh", [4 * width])
      ).map(+)
      do {
        input = try FloatLinear(weight: ih, bias: bias, inputs: width)
        recurrent = try FloatLinear(
          weight: hh, bias: [Float](repeating: 0, count: 4 * width), inputs: width)
      } catch { throw .kernels(error) }
    }
  }

  private let kernels: Kernels
  private let sizes: PolicyManifest.Architecture
  private let members: [Member]
  private let scratch: [Scratch]

  /// Packs the weights.
  ///
  /// - Parameters:
  ///   - tensors: With `members.*`.
  ///   - manifest: The sizes.
  ///   - kernels: What it runs on.
  /// - Throws: `NetworkError`.
  public init(_ tensors: [String: Tensor], _ manifest: PolicyManifest, on kernels: Kernels)
    throws(NetworkError)
  {
    let reader = LayerReader(tensors: tensors)
    self.kernels = kernels
    sizes = manifest.architecture
    var members: [Member] = []
    for member in 0..<sizes.members {
      members.append(
        try Member(reader, "members.\(member)", state: sizes.state, width: sizes.memberWidth))
    }
    self.members = members
    do { scratch = try (0..<5).map { _ throws(KernelError) in try Scratch() } } catch {
      throw .kernels(error)
    }
  }

  /// The actions that lead from states to subgoals.
  ///
  /// - Parameters:
  ///   - states: [robots, state].
  ///   - subgoals: [robots, state].
  ///   - steps: How many actions of the sequence are wanted; the later ones do not change the earlier.
  /// - Returns: For each member [robots, steps, 9], as `ActionNumbers` says.
  /// - Throws: `NetworkError`.
  public func rollOut(states: Tensor, subgoals: Tensor, steps: Int) throws(NetworkError)
    -> [Tensor]
  {
    let robots = try states.rows(of: sizes.state, as: "states")
    guard subgoals.shape == states.shape else {
      throw .input(name: "subgoals", found: subgoals.shape, wanted: states.shape)
    }
    guard (0...sizes.horizon).contains(steps) else {
      throw .input(name: "steps", found: [steps], wanted: [sizes.horizon])
    }
    let inputs = Tensor.sideBySide(
      [(states.values, sizes.state), (subgoals.values, sizes.state)], rows: robots)
    var results: [Tensor] = []
    for member in members {
      results.append(
        try Tensor.filled([robots, steps, ActionNumbers.count]) { (output) throws(KernelError) in
          guard steps > 0 else { return }
          try rollOut(member, inputs, robots: robots, steps: steps, to: output)
        })
    }
    return results
  }

  private func rollOut(
    _ member: Member, _ inputs: [Float], robots: Int, steps: Int,
    to output: UnsafeMutablePointer<Float>
  ) throws(KernelError) {
    let width = sizes.memberWidth
    let fused = try scratch[0].floats(robots * width)
    // The input is the same at each step, and so is its share of the gates.
    let constant = try scratch[1].floats(robots * 4 * width)
    let gates = try scratch[2].floats(robots * 4 * width)
    let cell = try scratch[3].floats(robots * width)
    let hidden = try scratch[4].floats(robots * steps * width)
    cell.update(repeating: 0, count: robots * width)
    try member.fuse.run(on: kernels, inputs, to: fused, rows: robots, activatesLast: true)
    member.input.run(kernels.pool, kernels.instructions, fused, to: constant, rows: robots)
    for step in 0..<steps {
      if step > 0 {
        member.recurrent.run(
          kernels.pool, kernels.instructions, hidden + (step - 1) * width, to: gates,
          rows: robots, stride: steps * width, residual: constant)
      }
      var lstm = ctk_lstm_f32(
        gates: step > 0 ? gates : constant, cell: cell, hidden: hidden + step * width,
        hidden_row: steps * width, rows: robots, width: width)
      ctk_lstm_f32_run(kernels.pool.handle, kernels.instructions.rawValue, &lstm)
    }
    try member.head.run(on: kernels, hidden, to: output, rows: robots * steps)
  }
}
