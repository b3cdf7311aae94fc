/// A number of the machine's description, and where it comes from.
public struct Parameter: Hashable, Sendable, Codable {
  /// In the unit that the field's name or comment says.
  public var value: Double
  /// The paper, page or reasoning behind it.
  public var source: String
  /// Whether it was chosen so that a published total is met, for want of a published value.
  public var fitted: Bool?

  /// - Parameters:
  ///   - value: The number.
  ///   - source: Where it comes from.
  ///   - fitted: Whether it was chosen to meet a published total.
  public init(_ value: Double, source: String, fitted: Bool? = nil) {
    self.value = value
    self.source = source
    self.fitted = fitted
  }
}

/// How the global context G = K̂ᵀV moves between the two matrix products of Taylor attention.
public enum ContextDataflow: String, CaseIterable, Hashable, Sendable, Codable {
  /// V, then G, is resident; sums go down the columns. G leaves the array and comes back.
  case downForward = "down-forward"
  /// G is summed in place and stays for QG; each element needs two directions of accumulation.
  case contextStationary = "context-stationary"
}

/// What the step of the denominator costs.
public enum DenominatorMode: String, CaseIterable, Hashable, Sendable, Codable {
  /// All six steps of Algorithm 1.
  case faithful
  /// t_D taken as n√d: no k̂ sum, no diagonal array, one divisor.
  case collapsed
}

/// A machine built like ViTALiTy's accelerator (HPCA 2023): a weight-stationary systolic array
/// (SA-General), a column of it for the denominators (SA-Diag), and arrays of accumulators, adders
/// and dividers, over DRAM, SRAM, a network on chip and registers.
public struct Machine: Hashable, Sendable, Codable {
  /// What it is called.
  public var name: String
  /// Megahertz.
  public var clock: Parameter
  /// Bits of an operand.
  public var bits: Parameter
  /// Rows of SA-General.
  public var rows: Parameter
  /// Columns of SA-General.
  public var columns: Parameter
  /// Elements of SA-Diag, 0 where there is none.
  public var diagonal: Parameter
  /// Column sums a cycle.
  public var accumulatorLanes: Parameter
  /// Element-wise additions a cycle.
  public var adderLanes: Parameter
  /// Divisions a cycle, pipelined.
  public var dividerLanes: Parameter
  /// Exponentials a cycle, 0 where there are none: softmax then cannot run.
  public var exponentLanes: Parameter
  /// Whether weights of the next fold load while the present one streams.
  public var doubleBuffersWeights: Bool
  /// Whether pre- and post-processors work while the array does, within a layer.
  public var pipelinesWithinLayer: Bool
  /// How G moves.
  public var contextDataflow: ContextDataflow
  /// How the denominator is done.
  public var denominator: DenominatorMode
  /// Memory.
  public var memory: Memory
  /// What each event costs.
  public var energy: UnitEnergies
  /// What each part takes.
  public var area: UnitAreas

  /// The memory hierarchy.
  public struct Memory: Hashable, Sendable, Codable {
    /// KiB of SRAM for activations.
    public var activations: Parameter
    /// KiB of SRAM for weights.
    public var weights: Parameter
    /// GB/s from DRAM.
    public var dramBandwidth: Parameter
    /// Words that SRAM and network deliver to the array in a cycle.
    public var sramWords: Parameter
  }

  /// Energies in pJ, of the machine's operand width.
  public struct UnitEnergies: Hashable, Sendable, Codable {
    /// One multiply-accumulate.
    public var multiply: Parameter
    /// One addition in an accumulator or adder lane.
    public var add: Parameter
    /// One division.
    public var divide: Parameter
    /// One exponential.
    public var exponent: Parameter
    /// One access to a register of an element, as a multiple of a multiply-accumulate.
    public var register: Parameter
    /// Register accesses of one multiply-accumulate.
    public var registerAccesses: Parameter
    /// One word over the network on chip, as a multiple.
    public var network: Parameter
    /// One word in or out of SRAM, as a multiple.
    public var sram: Parameter
    /// One word in or out of DRAM.
    public var dram: Parameter
    /// An element's clock in a cycle without work.
    public var idle: Parameter
    /// Additional share of the array's energy where elements accumulate in two directions.
    public var twoDirections: Parameter

    var named: [(String, Parameter)] {
      [
        ("energy.multiply", multiply), ("energy.add", add), ("energy.divide", divide),
        ("energy.exponent", exponent), ("energy.register", register),
        ("energy.registerAccesses", registerAccesses), ("energy.network", network),
        ("energy.sram", sram), ("energy.dram", dram), ("energy.idle", idle),
        ("energy.twoDirections", twoDirections),
      ]
    }
  }

  /// Areas in µm², SRAM in µm² a KiB.
  public struct UnitAreas: Hashable, Sendable, Codable {
    /// One element: multiplier, adder, three registers, multiplexers.
    public var element: Parameter
    /// The second weight register of an element.
    public var weightRegister: Parameter
    /// One lane of accumulators.
    public var accumulator: Parameter
    /// One adder.
    public var adder: Parameter
    /// One divider.
    public var divider: Parameter
    /// One exponential unit.
    public var exponent: Parameter
    /// One KiB of SRAM.
    public var sram: Parameter
    /// Control, network and clock as a multiple of all the rest.
    public var overhead: Parameter

