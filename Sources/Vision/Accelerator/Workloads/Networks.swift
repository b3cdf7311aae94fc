public import VisionTransformer

extension Workload {
  /// One image of an encoder, with all its own sizes.
  ///
  /// - Parameters:
  ///   - configuration: The encoder's.
  ///   - name: What to call it.
  public init(_ configuration: VisionTransformerConfiguration, name: String) {
    self = .visionTransformer(
      name: name, imageSide: configuration.imageSide, patchSide: configuration.patchSide,
      dimension: configuration.dimension, depth: configuration.depth,
      heads: configuration.heads, hidden: configuration.hidden)
  }

  /// A Vision Transformer in the manner of DeiT. The paper's operation counts have no patch
  /// embedding; ours have.
  ///
  /// - Parameters:
  ///   - name: What to call it.
  ///   - imageSide: Pixels along a side.
  ///   - patchSide: Pixels along a patch's side.
  ///   - dimension: Of a token.
  ///   - depth: Blocks.
  ///   - heads: Of each block.
  ///   - hidden: Width of the perceptron's hidden layer; four times the dimension by default.
  /// - Returns: The workload of one image.
  public static func visionTransformer(
    name: String, imageSide: Int, patchSide: Int, dimension: Int, depth: Int, heads: Int,
    hidden: Int? = nil
  ) -> Self {
    let patches = (imageSide / patchSide) * (imageSide / patchSide)
    let n = patches + 1
    var layers: [Layer] = [
      Layer(
        "embedding",
        .linear(
          name: "patches", rows: patches, inputs: 3 * patchSide * patchSide, outputs: dimension))
    ]
    for index in 0..<depth {
      layers += transformerBlock(
        "block \(index)", tokens: n, groups: 1, dimension: dimension, heads: heads,
        hidden: hidden ?? 4 * dimension)
    }
    layers.append(Layer("head", .norm(rows: 1, columns: dimension)))
    return Self(name: name, layers: layers)
  }

  private static func transformerBlock(
    _ block: String, tokens: Int, groups: Int, dimension: Int, heads: Int, hidden: Int
  ) -> [Layer] {
    let rows = tokens * groups
    return [
      Layer(block, .norm(rows: rows, columns: dimension)),
      Layer(block, .linear(name: "QKV", rows: rows, inputs: dimension, outputs: 3 * dimension)),
      Layer(
        block,
        .attention(
          Attention(
            queries: tokens, keys: tokens, dimension: dimension / heads, heads: heads * groups))),
      Layer(block, .linear(name: "projection", rows: rows, inputs: dimension, outputs: dimension)),
      Layer(block, .elementwise(name: "residual", count: rows * dimension)),
      Layer(block, .norm(rows: rows, columns: dimension)),
      Layer(block, .linear(name: "expansion", rows: rows, inputs: dimension, outputs: hidden)),
      Layer(block, .elementwise(name: "activation", count: rows * hidden)),
      Layer(block, .linear(name: "contraction", rows: rows, inputs: hidden, outputs: dimension)),
      Layer(block, .elementwise(name: "residual", count: rows * dimension)),
    ]
  }

  /// MobileViT (Mehta and Rastegari 2021, table 4) at 256 pixels: inverted residuals, and in three
  /// stages transformer blocks over patches of 2 x 2, of 4 heads.
  ///
  /// - Parameters:
  ///   - name: What to call it.
  ///   - channels: Of the stem and the six stages after it.
  ///   - dimensions: Of the three transformers' tokens.
  ///   - expansion: Of inverted residuals.
  /// - Returns: The workload of one image.
  static func mobileViT(name: String, channels: [Int], dimensions: [Int], expansion: Int) -> Self {
    var layers: [Layer] = []
    var side = 128
    func convolution(_ block: String, _ label: String, _ side: Int, _ inputs: Int, _ outputs: Int) {
      layers.append(
        Layer(block, .linear(name: label, rows: side * side, inputs: inputs, outputs: outputs)))
    }
    func invertedResidual(_ block: String, from: Int, to: Int, stride: Int) {
      convolution(block, "expand", side, from, from * expansion)
      side /= stride
      layers.append(
        Layer(
          block,
          .depthwise(
            name: "depthwise", pixels: side * side, channels: from * expansion, taps: 9)))
      convolution(block, "reduce", side, from * expansion, to)
    }
    convolution("stem", "3x3", side, 27, channels[0])
    invertedResidual("stage 1", from: channels[0], to: channels[1], stride: 1)
    invertedResidual("stage 2", from: channels[1], to: channels[2], stride: 2)
    for _ in 0..<2 {
      invertedResidual("stage 2", from: channels[2], to: channels[2], stride: 1)
    }
    for (stage, depth) in [2, 4, 3].enumerated() {
      let (from, to, d) = (channels[stage + 2], channels[stage + 3], dimensions[stage])
      let block = "stage \(stage + 3)"
      invertedResidual(block, from: from, to: to, stride: 2)
      convolution(block, "local 3x3", side, 9 * to, to)
      convolution(block, "to tokens", side, to, d)
      for index in 0..<depth {
        layers += transformerBlock(
          "\(block) block \(index)", tokens: side * side / 4, groups: 4, dimension: d, heads: 4,
          hidden: 2 * d)
      }
      convolution(block, "from tokens", side, d, to)
      convolution(block, "fusion 3x3", side, 18 * to, to)
    }
    convolution("head", "1x1", side, channels[5], 4 * channels[5])
    return Self(name: name, layers: layers)
  }

