internal import CTensorKernels

/// Memory on a cache line's border, of a fixed size.
final class Buffer<Element: BitwiseCopyable> {
  let pointer: UnsafeMutablePointer<Element>
  let count: Int

  /// - Parameter count: Elements; they begin as zero.
  /// - Throws: `EncoderError.outOfMemory`.
  init(_ count: Int) throws(EncoderError) {
    let bytes = max(count, 1) * MemoryLayout<Element>.stride
    guard let memory = ctk_allocate(bytes) else { throw .outOfMemory(bytes: bytes) }
    pointer = memory.bindMemory(to: Element.self, capacity: max(count, 1))
    self.count = count
  }

  convenience init(_ values: [Element]) throws(EncoderError) {
    try self.init(values.count)
    pointer.update(from: values, count: values.count)
  }

  deinit { ctk_free(pointer) }
}

/// Threads that share out the loops of one encoder.
final class ThreadPool {
  let handle: OpaquePointer
  let threads: Int

  init(threads: Int) throws(EncoderError) {
    guard threads >= 1, let handle = ctk_pool_create(Int32(clamping: threads)) else {
      throw .threads(wanted: threads)
    }
    self.handle = handle
    self.threads = threads
  }

  deinit { ctk_pool_destroy(handle) }
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

/// What this process has used of the machine.
public enum ProcessUse {
  /// Processor time of all threads, in nanoseconds.
  public static var processorNanoseconds: Int64 { ctk_cpu_nanoseconds() }
  /// Time since some fixed moment, in nanoseconds.
  public static var nanoseconds: Int64 { ctk_wall_nanoseconds() }
  /// The largest resident memory so far, in bytes.
  public static var peakBytes: Int64 { ctk_peak_resident_bytes() }
}
