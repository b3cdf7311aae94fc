/// What a machine needs for a batch of images of a network, as its program ran.
public struct Estimate: Hashable, Sendable, Encodable {
  /// A part of the whole.
  public struct Part: Hashable, Sendable, Encodable {
    /// What it is.
    public var name: String
    /// pJ.
    public var picojoules: Double
  }

  /// One step of one layer, over all its heads.
  public struct Row: Hashable, Sendable, Encodable {
    /// The block of the network.
    public var block: String
    /// The step.
    public var step: String
    /// The unit that does it.
    public var unit: String
    /// How often.
    public var operations: Int
    /// Cycles from the first operand of each instruction to its last.
    public var cycles: Int
    /// Cycles in which the unit stood idle before them, waiting for operands, ports or weights.
    public var stalls: Int
    /// Multiply-accumulates.
    public var multiplications: Double
    /// Energy on the chip, pJ.
    public var picojoules: Double
  }

  /// The machine.
  public var machine: String
  /// The network.
  public var workload: String
  /// Its attention.
  public var algorithm: String
  /// MHz.
  public var megahertz: Double
  /// Images at once.
  public var batch = 1
  /// From the first load to the last result, of the whole batch.
  public var cycles: Int
  /// A multiply-accumulate is two.
  public var operations: Double
  /// Most operations in a second.
  public var peakOperations: Double
  /// Energy of the batch by part, on the chip; DRAM is not among them.
  public var energy: [Part]
  /// Energy of DRAM devices, pJ.
  public var dramPicojoules: Double
  /// Of these, for weights and other constants; the rest is images and activations.
  public var dramWeightPicojoules: Double
  /// mm².
  public var squareMillimetres: Double
  /// Steps of layers.
  public var rows: [Row]

  /// s, of the whole batch.
  public var seconds: Double { Double(cycles) / (megahertz * 1e6) }
  /// Energy on the chip, J, of the whole batch.
  public var joules: Double { energy.reduce(0) { $0 + $1.picojoules } * 1e-12 }
  /// Energy on the chip and in DRAM, J, of the whole batch.
  public var joulesWithDRAM: Double { joules + dramPicojoules * 1e-12 }
  /// Power of the chip, W; DRAM is apart.
  public var watts: Double { joules / seconds }
  /// Billions of operations a second.
  public var gigaoperations: Double { operations / seconds / 1e9 }
  /// Trillions of operations a second and watt.
  public var teraoperationsPerWatt: Double { operations / joules / 1e12 }
  /// Share of the peak.
  public var utilisation: Double { operations / seconds / peakOperations }
}

extension Estimate {
  /// Compiles a network for each mapping, runs all, and counts the quickest.
  ///
  /// - Parameters:
  ///   - workload: The network.
  ///   - machine: What runs it.
  ///   - algorithm: Its attention.
  ///   - batch: Images at once.
  /// - Throws: `MachineError`.
  public init(
    _ workload: Workload, on machine: Machine, algorithm: AttentionAlgorithm = .taylor,
    batch: Int = 1
  ) throws(MachineError) {
    self.init(
      try ProgramRun.quickest(workload, on: machine, algorithm: algorithm, batch: batch))
  }

  /// Counts what a run did.
  ///
  /// - Parameter execution: The run.
  public init(_ execution: ProgramRun) {
    let program = execution.program
    let machine = program.machine
    self.machine = machine.name
    workload = program.workload.name
    algorithm = program.algorithm.rawValue
    batch = program.batch
    megahertz = machine.clock.value
    cycles = execution.cycles
    let attention = program.workload.attentions.reduce(0) { sum, layer in
      sum
        + (program.algorithm == .softmax
          ? layer.softmaxMultiplications : layer.taylorMultiplications)
    }
    operations =
      2 * Double(program.batch) * Double(program.workload.linearMultiplications + attention)
    peakOperations = machine.peakOperations
    squareMillimetres = machine.totalArea
    let meter = EnergyMeter(machine)
    energy = meter.parts(execution.events, cycles: execution.cycles)
    let word = machine.energy.dram.value * machine.bits.value / 16
    dramPicojoules = execution.events.dramWords * word
    dramWeightPicojoules = execution.events.fetchedWords * word
    rows = Self.rows(execution, meter)
  }

