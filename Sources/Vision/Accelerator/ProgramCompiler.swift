internal import Numbers

/// Turns a network into a program for a machine.
public struct ProgramCompiler {
  /// Where a tensor lies. The order is that of addresses: what is used most often comes first, so
  /// that it stays in SRAM where not all fits.
  enum Buffer: Int, CaseIterable {
    case vectors
    case normed
    case residual
    case wide
    case map
  }

  let machine: Machine
  let algorithm: AttentionAlgorithm
  let batch: Int
  let mapping: Program.Mapping
  var layer = 0
  /// What the next layer takes.
  var current = 0
  /// The residual stream, where there is one.
  var stream: Int?
  private var tensors: [Program.Tensor] = []
  private var buffers: [Buffer] = []
  private var vectors: [String: Int] = [:]
  private var steps: [String] = []
  private var stepNumbers: [String: Int] = [:]
  private var instructions: [Instruction] = []
  /// The first row of the sum memory for the next column tile.
  private var sumBase = 0

  var height: Int { Int(saturating: machine.rows.value) }
  var width: Int { Int(saturating: machine.columns.value) }

  private init(
    machine: Machine, algorithm: AttentionAlgorithm, batch: Int, mapping: Program.Mapping
  ) {
    self.machine = machine
    self.algorithm = algorithm
    self.batch = batch
    self.mapping = mapping
  }

  /// Compiles a network.
  ///
  /// - Parameters:
  ///   - workload: The network.
  ///   - machine: What is to run it.
  ///   - algorithm: Its attention.
  ///   - batch: Images that it takes at once.
  ///   - mapping: How rows are cut; all at once by default.
  /// - Returns: The program.
  /// - Throws: `MachineError` where the machine is not valid, or cannot run the network.
  public static func compile(
    _ workload: Workload, for machine: Machine, algorithm: AttentionAlgorithm = .taylor,
    batch: Int = 1, mapping: Program.Mapping = .init()
  ) throws(MachineError) -> Program {
    try machine.validate()
    guard algorithm == .taylor || machine.exponentLanes.value >= 1 else {
      throw .noExponentials(machine: machine.name)
    }
    try workload.validate(for: machine, batch: batch)
    var compiler = Self(
      machine: machine, algorithm: algorithm, batch: batch, mapping: mapping)
    compiler.add(workload)
    compiler.place()
    var program = Program(
      workload: workload, machine: machine, algorithm: algorithm, batch: batch, mapping: mapping,
      tensors: compiler.tensors, steps: compiler.steps, instructions: compiler.instructions)
    if machine.pipelinesWithinLayer { program.order() }
    return program
  }

  // MARK: Building blocks

  mutating func emit(_ step: String, _ operation: Instruction.Operation) {
    let number: Int
    if let known = stepNumbers[step] {
      number = known
    } else {
      number = steps.count
      steps.append(step)
      stepNumbers[step] = number
    }
    instructions.append(Instruction(layer: layer, step: number, operation: operation))
  }

  func tensor(_ index: Int) -> Program.Tensor { tensors[index] }

  /// A new tensor in place of what its buffer held before.
  mutating func tensor(
    _ name: String, in buffer: Buffer, rows: Int, columns: Int, words: Int = 1
  ) -> Int {
    let before = buffers.lastIndex(of: buffer)
    tensors.append(
      Program.Tensor(
        name: name, address: 0, rows: rows, columns: columns, words: words, replaces: before))
    buffers.append(buffer)
    return tensors.count - 1
  }

  /// A small tensor that keeps its place; asked for again, it is the same.
  mutating func vector(_ name: String, rows: Int = 1, columns: Int, words: Int = 1) -> Int {
    let key = "\(name) \(rows) \(columns) \(words)"
    if let known = vectors[key] { return known }
    tensors.append(
      Program.Tensor(
        name: name, address: 0, rows: rows, columns: columns, words: words, replaces: nil))
    buffers.append(.vectors)
    vectors[key] = tensors.count - 1
    return tensors.count - 1
  }

  func buffer(of tensor: Int) -> Buffer { buffers[tensor] }

  /// Words of an element of the residual stream, which has 16 bit on every machine.
  var residualWords: Int { Int(saturating: (16 / machine.bits.value).rounded(.up)) }

  /// Rows in bursts that cross no multiple of the burst nor of `period`.
  func bursts(_ rows: Range<Int>, period: Int = .max) -> [Range<Int>] {
    var bursts: [Range<Int>] = []
    var start = rows.lowerBound
    while start < rows.upperBound {
      var end = min((start / Program.burst + 1) * Program.burst, rows.upperBound)
      if period < .max { end = min(end, (start / period + 1) * period) }
      bursts.append(start..<end)
      start = end
    }
    return bursts
  }

