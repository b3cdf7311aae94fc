internal import CTensorKernels

/// What this process has used of the machine.
public enum ProcessUse {
  /// Processor time of all threads, in nanoseconds.
  public static var processorNanoseconds: Int64 { ctk_cpu_nanoseconds() }
  /// Time since some fixed moment, in nanoseconds.
  public static var nanoseconds: Int64 { ctk_wall_nanoseconds() }
  /// The largest resident memory so far, in bytes.
  public static var peakBytes: Int64 { ctk_peak_resident_bytes() }
}