  /// LeViT (Graham et al. 2021, table 2) at 224 pixels: a convolutional stem, three stages of
  /// attention with keys of 16, shrinking attention between them, perceptrons of ratio 2.
  ///
  /// - Parameters:
  ///   - name: What to call it.
  ///   - depths: Blocks of each stage.
  ///   - heads: Of each stage.
  /// - Returns: The workload of one image.
  static func leViT(name: String, depths: [Int], heads: [Int]) -> Self {
    let widths = [128, 256, 384]
    var layers: [Layer] = []
    for (index, outputs) in [16, 32, 64, 128].enumerated() {
      let inputs = index == 0 ? 3 : [16, 32, 64][index - 1]
      let side = 112 >> index
      layers.append(
        Layer(
          "stem",
          .linear(
            name: "3x3 \(index)", rows: side * side, inputs: 9 * inputs, outputs: outputs)))
    }
    func linear(_ block: String, _ label: String, _ rows: Int, _ inputs: Int, _ outputs: Int) {
      layers.append(
        Layer(block, .linear(name: label, rows: rows, inputs: inputs, outputs: outputs)))
    }
    func perceptron(_ block: String, _ rows: Int, _ width: Int) {
      linear(block, "expansion", rows, width, 2 * width)
      layers.append(Layer(block, .elementwise(name: "activation", count: rows * 2 * width)))
      linear(block, "contraction", rows, 2 * width, width)
    }
    var side = 14
    for stage in 0..<3 {
      let (n, width, count) = (side * side, widths[stage], heads[stage])
      for index in 0..<depths[stage] {
        let block = "stage \(stage + 1) block \(index)"
        linear(block, "QKV", n, width, count * (16 + 16 + 32))
        layers.append(
          Layer(
            block,
            .attention(
              Attention(
                queries: n, keys: n, dimension: 16, valueDimension: 32, heads: count,
                hasBias: true))))
        linear(block, "projection", n, count * 32, width)
        perceptron(block, n, width)
      }
      guard stage < 2 else { break }
      let next = (side + 1) / 2
      let shrinking = width / 16
      let block = "shrink \(stage + 1)"
      linear(block, "KV", n, width, shrinking * (16 + 64))
      linear(block, "Q", next * next, width, shrinking * 16)
      layers.append(
        Layer(
          block,
          .attention(
            Attention(
              queries: next * next, keys: n, dimension: 16, valueDimension: 64,
              heads: shrinking, hasBias: true))))
      linear(block, "projection", next * next, shrinking * 64, widths[stage + 1])
      perceptron(block, next * next, widths[stage + 1])
      side = next
    }
    return Self(name: name, layers: layers)
  }

  /// Every network that can be asked for by name.
  public static let all: [Workload] = [
    visionTransformer(
      name: "deit-tiny", imageSide: 224, patchSide: 16, dimension: 192, depth: 12, heads: 3),
    visionTransformer(
      name: "deit-small", imageSide: 224, patchSide: 16, dimension: 384, depth: 12, heads: 6),
    visionTransformer(
      name: "deit-base", imageSide: 224, patchSide: 16, dimension: 768, depth: 12, heads: 12),
    mobileViT(
      name: "mobilevit-xxs", channels: [16, 16, 24, 48, 64, 80], dimensions: [64, 80, 96],
      expansion: 2),
    mobileViT(
      name: "mobilevit-xs", channels: [16, 32, 48, 64, 80, 96], dimensions: [96, 120, 144],
      expansion: 4),
    leViT(name: "levit-128s", depths: [2, 3, 4], heads: [4, 6, 8]),
    leViT(name: "levit-128", depths: [4, 4, 4], heads: [4, 8, 12]),
    visionTransformer(
      name: "robot-small", imageSide: 96, patchSide: 8, dimension: 128, depth: 4, heads: 4),
    visionTransformer(
      name: "robot-large", imageSide: 96, patchSide: 8, dimension: 192, depth: 6, heads: 6),
  ]

  /// The network of a name.
  ///
  /// - Parameter name: One of `all`.
  /// - Returns: It, or nil.
  public static func named(_ name: String) -> Self? { all.first { $0.name == name } }
}
