extension Workload {
  /// Checks that a machine can run the network: sizes are positive, and neither they nor the program
  /// outgrow what can be counted and held.
  ///
  /// - Parameters:
  ///   - machine: What is to run it; valid.
  ///   - batch: Images at once.
  /// - Throws: `MachineError`, which names the layer and the size.
  func validate(for machine: Machine, batch: Int) throws(MachineError) {
    guard (1...1024).contains(batch) else {
      throw .network(workload: name, layer: "batch", size: "images", value: batch, most: 1024)
    }
    for layer in layers {
      for (size, value) in layer.kind.sizes where !(1...Self.most).contains(value) {
        throw .network(
          workload: name, layer: "\(layer.block) \(layer.kind.name)", size: size, value: value,
          most: Self.most)
      }
    }
    var bursts = 0.0
    for layer in layers {
      bursts += layer.kind.bursts(machine) * Double(batch)
      guard bursts <= Self.longest else {
        throw .tooLong(
          workload: name, layer: "\(layer.block) \(layer.kind.name)", machine: machine.name)
      }
    }
  }

  private static let most = 1 << 24
  /// Instructions of a program: a few gigabytes of them.
  private static let longest = 8e6
}

extension Workload.Kind {
  /// What errors call it.
  var name: String {
    switch self {
    case .linear(let name, _, _, _), .depthwise(let name, _, _, _), .elementwise(let name, _):
      name
    case .attention: "attention"
    case .norm: "norm"
    }
  }

  fileprivate var sizes: [(String, Int)] {
    switch self {
    case .linear(_, let rows, let inputs, let outputs):
      [("rows", rows), ("inputs", inputs), ("outputs", outputs)]
    case .depthwise(_, let pixels, let channels, let taps):
      [("pixels", pixels), ("channels", channels), ("taps", taps)]
    case .attention(let attention):
      [
        ("queries", attention.queries), ("keys", attention.keys),
        ("dimension", attention.dimension), ("valueDimension", attention.valueDimension),
        ("heads", attention.heads),
      ]
    case .norm(let rows, let columns): [("rows", rows), ("columns", columns)]
    case .elementwise(_, let count): [("count", count)]
    }
  }

  /// About how many instructions one image needs.
  fileprivate func bursts(_ machine: Machine) -> Double {
    func tiles(_ count: Int, _ size: Double) -> Double { (Double(count) / size).rounded(.up) }
    let (height, width) = (machine.rows.value, machine.columns.value)
    let burst = Double(Program.burst)
    switch self {
    case .linear(_, let rows, let inputs, let outputs):
      return tiles(rows, burst) * tiles(inputs, height) * tiles(outputs, width)
    case .depthwise(_, let pixels, let channels, let taps):
      return tiles(pixels, burst) * Double(channels) * tiles(taps, height)
    case .attention(let attention):
      let products = tiles(attention.queries + attention.keys, burst)
      let across =
        tiles(attention.keys + attention.dimension, height)
        * tiles(attention.keys + attention.valueDimension, width)
      return Double(attention.heads) * products * across
    case .norm(let rows, let columns): return tiles(rows, burst) * (3 + tiles(columns, width))
    case .elementwise(_, let count): return tiles(count, burst * width)
    }
  }
}
