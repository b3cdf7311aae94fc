public import Tensors

/// The trained numbers of an encoder, under the names that timm and DeiT use, so that a published
/// checkpoint loads.
public struct VisionTransformerWeights: Hashable, Sendable {
  /// A linear layer: `weight` is [outputs, inputs], `bias` [outputs].
  public struct Linear: Hashable, Sendable {
    /// [outputs, inputs].
    public var weight: [Float]
    /// [outputs].
    public var bias: [Float]
    /// Numbers that come in.
    public let inputs: Int
    /// Numbers that go out.
    public let outputs: Int
  }

  /// A layer norm: both are [dimension].
  public struct Norm: Hashable, Sendable {
    /// What the normalised value is multiplied by.
    public var gain: [Float]
    /// What is then added.
    public var offset: [Float]
  }

  /// One block.
  public struct Block: Hashable, Sendable {
    /// Before attention.
    public var attentionNorm: Norm
    /// Queries, keys and values at once: [3·dimension, dimension].
    public var queriesKeysValues: Linear
    /// After attention.
    public var projection: Linear
    /// Before the perceptron.
    public var perceptronNorm: Norm
    /// To the hidden layer.
    public var expansion: Linear
    /// Back from it.
    public var contraction: Linear
  }

  /// What they are the weights of; its attention may be changed freely.
  public var configuration: VisionTransformerConfiguration
  /// [dimension, 3·patch·patch], a patch in the order (channel, y, x).
  public var patchEmbedding: Linear
  /// [dimension].
  public var classToken: [Float]
  /// [tokens, dimension].
  public var positions: [Float]
  /// [depth].
  public var blocks: [Block]
  /// After the last block.
  public var finalNorm: Norm
  /// The classifier of a published checkpoint, where it has one.
  public var classifier: Linear?
}

/// Why a checkpoint is not this encoder's.
public enum WeightError: Error, Hashable, Sendable, CustomStringConvertible {
  /// A tensor is not there.
  case missing(tensor: String)
  /// A tensor has another shape.
  case shape(tensor: String, found: [Int], wanted: [Int])
  /// A tensor holds something that is not a number.
  case notFinite(tensor: String, index: Int)
  /// The encoder itself makes no sense.
  case configuration(ConfigurationError)

  /// In words.
  public var description: String {
    switch self {
    case .missing(let tensor): "the tensor \(tensor) is missing"
    case .shape(let tensor, let found, let wanted):
      "the tensor \(tensor) has the shape \(found), but this encoder needs \(wanted)"
    case .notFinite(let tensor, let index):
      "the tensor \(tensor) holds a value that is not finite, at element \(index)"
    case .configuration(let error): error.description
    }
  }
}

extension VisionTransformerWeights {
  /// Takes the weights out of a checkpoint's tensors.
  ///
  /// - Parameters:
  ///   - tensors: By timm's names; others than those needed are ignored.
  ///   - configuration: The encoder that they are to fit.
  /// - Throws: `WeightError`, which names the tensor and both shapes.
  public init(tensors: [String: Tensor], configuration: VisionTransformerConfiguration)
    throws(WeightError)
  {
    do { try configuration.validate() } catch { throw .configuration(error) }
    let reader = TensorReader(tensors: tensors)
    let (d, hidden, patch) = (
      configuration.dimension, configuration.hidden, configuration.patchSide
    )
    self.configuration = configuration
    patchEmbedding = Linear(
      weight: try reader.values("patch_embed.proj.weight", [d, 3, patch, patch]),
      bias: try reader.values("patch_embed.proj.bias", [d]),
      inputs: configuration.patchValues, outputs: d)
    classToken = try reader.values("cls_token", [1, 1, d])
    positions = try reader.values("pos_embed", [1, configuration.tokens, d])
    blocks = []
    for index in 0..<configuration.depth {
      let name = "blocks.\(index)"
      blocks.append(
        Block(
          attentionNorm: try reader.norm("\(name).norm1", d),
          queriesKeysValues: try reader.linear("\(name).attn.qkv", inputs: d, outputs: 3 * d),
          projection: try reader.linear("\(name).attn.proj", inputs: d, outputs: d),
          perceptronNorm: try reader.norm("\(name).norm2", d),
          expansion: try reader.linear("\(name).mlp.fc1", inputs: d, outputs: hidden),
          contraction: try reader.linear("\(name).mlp.fc2", inputs: hidden, outputs: d)))
    }
    finalNorm = try reader.norm("norm", d)
    if let head = tensors["head.weight"], let classes = head.shape.first {
      classifier = try reader.linear("head", inputs: d, outputs: classes)
    }
  }

