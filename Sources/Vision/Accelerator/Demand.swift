/// What one instruction asks of a machine: which resources for how many cycles, which operands it
/// reads and writes, and what it costs.
struct Demand {
  /// The first is the unit that does the work.
  var durations: [(resource: Resource, cycles: Double)] = []
  var reads: [Region] = []
  var writes: [Region] = []
  /// Cycles from the last operand to the last result.
  var latency = 0
  /// Bytes of weights that come from DRAM for it.
  var fetchedBytes = 0.0
  /// Bytes of activations that come from DRAM for it.
  private(set) var stagedBytes = 0.0
  /// Bytes that it sends to DRAM.
  private(set) var leavingBytes = 0.0
  var events = Events()

  private var activationWords = 0.0
  private var weightWords = 0.0
  private var stagedWords = 0.0
  private var leavingWords = 0.0
  private var sums = 0.0

  private let rates: Rates
  private let tensors: [Program.Tensor]
  private let bytesPerWord: Double

  init(_ program: Program, rates: Rates) {
    self.rates = rates
    tensors = program.tensors
    bytesPerWord = program.machine.bytesPerWord
  }

  /// Takes the place of the instruction before.
  mutating func describe(_ instruction: Instruction) {
    durations.removeAll(keepingCapacity: true)
    reads.removeAll(keepingCapacity: true)
    writes.removeAll(keepingCapacity: true)
    latency = 0
    fetchedBytes = 0
    events = Events()
    (activationWords, weightWords, sums) = (0, 0, 0)
    (stagedWords, leavingWords) = (0, 0)
    describe(instruction.operation)
    move()
  }

  private mutating func describe(_ operation: Instruction.Operation) {
    switch operation {
    case .receive, .classToken, .send, .lookUp: describeEdge(operation)
    case .loadWeights, .loadOperand, .stream: describeArray(operation)
    case .rescale(let sums, let to, let scale, let table, let add):
      rescale(sums, to: to, scale: scale, table: table, add: add)
    case .accumulate, .mean, .centre, .valueTerm, .denominators, .divide:
      describeTaylor(operation)
    case .rowSums, .root, .normalise: describeNorm(operation)
    case .exponential, .share: describeSoftmax(operation)
    }
  }

  // MARK: Memories

  private mutating func read(_ region: Region) {
    reads.append(region)
    stagedWords += touch(region)
  }

  private mutating func write(_ region: Region) {
    writes.append(region)
    leavingWords += touch(region)
  }

  /// All words take the ports, for what comes from DRAM is staged beside the memory. Those above the
  /// SRAM's size, which are returned, take DRAM as well.
  private mutating func touch(_ region: Region) -> Double {
    let tensor = tensors[region.tensor]
    let length = region.columns.count * tensor.words
    var spilled = 0
    for row in region.rows {
      let end =
        tensor.address
        + (row * tensor.columns + region.columns.lowerBound) * tensor.words + length
      spilled += min(max(end - rates.activationCapacity, 0), length)
    }
    activationWords += Double(length * region.rows.count)
    return Double(spilled)
  }

  /// All sums take the adders' ports. Those of rows that the sum memory has no room for lie in the
  /// activation memory, several words each, and take its ports as well.
  private mutating func touch(_ sums: Instruction.Sums, times: Int) {
    let inside = max(0, min(sums.rows.upperBound, rates.sumRows) - sums.rows.lowerBound)
    let width = Double(sums.columns.count * times)
    self.sums += Double(sums.rows.count) * width
    activationWords += Double(sums.rows.count - inside) * width * Double(rates.wordsPerSum)
  }

  private mutating func take(_ resource: Resource, _ cycles: Double) {
    durations.append((resource, cycles))
  }

  /// A port or network that is not in the way is not waited for either.
  private mutating func take(_ resource: Resource, words: Double, each rate: Double) {
    if words > 0, rate < .infinity { durations.append((resource, words / rate)) }
  }

