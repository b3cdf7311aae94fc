internal import Numbers

/// What an instruction can wait for besides its operands. Each serves one instruction after the
/// other, in program order.
public enum Resource: Int, CaseIterable, Hashable, Sendable {
  /// SA-General.
  case array
  /// SA-Diag.
  case diagonal
  /// Column and row sums.
  case accumulators
  /// Element-wise additions.
  case adders
  /// Divisions.
  case dividers
  /// Exponentials.
  case exponents
  /// Rescalers.
  case rescalers
  /// Look-ups of GELU.
  case tables
  /// Lanes of norms.
  case normaliser
  /// Factors of norms.
  case roots
  /// The resident registers' inputs.
  case registers
  /// Ports of the activation memory.
  case activationPorts
  /// Ports of the weight memory.
  case weightPorts
  /// Ports of the sum memory.
  case sumPorts
  /// The network on chip.
  case network
  /// DRAM, both ways.
  case dram
  /// The host's images and embeddings.
  case host

  /// Whether it computes; else it only moves.
  public var isUnit: Bool { rawValue <= Resource.registers.rawValue }

  /// Whether it belongs to the arrays; else to lanes or memories.
  var isArray: Bool { self == .array || self == .diagonal || self == .registers }

  /// In words.
  public var name: String {
    switch self {
    case .array: "SA-General"
    case .diagonal: "SA-Diag"
    case .accumulators: "accumulators"
    case .adders: "adders"
    case .dividers: "dividers"
    case .exponents: "exponentials"
    case .rescalers: "rescalers"
    case .tables: "tables"
    case .normaliser: "normaliser"
    case .roots: "square roots"
    case .registers: "weight registers"
    case .activationPorts: "activation ports"
    case .weightPorts: "weight ports"
    case .sumPorts: "sum ports"
    case .network: "network on chip"
    case .dram: "DRAM"
    case .host: "host"
    }
  }
}

/// Decides when instructions run. They are taken in program order; each starts in the first cycle in
/// which its operands are there and every resource that it needs is free, and holds each resource for
/// as many cycles as that one needs to serve it: a port for its words, a unit until its last operand.
///
/// All times are sums and maxima of durations in an order that is fixed, so a shorter duration can
/// make nothing later: more ports, lanes, bandwidth or memory never cost a cycle.
struct Scoreboard {
  /// When and how long one instruction ran.
  struct Span {
    var start: Int
    var end: Int
    /// Cycles that its first unit stood idle before.
    var waited: Int
  }

  private let rates: Rates
  private var free: [Double]
  /// For each tensor its blocks, 16 x 16 elements each: the last write's and the last read's end.
  private var written: [[Int]]
  private var read: [[Int]]
  private let tensors: [Program.Tensor]
  private var opened: [Bool]
  private var sumsWritten: [Int]
  private var sumsRead: [Int]
  private var transfers: Transfers
  /// The cycle in which the operands that the next first burst takes over are in place.
  private var loaded = 0
  private var registersFree = 0
  private var wasArray = true
  private var barrier = 0
  /// Cycles in all.
  private(set) var cycles = 0
  /// Cycles that each resource was held; DRAM's are its transfers'.
  private(set) var busy = [Double](repeating: 0, count: Resource.allCases.count)

  init(_ program: Program, rates: Rates) {
    self.rates = rates
    tensors = program.tensors
    free = [Double](repeating: 0, count: Resource.allCases.count)
    written = tensors.map {
      [Int](repeating: 0, count: Self.blocks($0.rows) * Self.blocks($0.columns))
    }
    read = written
    opened = tensors.map { $0.replaces == nil }
    let rows = program.instructions.reduce(0) { most, instruction in
      guard case .stream(let stream) = instruction.operation else { return most }
      return max(most, stream.sums.rows.upperBound)
    }
    sumsWritten = [Int](repeating: 0, count: Self.blocks(rows))
    sumsRead = sumsWritten
    transfers = Transfers(rates)
  }

  private static func blocks(_ count: Int) -> Int { (count + 15) >> 4 }

  /// Issues the next instruction.
  mutating func issue(_ instruction: Instruction, _ demand: Demand) -> Span {
    var earliest = 0.0
    for (resource, _) in demand.durations {
      // A port that is done within a cycle has words left in it.
      earliest = max(earliest, free[resource.rawValue].rounded(.down))
    }
    var ready = 0
    for region in demand.reads { ready = max(ready, last(written, region)) }
    for region in demand.writes {
      open(region.tensor)
      ready = max(ready, last(written, region), last(read, region))
    }
    ready = max(ready, sumsReady(instruction.operation))
    if !rates.pipelines {
      // Without a pipeline within layers, lanes wait for the array and the array for lanes.
      let isArray = demand.durations[0].resource.isArray
      if isArray != wasArray { barrier = cycles }
      wasArray = isArray
      ready = max(ready, barrier)
    }
    ready = max(ready, arrival(demand))
    let start = max(Int(saturating: earliest), ready)
    let (stop, waited) = hold(demand, from: start)
    let end = stop + demand.latency
    for region in demand.reads { raise(&read, region, to: stop) }
    for region in demand.writes { raise(&written, region, to: end) }
    transfers.release(demand, from: start, to: stop)
    settle(instruction.operation, start: start, stop: stop, end: end)
    busy[Resource.dram.rawValue] = transfers.busy
    cycles = max(cycles, end)
    return Span(start: start, end: end, waited: waited)
  }

