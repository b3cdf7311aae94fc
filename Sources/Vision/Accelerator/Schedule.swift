/// A part of the machine that works on its own.
public enum Unit: String, CaseIterable, Hashable, Sendable {
  /// SA-General, the systolic array.
  case general = "SA-General"
  /// SA-Diag, the column for denominators.
  case diagonal = "SA-Diag"
  /// Column sums.
  case accumulator
  /// Element-wise additions.
  case adder
  /// Divisions.
  case divider
  /// Softmax's exponentials.
  case exponent

  var isArray: Bool { self == .general || self == .diagonal }
}

/// What is counted for energy.
public struct Events: Hashable, Sendable {
  /// Multiply-accumulates.
  public var multiplications = 0.0
  /// Of these, in elements that accumulate in two directions.
  public var twoDirections = 0.0
  /// Additions in lanes.
  public var additions = 0.0
  /// Divisions.
  public var divisions = 0.0
  /// Exponentials.
  public var exponentials = 0.0
  /// Words in and out of SRAM, which go over the network as well.
  public var sramWords = 0.0
  /// Words in and out of DRAM.
  public var dramWords = 0.0

  /// No events.
  public init() {}

  /// Both together.
  ///
  /// - Parameters:
  ///   - a: Some events.
  ///   - b: More events.
  public static func += (a: inout Self, b: Self) {
    a.multiplications += b.multiplications
    a.twoDirections += b.twoDirections
    a.additions += b.additions
    a.divisions += b.divisions
    a.exponentials += b.exponentials
    a.sramWords += b.sramWords
    a.dramWords += b.dramWords
  }
}

/// One thing that one unit does.
public struct Operation: Hashable, Sendable {
  /// When it may begin, by an earlier operation of the schedule.
  public struct Dependency: Hashable, Sendable {
    /// Its index.
    public var on: Int
    /// Whether results flow over as they come; else all must be there.
    public var streams: Bool
  }

  /// The layer of the workload.
  public var layer: Int
  /// Step within the layer, such as `2 G = K̂ᵀV`.
  public var step: String
  /// Who does it.
  public var unit: Unit
  /// What must come before.
  public var dependencies: [Dependency]
  /// Cycles of one fold: loading the resident operand, streaming, draining. A lane's operation is
  /// one fold that streams.
  public var load = 0
  /// Cycles that operands stream in a fold.
  public var stream: Int
  /// Cycles until the last sum has left.
  public var drain = 0
  /// Folds.
  public var folds = 1
  /// Tiles of columns, which are finished one after the other.
  public var tiles = 1
  /// Bytes of weights that each fold waits for from DRAM.
  public var weightBytes = 0.0
  /// What it costs.
  public var events = Events()
}

/// A network compiled for a machine.
public struct Schedule: Hashable, Sendable {
  /// What it is for.
  public var workload: Workload
  /// What runs it.
  public var machine: Machine
  /// In program order: each unit takes its own in this order.
  public var operations: [Operation]
}

/// Which attention a network runs with.
public enum AttentionAlgorithm: String, CaseIterable, Hashable, Sendable {
  /// Linear Taylor attention.
  case taylor
  /// softmax(QKᵀ/√d)V.
  case softmax
}