  private mutating func move() {
    take(.activationPorts, words: activationWords, each: rates.activationWords)
    take(.weightPorts, words: weightWords, each: rates.weightWords)
    take(.sumPorts, words: sums, each: rates.sumWords)
    let spilled = stagedWords + leavingWords
    let network = activationWords + weightWords
    take(.network, words: network, each: rates.networkWords)
    stagedBytes = stagedWords * bytesPerWord
    leavingBytes = leavingWords * bytesPerWord
    events.sums = sums
    events.activationWords = activationWords
    events.networkWords = network
    // What is fetched is written to the weight memory, what is staged to the staging memory.
    let fetched = fetchedBytes / bytesPerWord
    events.bufferWords = weightWords + fetched + stagedWords
    events.dramWords = spilled + fetched
    events.fetchedWords = fetched
  }

  /// Passes of rows through lanes: a row that is narrower than the lanes takes a cycle.
  private func passes(_ rows: Int, _ width: Int, _ lanes: Double) -> Double {
    Double(rows) * (Double(width) / lanes).rounded(.up)
  }

  /// Elements through lanes without regard to rows.
  private func cycles(_ count: Int, _ lanes: Double) -> Double {
    (Double(count) / lanes).rounded(.up)
  }

  // MARK: Instructions

  private mutating func describeEdge(_ operation: Instruction.Operation) {
    switch operation {
    case .receive(let to):
      take(.host, 1)
      write(to)
      // Pixels are bytes, whatever the width of the machine.
      stagedWords += Double(to.count) / bytesPerWord
    case .classToken(let to):
      take(.adders, cycles(to.count, rates.adders))
      write(to)
      constants(to.count * tensors[to.tensor].words)
    case .lookUp(let region, let add):
      take(add ? .adders : .tables, cycles(region.count, add ? rates.adders : rates.tables))
      read(region)
      write(region)
      if add {
        events.additions = Double(region.count)
      } else {
        events.lookUps = Double(region.count)
      }
      latency = Rates.Latency.table
    case .send(let region):
      take(.host, 1)
      read(region)
      leavingWords += Double(region.count * tensors[region.tensor].words)
    default: break
    }
  }

  private mutating func constants(_ words: Int) {
    fetchedBytes += Double(words) * bytesPerWord
    weightWords += Double(words)
  }

  private mutating func describeArray(_ operation: Instruction.Operation) {
    switch operation {
    case .loadWeights(let depth, let columns, let words):
      take(.registers, Double(rates.height))
      weightWords += Double(depth.count * columns.count)
      fetchedBytes = Double(words) * bytesPerWord
    case .loadOperand(let region, _):
      take(.registers, Double(rates.height))
      read(region)
    case .stream(let stream):
      let rows = stream.sums.rows.count
      take(.array, Double(rows))
      if let moving = stream.moving { read(moving) } else { constants(rows * stream.depth) }
      touch(stream.sums, times: stream.adds ? 2 : 1)
      events.multiplications = Double(
        stream.useful ?? rows * stream.depth * stream.sums.columns.count)
      latency = rates.fill
    default: break
    }
  }

  private mutating func rescale(
    _ sums: Instruction.Sums, to: Region, scale: Instruction.Scale, table: Bool,
    add: Instruction.Addend
  ) {
    let count = sums.rows.count * sums.columns.count
    take(.rescalers, cycles(count, rates.rescalers))
    latency = Rates.Latency.rescale
    touch(sums, times: 1)
    write(to)
    events.rescalings = Double(count)
    if case .output(_, let values) = scale {
      reads.append(values)
      take(.adders, cycles(count, rates.adders))
      events.additions += Double(count)
    }
    if table {
      take(.tables, cycles(count, rates.tables))
      events.lookUps = Double(count)
      latency += Rates.Latency.table
    }
    guard add != .none else { return }
    take(.adders, cycles(count, rates.adders))
    events.additions += Double(count)
    latency += Rates.Latency.add
    if add == .residual { read(to) } else { constants(count * tensors[to.tensor].words) }
  }

