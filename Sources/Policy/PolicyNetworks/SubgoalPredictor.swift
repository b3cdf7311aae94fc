public import Policy
public import TensorKernels
public import Tensors
internal import VisionTransformer

/// The latent of a robot's pictures: one linear layer over the embeddings of all its cameras.
public final class LatentProjection {
  private let kernels: Kernels
  private let layer: Perceptron
  private let inputs: Int
  private let outputs: Int

  /// Packs the weights.
  ///
  /// - Parameters:
  ///   - tensors: With `latent.weight` and `latent.bias`.
  ///   - manifest: The sizes.
  ///   - kernels: What it runs on.
  /// - Throws: `NetworkError`.
  public init(_ tensors: [String: Tensor], _ manifest: PolicyManifest, on kernels: Kernels)
    throws(NetworkError)
  {
    self.kernels = kernels
    inputs = manifest.robot.cameras.count * manifest.eye.encoder.dimension
    outputs = manifest.architecture.latent
    let linear = try LayerReader(tensors: tensors).linear("latent", inputs, outputs)
    layer = try Perceptron(layers: [linear])
  }

  /// - Parameter embeddings: [robots, cameras·dimension], cameras in the manifest's order.
  /// - Returns: [robots, latent].
  /// - Throws: `NetworkError.input`.
  public func latents(of embeddings: Tensor) throws(NetworkError) -> Tensor {
    let rows = try embeddings.rows(of: inputs, as: "embeddings")
    return try Tensor.filled([rows, outputs]) { (output) throws(KernelError) in
      try layer.run(on: kernels, embeddings.values, to: output, rows: rows)
    }
  }
}

/// The decoder p(s_g | s_t, z) of PATO's conditional VAE: subgoals that the data hold for a state.
public final class SubgoalPredictor {
  private let kernels: Kernels
  /// The first layer, by the part of its input: it sees one state many times.
  private let ofState: FloatLinear
  private let ofCode: FloatLinear
  /// [subtasks, width]: what naming a subtask adds to the first layer.
  private let ofName: [[Float]]
  private let hidden: [FloatLinear]
  private let last: FloatLinear
  private let lastBias: [Float]
  private let sizes: PolicyManifest.Architecture
  private let scratch: [Scratch]

  /// Packs the weights.
  ///
  /// - Parameters:
  ///   - tensors: With `predictor.*`.
  ///   - manifest: The sizes.
  ///   - kernels: What it runs on.
  /// - Throws: `NetworkError`.
  public init(_ tensors: [String: Tensor], _ manifest: PolicyManifest, on kernels: Kernels)
    throws(NetworkError)
  {
    let reader = LayerReader(tensors: tensors)
    sizes = manifest.architecture
    self.kernels = kernels
    let (state, width, depth) = (sizes.state, sizes.predictorWidth, sizes.predictorDepth)
    let subtasks = manifest.robot.subtasks.count
    let inputs = state + subtasks + sizes.code
    let weight = try reader.values("predictor.0.weight", [width, inputs])
    let bias = try reader.values("predictor.0.bias", [width])
    do {
      ofState = try FloatLinear(weight: weight, bias: bias, inputs: inputs, columns: 0..<state)
      ofCode = try FloatLinear(
        weight: weight, bias: bias, inputs: inputs, columns: state + subtasks..<inputs)
      scratch = [try Scratch(), try Scratch(), try Scratch()]
    } catch { throw .kernels(error) }
    ofName = (0..<subtasks).map { name in
      (0..<width).map { weight[$0 * inputs + state + name] }
    }
    var hidden: [FloatLinear] = []
    for layer in 1..<max(depth, 1) {
      hidden.append(try reader.linear("predictor.\(layer)", width, width))
    }
    self.hidden = hidden
    last = try reader.linear("predictor.\(depth)", width, state)
    lastBias = try reader.values("predictor.\(depth).bias", [state])
  }

  /// Samples of one robot, one after another, that are for the same subtask.
  public struct Group: Hashable, Sendable {
    /// The index of the subtask; nil where none is known.
    public var subtask: Int?
    /// How many samples.
    public var samples: Int

