internal import CTensorKernels

/// A linear layer in float32, its weights packed for the kernels.
package struct FloatLinear {
  package let inputs: Int
  package let outputs: Int
  private let packed: Buffer<Float>
  private let bias: Buffer<Float>

  /// Packs `columns` of a layer's inputs, all by default.
  ///
  /// - Parameters:
  ///   - weight: [outputs, inputs].
  ///   - bias: [outputs].
  ///   - inputs: Numbers that come in.
  ///   - columns: Which of them this is the product of.
  /// - Throws: `KernelError.outOfMemory`.
  package init(weight: [Float], bias: [Float], inputs: Int, columns: Range<Int>? = nil)
    throws(KernelError)
  {
    let columns = columns ?? 0..<inputs
    self.inputs = columns.count
    outputs = bias.count
    packed = try Buffer(ctk_packed_f32(columns.count, bias.count))
    self.bias = try Buffer(bias)
    weight.withUnsafeBufferPointer { source in
      guard let start = source.baseAddress else { return }
      ctk_pack_f32(
        start + columns.lowerBound, inputs, columns.count, bias.count, packed.pointer)
    }
  }

  /// output = act(input · weightᵀ + bias) + residual, row by row: `input` is [rows, inputs], its rows
  /// `stride` apart where they do not touch; `bias`, [outputs], takes the place of the layer's own;
  /// `residual` is [rows, outputs] and may be the output.
  package func run(
    _ pool: ThreadPool, _ instructions: InstructionSet, _ input: UnsafePointer<Float>,
    to output: UnsafeMutablePointer<Float>, rows: Int, stride: Int? = nil, gelu: Bool = false,
    bias: UnsafePointer<Float>? = nil, residual: UnsafePointer<Float>? = nil
  ) {
    var gemm = ctk_gemm_f32(
      a: input, b: packed.pointer, c: output, bias: bias ?? UnsafePointer(self.bias.pointer),
      row_scale: nil, residual: residual, a_row: stride ?? inputs, a_step: 1,
      b_row: Int(CTK_PANEL), b_panel: Int(CTK_PANEL) * inputs, c_row: outputs, rows: rows,
      columns: outputs, depth: inputs, gelu: gelu ? 1 : 0)
    ctk_gemm_f32_run(pool.handle, instructions.rawValue, &gemm)
  }
}
