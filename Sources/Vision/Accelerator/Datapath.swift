internal import Numbers
internal import Tensors
internal import VisionTransformer

/// The integers of a machine: its memories, the array's registers, and what each instruction does to
/// them. It follows the program in order, as the scoreboard does.
struct Datapath {
  private let program: Program
  private let encoder: FixedPointEncoder
  private let images: [[UInt8]]
  private let patchBytes: [Int]
  private let width: Int
  private let bits: Int
  private let sumLimit: Int
  private let limit: Int

  /// Words of the activation memory; those beyond the SRAM's size lie in DRAM.
  private var memory: [Int16]
  /// Sums below the array: rows of as many as it has columns.
  private var sums: [Int]
  /// Operands on their way into the array, and those that are in place: [rows, columns].
  private var arriving: [Int]
  private var resident: [Int]
  private(set) var embeddings: [[Int16]] = []

  init(_ program: Program, _ encoder: FixedPointEncoder, images: [[UInt8]])
    throws(ProgramError)
  {
    let machine = program.machine
    guard encoder.width.rawValue == Int(saturating: machine.bits.value) else {
      throw .width(encoder: encoder.width.rawValue, machine: Int(saturating: machine.bits.value))
    }
    guard encoder.configuration.attention != .softmax else { throw .softmax }
    let collapsed = encoder.configuration.attention == .taylorCollapsed
    guard collapsed == (machine.denominator == .collapsed) else {
      throw .denominator(
        encoder: encoder.configuration.attention.rawValue, machine: machine.denominator.rawValue)
    }
    guard program.workload == Workload(encoder.configuration, name: program.workload.name) else {
      throw .otherNetwork(program.workload.name)
    }
    guard images.count == program.batch else {
      throw .batch(images: images.count, program: program.batch)
    }
    for image in images where image.count != encoder.configuration.imageBytes {
      throw .image(
        .size(
          bytes: image.count, wanted: encoder.configuration.imageBytes,
          side: encoder.configuration.imageSide))
    }
    self.program = program
    self.encoder = encoder
    self.images = images
    patchBytes = encoder.configuration.patchBytes
    width = Int(saturating: machine.columns.value)
    bits = Int(saturating: machine.bits.value)
    sumLimit = 1 << (Int(saturating: machine.sumBits.value) - 1)
    limit = encoder.width.limit
    memory = [Int16](
      repeating: 0, count: program.tensors.reduce(0) { max($0, $1.address + $1.size) })
    let rows = program.instructions.reduce(0) { most, instruction in
      guard case .stream(let stream) = instruction.operation else { return most }
      return max(most, stream.sums.rows.upperBound)
    }
    sums = [Int](repeating: 0, count: rows * width)
    arriving = [Int](repeating: 0, count: Int(saturating: machine.rows.value) * width)
    resident = arriving
  }

  /// Does what an instruction says.
  mutating func perform(_ instruction: Instruction) throws(ProgramError) {
    switch instruction.operation {
    case .receive(let to): receive(to)
    case .classToken(let to): set(to, encoder.classRow.map(Int.init))
    case .loadWeights(let depth, let columns, _): load(instruction.layer, depth, columns)
    case .loadOperand(let region, let transposed): load(region, transposed)
    case .stream(let stream): try run(stream, instruction)
    case .rescale(let sums, let to, let scale, let table, let add):
      try rescale(instruction, sums, to: to, scale: scale, table: table, add: add)
    case .send(let region): embeddings.append(values(region).map { Int16(clamping: $0) })
    case .accumulate, .mean, .centre, .valueTerm, .denominators, .divide:
      try performTaylor(instruction)
    case .rowSums, .root, .normalise: try performNorm(instruction)
    case .exponential, .share: throw .softmax
    case .lookUp: throw .otherNetwork(program.workload.name)
    }
  }

  // MARK: Memory

  private func value(at address: Int, words: Int) -> Int {
    if words == 1 { return Int(clamping: memory[address]) }
    var value = Int(clamping: memory[address + words - 1])
    for word in stride(from: words - 2, through: 0, by: -1) {
      value = value << bits | (Int(clamping: memory[address + word]) & (1 << bits - 1))
    }
    return value
  }

  private mutating func set(_ value: Int, at address: Int, words: Int) {
    var rest = value
    for word in 0..<words {
      let part = rest & (1 << bits - 1)
      // Each word is kept as the signed number that its bits are.
      memory[address + word] = Int16(clamping: part >= 1 << (bits - 1) ? part - 1 << bits : part)
      rest >>= bits
    }
  }

  private func address(_ region: Region, _ row: Int, _ column: Int = 0) -> Int {
    let tensor = program.tensors[region.tensor]
    return tensor.address
      + ((region.rows.lowerBound + row) * tensor.columns + region.columns.lowerBound + column)
      * tensor.words
  }

