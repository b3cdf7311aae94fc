internal import Numbers

/// Turns a network into a schedule for a machine.
public struct Compiler: Sendable {
  private let machine: Machine
  private let algorithm: AttentionAlgorithm
  private var operations: [Operation] = []
  private var layer = 0
  /// The operations whose results the next layer takes.
  private var latest: [Int] = []

  private init(machine: Machine, algorithm: AttentionAlgorithm) {
    self.machine = machine
    self.algorithm = algorithm
  }

  /// Compiles a network.
  ///
  /// - Parameters:
  ///   - workload: The network.
  ///   - machine: What is to run it.
  ///   - algorithm: Its attention.
  /// - Returns: The schedule.
  /// - Throws: `MachineError` where the machine is not valid, or cannot run softmax.
  public static func compile(
    _ workload: Workload, for machine: Machine, algorithm: AttentionAlgorithm = .taylor
  ) throws(MachineError) -> Schedule {
    try machine.validate()
    guard algorithm == .taylor || machine.exponentLanes.value >= 1 else {
      throw .noExponentials(machine: machine.name)
    }
    var compiler = Self(machine: machine, algorithm: algorithm)
    for (index, layer) in workload.layers.enumerated() {
      compiler.layer = index
      compiler.add(layer.kind)
    }
    return Schedule(workload: workload, machine: machine, operations: compiler.operations)
  }

  private mutating func add(_ kind: Workload.Kind) {
    switch kind {
    case .linear(let name, let rows, let inputs, let outputs):
      latest = [
        product(
          name, rows: rows, depth: inputs, columns: outputs, after: after(latest, streams: true),
          weights: true)
      ]
    case .depthwise(let name, let pixels, let channels, let taps):
      latest = [depthwise(name, pixels: pixels, channels: channels, taps: taps)]
    case .attention(let attention):
      switch algorithm {
      case .softmax: softmax(attention)
      case .taylor: taylor(attention)
      }
    case .norm(let rows, let columns):
      // Sums and squares while the layer before still writes, one division a row, then the
      // differences are scaled by it.
      let sums = lanes(
        "norm: sums", .accumulator, passes: 2 * rows, width: columns,
        after: after(latest, streams: true))
      let factors = lanes(
        "norm: 1/deviation", .divider, passes: 1, width: rows, after: after([sums], streams: true))
      latest = [
        lanes(
          "norm: centre and scale", .adder, passes: rows, width: columns,
          after: after([factors], streams: true))
      ]
    case .elementwise(let name, let count):
      let width = Int(saturating: machine.columns.value)
      latest = [
        lanes(
          name, .adder, passes: (count + width - 1) / width, width: width,
          after: after(latest, streams: true))
      ]
    }
  }

  // MARK: Building blocks

  private func after(_ indices: [Int], streams: Bool) -> [Operation.Dependency] {
    indices.map { .init(on: $0, streams: streams && machine.pipelinesWithinLayer) }
  }

  private mutating func append(_ operation: Operation) -> Int {
    operations.append(operation)
    return operations.count - 1
  }

  /// A matrix product on SA-General, weight-stationary: [rows, depth] streams past resident
  /// [depth, columns]; sums of several folds of depth meet in SRAM.
  private mutating func product(
    _ step: String, rows: Int, depth: Int, columns: Int, after: [Operation.Dependency],
    weights: Bool, count: Int = 1
  ) -> Int {
    let (height, width) = (
      Int(saturating: machine.rows.value), Int(saturating: machine.columns.value)
    )
    let (down, across) = ((depth + height - 1) / height, (columns + width - 1) / width)
    // In a cycle the array takes a word for each row and gives one for each column.
    let wanted = machine.rows.value + machine.columns.value
    let pace = Int(saturating: max(1, (wanted / machine.memory.sramWords.value).rounded(.up)))
    var operation = Operation(
      layer: layer, step: step, unit: .general, dependencies: after, load: height,
      stream: rows * pace,
      drain: height + width - 2, folds: down * across * count, tiles: across * count)
    let (m, k, n) = (Double(rows), Double(depth), Double(columns))
    var events = Events()
    events.multiplications = m * k * n
    // Streamed once for each tile of columns; resident once; sums, two words wide, are written for
    // each tile of depth and read back for all but the first; the result is written as one word.
    events.sramWords =
      m * k * Double(across) + k * n + m * n * (4 * Double(down - 1) + 1)
    if weights {
      events.dramWords = k * n
      operation.weightBytes = k * n * machine.bytesPerWord / Double(operation.folds)
      // What does not fit is written to DRAM once and read back once, depth being the outer loop.
      let held = machine.memory.activations.value * 1024
      let needed = (m * k + m * n) * machine.bytesPerWord
      events.dramWords += max(0, needed - held) / machine.bytesPerWord
    }
    operation.events = events.times(Double(count))
    return append(operation)
  }

