import Accelerator
import CommandLineKit
import Foundation

/// How far each ratio over the baseline moves where a parameter without a published value is a tenth
/// larger or smaller: what a comparison with such parameters is worth.
enum Sensitivity {
  struct Row: Encodable {
    var parameter: String
    /// `fitted` or `assumed`.
    var mark: String
    /// Change of the speed-up over the baseline, in percent, where the parameter is 10 % smaller and
    /// 10 % larger.
    var speedup: [Double]
    /// The same of the ratio of the chips' energies.
    var energy: [Double]
    /// The same of our area.
    var area: [Double]
  }

  static func rows(
    _ workload: Workload, _ machine: Machine, _ sanger: SangerMachine,
    progress: (Int, Int) -> Void
  ) throws -> [Row] {
    let ours = try Estimate(workload, on: machine)
    let theirs = try sanger.estimate(workload)
    func change(_ mine: Estimate, _ other: Estimate) -> (Double, Double, Double) {
      func percent(_ after: Double, _ before: Double) -> Double { 100 * (after / before - 1) }
      return (
        percent(other.seconds / mine.seconds, theirs.seconds / ours.seconds),
        percent(other.joules / mine.joules, theirs.joules / ours.joules),
        percent(mine.squareMillimetres, ours.squareMillimetres)
      )
    }
    func row(_ name: String, _ parameter: Parameter, _ run: (Double) throws -> (Estimate, Estimate))
      rethrows -> Row
    {
      let changes = try [0.9, 1.1].map { share in
        let (mine, other) = try run(share)
        return change(mine, other)
      }
      return Row(
        parameter: name, mark: parameter.fitted == true ? "fitted" : "assumed",
        speedup: changes.map(\.0), energy: changes.map(\.1), area: changes.map(\.2))
    }
    var rows: [Row] = []
    let free = Machine.parameters.filter {
      let parameter = machine[keyPath: $0.path]
      return (parameter.fitted == true || parameter.assumed == true) && parameter.value > 0
    }
    for (index, (name, path)) in free.enumerated() {
      progress(index + 1, free.count)
      rows.append(
        try row(name, machine[keyPath: path]) { share in
          var changed = machine
          changed[keyPath: path].value *= share
          if Machine.wholeNumbers.contains(name) { changed[keyPath: path].value.round() }
          return (try Estimate(workload, on: changed), theirs)
        })
    }
    let baseline: [(String, WritableKeyPath<SangerMachine, Parameter>)] = [
      ("sanger: rows", \.rows), ("sanger: columns", \.columns), ("sanger: density", \.density),
      ("sanger: loadBalance", \.loadBalance), ("sanger: softmaxCycles", \.softmaxCycles),
      ("sanger: denseEfficiency", \.denseEfficiency),
      ("sanger: energy.multiply", \.energy.multiply),
      ("sanger: energy.predict", \.energy.predict),
      ("sanger: energy.exponent", \.energy.exponent), ("sanger: energy.sram", \.energy.sram),
      ("sanger: energy.idle", \.energy.idle),
    ]
    for (name, path) in baseline {
      rows.append(
        try row(name, sanger[keyPath: path]) { share in
          var changed = sanger
          changed[keyPath: path].value *= share
          return (ours, try changed.estimate(workload))
        })
    }
    return rows
  }

  static func table(_ rows: [Row]) -> TextBlock {
    func cell(_ changes: [Double]) -> String {
      changes.map { String(format: "%+.1f", $0) }.joined(separator: " / ")
    }
    return PlainText.table(
      [
        [
          "parameter, 10 % less / more", "mark", "speed-up over Sanger, %",
          "chip's energy ratio, %",
          "area, %",
        ]
      ]
        + rows.map {
          [$0.parameter, $0.mark, cell($0.speedup), cell($0.energy), cell($0.area)]
        })
  }
}