  private mutating func describeTaylor(_ operation: Instruction.Operation) {
    switch operation {
    case .accumulate(let region, let to, let starts):
      take(.accumulators, passes(region.rows.count, region.columns.count, rates.accumulators))
      read(region)
      // Sums stay in the accumulators until they are complete: they move once.
      if starts { write(to) } else { writes.append(to) }
      events.additions = Double(region.count)
      latency = Rates.Latency.add
    case .mean(let from, let to, _):
      take(.dividers, cycles(from.count, rates.dividers))
      read(from)
      write(to)
      events.divisions = Double(from.count)
      latency = Rates.Latency.divide
    case .centre(let region, let mean):
      take(.adders, cycles(region.count, rates.adders))
      read(region)
      reads.append(mean)
      write(region)
      events.additions = Double(region.count)
      latency = Rates.Latency.add
    case .valueTerm(let from, let to, _):
      take(.rescalers, cycles(from.count, rates.rescalers))
      read(from)
      write(to)
      events.rescalings = Double(from.count)
      latency = Rates.Latency.rescale
    case .denominators(let queries, let sums, let to, _, let loads):
      let folds = (queries.columns.count + rates.diagonal - 1) / rates.diagonal
      let width = queries.columns.count
      take(.diagonal, Double(queries.rows.count * folds + (loads ? width : 0)))
      // Q passes SA-General as well: it is read once, for both.
      reads.append(queries)
      if loads { read(sums) } else { reads.append(sums) }
      write(to)
      events.multiplications = Double(queries.count)
      events.additions = Double(queries.rows.count)
      events.rescalings = Double(queries.rows.count)
      latency = width + Rates.Latency.rescale
    case .divide(let sums, let values, let by, let to):
      let count = sums.rows.count * sums.columns.count
      take(.dividers, cycles(count, rates.dividers))
      take(.adders, cycles(count, rates.adders))
      touch(sums, times: 1)
      reads.append(values)
      read(by)
      write(to)
      events.divisions = Double(count)
      events.additions = Double(count)
      latency = Rates.Latency.divide + Rates.Latency.add
    default: break
    }
  }

  private mutating func describeNorm(_ operation: Instruction.Operation) {
    switch operation {
    case .rowSums(let region, let to, let starts):
      take(.accumulators, passes(region.rows.count, region.columns.count, rates.accumulators))
      read(region)
      if !starts { read(to) }
      write(to)
      events.additions = Double(2 * region.count)
      events.squares = Double(region.count)
      latency = Rates.Latency.rescale
    case .root(let from, let to, _):
      take(.roots, cycles(from.rows.count, rates.roots))
      read(from)
      write(to)
      events.roots = Double(from.rows.count)
      latency = Rates.Latency.root
    case .normalise(let region, let sums, let factors, let to, let words):
      take(.normaliser, cycles(region.count, rates.normaliser))
      read(region)
      read(sums)
      read(factors)
      write(to)
      if words > 0 { constants(words) }
      events.normalised = Double(region.count)
      latency = Rates.Latency.normalise
    default: break
    }
  }

  private mutating func describeSoftmax(_ operation: Instruction.Operation) {
    switch operation {
    case .exponential(let sums, let to):
      let count = sums.rows.count * sums.columns.count
      take(.exponents, cycles(count, rates.exponents))
      take(.rescalers, cycles(count, rates.rescalers))
      touch(sums, times: 1)
      write(to)
      events.exponentials = Double(count)
      events.rescalings = Double(count)
      latency = Rates.Latency.exponent + Rates.Latency.rescale
    case .share(let sums, let totals, let to):
      take(.dividers, cycles(sums.rows.count * sums.columns.count, rates.dividers))
      touch(sums, times: 1)
      read(totals)
      write(to)
      events.divisions = Double(sums.rows.count * sums.columns.count)
      latency = Rates.Latency.divide
    default: break
    }
  }
}
