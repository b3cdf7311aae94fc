internal import CTorch

/// x·Wᵀ + b. Weights begin evenly spread within ±1/√inputs, as torch's do.
public struct Linear: TorchModule {
  /// [outputs, inputs].
  public let weight: Parameter
  /// [outputs].
  public let bias: Parameter

  /// An untrained layer.
  ///
  /// - Parameters:
  ///   - inputs: Numbers that come in.
  ///   - outputs: Numbers that go out.
  ///   - deviation: Weights normal with this deviation and biases zero, in place of torch's.
  /// - Throws: `TorchError`, should LibTorch have no memory.
  public init(_ inputs: Int, _ outputs: Int, deviation: Double? = nil) throws(TorchError) {
    let bound = 1 / Double(max(inputs, 1)).squareRoot()
    let (first, offset): (TorchTensor, TorchTensor)
    if let deviation {
      first = try TorchTensor.normal([outputs, inputs]) * deviation
      offset = try TorchTensor.zeros([outputs])
    } else {
      first = try TorchTensor.uniform(-bound...bound, [outputs, inputs])
      offset = try TorchTensor.uniform(-bound...bound, [outputs])
    }
    weight = try Parameter("weight", first, decays: true)
    bias = try Parameter("bias", offset, decays: false)
  }

  /// Weight, bias.
  public var parameters: [Parameter] { [weight, bias] }

  /// Of [..., inputs], [..., outputs].
  public func callAsFunction(_ input: TorchTensor) throws(TorchError) -> TorchTensor {
    try input.linear(weight.tensor, bias.tensor)
  }
}

extension TorchTensor {
  /// x·Wᵀ + b.
  ///
  /// - Parameters:
  ///   - weight: [outputs, inputs].
  ///   - bias: [outputs].
  /// - Returns: Of [..., inputs], [..., outputs].
  /// - Throws: `TorchError` where shapes do not fit.
  public func linear(_ weight: TorchTensor, _ bias: TorchTensor? = nil) throws(TorchError)
    -> TorchTensor
  {
    try made(
      "linear", [self, weight] + (bias.map { [$0] } ?? []),
      ctorch_linear(handle, weight.handle, bias?.handle))
  }

  /// bias + a·b, batch by batch, of [batch, rows, inner] and [batch, inner, columns].
  ///
  /// - Parameters:
  ///   - bias: May be broadcast to [batch, rows, columns].
  ///   - a: The left matrices.
  ///   - b: The right matrices.
  /// - Returns: [batch, rows, columns].
  /// - Throws: `TorchError` where shapes do not fit.
  public static func products(adding bias: TorchTensor, _ a: TorchTensor, _ b: TorchTensor)
    throws(TorchError) -> TorchTensor
  {
    try made("baddbmm", [bias, a, b], ctorch_baddbmm(bias.handle, a.handle, b.handle))
  }
}

/// Normalised over the last dimension, then multiplied and added to.
public struct LayerNorm: TorchModule {
  /// [dimension].
  public let gain: Parameter
  /// [dimension].
  public let offset: Parameter
  /// Added to the variance.
  public let epsilon: Double

  /// An untrained norm: gains 1, offsets 0.
  ///
  /// - Parameters:
  ///   - dimension: Size of the last dimension.
  ///   - epsilon: Added to the variance.
  /// - Throws: `TorchError`, should LibTorch have no memory.
  public init(_ dimension: Int, epsilon: Double = 1e-6) throws(TorchError) {
    gain = try Parameter("weight", TorchTensor.full(1, [dimension]), decays: false)
    offset = try Parameter("bias", TorchTensor.zeros([dimension]), decays: false)
    self.epsilon = epsilon
  }

  /// Gain, offset.
  public var parameters: [Parameter] { [gain, offset] }

  /// Of the same shape.
  public func callAsFunction(_ input: TorchTensor) throws(TorchError) -> TorchTensor {
    try made(
      "layer norm", [input, gain.tensor],
      ctorch_layer_norm(input.handle, gain.tensor.handle, offset.tensor.handle, epsilon))
  }
}

/// Linear layers with GELU between them.
public struct Perceptron: TorchModule {
  /// In the order in which they are applied.
  public let layers: [Linear]
  /// Whether GELU follows the last layer too.
  public let activatesLast: Bool

  /// An untrained perceptron.
  ///
  /// - Parameters:
  ///   - widths: Inputs, hidden layers, outputs.
  ///   - activatesLast: Whether GELU follows the last layer too.
  /// - Throws: `TorchError`, should LibTorch have no memory.
  public init(_ widths: [Int], activatesLast: Bool = false) throws(TorchError) {
    var made: [Linear] = []
    for (inputs, outputs) in zip(widths, widths.dropFirst()) {
      made.append(try Linear(inputs, outputs))
    }
    layers = made
    self.activatesLast = activatesLast
  }

  /// `J.weight` and `J.bias` of layer J.
  public var parameters: [Parameter] {
    layers.enumerated().flatMap { $1.parameters(prefix: "\($0).") }
  }

  /// Of [..., inputs], [..., outputs].
  public func callAsFunction(_ input: TorchTensor) throws(TorchError) -> TorchTensor {
    var x = input
    for (index, layer) in layers.enumerated() {
      x = try layer(x)
      if activatesLast || index + 1 < layers.count { x = try x.gelu() }
    }
    return x
  }
}
