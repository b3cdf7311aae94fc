internal import CTensorKernels
internal import TensorKernels

/// Attention alone, for measurements: random queries, keys and values.
public final class AttentionBench {
  private let pool: ThreadPool
  private let inputs: Buffer<Float>
  private let output: Buffer<Float>
  private let softmaxScratch: Buffer<UInt8>
  private let taylorScratch: Buffer<UInt8>
  private var attention: ctk_attention_f32

  /// Sets memory aside.
  ///
  /// - Parameters:
  ///   - tokens: How many.
  ///   - heads: Attention heads.
  ///   - dimension: Of one head.
  ///   - threads: The caller's own included.
  /// - Throws: `EncoderError`.
  public init(tokens: Int, heads: Int, dimension: Int, threads: Int) throws(EncoderError) {
    pool = try Execution(threads: threads).startThreads()
    inputs = try buffer(tokens * 3 * heads * dimension)
    output = try buffer(tokens * heads * dimension)
    for index in 0..<inputs.count {
      inputs.pointer[index] = Float((index &* 1_103_515_245) >> 8 & 1023) / 1024 - 0.5
    }
    attention = ctk_attention_f32(
      qkv: inputs.pointer, output: output.pointer, scratch: nil, images: 1, tokens: tokens,
      heads: heads, dim: dimension, threads: Int32(threads))
    softmaxScratch = try buffer(ctk_softmax_f32_scratch(&attention))
    taylorScratch = try buffer(ctk_taylor_f32_scratch(&attention))
  }

  /// Working memory of softmax beyond inputs and output.
  public var softmaxBytes: Int { softmaxScratch.count }
  /// Working memory of Taylor attention beyond inputs and output.
  public var taylorBytes: Int { taylorScratch.count }

  /// One run, in ms.
  public func softmaxMilliseconds() -> Double {
    attention.scratch = UnsafeMutableRawPointer(softmaxScratch.pointer)
    let start = ProcessUse.nanoseconds
    ctk_softmax_f32_run(pool.handle, InstructionSet.best.rawValue, &attention)
    return Double(ProcessUse.nanoseconds - start) / 1e6
  }

  /// One run, in ms.
  public func taylorMilliseconds() -> Double {
    attention.scratch = UnsafeMutableRawPointer(taylorScratch.pointer)
    let start = ProcessUse.nanoseconds
    ctk_taylor_f32_run(pool.handle, InstructionSet.best.rawValue, &attention, 0)
    return Double(ProcessUse.nanoseconds - start) / 1e6
  }
}

/// The most that this machine's multipliers do.
public enum KernelPeak {
  /// Billions of operations a second of a matrix product whose operands stay in the first caches,
  /// best of several runs; a multiply-add is two operations.
  ///
  /// - Parameter threads: How many at once.
  /// - Returns: By precision: `float32`, `int8`, `int16`. Empty where there are no threads.
  public static func measure(threads: Int) -> [String: Double] {
    guard let pool = try? ThreadPool(threads: threads) else { return [:] }
    // Twelve rows for each task, one panel: the tile of the kernels, and nothing around it.
    let (rows, columns, depth) = (48 * max(threads, 1) * 4, Int(CTK_PANEL), 192)
    let operations = 2 * Double(rows * columns * depth)
    var peaks: [String: Double] = [:]
    guard let left = try? Buffer<Float>(rows * depth),
      let right = try? Buffer<Float>(depth * columns),
      let result = try? Buffer<Float>(rows * columns)
    else { return [:] }
    var gemm = ctk_gemm_f32(
      a: left.pointer, b: right.pointer, c: result.pointer, bias: nil, row_scale: nil,
      residual: nil, a_row: depth, a_step: 1, b_row: columns, b_panel: 0, c_row: columns,
      rows: rows, columns: columns, depth: depth, gelu: 0)
    peaks["float32"] = best(operations) {
      ctk_gemm_f32_run(pool.handle, InstructionSet.best.rawValue, &gemm)
    }
    for (bits, name) in [(Int32(8), "int8"), (16, "int16")] {
      let deep = bits == 8 ? 768 : depth
      guard let a = try? Buffer<UInt8>(rows * deep * 2),
        let packed = try? Buffer<UInt8>(ctk_packed_integers(bits, deep, columns)),
        let sums = try? Buffer<Int64>(rows * columns), let bias = try? Buffer<Int64>(columns)
      else { continue }
      var product = ctk_gemm_integer(
        a: a.pointer, weights: packed.pointer, c: sums.pointer, bias: bias.pointer,
        multiplier: nil, shift: nil, activation: ctk_activation(knots: nil), a_row: deep,
        c_row: columns, rows: rows, columns: columns, depth: deep, bits: bits,
        epilogue: Int32(CTK_KEEP_SUMS))
      peaks[name] = best(2 * Double(rows * columns * deep)) {
        ctk_gemm_integer_run(pool.handle, InstructionSet.best.rawValue, &product)
      }
    }
    return peaks
  }

  private static func best(_ operations: Double, _ body: () -> Void) -> Double {
    var shortest = Double.infinity
    for _ in 0..<30 {
      let start = ProcessUse.nanoseconds
      for _ in 0..<20 { body() }
      shortest = min(shortest, Double(ProcessUse.nanoseconds - start) / 20)
    }
    return operations / shortest
  }
}
