internal import TensorKernels
internal import Tensors

/// Takes a network's tensors by name and shape.
struct LayerReader {
  let tensors: [String: Tensor]

  func values(_ name: String, _ shape: [Int]) throws(NetworkError) -> [Float] {
    guard let tensor = tensors[name] else { throw .missing(tensor: name, wanted: shape) }
    guard tensor.shape == shape else {
      throw .shape(tensor: name, found: tensor.shape, wanted: shape)
    }
    return tensor.values
  }

  func linear(_ name: String, _ inputs: Int, _ outputs: Int) throws(NetworkError) -> FloatLinear {
    let weight = try values("\(name).weight", [outputs, inputs])
    let bias = try values("\(name).bias", [outputs])
    do { return try FloatLinear(weight: weight, bias: bias, inputs: inputs) } catch {
      throw .kernels(error)
    }
  }

  /// Layers `name`.0, `name`.1 and so on, between these widths.
  func perceptron(_ name: String, widths: [Int]) throws(NetworkError) -> Perceptron {
    var layers: [FloatLinear] = []
    for layer in 0..<widths.count - 1 {
      layers.append(try linear("\(name).\(layer)", widths[layer], widths[layer + 1]))
    }
    return try Perceptron(layers: layers)
  }
}

/// Linear layers with exact GELU between them.
struct Perceptron {
  let layers: [FloatLinear]
  private let scratch: [Scratch]

  init(layers: [FloatLinear]) throws(NetworkError) {
    self.layers = layers
    do { scratch = [try Scratch(), try Scratch()] } catch { throw .kernels(error) }
  }

  /// The network of `input`, [rows, inputs], goes to `output`, [rows, outputs]; the last layer has GELU
  /// too where `activatesLast` says so.
  func run(
    on kernels: Kernels, _ input: UnsafePointer<Float>, to output: UnsafeMutablePointer<Float>,
    rows: Int, activatesLast: Bool = false
  ) throws(KernelError) {
    var source = input
    for (index, layer) in layers.enumerated() {
      let isLast = index == layers.count - 1
      let target = isLast ? output : try scratch[index % 2].floats(rows * layer.outputs)
      layer.run(
        kernels.pool, kernels.instructions, source, to: target, rows: rows,
        gelu: !isLast || activatesLast)
      source = UnsafePointer(target)
    }
  }
}

extension Tensor {
  /// The rows of a matrix of this many columns.
  ///
  /// - Throws: `NetworkError.input`.
  func rows(of columns: Int, as name: String) throws(NetworkError) -> Int {
    guard shape.count == 2, shape[1] == columns else {
      throw .input(name: name, found: shape, wanted: [shape.first ?? 0, columns])
    }
    return shape[0]
  }

  /// A new tensor whose numbers `body` writes; they begin as zero.
  static func filled(
    _ shape: [Int], _ body: (UnsafeMutablePointer<Float>) throws(KernelError) -> Void
  ) throws(NetworkError) -> Tensor {
    var tensor = Tensor(repeating: 0, shape: shape)
    var failure: KernelError?
    tensor.values.withUnsafeMutableBufferPointer { values in
      guard let start = values.baseAddress else { return }
      do throws(KernelError) { try body(start) } catch { failure = error }
    }
    if let failure { throw .kernels(failure) }
    return tensor
  }

  /// Columns of several matrices of equally many rows, side by side.
  static func sideBySide(_ parts: [(values: [Float], columns: Int)], rows: Int) -> [Float] {
    var joined: [Float] = []
    joined.reserveCapacity(parts.reduce(0) { $0 + $1.values.count })
    for row in 0..<rows {
      for part in parts { joined += part.values[row * part.columns..<(row + 1) * part.columns] }
    }
    return joined
  }
}
