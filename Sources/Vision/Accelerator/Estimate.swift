/// What a machine needs for one image of a network.
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
    /// Cycles in which the unit works on it.
    public var cycles: Int
    /// Cycles of these in which it waited for weights.
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
  /// From the first load to the last result.
  public var cycles: Int
  /// A multiply-accumulate is two.
  public var operations: Double
  /// Most operations in a second.
  public var peakOperations: Double
  /// Energy by part, on the chip; DRAM is not among them.
  public var energy: [Part]
  /// Energy of DRAM devices, pJ.
  public var dramPicojoules: Double
  /// mm².
  public var squareMillimetres: Double
  /// Steps of layers.
  public var rows: [Row]

  /// s.
  public var seconds: Double { Double(cycles) / (megahertz * 1e6) }
  /// Energy on the chip, J.
  public var joules: Double { energy.reduce(0) { $0 + $1.picojoules } * 1e-12 }
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
  /// Compiles a network, runs it, and counts.
  ///
  /// - Parameters:
  ///   - workload: The network.
  ///   - machine: What runs it.
  ///   - algorithm: Its attention.
  /// - Throws: `MachineError`.
  public init(
    _ workload: Workload, on machine: Machine, algorithm: AttentionAlgorithm = .taylor
  ) throws(MachineError) {
    self.init(
      Simulation(try Compiler.compile(workload, for: machine, algorithm: algorithm)),
      algorithm: algorithm)
  }

  /// Counts what a simulation did.
  ///
  /// - Parameters:
  ///   - simulation: Of a schedule.
  ///   - algorithm: The attention that it was compiled with.
  public init(_ simulation: Simulation, algorithm: AttentionAlgorithm) {
    let schedule = simulation.schedule
    let machine = schedule.machine
    self.machine = machine.name
    workload = schedule.workload.name
    self.algorithm = algorithm.rawValue
    megahertz = machine.clock.value
    cycles = simulation.cycles
    let attention = schedule.workload.attentions.reduce(0) { sum, layer in
      sum
        + (algorithm == .softmax
          ? layer.softmaxMultiplications
          : min(layer.taylorMultiplications, layer.quadraticMultiplications))
    }
    operations = 2 * Double(schedule.workload.linearMultiplications + attention)
    peakOperations = machine.peakOperations
    squareMillimetres = machine.totalArea
    let meter = EnergyMeter(machine)
    var total = Events()
    for operation in schedule.operations { total += operation.events }
    energy = meter.parts(total, cycles: simulation.cycles)
    dramPicojoules = total.dramWords * machine.energy.dram.value
    rows = Self.rows(simulation, meter)
  }

  private static func rows(_ simulation: Simulation, _ meter: EnergyMeter) -> [Row] {
    var rows: [Row] = []
    var places: [String: Int] = [:]
    for (operation, span) in zip(simulation.schedule.operations, simulation.spans) {
      let block = simulation.schedule.workload.layers[operation.layer].block
      let key = "\(operation.layer) \(operation.step)"
      let picojoules = meter.parts(operation.events, cycles: 0).reduce(0) { $0 + $1.picojoules }
      let place = places[key] ?? rows.count
      if place == rows.count {
        places[key] = place
        rows.append(
          Row(
            block: block, step: operation.step, unit: operation.unit.rawValue, operations: 0,
            cycles: 0, stalls: 0, multiplications: 0, picojoules: 0))
      }
      rows[place].operations += 1
      rows[place].cycles += span.end - span.start
      rows[place].stalls += span.stalls
      rows[place].multiplications += operation.events.multiplications
      rows[place].picojoules += picojoules
    }
    return rows
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
        "two directions",
        events.twoDirections * (multiply + registers) * unit.twoDirections.value
      ),
      ("accumulators and adders", events.additions * unit.add.value),
      ("dividers", events.divisions * unit.divide.value),
      ("exponentials", events.exponentials * unit.exponent.value),
      ("network on chip", events.sramWords * multiply * unit.network.value),
      ("SRAM", events.sramWords * multiply * unit.sram.value),
      ("idle clock", cycles == 0 ? 0 : idle * unit.idle.value),
    ]
    return parts.filter { $0.1 > 0 }.map { Estimate.Part(name: $0.0, picojoules: $0.1) }
  }
}