    var named: [(String, Parameter)] {
      [
        ("area.element", element), ("area.weightRegister", weightRegister),
        ("area.accumulator", accumulator), ("area.adder", adder), ("area.divider", divider),
        ("area.exponent", exponent), ("area.sram", sram), ("area.overhead", overhead),
      ]
    }
  }

  /// Checks that the description can be a machine.
  ///
  /// - Throws: `MachineError`, the first thing found.
  public func validate() throws(MachineError) {
    let atLeastOne: [(String, Parameter)] = [
      ("rows", rows), ("columns", columns), ("accumulatorLanes", accumulatorLanes),
      ("adderLanes", adderLanes), ("dividerLanes", dividerLanes),
    ]
    for (name, parameter) in atLeastOne where !(1...4096).contains(parameter.value) {
      throw .outOfRange(machine: self.name, parameter: name, value: parameter.value, "1 to 4096")
    }
    for (name, parameter) in [("diagonal", diagonal), ("exponentLanes", exponentLanes)]
    where !(0...4096).contains(parameter.value) {
      throw .outOfRange(machine: self.name, parameter: name, value: parameter.value, "0 to 4096")
    }
    let whole = atLeastOne + [("diagonal", diagonal), ("exponentLanes", exponentLanes)]
    for (name, parameter) in whole where parameter.value != parameter.value.rounded() {
      throw .outOfRange(
        machine: self.name, parameter: name, value: parameter.value, "a whole number")
    }
    guard [4, 8, 16, 32].contains(bits.value) else {
      throw .outOfRange(machine: name, parameter: "bits", value: bits.value, "4, 8, 16 or 32")
    }
    guard denominator == .collapsed || diagonal.value >= 1 else {
      throw .outOfRange(
        machine: name, parameter: "diagonal", value: diagonal.value,
        "at least 1 where the denominator is faithful")
    }
    for (name, parameter) in [
      ("clock", clock), ("memory.activations", memory.activations),
      ("memory.weights", memory.weights), ("memory.dramBandwidth", memory.dramBandwidth),
      ("memory.sramWords", memory.sramWords),
    ] where !(1e-3...1e6).contains(parameter.value) {
      // Below that, counts of cycles would be larger than any integer.
      throw .outOfRange(
        machine: self.name, parameter: name, value: parameter.value, "0.001 to 1000000")
    }
    for (name, parameter) in energy.named + area.named
    where !(parameter.value >= 0 && parameter.value <= 1e6) {
      throw .outOfRange(machine: self.name, parameter: name, value: parameter.value, "0 to 1e6")
    }
    guard memory.weights.value * 1024 >= rows.value * columns.value * bytesPerWord else {
      throw .outOfRange(
        machine: name, parameter: "memory.weights", value: memory.weights.value,
        "at least one fold of weights")
    }
  }

  /// Bytes of an operand.
  public var bytesPerWord: Double { bits.value / 8 }
  /// Elements of both arrays.
  public var elements: Double { rows.value * columns.value + diagonal.value }
  /// Most operations in a second; a multiply-accumulate is two.
  public var peakOperations: Double { 2 * rows.value * columns.value * clock.value * 1e6 }

  /// Areas by part, in mm².
  public var areas: [(part: String, squareMillimetres: Double)] {
    let element = area.element.value + (doubleBuffersWeights ? area.weightRegister.value : 0)
    let parts: [(String, Double)] = [
      ("SA-General", rows.value * columns.value * element),
      ("SA-Diag", diagonal.value * element),
      ("accumulators", accumulatorLanes.value * area.accumulator.value),
      ("adders", adderLanes.value * area.adder.value),
      ("dividers", dividerLanes.value * area.divider.value),
      ("exponentials", exponentLanes.value * area.exponent.value),
      ("SRAM", (memory.activations.value + memory.weights.value) * area.sram.value),
    ]
    let sum = parts.reduce(0) { $0 + $1.1 }
    return (parts + [("control, network, clock", sum * area.overhead.value)])
      .filter { $0.1 > 0 }.map { ($0.0, $0.1 / 1e6) }
  }

  /// mm².
  public var totalArea: Double { areas.reduce(0) { $0 + $1.squareMillimetres } }
}

/// Why a description is no machine.
public enum MachineError: Error, Hashable, Sendable, CustomStringConvertible {
  /// A parameter cannot have this value.
  case outOfRange(machine: String, parameter: String, value: Double, String)
  /// Softmax was asked of a machine without exponentials.
  case noExponentials(machine: String)

  /// In words.
  public var description: String {
    switch self {
    case .outOfRange(let machine, let parameter, let value, let wanted):
      "machine \(machine): \(parameter) is \(value), but must be \(wanted)"
    case .noExponentials(let machine):
      "machine \(machine) has no exponentials, so it cannot run softmax; give it exponentLanes"
    }
  }
}
