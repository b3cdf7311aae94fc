internal import Numbers

/// How fast each part of a machine is, in cycles of its clock.
struct Rates: Hashable, Sendable {
  /// Cycles from a row's entry into the array to its last sum, less one.
  var fill: Int
  /// Rows of the array, which resident operands pass on their way in.
  var height: Int
  var hasShadowRegisters: Bool
  /// Whether bursts flow from unit to unit within a layer.
  var pipelines: Bool

  var accumulators: Double
  var adders: Double
  var dividers: Double
  var exponents: Double
  var rescalers: Double
  var tables: Double
  var normaliser: Double
  var roots: Double
  var diagonal: Int

  var activationWords: Double
  var weightWords: Double
  var sumWords: Double
  var networkWords: Double
  var dramBytes: Double
  var weightCapacity: Double
  var stagingCapacity: Double
  var dramLatency: Double

  /// Words of the activation memory.
  var activationCapacity: Int
  /// Rows of the sum memory.
  var sumRows: Int
  var wordsPerSum: Int

  /// Cycles from the last operand of a unit to its last result. Taken: one stage for an addition or
  /// look-up, four for a product with rounding and saturation, one for each bit of a quotient or root.
  enum Latency {
    static let add = 1
    static let table = 2
    static let rescale = 4
    static let normalise = 8
    static let divide = 20
    static let exponent = 4
    static let root = 64
  }

  init(_ machine: Machine) {
    let memory = machine.memory
    let hertz = machine.clock.value * 1e6
    height = Int(saturating: machine.rows.value)
    fill = Int(saturating: machine.rows.value + machine.columns.value) - 2
    hasShadowRegisters = machine.doubleBuffersWeights
    pipelines = machine.pipelinesWithinLayer
    accumulators = machine.accumulatorLanes.value
    adders = machine.adderLanes.value
    dividers = machine.dividerLanes.value
    exponents = max(machine.exponentLanes.value, 1)
    rescalers = machine.rescalerLanes.value
    tables = machine.tableLanes.value
    normaliser = machine.normaliserLanes.value
    roots = machine.rootUnits.value
    diagonal = max(Int(saturating: machine.diagonal.value), 1)
    activationWords = memory.sramWords.value
    weightWords = memory.weightWords.value
    sumWords = memory.sumWords.value
    networkWords = memory.networkWords.value
    dramBytes = memory.dramBandwidth.value * 1e9 / hertz
    weightCapacity = memory.weights.value * 1024
    stagingCapacity = memory.staging.value * 1024
    dramLatency = memory.dramLatency.value * 1e-9 * hertz
    activationCapacity = Int(saturating: memory.activations.value * 1024 / machine.bytesPerWord)
    sumRows = machine.sumRows
    wordsPerSum = machine.wordsPerSum
  }

  /// A machine of that array with nothing in its way: its schedule gives the program's order.
  static func unhindered(_ machine: Machine) -> Self {
    var rates = Self(machine)
    let lanes = machine.columns.value
    rates.accumulators = lanes
    rates.adders = lanes
    rates.dividers = lanes
    rates.exponents = lanes
    rates.rescalers = lanes
    rates.tables = lanes
    rates.normaliser = lanes
    rates.roots = 1
    rates.diagonal = rates.height
    rates.activationWords = .infinity
    rates.weightWords = .infinity
    rates.sumWords = .infinity
    rates.networkWords = .infinity
    rates.dramBytes = .infinity
    rates.weightCapacity = .infinity
    rates.stagingCapacity = .infinity
    rates.dramLatency = 0
    rates.activationCapacity = .max
    rates.sumRows = .max
    return rates
  }
}

/// What is counted for energy, and how much of it.
public struct Events: Hashable, Sendable {
  /// Multiply-accumulates.
  public var multiplications = 0.0
  /// Additions in lanes.
  public var additions = 0.0
  /// Squares, for norms.
  public var squares = 0.0
  /// Divisions.
  public var divisions = 0.0
  /// Exponentials.
  public var exponentials = 0.0
  /// Rescalings.
  public var rescalings = 0.0
  /// Look-ups of GELU.
  public var lookUps = 0.0
  /// Numbers scaled by norms.
  public var normalised = 0.0
  /// Factors of norms.
  public var roots = 0.0
  /// Sums in and out of the sum memory.
  public var sums = 0.0
  /// Words through the ports of the activation memory.
  public var activationWords = 0.0
  /// Words in and out of the weight and staging memories.
  public var bufferWords = 0.0
  /// Words over the network on chip.
  public var networkWords = 0.0
  /// Words in and out of DRAM.
  public var dramWords = 0.0
  /// Of these, weights and other constants.
  public var fetchedWords = 0.0

  /// No events.
  public init() {}

  /// Both together.
  ///
  /// - Parameters:
  ///   - a: Some events.
  ///   - b: More events.
  public static func += (a: inout Self, b: Self) {
    a.multiplications += b.multiplications
    a.additions += b.additions
    a.squares += b.squares
    a.divisions += b.divisions
    a.exponentials += b.exponentials
    a.rescalings += b.rescalings
    a.lookUps += b.lookUps
    a.normalised += b.normalised
    a.roots += b.roots
    a.sums += b.sums
    a.activationWords += b.activationWords
    a.bufferWords += b.bufferWords
    a.networkWords += b.networkWords
    a.dramWords += b.dramWords
    a.fetchedWords += b.fetchedWords
  }
}