    /// This many samples for a subtask.
    public init(subtask: Int?, samples: Int) {
      self.subtask = subtask
      self.samples = samples
    }
  }

  /// Subgoals for states, all samples of a robot for the same subtask.
  ///
  /// - Parameters:
  ///   - states: [robots, state].
  ///   - named: The index of the subtask that was named, for each robot; nil for none.
  ///   - codes: z, [robots·samples, code]: each robot's samples one after another.
  /// - Returns: [robots·samples, state].
  /// - Throws: `NetworkError`.
  public func sample(states: Tensor, named: [Int?], codes: Tensor) throws(NetworkError) -> Tensor {
    let samples = named.isEmpty ? 0 : (codes.shape.first ?? 0) / named.count
    return try sample(
      states: states, groups: named.map { [Group(subtask: $0, samples: samples)] }, codes: codes)
  }

  /// Subgoals for states.
  ///
  /// - Parameters:
  ///   - states: [robots, state].
  ///   - groups: What each robot's samples are for, in their order; as many samples for each robot.
  ///   - codes: z, [robots·samples, code]: each robot's samples one after another.
  /// - Returns: [robots·samples, state].
  /// - Throws: `NetworkError`.
  public func sample(states: Tensor, groups: [[Group]], codes: Tensor) throws(NetworkError)
    -> Tensor
  {
    let robots = try states.rows(of: sizes.state, as: "states")
    let rows = try codes.rows(of: sizes.code, as: "codes")
    guard groups.count == robots else {
      throw .input(name: "named subtasks", found: [groups.count], wanted: [robots])
    }
    for case let name? in groups.joined().map(\.subtask) where !ofName.indices.contains(name) {
      throw .subtask(found: name, known: ofName.count)
    }
    let counts = Set(groups.map { $0.reduce(0) { $0 + $1.samples } })
    guard counts.count <= 1, rows == robots * (counts.first ?? 0) else {
      throw .input(name: "codes", found: codes.shape, wanted: [robots, sizes.code])
    }
    guard rows > 0 else { return Tensor(repeating: 0, shape: [0, sizes.state]) }
    return try Tensor.filled([rows, sizes.state]) { (output) throws(KernelError) in
      let width = sizes.predictorWidth
      let bases = try scratch[2].floats((robots + 1) * width)
      ofState.run(kernels.pool, kernels.instructions, states.values, to: bases, rows: robots)
      let base = bases + robots * width
      var first = 0
      for robot in 0..<robots {
        for group in groups[robot] where group.samples > 0 {
          for column in 0..<width {
            base[column] =
              bases[robot * width + column] + (group.subtask.map { ofName[$0][column] } ?? 0)
          }
          try sample(
            robot, first..<first + group.samples, states, codes, UnsafePointer(base), to: output)
          first += group.samples
        }
      }
    }
  }

  /// Some rows of one robot, whose state and subtask the first layer makes `base` of.
  private func sample(
    _ robot: Int, _ rows: Range<Int>, _ states: Tensor, _ codes: Tensor,
    _ base: UnsafePointer<Float>, to output: UnsafeMutablePointer<Float>
  ) throws(KernelError) {
    let (state, width) = (sizes.state, sizes.predictorWidth)
    var source = try scratch[0].floats(rows.count * width)
    var target = try scratch[1].floats(rows.count * width)
    codes.values.withUnsafeBufferPointer { codes in
      guard let first = codes.baseAddress else { return }
      ofCode.run(
        kernels.pool, kernels.instructions, first + rows.lowerBound * sizes.code, to: source,
        rows: rows.count, gelu: true, bias: base)
    }
    for layer in hidden {
      layer.run(
        kernels.pool, kernels.instructions, source, to: target, rows: rows.count, gelu: true)
      swap(&source, &target)
    }
    // subgoal = state + output: the state joins the bias.
    let bias = zip(lastBias, states.values[robot * state..<(robot + 1) * state]).map(+)
    last.run(
      kernels.pool, kernels.instructions, source, to: output + rows.lowerBound * state,
      rows: rows.count, bias: bias)
  }
}
