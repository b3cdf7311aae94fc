/// A number of the machine's description, and where it comes from.
public struct Parameter: Hashable, Sendable, Codable {
  /// In the unit that the field's name or comment says.
  public var value: Double
  /// The paper, page or reasoning behind it.
  public var source: String
  /// Whether it was chosen so that a published total is met, for want of a published value.
  public var fitted: Bool?
  /// Whether it was assumed without a published figure that it has to meet.
  public var assumed: Bool?

  /// - Parameters:
  ///   - value: The number.
  ///   - source: Where it comes from.
  ///   - fitted: Whether it was chosen to meet a published total.
  ///   - assumed: Whether it was assumed.
  public init(
    _ value: Double, source: String, fitted: Bool? = nil, assumed: Bool? = nil
  ) {
    self.value = value
    self.source = source
    self.fitted = fitted
    self.assumed = assumed
  }
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
  /// Rescalings a cycle: a sum times a multiplier, shifted, rounded and saturated.
  public var rescalerLanes: Parameter
  /// Look-ups of GELU in a cycle, each with its interpolation.
  public var tableLanes: Parameter
  /// Numbers that a norm scales in a cycle.
  public var normaliserLanes: Parameter
  /// Rows whose norm factor (two square roots and a division, pipelined) starts in a cycle.
  public var rootUnits: Parameter
  /// Bits of a sum, in the array's adders, the sum memory and the accumulators.
  public var sumBits: Parameter
  /// Whether weights of the next fold load while the present one streams.
  public var doubleBuffersWeights: Bool
  /// Whether pre- and post-processors work while the array does, within a layer.
  public var pipelinesWithinLayer: Bool
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
    /// KiB of memory for sums below the array; what does not fit goes to the activation memory.
    public var sums: Parameter
    /// KiB of memory for activations that come from DRAM before they are needed.
    public var staging: Parameter
    /// GB/s to and from DRAM.
    public var dramBandwidth: Parameter
    /// Nanoseconds from a request to DRAM to its first word.
    public var dramLatency: Parameter
    /// Words in and out of the activation memory in a cycle, over all its banks.
    public var sramWords: Parameter
    /// Words out of the weight memory in a cycle. DRAM writes it by a port of its own.
    public var weightWords: Parameter
    /// Sums in and out of the sum memory in a cycle.
    public var sumWords: Parameter
    /// Words over the network on chip in a cycle, from and to both memories.
    public var networkWords: Parameter
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
    /// One rescaling.
    public var rescale: Parameter
    /// One look-up of GELU with its interpolation.
    public var table: Parameter
    /// One number of a norm scaled.
    public var normalise: Parameter
    /// The factor of one row of a norm.
    public var root: Parameter
    /// One sum in or out of the sum memory.
    public var partialSum: Parameter
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
    /// One element of SA-Diag, whose resident operand is a wide sum.
    public var diagonalElement: Parameter
    /// One rescaler.
    public var rescaler: Parameter
    /// One look-up of GELU with its table.
    public var table: Parameter
    /// One lane of the normaliser, with its share of gains and offsets.
    public var normaliser: Parameter
    /// One root unit.
    public var root: Parameter
    /// One word of width of a memory's port.
    public var port: Parameter
    /// One KiB of the sum memory, which reads and writes in the same cycle.
    public var sums: Parameter
    /// One KiB of SRAM.
    public var sram: Parameter
    /// Control, network and clock as a multiple of all the rest.
    public var overhead: Parameter
  }
}

/// Why a description is no machine.
public enum MachineError: Error, Hashable, Sendable, CustomStringConvertible {
  /// A parameter cannot have this value.
  case outOfRange(machine: String, parameter: String, value: Double, String)
  /// Softmax was asked of a machine without exponentials.
  case noExponentials(machine: String)
  /// A size of a network is not positive, or too large to count with.
  case network(workload: String, layer: String, size: String, value: Int, most: Int)
  /// No mapping fits.
  case noMapping(machine: String)
  /// A network needs more instructions than can be held.
  case tooLong(workload: String, layer: String, machine: String)

  /// In words.
  public var description: String {
    switch self {
    case .outOfRange(let machine, let parameter, let value, let wanted):
      "machine \(machine): \(parameter) is \(value), but must be \(wanted)"
    case .noExponentials(let machine):
      "machine \(machine) has no exponentials, so it cannot run softmax; give it exponentLanes"
    case .network(let workload, let layer, let size, let value, let most):
      "network \(workload), \(layer): \(size) is \(value), but must be 1 to \(most)"
    case .noMapping(let machine): "machine \(machine): no mapping of the network fits"
    case .tooLong(let workload, let layer, let machine):
      "network \(workload), \(layer): the program is too long for machine \(machine); give it "
        + "more rows and columns, or take fewer images at once"
    }
  }
}
