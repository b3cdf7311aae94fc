internal import Numbers

extension Machine {
  /// Checks that the description can be a machine.
  ///
  /// - Throws: `MachineError`, the first thing found.
  public func validate() throws(MachineError) {
    for (name, path) in Self.counted {
      let parameter = self[keyPath: path]
      switch name {
      case "clock", "bits", "sumBits": continue
      case "diagonal", "exponentLanes": try check(name, parameter, 0...4096)
      default: try check(name, parameter, 1...4096)
      }
      try checkWhole(name, parameter)
    }
    guard [4, 8, 16, 32].contains(bits.value) else {
      throw .outOfRange(machine: name, parameter: "bits", value: bits.value, "4, 8, 16 or 32")
    }
    try check("sumBits", sumBits, min(2 * bits.value, 62)...62)
    try checkWhole("sumBits", sumBits)
    guard denominator == .collapsed || diagonal.value >= 1 else {
      throw .outOfRange(
        machine: name, parameter: "diagonal", value: diagonal.value,
        "at least 1 where the denominator is faithful")
    }
    // Below a thousandth, counts of cycles would be larger than any integer.
    try check("clock", clock, 1e-3...1e6)
    for (name, path) in Self.measured {
      let canBeNone = ["memory.sums", "memory.dramLatency"].contains(name)
      try check(name, self[keyPath: path], (canBeNone ? 0 : 1e-3)...1e6)
    }
    for (name, path) in Self.energies + Self.areaParameters {
      try check(name, self[keyPath: path], 0...1e6)
    }
    guard memory.weights.value * 1024 >= rows.value * columns.value * bytesPerWord else {
      throw .outOfRange(
        machine: name, parameter: "memory.weights", value: memory.weights.value,
        "at least one fold of weights")
    }
  }

  private func check(_ name: String, _ parameter: Parameter, _ range: ClosedRange<Double>)
    throws(MachineError)
  {
    guard range.contains(parameter.value) else {
      throw .outOfRange(
        machine: self.name, parameter: name, value: parameter.value,
        "\(Self.text(range.lowerBound)) to \(Self.text(range.upperBound))")
    }
  }

  private func checkWhole(_ name: String, _ parameter: Parameter) throws(MachineError) {
    guard parameter.value == parameter.value.rounded() else {
      throw .outOfRange(
        machine: self.name, parameter: name, value: parameter.value, "a whole number")
    }
  }

  private static func text(_ value: Double) -> String {
    value == value.rounded() ? "\(Int(saturating: value))" : "\(value)"
  }

  /// Bytes of an operand.
  public var bytesPerWord: Double { bits.value / 8 }
  /// Elements of both arrays.
  public var elements: Double { rows.value * columns.value + diagonal.value }
  /// Most operations in a second; a multiply-accumulate is two.
  public var peakOperations: Double { 2 * rows.value * columns.value * clock.value * 1e6 }
  /// Words that hold one sum in the activation memory.
  var wordsPerSum: Int { Int(saturating: (sumBits.value / bits.value).rounded(.up)) }
  /// Rows of sums, as wide as the array, that the sum memory holds.
  var sumRows: Int {
    Int(saturating: memory.sums.value * 8192 / (sumBits.value * columns.value))
  }

  /// Areas by part, in mm².
  public var areas: [(part: String, squareMillimetres: Double)] {
    let element = area.element.value + (doubleBuffersWeights ? area.weightRegister.value : 0)
    // A sum is wider than a word.
    let sumPorts = memory.sumWords.value * sumBits.value / bits.value
    let ports = memory.sramWords.value + memory.weightWords.value + sumPorts
    let parts: [(String, Double)] = [
      ("SA-General", rows.value * columns.value * element),
      ("SA-Diag", diagonal.value * area.diagonalElement.value),
      ("accumulators", accumulatorLanes.value * area.accumulator.value),
      ("adders", adderLanes.value * area.adder.value),
      ("dividers", dividerLanes.value * area.divider.value),
      ("exponentials", exponentLanes.value * area.exponent.value),
      ("rescalers", rescalerLanes.value * area.rescaler.value),
      ("tables", tableLanes.value * area.table.value),
      ("normaliser", normaliserLanes.value * area.normaliser.value),
      ("square roots", rootUnits.value * area.root.value),
      (
        "SRAM",
        (memory.activations.value + memory.weights.value + memory.staging.value)
          * area.sram.value
      ),
      ("sum memory", memory.sums.value * area.sums.value),
      ("memory ports", ports * area.port.value),
    ]
    let sum = parts.reduce(0) { $0 + $1.1 }
    return (parts + [("control, network, clock", sum * area.overhead.value)])
      .filter { $0.1 > 0 }.map { ($0.0, $0.1 / 1e6) }
  }