  /// Depthwise convolutions leave most of the array empty: as many channels at once as their taps
  /// fit below one another, each in a column of its own.
  private mutating func depthwise(_ step: String, pixels: Int, channels: Int, taps: Int) -> Int {
    let (height, width) = (
      Int(saturating: machine.rows.value), Int(saturating: machine.columns.value)
    )
    let together = max(1, min(width, height / taps))
    var operation = Operation(
      layer: layer, step: step, unit: .general, dependencies: after(latest, streams: true),
      load: height, stream: pixels, drain: height + width - 2,
      folds: (channels + together - 1) / together * ((taps + height - 1) / height),
      tiles: (channels + together - 1) / together)
    let all = Double(pixels) * Double(channels)
    operation.events.multiplications = all * Double(taps)
    operation.events.sramWords = all * Double(taps) + Double(channels * taps) + all
    operation.events.dramWords = Double(channels * taps)
    operation.weightBytes =
      Double(channels * taps) * machine.bytesPerWord / Double(operation.folds)
    return append(operation)
  }

  /// `passes` rows of `width` numbers through lanes.
  private mutating func lanes(
    _ step: String, _ unit: Unit, passes: Int, width: Int, after: [Operation.Dependency]
  ) -> Int {
    let lanes: Int
    switch unit {
    case .accumulator: lanes = Int(saturating: machine.accumulatorLanes.value)
    case .adder: lanes = Int(saturating: machine.adderLanes.value)
    case .divider: lanes = Int(saturating: machine.dividerLanes.value)
    case .exponent: lanes = Int(saturating: machine.exponentLanes.value)
    case .general, .diagonal: lanes = 1
    }
    var operation = Operation(
      layer: layer, step: step, unit: unit, dependencies: after,
      stream: passes * ((width + lanes - 1) / lanes))
    let count = Double(passes) * Double(width)
    switch unit {
    case .divider: operation.events.divisions = count
    case .exponent: operation.events.exponentials = count
    default: operation.events.additions = count
    }
    operation.events.sramWords = 2 * count
    return append(operation)
  }

  // MARK: Attention

  /// Algorithm 1 of ViTALiTy for each head. Where tokens are fewer than numbers, the same sum is
  /// taken in the other order, (QK̂ᵀ)V, because that costs less.
  private mutating func taylor(_ attention: Workload.Attention) {
    let input = latest
    let linear = attention.taylorMultiplications <= attention.quadraticMultiplications
    // Units take their operations in program order, so the next head's steps 1 and 3 are placed
    // before this head's steps 5 and 6: they run while the array works on this one.
    var outputs: [Int] = []
    var next = prepare(attention, after: input)
    for head in 0..<attention.heads {
      let prepared = next
      var products = [
        linear
          ? linearProducts(attention, after: prepared.centred)
          : quadraticProducts(attention, after: prepared.centred)
      ]
      if attention.hasBias, linear {
        products.append(
          product(
            "bias·V", rows: attention.queries, depth: attention.keys,
            columns: attention.valueDimension, after: after(input, streams: false),
            weights: true))
      }
      if head + 1 < attention.heads { next = prepare(attention, after: input) }
      outputs.append(finish(attention, products, prepared))
    }
    latest = outputs
  }

  /// What steps 1, 3 and 4 of one head leave.
  private struct Prepared {
    var centred: Int
    var totals: [Int]
    var denominators: [Int]
  }

  private mutating func prepare(_ attention: Workload.Attention, after input: [Int]) -> Prepared {
    let (keys, d) = (attention.keys, attention.dimension)
    let sums = lanes(
      "1 sum of K", .accumulator, passes: keys, width: d, after: after(input, streams: true))
    let mean = lanes(
      "1 mean", .divider, passes: 1, width: d, after: after([sums], streams: false))
    let centred = lanes(
      "1 K̂ = K − mean", .adder, passes: keys, width: d, after: after([mean], streams: false))
    let values = lanes(
      "3 sum of V", .accumulator, passes: keys, width: attention.valueDimension,
      after: after(input, streams: true))
    guard machine.denominator == .faithful else {
      return Prepared(centred: centred, totals: [values], denominators: [])
    }
    let sum = lanes(
      "3 sum of K̂", .accumulator, passes: keys, width: d, after: after([centred], streams: true))
    return Prepared(
      centred: centred, totals: [values, sum],
      denominators: [diagonal(queries: attention.queries, dimension: d, after: sum)])
  }

