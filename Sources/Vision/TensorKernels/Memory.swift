internal import CTensorKernels

/// Memory on a cache line's border, of a fixed size.
package final class Buffer<Element: BitwiseCopyable> {
  package let pointer: UnsafeMutablePointer<Element>
  package let count: Int

  /// - Parameter count: Elements; they begin as zero.
  /// - Throws: `KernelError.outOfMemory`.
  package init(_ count: Int) throws(KernelError) {
    let bytes = max(count, 1) * MemoryLayout<Element>.stride
    guard let memory = ctk_allocate(bytes) else { throw .outOfMemory(bytes: bytes) }
    pointer = memory.bindMemory(to: Element.self, capacity: max(count, 1))
    self.count = count
  }

  package convenience init(_ values: [Element]) throws(KernelError) {
    try self.init(values.count)
    pointer.update(from: values, count: values.count)
  }

  deinit { ctk_free(pointer) }
}

/// Threads that share out the loops of one user.
package final class ThreadPool {
  package let handle: OpaquePointer
  package let threads: Int

  package init(threads: Int) throws(KernelError) {
    guard threads >= 1, let handle = ctk_pool_create(Int32(clamping: threads)) else {
      throw .threads(wanted: threads)
    }
    self.handle = handle
    self.threads = threads
  }

  deinit { ctk_pool_destroy(handle) }
}