  /// Holds the resources of an instruction: a port until its words have passed, a unit until its last
  /// operand is there.
  private mutating func hold(_ demand: Demand, from start: Int) -> (stop: Int, waited: Int) {
    var longest = 0.0
    for (resource, duration) in demand.durations {
      guard !resource.isUnit else {
        longest = max(longest, duration)
        continue
      }
      let done = max(free[resource.rawValue], Double(start)) + duration
      free[resource.rawValue] = done
      busy[resource.rawValue] += duration
      longest = max(longest, done - Double(start))
    }
    let stop = start + Int(saturating: longest.rounded(.up))
    var waited = 0
    for (index, (resource, _)) in demand.durations.enumerated() where resource.isUnit {
      if index == 0 { waited = max(0, start - Int(saturating: free[resource.rawValue])) }
      free[resource.rawValue] = Double(stop)
      busy[resource.rawValue] += Double(stop - start)
    }
    return (stop, waited)
  }

  // MARK: Operands

  /// When what comes from DRAM is there. Transfers run ahead of the instruction; of activations, none
  /// before they were written.
  private mutating func arrival(_ demand: Demand) -> Int {
    guard demand.fetchedBytes > 0 || demand.stagedBytes > 0 else { return 0 }
    var ready = 0
    if demand.stagedBytes > 0 {
      for region in demand.reads { ready = max(ready, last(written, region)) }
    }
    return transfers.arrival(of: demand, notBefore: ready)
  }

  private func blockRange(_ region: Region) -> (rows: Range<Int>, columns: Range<Int>, pitch: Int) {
    (
      region.rows.lowerBound >> 4..<Self.blocks(region.rows.upperBound),
      region.columns.lowerBound >> 4..<Self.blocks(region.columns.upperBound),
      Self.blocks(tensors[region.tensor].columns)
    )
  }

  private func last(_ times: [[Int]], _ region: Region) -> Int {
    let (rows, columns, pitch) = blockRange(region)
    var latest = 0
    for row in rows {
      for column in columns {
        latest = max(latest, times[region.tensor][row * pitch + column])
      }
    }
    return latest
  }

  private func raise(_ times: inout [[Int]], _ region: Region, to time: Int) {
    let (rows, columns, pitch) = blockRange(region)
    for row in rows {
      for column in columns {
        times[region.tensor][row * pitch + column] = max(
          times[region.tensor][row * pitch + column], time)
      }
    }
  }

  /// The first write to a tensor waits for all that was done with what stood there before.
  private mutating func open(_ tensor: Int) {
    guard !opened[tensor] else { return }
    opened[tensor] = true
    guard let before = tensors[tensor].replaces else { return }
    let end = max(written[before].max() ?? 0, read[before].max() ?? 0)
    for block in read[tensor].indices { read[tensor][block] = end }
  }

  // MARK: The array's own state

  /// When the sums and resident operands that an operation needs are there.
  private func sumsReady(_ operation: Instruction.Operation) -> Int {
    switch operation {
    case .loadWeights, .loadOperand: return registersFree
    case .stream(let stream):
      var ready = stream.opens ? loaded : 0
      for block in sumBlocks(stream.sums) {
        // Sums are added to when a row has passed the array.
        if stream.adds { ready = max(ready, sumsWritten[block] - rates.fill) }
        ready = max(ready, sumsRead[block])
      }
      return ready
    case .rescale(let sums, _, _, _, _), .divide(let sums, _, _, _), .exponential(let sums, _),
      .share(let sums, _, _):
      return sumBlocks(sums).reduce(0) { max($0, sumsWritten[$1]) }
    default: return 0
    }
  }

  private mutating func settle(
    _ operation: Instruction.Operation, start: Int, stop: Int, end: Int
  ) {
    switch operation {
    case .loadWeights, .loadOperand:
      loaded = end
      // Until the operands are taken over by the first burst that uses them.
      registersFree = Int.max / 2
    case .stream(let stream):
      for block in sumBlocks(stream.sums) { sumsWritten[block] = max(sumsWritten[block], end) }
      // With shadow registers the swap follows the first row; else the last sum must have left.
      if rates.hasShadowRegisters {
        if stream.opens { registersFree = start }
      } else if stream.closes {
        registersFree = end
      }
    case .rescale(let sums, _, _, _, _), .divide(let sums, _, _, _), .exponential(let sums, _),
      .share(let sums, _, _):
      for block in sumBlocks(sums) { sumsRead[block] = max(sumsRead[block], stop) }
    default: break
    }
  }

  private func sumBlocks(_ sums: Instruction.Sums) -> Range<Int> {
    sums.rows.lowerBound >> 4..<Self.blocks(sums.rows.upperBound)
  }
}
