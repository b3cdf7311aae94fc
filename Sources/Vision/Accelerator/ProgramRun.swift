public import VisionTransformer

/// A program as it ran on its machine: each instruction's cycles, what it cost, and, where images were
/// given, the integers that came out. Cycles depend on the program and the machine alone, so a run
/// without images takes the same.
public struct ProgramRun: Sendable {
  /// When an instruction ran.
  public struct Span: Hashable, Sendable {
    /// First cycle.
    public var start: Int
    /// One past the last.
    public var end: Int
    /// Cycles that its unit stood idle before, waiting for operands, ports or weights.
    public var waited: Int
    /// The unit.
    public var unit: Resource
    /// What it cost.
    public var events: Events
  }

  /// What ran.
  public let program: Program
  /// One for each instruction.
  public let spans: [Span]
  /// Cycles from the first to the last.
  public let cycles: Int
  /// Cycles that each resource was held.
  public let busy: [Resource: Double]
  /// What was counted in all.
  public let events: Events
  /// [dimension] for each image, in units of the encoder's `embeddingScale`; none without images.
  public let embeddings: [[Int16]]

  /// Runs a program without integers.
  ///
  /// - Parameter program: Compiled for its machine.
  public init(_ program: Program) {
    var run = Run(program)
    for instruction in program.instructions { run.issue(instruction) }
    self.init(program, run, embeddings: [])
  }

  /// Runs a program on images: the integers move through the machine's memories, array and lanes.
  ///
  /// - Parameters:
  ///   - program: Compiled from the encoder's workload.
  ///   - encoder: Rounded weights.
  ///   - images: RGB bytes [side, side, 3], as many as the program's batch.
  /// - Throws: `ProgramError` where the program is of another network, or a sum outgrows the
  ///   machine's adders.
  public init(_ program: Program, of encoder: FixedPointEncoder, images: [[UInt8]])
    throws(ProgramError)
  {
    var run = Run(program)
    var datapath = try Datapath(program, encoder, images: images)
    for instruction in program.instructions {
      run.issue(instruction)
      try datapath.perform(instruction)
    }
    self.init(program, run, embeddings: datapath.embeddings)
  }

  private init(_ program: Program, _ run: Run, embeddings: [[Int16]]) {
    self.program = program
    spans = run.spans
    cycles = run.scoreboard.cycles
    busy = Dictionary(
      uniqueKeysWithValues: Resource.allCases.map { ($0, run.scoreboard.busy[$0.rawValue]) })
    events = run.events
    self.embeddings = embeddings
  }

  private struct Run {
    var scoreboard: Scoreboard
    var demand: Demand
    var spans: [Span] = []
    var events = Events()

    init(_ program: Program) {
      let rates = Rates(program.machine)
      scoreboard = Scoreboard(program, rates: rates)
      demand = Demand(program, rates: rates)
      spans.reserveCapacity(program.instructions.count)
    }

    mutating func issue(_ instruction: Instruction) {
      demand.describe(instruction)
      let span = scoreboard.issue(instruction, demand)
      spans.append(
        Span(
          start: span.start, end: span.end, waited: span.waited,
          unit: demand.durations[0].resource, events: demand.events))
      events += demand.events
    }
  }
}

/// Why a program cannot run an encoder.
public enum ProgramError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The encoder was rounded to another width than the machine's.
  case width(encoder: Int, machine: Int)
  /// Softmax has no integers on this machine.
  case softmax
  /// One divides by t_D, the other by n√d.
  case denominator(encoder: String, machine: String)
  /// The program was compiled from another network.
  case otherNetwork(String)
  /// The program takes another number of images.
  case batch(images: Int, program: Int)
  /// An image has the wrong size.
  case image(ImageError)
  /// A sum needs more bits than the machine's adders have.
  case overflow(tensor: String, bits: Int)

  /// In words.
  public var description: String {
    switch self {
    case .width(let encoder, let machine):
      "the encoder was rounded to \(encoder) bit, the machine has \(machine)"
    case .softmax: "the accelerator executes Taylor attention only; this encoder uses softmax"
    case .denominator(let encoder, let machine):
      "the encoder's attention is \(encoder), but the machine's denominator is \(machine)"
    case .otherNetwork(let name): "the program was compiled from another network, \(name)"
    case .batch(let images, let program):
      "the program takes \(program) images at once, but \(images) were given"
    case .image(let error): error.description
    case .overflow(let tensor, let bits):
      "\(tensor): a sum needs more than the \(bits) bits of the machine's adders (sumBits)"
    }
  }
}
