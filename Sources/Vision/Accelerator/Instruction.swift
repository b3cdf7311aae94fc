/// A rectangle of a tensor in the activation memory.
public struct Region: Hashable, Sendable {
  /// The tensor, as an index into `Program.tensors`.
  public var tensor: Int
  /// Its rows.
  public var rows: Range<Int>
  /// Its columns.
  public var columns: Range<Int>

  /// How many elements it has.
  public var count: Int { rows.count * columns.count }
}

/// One instruction. Rows are taken in bursts of at most `Program.burst`, so that no unit holds a port
/// for long.
public struct Instruction: Hashable, Sendable {
  /// The layer of the workload.
  public var layer: Int
  /// The step's name, as an index into `Program.steps`.
  public var step: Int
  /// What is done.
  public var operation: Operation

  /// Rows of the sum memory below the array, and columns of the array.
  public struct Sums: Hashable, Sendable {
    /// Rows of the sum memory.
    public var rows: Range<Int>
    /// The columns of the layer's output that stand in the array's columns.
    public var columns: Range<Int>
  }

  /// A stream past the resident operands.
  public struct Stream: Hashable, Sendable {
    /// The moving operand; nil where it comes from the weight memory.
    public var moving: Region?
    /// Whether columns of `moving` are taken as rows (K̂ᵀ).
    public var transposed = false
    /// Where sums go.
    public var sums: Sums
    /// Rows of the array that hold resident operands.
    public var depth: Int
    /// Whether sums of an earlier fold are added.
    public var adds: Bool
    /// Whether sums leave for the rescaler or divider and not for the sum memory.
    public var leaves: Bool
    /// Whether this is the first burst past these resident operands.
    public var opens: Bool
    /// Whether this is the last.
    public var closes: Bool
    /// Multiply-accumulates, where fewer than rows x depth x columns do useful work.
    public var useful: Int?
  }

  /// How the rescaler scales.
  public enum Scale: Hashable, Sendable {
    /// With the layer's bias, multiplier and shift of each output.
    case layer
    /// From K̂ᵀV to G, of a head.
    case context(head: Int)
    /// From QG to Z, of a head, with the value term added first.
    case output(head: Int, values: Region)
  }

  /// What is added to a rescaled number.
  public enum Addend: Hashable, Sendable {
    /// Nothing.
    case none
    /// What stands at the destination: the residual stream.
    case residual
    /// Learned positions, which come from the weight memory; the first row.
    case positions(from: Int)
  }

  /// What an instruction does. Each names all that it reads and writes.
  public enum Operation: Hashable, Sendable {
    /// Receive rows of an image's patches (bytes less 128) from the host, by DRAM.
    case receive(to: Region)
    /// Put the class token with its position into the residual stream.
    case classToken(to: Region)
    /// Load weights [rows of depth, columns of output] into the array's registers. `words` come from
    /// DRAM: the weights, and with the first of a column tile biases and scales.
    case loadWeights(depth: Range<Int>, columns: Range<Int>, words: Int)
    /// Load an operand from the activation memory into the array's registers (V, G, Kᵀ).
    case loadOperand(Region, transposed: Bool)
    /// Stream rows past the resident operands; sums go down the columns.
    case stream(Stream)
    /// Rescale sums to the width of an operand, saturate, look up GELU if `table`, add.
    case rescale(Sums, to: Region, scale: Scale, table: Bool, add: Addend)
    /// Column sums of rows (steps 1 and 3), kept wide. `starts` sets them to zero first.
    case accumulate(Region, to: Region, starts: Bool)
    /// Sum and sum of squares of each row, for a norm.
    case rowSums(Region, to: Region, starts: Bool)
    /// Divide column sums by the number of tokens (step 1).
    case mean(Region, to: Region, tokens: Int)
    /// Subtract the mean from rows and saturate (step 1).
    case centre(Region, mean: Region)
    /// Scale the sum of V by √d (step 5).
    case valueTerm(Region, to: Region, head: Int)
    /// n√d + Q·k̂ on SA-Diag, rescaled, at least one (step 4). Q is the stream that passes both
    /// arrays. `loads` brings the sum of K̂ first.
    case denominators(Region, sums: Region, to: Region, head: Int, loads: Bool)
    /// Divide numerators by denominators, round and saturate (step 6).
    case divide(Sums, values: Region, by: Region, to: Region)
    /// From sums of rows to the factor of a norm: square roots and a division for each row.
    case root(Region, to: Region, width: Int)
    /// Centre, scale, gain and offset of a norm. `words` are the gains and offsets from DRAM.
    case normalise(Region, sums: Region, factors: Region, to: Region, words: Int)
    /// Exponentials of rescaled rows (softmax only).
    case exponential(Sums, to: Region)
    /// Divide sums by the row's total (softmax only).
    case share(Sums, totals: Region, to: Region)
    /// A look-up or addition of stored rows, where it does not follow a product.
    case lookUp(Region, add: Bool)
    /// Send embeddings to the host, by DRAM.
    case send(Region)
  }
}

/// An instruction's name, for listings.
extension Instruction.Operation {
  /// The mnemonic.
  public var mnemonic: String {
    switch self {
    case .receive: "receive"
    case .classToken: "class"
    case .loadWeights: "load.weights"
    case .loadOperand: "load.operand"
    case .stream: "stream"
    case .rescale: "rescale"
    case .accumulate: "accumulate"
    case .rowSums: "accumulate.rows"
    case .mean: "divide.mean"
    case .centre: "centre"
    case .valueTerm: "rescale.values"
    case .denominators: "stream.diagonal"
    case .divide: "divide"
    case .root: "root"
    case .normalise: "normalise"
    case .exponential: "exponential"
    case .share: "divide.share"
    case .lookUp: "table"
    case .send: "store"
    }
  }
}

/// A network as instructions for one machine.
public struct Program: Hashable, Sendable {
  /// Most rows of one instruction.
  public static let burst = 16

  /// What it is for.
  public var workload: Workload
  /// What runs it.
  public var machine: Machine
  /// Its attention.
  public var algorithm: AttentionAlgorithm
  /// Images that it takes at once.
  public var batch: Int
  /// How rows are cut.
  public var mapping: Mapping
  /// All tensors of the activation memory.
  public var tensors: [Program.Tensor]
  /// Names of steps.
  public var steps: [String]
  /// In the order in which they are issued.
  public var instructions: [Instruction]

  /// What the compiler may choose.
  public struct Mapping: Hashable, Sendable, Codable {
    /// Rows that pass one tile of weights before the next is loaded, and whose sums are kept.
    public var rows: Int
    /// Rows of the sum memory that column tiles take in turn, so that sums of one can leave while
    /// those of the next come.
    public var turn: Int
    /// A mapping.
    ///
    /// - Parameters:
    ///   - rows: Rows of a block.
    ///   - turn: Rows of the sum memory that are taken in turn; 0 for one block's alone.
    public init(rows: Int = .max, turn: Int = 256) {
      self.rows = rows
      self.turn = turn
    }
  }
}

extension Program {
  /// A matrix in the activation memory, row after row from its first address.
  public struct Tensor: Hashable, Sendable {
    /// What it holds, such as `QKV`.
    public var name: String
    /// The word address of its first element. Addresses beyond the SRAM's size lie in DRAM.
    public var address: Int
    /// Rows.
    public var rows: Int
    /// Columns.
    public var columns: Int
    /// Words of an element: one where it has the width of the machine.
    public var words: Int
    /// The tensor that had the same addresses before, if any.
    public var replaces: Int?

    /// Its words.
    public var size: Int { rows * columns * words }
  }
}