  private mutating func finish(
    _ attention: Workload.Attention, _ products: [Int], _ prepared: Prepared
  ) -> Int {
    let numerator = lanes(
      "5 + √d·sum of V", .adder, passes: attention.queries, width: attention.valueDimension,
      after: after(products, streams: true) + after(prepared.totals, streams: false))
    // Collapsed, there is one divisor for all: folded into the rescaling that products end with.
    guard machine.denominator == .faithful else { return numerator }
    return lanes(
      "6 divide", .divider, passes: attention.queries, width: attention.valueDimension,
      after: after([numerator] + prepared.denominators, streams: true))
  }

  private mutating func diagonal(queries: Int, dimension: Int, after sum: Int) -> Int {
    let height = Int(saturating: machine.diagonal.value)
    var operation = Operation(
      layer: layer, step: "4 n√d + Q·k̂", unit: .diagonal,
      dependencies: after([sum], streams: false), load: height, stream: queries, drain: height,
      folds: (dimension + height - 1) / height)
    operation.events.multiplications = Double(queries) * Double(dimension)
    // Q streams past both arrays at once; only the results are extra traffic.
    operation.events.sramWords = Double(queries + dimension)
    operation.events.additions = Double(queries)
    return append(operation)
  }

  private mutating func linearProducts(_ attention: Workload.Attention, after centred: Int) -> Int {
    let (d, width) = (attention.dimension, attention.valueDimension)
    switch machine.contextDataflow {
    case .downForward:
      let context = product(
        "2 G = K̂ᵀV", rows: d, depth: attention.keys, columns: width,
        after: after([centred], streams: true), weights: false)
      return product(
        "5 Q·G", rows: attention.queries, depth: d, columns: width,
        after: after([context], streams: false), weights: false)
    case .contextStationary:
      let (height, across) = (
        Int(saturating: machine.rows.value), Int(saturating: machine.columns.value)
      )
      let folds = (d + height - 1) / height * ((width + across - 1) / across)
      var context = Operation(
        layer: layer, step: "2 G = K̂ᵀV", unit: .general,
        dependencies: after([centred], streams: true), stream: attention.keys,
        drain: height + across - 2, folds: folds)
      context.events.multiplications = Double(attention.keys * d * width)
      context.events.twoDirections = context.events.multiplications
      context.events.sramWords = Double(attention.keys * (d + width))
      let first = append(context)
      var output = Operation(
        layer: layer, step: "5 Q·G", unit: .general, dependencies: after([first], streams: false),
        stream: attention.queries, drain: height + across - 2, folds: folds)
      output.events.multiplications = Double(attention.queries * d * width)
      output.events.twoDirections = output.events.multiplications
      output.events.sramWords = Double(attention.queries * (d + width))
      return append(output)
    }
  }

  private mutating func quadraticProducts(_ attention: Workload.Attention, after centred: Int)
    -> Int
  {
    let map = product(
      "2 Q·K̂ᵀ, tokens < numbers", rows: attention.queries, depth: attention.dimension,
      columns: attention.keys, after: after([centred], streams: true), weights: false)
    return product(
      "5 (Q·K̂ᵀ)V", rows: attention.queries, depth: attention.keys,
      columns: attention.valueDimension, after: after([map], streams: true), weights: false)
  }

  private mutating func softmax(_ attention: Workload.Attention) {
    let input = latest
    var outputs: [Int] = []
    for _ in 0..<attention.heads {
      let map = product(
        "Q·Kᵀ", rows: attention.queries, depth: attention.dimension, columns: attention.keys,
        after: after(input, streams: false), weights: false)
      let exponentials = lanes(
        "exp", .exponent, passes: attention.queries, width: attention.keys,
        after: after([map], streams: true))
      let sums = lanes(
        "row sums", .accumulator, passes: attention.queries, width: attention.keys,
        after: after([exponentials], streams: true))
      let values = product(
        "map·V", rows: attention.queries, depth: attention.keys,
        columns: attention.valueDimension, after: after([exponentials], streams: true),
        weights: false)
      // The division by the row's sum is done on the output: n·d of them, not n².
      outputs.append(
        lanes(
          "divide", .divider, passes: attention.queries, width: attention.valueDimension,
          after: after([values, sums], streams: true)))
    }
    latest = outputs
  }
}

extension Events {
  func times(_ factor: Double) -> Self {
    var scaled = self
    scaled.multiplications *= factor
    scaled.twoDirections *= factor
    scaled.additions *= factor
    scaled.divisions *= factor
    scaled.exponentials *= factor
    scaled.sramWords *= factor
    scaled.dramWords *= factor
    return scaled
  }
}