  private func values(_ region: Region) -> [Int] {
    let words = program.tensors[region.tensor].words
    var values: [Int] = []
    values.reserveCapacity(region.count)
    for row in 0..<region.rows.count {
      let start = address(region, row)
      for column in 0..<region.columns.count {
        values.append(value(at: start + column * words, words: words))
      }
    }
    return values
  }

  private mutating func set(_ region: Region, _ values: [Int]) {
    let words = program.tensors[region.tensor].words
    for row in 0..<region.rows.count {
      let start = address(region, row)
      for column in 0..<region.columns.count {
        set(
          values[row * region.columns.count + column], at: start + column * words, words: words)
      }
    }
  }

  private func checked(_ sum: Int, _ instruction: Instruction) throws(ProgramError) -> Int {
    guard sum >= -sumLimit, sum < sumLimit else {
      throw .overflow(
        tensor: program.workload.layers[instruction.layer].block + " "
          + program.steps[instruction.step], bits: Int(saturating: program.machine.sumBits.value))
    }
    return sum
  }

  // MARK: Array

  private func linear(_ layer: Int) -> FixedPointEncoder.Linear? {
    guard layer > 0 else { return encoder.patchEmbedding }
    let block = encoder.blocks[(layer - 1) / 10]
    switch (layer - 1) % 10 {
    case 1: return block.queriesKeysValues
    case 3: return block.projection
    case 6: return block.expansion
    case 8: return block.contraction
    default: return nil
    }
  }

  private mutating func receive(_ to: Region) {
    let configuration = encoder.configuration
    let patches = configuration.tokens - 1
    var pixels: [Int] = []
    for row in to.rows {
      let (image, patch) = row.quotientAndRemainder(dividingBy: patches)
      for column in to.columns {
        pixels.append(
          Int(clamping: images[image][patchBytes[patch * configuration.patchValues + column]]) - 128
        )
      }
    }
    set(to, pixels)
  }

  private mutating func load(_ layer: Int, _ depth: Range<Int>, _ columns: Range<Int>) {
    guard let linear = linear(layer) else { return }
    for (row, input) in depth.enumerated() {
      for (column, output) in columns.enumerated() {
        let weight = linear.weight[output * linear.inputs + input]
        arriving[row * width + column] = Int(clamping: weight)
      }
    }
  }

  private mutating func load(_ region: Region, _ transposed: Bool) {
    let values = values(region)
    let pitch = region.columns.count
    for row in 0..<region.rows.count {
      for column in 0..<pitch {
        let place = transposed ? column * width + row : row * width + column
        arriving[place] = values[row * pitch + column]
      }
    }
  }

  private mutating func run(_ stream: Instruction.Stream, _ instruction: Instruction)
    throws(ProgramError)
  {
    if stream.opens { swap(&resident, &arriving) }
    guard let moving = stream.moving else { return }
    let operands = values(moving)
    let (rows, columns) = (stream.sums.rows, stream.sums.columns.count)
    let (rowStep, depthStep) =
      stream.transposed ? (1, moving.columns.count) : (moving.columns.count, 1)
    for (index, row) in rows.enumerated() {
      for column in 0..<columns {
        var sum = stream.adds ? sums[row * width + column] : 0
        for depth in 0..<stream.depth {
          sum +=
            operands[index * rowStep + depth * depthStep] * resident[depth * width + column]
        }
        sums[row * width + column] = try checked(sum, instruction)
      }
    }
  }

  private mutating func rescale(
    _ instruction: Instruction, _ from: Instruction.Sums, to: Region, scale: Instruction.Scale,
    table: Bool, add: Instruction.Addend
  ) throws(ProgramError) {
    let block = encoder.blocks[max(instruction.layer - 1, 0) / 10]
    let linear = linear(instruction.layer)
    let most = add == .none ? limit : 32767
    var terms: [Int] = []
    if case .output(_, let region) = scale { terms = values(region) }
    let before = add == .residual ? values(to) : []
    var result: [Int] = []
    result.reserveCapacity(to.count)
    for (index, row) in from.rows.enumerated() {
      for (column, output) in from.columns.enumerated() {
        let sum = sums[row * width + column]
        var value: Int
        switch scale {
        case .layer:
          guard let linear else { throw .otherNetwork(program.workload.name) }
          value = linear.rescaling[output](sum + linear.bias[output])
        case .context(let head): value = block.taylor[head].context(sum)
        case .output(let head, _):
          value = block.taylor[head].output(try checked(sum + terms[column], instruction))
        }
        value = value.saturated(to: most)
        if table { value = activate(block, value) }
        switch add {
        case .none: break
        case .residual: value = (value + before[result.count]).saturated(to: most)
        case .positions(let first):
          let position = (first + index) * encoder.configuration.dimension + output
          value = (value + Int(clamping: encoder.positions[position])).saturated(to: most)
        }
        result.append(value)
      }
    }
    set(to, result)
  }