  /// mm².
  public var totalArea: Double { areas.reduce(0) { $0 + $1.squareMillimetres } }
}

extension Machine {
  /// Every parameter, by the name that it has in a machine's file.
  public static var parameters: [(name: String, path: WritableKeyPath<Machine, Parameter>)] {
    counted + measured + energies + areaParameters
  }

  /// Parameters that count things.
  public static var wholeNumbers: Set<String> {
    Set(counted.map(\.name)).subtracting(["clock"])
  }

  private static var counted: [(name: String, path: WritableKeyPath<Machine, Parameter>)] {
    [
      ("clock", \.clock), ("bits", \.bits), ("rows", \.rows), ("columns", \.columns),
      ("diagonal", \.diagonal), ("accumulatorLanes", \.accumulatorLanes),
      ("adderLanes", \.adderLanes), ("dividerLanes", \.dividerLanes),
      ("exponentLanes", \.exponentLanes), ("rescalerLanes", \.rescalerLanes),
      ("tableLanes", \.tableLanes), ("normaliserLanes", \.normaliserLanes),
      ("rootUnits", \.rootUnits), ("sumBits", \.sumBits),
    ]
  }

  private static var measured: [(name: String, path: WritableKeyPath<Machine, Parameter>)] {
    [
      ("memory.activations", \.memory.activations), ("memory.weights", \.memory.weights),
      ("memory.sums", \.memory.sums), ("memory.staging", \.memory.staging),
      ("memory.dramBandwidth", \.memory.dramBandwidth),
      ("memory.dramLatency", \.memory.dramLatency), ("memory.sramWords", \.memory.sramWords),
      ("memory.weightWords", \.memory.weightWords), ("memory.sumWords", \.memory.sumWords),
      ("memory.networkWords", \.memory.networkWords),
    ]
  }

  private static var energies: [(name: String, path: WritableKeyPath<Machine, Parameter>)] {
    [
      ("energy.multiply", \.energy.multiply), ("energy.add", \.energy.add),
      ("energy.divide", \.energy.divide), ("energy.exponent", \.energy.exponent),
      ("energy.rescale", \.energy.rescale), ("energy.table", \.energy.table),
      ("energy.normalise", \.energy.normalise), ("energy.root", \.energy.root),
      ("energy.partialSum", \.energy.partialSum), ("energy.register", \.energy.register),
      ("energy.registerAccesses", \.energy.registerAccesses),
      ("energy.network", \.energy.network), ("energy.sram", \.energy.sram),
      ("energy.dram", \.energy.dram), ("energy.idle", \.energy.idle),
    ]
  }

  private static var areaParameters: [(name: String, path: WritableKeyPath<Machine, Parameter>)] {
    [
      ("area.element", \.area.element), ("area.diagonalElement", \.area.diagonalElement),
      ("area.weightRegister", \.area.weightRegister), ("area.accumulator", \.area.accumulator),
      ("area.adder", \.area.adder), ("area.divider", \.area.divider),
      ("area.exponent", \.area.exponent), ("area.rescaler", \.area.rescaler),
      ("area.table", \.area.table), ("area.normaliser", \.area.normaliser),
      ("area.root", \.area.root), ("area.port", \.area.port), ("area.sram", \.area.sram),
      ("area.sums", \.area.sums), ("area.overhead", \.area.overhead),
    ]
  }
}