  /// The tensors of a checkpoint that holds these weights, by timm's names.
  public var tensors: [String: Tensor] {
    let (d, patch) = (configuration.dimension, configuration.patchSide)
    var all: [String: Tensor] = [:]
    func put(_ name: String, _ shape: [Int], _ values: [Float]) {
      all[name] = try? Tensor(shape: shape, values: values)
    }
    func put(_ name: String, _ linear: Linear) {
      put(name + ".weight", [linear.outputs, linear.inputs], linear.weight)
      put(name + ".bias", [linear.outputs], linear.bias)
    }
    func put(_ name: String, _ norm: Norm) {
      put(name + ".weight", [d], norm.gain)
      put(name + ".bias", [d], norm.offset)
    }
    put("patch_embed.proj.weight", [d, 3, patch, patch], patchEmbedding.weight)
    put("patch_embed.proj.bias", [d], patchEmbedding.bias)
    put("cls_token", [1, 1, d], classToken)
    put("pos_embed", [1, configuration.tokens, d], positions)
    for (index, block) in blocks.enumerated() {
      put("blocks.\(index).norm1", block.attentionNorm)
      put("blocks.\(index).attn.qkv", block.queriesKeysValues)
      put("blocks.\(index).attn.proj", block.projection)
      put("blocks.\(index).norm2", block.perceptronNorm)
      put("blocks.\(index).mlp.fc1", block.expansion)
      put("blocks.\(index).mlp.fc2", block.contraction)
    }
    put("norm", finalNorm)
    if let classifier { put("head", classifier) }
    return all
  }

  /// Untrained weights: normal with a deviation of 0.02 as in DeiT's code, norms and biases a little
  /// off their neutral values so that a test notices when one is forgotten.
  ///
  /// - Parameters:
  ///   - configuration: The encoder; it must be valid.
  ///   - seed: The same seed gives the same weights.
  /// - Returns: The weights.
  /// - Throws: `WeightError.configuration`.
  public static func untrained(_ configuration: VisionTransformerConfiguration, seed: UInt64)
    throws(WeightError) -> Self
  {
    do { try configuration.validate() } catch { throw .configuration(error) }
    var source = NormalSource(seed: seed)
    let (d, hidden) = (configuration.dimension, configuration.hidden)
    func values(_ count: Int, around centre: Float = 0, by deviation: Float = 0.02) -> [Float] {
      (0..<count).map { _ in centre + deviation * source.next() }
    }
    func linear(_ inputs: Int, _ outputs: Int, by deviation: Float? = nil) -> Linear {
      // DeiT's 0.02 is for 192 inputs and more; narrower layers keep the same output variance.
      let spread = deviation ?? max(0.02, 0.5 / Float(inputs).squareRoot())
      return Linear(
        weight: values(inputs * outputs, by: spread), bias: values(outputs), inputs: inputs,
        outputs: outputs)
    }
    func norm() -> Norm { Norm(gain: values(d, around: 1, by: 0.1), offset: values(d, by: 0.05)) }
    return Self(
      configuration: configuration,
      patchEmbedding: linear(configuration.patchValues, d),
      classToken: values(d), positions: values(configuration.tokens * d, by: 0.1),
      blocks: (0..<configuration.depth).map { _ in
        Block(
          attentionNorm: norm(), queriesKeysValues: linear(d, 3 * d), projection: linear(d, d),
          perceptronNorm: norm(), expansion: linear(d, hidden), contraction: linear(hidden, d))
      },
      finalNorm: norm(), classifier: nil)
  }
}

/// Takes tensors by name and shape.
private struct TensorReader {
  let tensors: [String: Tensor]

  func values(_ name: String, _ shape: [Int]) throws(WeightError) -> [Float] {
    guard let tensor = tensors[name] else { throw .missing(tensor: name) }
    guard tensor.shape == shape else {
      throw .shape(tensor: name, found: tensor.shape, wanted: shape)
    }
    if let index = tensor.values.firstIndex(where: { !$0.isFinite }) {
      throw .notFinite(tensor: name, index: index)
    }
    return tensor.values
  }

  func linear(_ name: String, inputs: Int, outputs: Int) throws(WeightError)
    -> VisionTransformerWeights.Linear
  {
    .init(
      weight: try values(name + ".weight", [outputs, inputs]),
      bias: try values(name + ".bias", [outputs]), inputs: inputs, outputs: outputs)
  }

  func norm(_ name: String, _ dimension: Int) throws(WeightError) -> VisionTransformerWeights.Norm {
    .init(
      gain: try values(name + ".weight", [dimension]),
      offset: try values(name + ".bias", [dimension]))
  }
}