  private static func rows(_ execution: ProgramRun, _ meter: EnergyMeter) -> [Row] {
    struct Key: Hashable {
      var layer: Int
      var step: Int
      var unit: Resource
    }
    var rows: [Row] = []
    var events: [Events] = []
    var places: [Key: Int] = [:]
    let program = execution.program
    for (instruction, span) in zip(program.instructions, execution.spans) {
      let key = Key(layer: instruction.layer, step: instruction.step, unit: span.unit)
      let place = places[key] ?? rows.count
      if place == rows.count {
        places[key] = place
        rows.append(
          Row(
            block: program.workload.layers[instruction.layer].block,
            step: program.steps[instruction.step], unit: span.unit.name, operations: 0,
            cycles: 0, stalls: 0, multiplications: 0, picojoules: 0))
        events.append(Events())
      }
      rows[place].operations += 1
      rows[place].cycles += span.end - span.start
      rows[place].stalls += span.waited
      events[place] += span.events
    }
    for index in rows.indices {
      rows[index].multiplications = events[index].multiplications
      rows[index].picojoules = meter.parts(events[index], cycles: 0).reduce(0) {
        $0 + $1.picojoules
      }
    }
    return rows
  }
}

extension ProgramRun {
  /// Mappings that are tried. They do not depend on the machine, so that more memory, which can
  /// only make each of them quicker, makes the quickest no slower.
  static let mappings =
    [128, 256, 512, 1024].map { Program.Mapping(rows: $0) }
    + [Program.Mapping(), Program.Mapping(turn: 0)]

  /// The quickest run of a network over all mappings that differ for it.
  ///
  /// - Parameters:
  ///   - workload: The network.
  ///   - machine: What runs it.
  ///   - algorithm: Its attention.
  ///   - batch: Images at once.
  /// - Returns: The run.
  /// - Throws: `MachineError`.
  public static func quickest(
    _ workload: Workload, on machine: Machine, algorithm: AttentionAlgorithm = .taylor,
    batch: Int = 1
  ) throws(MachineError) -> ProgramRun {
    let (most, overflow) = workload.mostRows.multipliedReportingOverflow(by: batch)
    var best: ProgramRun?
    for mapping in mappings where overflow || mapping.rows < most || mapping.rows == .max {
      let run = ProgramRun(
        try ProgramCompiler.compile(
          workload, for: machine, algorithm: algorithm, batch: batch, mapping: mapping))
      if run.cycles < best?.cycles ?? .max { best = run }
    }
    guard let best else { throw .noMapping(machine: machine.name) }
    return best
  }
}

/// Turns events into energy.
struct EnergyMeter: Sendable {
  private let machine: Machine

  init(_ machine: Machine) { self.machine = machine }

  /// Energy by part; the idle clock is charged for all cycles in which elements had no work.
  func parts(_ events: Events, cycles: Int) -> [Estimate.Part] {
    let unit = machine.energy
    let multiply = unit.multiply.value
    let registers = multiply * unit.register.value * unit.registerAccesses.value
    let idle = max(0, Double(cycles) * machine.elements - events.multiplications)
    let parts: [(String, Double)] = [
      ("multiply-accumulate", events.multiplications * multiply),
      ("registers", events.multiplications * registers),
      (
        "accumulators and adders",
        events.additions * unit.add.value + events.squares * multiply
      ),
      ("dividers", events.divisions * unit.divide.value),
      ("exponentials", events.exponentials * unit.exponent.value),
      ("rescalers", events.rescalings * unit.rescale.value),
      ("tables", events.lookUps * unit.table.value),
      ("normaliser", events.normalised * unit.normalise.value),
      ("square roots", events.roots * unit.root.value),
      ("network on chip", events.networkWords * multiply * unit.network.value),
      (
        "SRAM",
        (events.activationWords + events.bufferWords) * multiply * unit.sram.value
      ),
      ("sum memory", events.sums * unit.partialSum.value),
      ("idle clock", cycles == 0 ? 0 : idle * unit.idle.value),
    ]
    return parts.filter { $0.1 > 0 }.map { Estimate.Part(name: $0.0, picojoules: $0.1) }
  }
}
