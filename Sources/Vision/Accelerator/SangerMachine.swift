internal import Numbers

/// A baseline built like Sanger (Lu et al., MICRO 2021): predicts a sparse attention map from 4-bit
/// queries and keys, packs it, and computes only that part of softmax attention on a
/// score-stationary array; dense layers run on the same array, output-stationary. Prediction,
/// softmax and dense layers are charged in full.
public struct SangerMachine: Hashable, Sendable, Codable {
  /// What it is called.
  public var name: String
  /// Megahertz.
  public var clock: Parameter
  /// Rows of the array.
  public var rows: Parameter
  /// Columns of the array.
  public var columns: Parameter
  /// Share of the attention map that is kept.
  public var density: Parameter
  /// Share of the packed map's places that hold work, after rows were split and packed.
  public var loadBalance: Parameter
  /// Cycles of a tile for exponentials, row sums and division in the elements.
  public var softmaxCycles: Parameter
  /// Share of cycles in which dense layers advance, the rest being reconfiguration and memory.
  public var denseEfficiency: Parameter
  /// Energies in pJ.
  public var energy: UnitEnergies
  /// mm² in all.
  public var area: Parameter

  /// Energies in pJ.
  public struct UnitEnergies: Hashable, Sendable, Codable {
    /// One multiply-accumulate of 16 bit with its registers and control.
    public var multiply: Parameter
    /// One of 4 bit, for the prediction.
    public var predict: Parameter
    /// One exponential.
    public var exponent: Parameter
    /// One word of SRAM, over the network.
    public var sram: Parameter
    /// One word of DRAM.
    public var dram: Parameter
    /// An element's clock in a cycle without work.
    public var idle: Parameter
  }

  /// Checks that the description can be a machine.
  ///
  /// - Throws: `MachineError.outOfRange`.
  public func validate() throws(MachineError) {
    for (name, parameter, range) in [
      ("clock", clock, 1.0...1e5), ("rows", rows, 1...4096), ("columns", columns, 1...4096),
      ("density", density, 0.001...1), ("loadBalance", loadBalance, 0.001...1),
      ("softmaxCycles", softmaxCycles, 0...10000), ("denseEfficiency", denseEfficiency, 0.01...1),
      ("area", area, 0.001...1e4),
    ] where !range.contains(parameter.value) {
      throw .outOfRange(machine: self.name, parameter: name, value: parameter.value, "\(range)")
    }
  }

  private struct Work {
    var cycles = 0.0
    var multiplications = 0.0
    var predictions = 0.0
    var exponentials = 0.0
    var sramWords = 0.0
    var dramWords = 0.0
  }

  /// What it needs for one image of a network with softmax attention.
  ///
  /// - Parameter workload: The network.
  /// - Returns: The estimate.
  /// - Throws: `MachineError.outOfRange`.
  public func estimate(_ workload: Workload) throws(MachineError) -> Estimate {
    try validate()
    var total = Work()
    var rows: [Estimate.Row] = []
    for layer in workload.layers {
      guard let (step, work) = work(of: layer.kind) else { continue }
      total.cycles += work.cycles
      total.multiplications += work.multiplications
      total.predictions += work.predictions
      total.exponentials += work.exponentials
      total.sramWords += work.sramWords
      total.dramWords += work.dramWords
      rows.append(
        .init(
          block: layer.block, step: step, unit: "array", operations: 1,
          cycles: Int(saturating: work.cycles),
          stalls: 0, multiplications: work.multiplications,
          picojoules: parts(work).reduce(0) { $0 + $1.picojoules }))
    }
    let attention = workload.attentions.reduce(0) { $0 + $1.softmaxMultiplications }
    return Estimate(
      machine: name, workload: workload.name, algorithm: "sparse softmax",
      megahertz: clock.value, cycles: Int(saturating: total.cycles.rounded(.up)),
      operations: 2 * Double(workload.linearMultiplications + attention),
      peakOperations: 2 * self.rows.value * columns.value * clock.value * 1e6,
      energy: parts(total), dramPicojoules: total.dramWords * energy.dram.value,
      dramWeightPicojoules: total.dramWords * energy.dram.value,
      squareMillimetres: area.value, rows: rows)
  }

  private func parts(_ work: Work) -> [Estimate.Part] {
    let idle = max(0, work.cycles * rows.value * columns.value - work.multiplications)
    return [
      ("multiply-accumulate, registers, control", work.multiplications * energy.multiply.value),
      ("prediction", work.predictions * energy.predict.value),
      ("exponentials", work.exponentials * energy.exponent.value),
      ("SRAM and network", work.sramWords * energy.sram.value),
      ("idle clock", idle * energy.idle.value),
    ].map { Estimate.Part(name: $0.0, picojoules: $0.1) }
  }

  private func work(of kind: Workload.Kind) -> (String, Work)? {
    switch kind {
    case .linear(let name, let rows, let inputs, let outputs):
      return (name, dense(rows: rows, depth: inputs, columns: outputs, count: 1))
    case .depthwise(let name, let pixels, let channels, let taps):
      return (name, dense(rows: pixels, depth: taps, columns: 1, count: channels))
    case .attention(let attention): return ("sparse attention", sparse(attention))
    // Norms and activations are taken to be hidden behind the array, as in our own machine.
    case .norm, .elementwise: return nil
    }
  }

  /// ⌈M/R⌉⌈N/C⌉(K + R + C − 2) cycles, as SCALE-Sim has it for output-stationary arrays.
  private func dense(rows: Int, depth: Int, columns: Int, count: Int) -> Work {
    let (m, k, n) = (Double(rows), Double(depth), Double(columns))
    let down = (m / self.rows.value).rounded(.up)
    let across = (n / self.columns.value).rounded(.up)
    let cycles = down * across * (k + self.rows.value + self.columns.value - 2)
    return Work(
      cycles: Double(count) * cycles / denseEfficiency.value,
      multiplications: Double(count) * m * k * n,
      sramWords: Double(count) * (m * k * across + k * n * down + m * n),
      dramWords: Double(count) * k * n)
  }

  private func sparse(_ attention: Workload.Attention) -> Work {
    let heads = Double(attention.heads)
    let (queries, keys) = (Double(attention.queries), Double(attention.keys))
    let (d, width) = (Double(attention.dimension), Double(attention.valueDimension))
    let skew = rows.value + columns.value - 2
    // Prediction runs on the array's 4-bit mode for the next head while this one is packed, but it
    // takes the array's cycles.
    let prediction =
      (queries / rows.value).rounded(.up) * (keys / columns.value).rounded(.up) * (d + skew) / 4
    let packed = keys * density.value / loadBalance.value
    let tiles = (queries / rows.value).rounded(.up) * (packed / columns.value).rounded(.up)
    let scores = tiles * (d + softmaxCycles.value + width + 2 * skew)
    let kept = queries * keys * density.value
    return Work(
      cycles: heads * (prediction + scores),
      multiplications: heads * kept * (d + width),
      predictions: heads * queries * keys * d, exponentials: heads * kept,
      sramWords: heads
        * (tiles * (rows.value * d + columns.value * (d + width)) + queries * width + queries * keys
          / 16),
      dramWords: 0)
  }
}
