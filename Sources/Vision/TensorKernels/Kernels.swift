/// Threads and instructions that several networks share. Not for use by two threads at once.
public final class Kernels {
  package let pool: ThreadPool
  package let instructions: InstructionSet

  /// Starts the threads.
  ///
  /// - Parameter execution: How many, and which instructions.
  /// - Throws: `KernelError`.
  public init(_ execution: Execution) throws(KernelError) {
    try execution.check()
    pool = try ThreadPool(threads: execution.threads)
    instructions = execution.instructions
  }
}

/// Memory that is kept from one call to the next, and grows.
package final class Scratch {
  private var buffer: Buffer<Float>

  package init() throws(KernelError) { buffer = try Buffer(0) }

  /// Room for this many numbers; what was there before is lost where it has to grow.
  package func floats(_ count: Int) throws(KernelError) -> UnsafeMutablePointer<Float> {
    if buffer.count < count { buffer = try Buffer(count) }
    return buffer.pointer
  }
}