  func tiles(_ count: Int, by size: Int) -> [Range<Int>] {
    stride(from: 0, to: count, by: size).map { $0..<min($0 + size, count) }
  }

  /// Gives addresses: vectors each their own, tensors of a buffer all the same.
  private mutating func place() {
    var address = 0
    for buffer in Buffer.allCases {
      var size = 0
      for index in tensors.indices where buffers[index] == buffer {
        if buffer == .vectors {
          tensors[index].address = address
          address += tensors[index].size
        } else {
          tensors[index].address = address
          size = max(size, tensors[index].size)
        }
      }
      address += size
    }
  }

  // MARK: Products

  /// A matrix product on SA-General. Rows of `moving` stream past resident tiles; sums of several
  /// tiles of depth meet in the sum memory.
  struct Product {
    var step: String
    var rows: Int
    var depth: Int
    var columns: Int
    /// Bursts cross no multiple of it.
    var period = Int.max
    /// The moving rows and depths; nil where they come from the weight memory.
    var moving: (Range<Int>, Range<Int>) -> Region?
    var transposed = false
    /// The resident depths and columns; nil where they are weights.
    var resident: ((Range<Int>, Range<Int>) -> Region)?
    var residentTransposed = false
  }

  /// Emits a product.
  ///
  /// - Parameters:
  ///   - product: What is multiplied.
  ///   - leave: Takes each burst of finished sums: its rows, and where they stand.
  mutating func multiply(
    _ product: Product, leave: (inout Self, Range<Int>, Instruction.Sums) -> Void
  ) {
    for block in tiles(product.rows, by: max(Program.burst, mapping.rows)) {
      for columns in tiles(product.columns, by: width) {
        let depths = tiles(product.depth, by: height)
        let base = turn(block.count)
        for (index, depth) in depths.enumerated() {
          load(product, depth, columns, first: index == 0)
          let bursts = bursts(block, period: product.period)
          for (number, rows) in bursts.enumerated() {
            emit(
              product.step,
              .stream(
                .init(
                  moving: product.moving(rows, depth), transposed: product.transposed,
                  sums: sums(rows, columns, in: block, from: base), depth: depth.count,
                  adds: index > 0,
                  leaves: index == depths.count - 1, opens: number == 0,
                  closes: number == bursts.count - 1)))
          }
        }
        for rows in bursts(block, period: product.period) {
          leave(&self, rows, sums(rows, columns, in: block, from: base))
        }
      }
    }
  }

  /// Takes rows of the sum memory for one column tile.
  private mutating func turn(_ rows: Int) -> Int {
    let size = (rows + Program.burst - 1) / Program.burst * Program.burst
    let base = sumBase + size <= mapping.turn ? sumBase : 0
    sumBase = base + size
    return base
  }

  private func sums(
    _ rows: Range<Int>, _ columns: Range<Int>, in block: Range<Int>, from base: Int
  ) -> Instruction.Sums {
    let start = base + rows.lowerBound - block.lowerBound
    return .init(rows: start..<start + rows.count, columns: columns)
  }

  private mutating func load(
    _ product: Product, _ depth: Range<Int>, _ columns: Range<Int>, first: Bool
  ) {
    if let resident = product.resident {
      emit(
        product.step,
        .loadOperand(resident(depth, columns), transposed: product.residentTransposed))
      return
    }
    // With the first tile of depth come the bias, and multiplier and shift: 26 bits.
    let scales = machine.wordsPerSum + Int(saturating: (26 / machine.bits.value).rounded(.up))
    emit(
      product.step,
      .loadWeights(
        depth: depth, columns: columns,
        words: (depth.count + (first ? scales : 0)) * columns.count))
  }
}

extension Program {
  /// Puts instructions into the order in which they would run with nothing in their way. Ports and
  /// memories serve them in that order on every machine with this array.
  mutating func order() {
    var scoreboard = Scoreboard(self, rates: .unhindered(machine))
    var demand = Demand(self, rates: .unhindered(machine))
    var starts: [Int] = []
    starts.reserveCapacity(instructions.count)
    for instruction in instructions {
      demand.describe(instruction)
      starts.append(scoreboard.issue(instruction, demand).start)
    }
    let order = instructions.indices.sorted { (starts[$0], $0) < (starts[$1], $1) }
    instructions = order.map { instructions[$0] }
  }
}
