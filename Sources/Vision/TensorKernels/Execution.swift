internal import CTensorKernels

/// How kernels use the machine.
public struct Execution: Hashable, Sendable {
  /// Threads, the caller's own included.
  public var threads: Int
  /// Which kernels.
  public var instructions: InstructionSet

  /// - Parameters:
  ///   - threads: The caller's own included.
  ///   - instructions: Which kernels; the strongest by default.
  public init(threads: Int = 2, instructions: InstructionSet = .best) {
    self.threads = threads
    self.instructions = instructions
  }

  /// Checks that this processor can do so.
  ///
  /// - Throws: `KernelError.instructions`.
  package func check() throws(KernelError) {
    guard instructions.rawValue <= InstructionSet.best.rawValue else {
      throw .instructions(wanted: instructions, best: .best)
    }
  }
}

/// Why kernels cannot run.
public enum KernelError: Error, Hashable, Sendable, CustomStringConvertible {
  /// No memory.
  case outOfMemory(bytes: Int)
  /// No threads.
  case threads(wanted: Int)
  /// This processor lacks the instructions that were asked for.
  case instructions(wanted: InstructionSet, best: InstructionSet)

  /// In words.
  public var description: String {
    switch self {
    case .outOfMemory(let bytes): "no memory for \(bytes) bytes"
    case .threads(let wanted): "\(wanted) threads cannot be started"
    case .instructions(let wanted, let best):
      "this processor has no \(wanted) instructions; the best that it has is \(best)"
    }
  }
}

/// A set of processor instructions that there are kernels for.
public enum InstructionSet: Int32, CaseIterable, Hashable, Sendable, CustomStringConvertible {
  /// Whatever the compiler takes for granted.
  case portable = 0
  /// x86 with AVX2 and FMA.
  case avx2 = 1
  /// x86 with AVX-512, VNNI and VBMI.
  case avx512 = 2

  /// The strongest that this processor has.
  public static var best: Self { Self(rawValue: ctk_best_path()) ?? .portable }

  /// All that this processor has.
  public static var available: [Self] { allCases.filter { $0.rawValue <= best.rawValue } }

  /// In words.
  public var description: String {
    switch self {
    case .portable: "portable"
    case .avx2: "AVX2"
    case .avx512: "AVX-512 VNNI"
    }
  }
}