  private func activate(_ block: FixedPointEncoder.Block, _ value: Int) -> Int {
    guard encoder.width == .sixteen else { return Int(clamping: block.activation[value + 128]) }
    let (knot, part) = ((value >> 8) + 128, value & 255)
    let (left, right) = (
      Int(clamping: block.activation[knot]), Int(clamping: block.activation[knot + 1])
    )
    return left + (((right - left) * part + 128) >> 8)
  }

  // MARK: Lanes

  private mutating func performTaylor(_ instruction: Instruction) throws(ProgramError) {
    let block = encoder.blocks[max(instruction.layer - 1, 0) / 10]
    switch instruction.operation {
    case .accumulate(let region, let to, let starts):
      var sums = starts ? [Int](repeating: 0, count: to.count) : values(to)
      let rows = values(region)
      for (index, value) in rows.enumerated() {
        let column = index % region.columns.count
        sums[column] = try checked(sums[column] + value, instruction)
      }
      set(to, sums)
    case .mean(let from, let to, let tokens):
      set(to, values(from).map { $0.roundedQuotient(by: tokens) })
    case .centre(let region, let mean):
      let means = values(mean)
      let rows = values(region)
      set(
        region,
        rows.indices.map { (rows[$0] - means[$0 % means.count]).saturated(to: limit) })
    case .valueTerm(let from, let to, let head):
      var terms: [Int] = []
      for sum in values(from) {
        terms.append(try checked(block.taylor[head].value(sum), instruction))
      }
      set(to, terms)
    case .denominators(let queries, let sums, let to, let head, _):
      let (rows, keys) = (values(queries), values(sums))
      let scales = block.taylor[head]
      var result: [Int] = []
      for row in 0..<queries.rows.count {
        var sum = scales.denominator
        for column in keys.indices { sum += rows[row * keys.count + column] * keys[column] }
        result.append(try checked(max(1, scales.divisor(sum)), instruction))
      }
      set(to, result)
    case .divide(let from, let term, let by, let to):
      let (terms, divisors) = (values(term), values(by))
      var result: [Int] = []
      for (index, row) in from.rows.enumerated() {
        for column in terms.indices {
          let numerator = try checked(sums[row * width + column] + terms[column], instruction)
          result.append(numerator.roundedQuotient(by: divisors[index]).saturated(to: limit))
        }
      }
      set(to, result)
    default: break
    }
  }

  private mutating func performNorm(_ instruction: Instruction) throws(ProgramError) {
    let isLast = instruction.layer == program.workload.layers.count - 1
    let block = encoder.blocks[min(max(instruction.layer - 1, 0) / 10, encoder.blocks.count - 1)]
    let norm =
      isLast
      ? encoder.finalNorm
      : (instruction.layer - 1) % 10 == 0 ? block.attentionNorm : block.perceptronNorm
    switch instruction.operation {
    case .rowSums(let region, let to, let starts):
      var sums = starts ? [Int](repeating: 0, count: to.count) : values(to)
      let width = region.columns.count
      for (index, value) in values(region).enumerated() {
        let place = index / width * 2
        sums[place] = try checked(sums[place] + value, instruction)
        sums[place + 1] = try checked(sums[place + 1] + value * value, instruction)
      }
      set(to, sums)
    case .root(let from, let to, let d):
      // Σ(D·x − S)² is D²·Σx² − D·S², so one pass over the row is enough.
      let sums = values(from)
      var factors: [Int] = []
      for row in 0..<from.rows.count {
        let (sum, squares) = (sums[2 * row], sums[2 * row + 1])
        let variance = d * d * squares - d * sum * sum + norm.epsilon
        let even = (variance.leadingZeroBitCount - 2) / 2
        factors.append(((d << 40).squareRoot << 35) / (variance << (2 * even)).squareRoot)
        factors.append(even)
      }
      set(to, factors)
    case .normalise(let region, let rowSums, let rowFactors, let to, _):
      let (rows, sums, factors) = (values(region), values(rowSums), values(rowFactors))
      let d = region.columns.count
      let most = isLast ? 32767 : limit
      set(
        to,
        rows.indices.map { index in
          let (row, column) = index.quotientAndRemainder(dividingBy: d)
          let (factor, even) = (factors[2 * row], factors[2 * row + 1])
          let centred = d * rows[index] - sums[2 * row]
          let normalised = (centred * factor + (1 << (42 - even))) >> (43 - even)
          let scaled = normalised * Int(clamping: norm.gain[column]) + norm.offset[column]
          return ((scaled + (1 << (norm.shift - 1))) >> norm.shift).saturated(to: most)
        })
    default: break
    }
  }
}
