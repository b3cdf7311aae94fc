import CommandLineKit
import FleetSimulation
import Foundation
import Plots

extension StudyTable {
  private static let plotted: [(name: String, title: String, unit: String)] = [
    ("demonstrations", "Demonstrations by one operator", "demonstrations"),
    ("returnOnHumanEffort", "Return on human effort", "demonstrations / 1000 human steps"),
    ("operatorBusyShare", "Operator's time with robots", "%"),
    ("idleShare", "Robots' time waiting for the operator", "%"),
    ("requestsPerDemonstration", "Requests for each demonstration", "requests"),
  ]

  /// Draws the measures over the number of robots, one picture each, into a folder.
  ///
  /// - Returns: The pictures' paths.
  func plot(into folder: OutputPath) throws -> [String] {
    let methods = Array(Set(rows.map(\.method))).sorted()
    let counts = Array(Set(rows.map(\.robots))).sorted()
    guard !rows.isEmpty else { return [] }
    return try Self.plotted.map { measure in
      let groups = counts.map { count in
        BarPlot.Group(
          name: "\(count)",
          bars: methods.map { method in
            rows.first { $0.method == method && $0.robots == count }?.measures[measure.name]
              .map { BarPlot.Bar($0.mean, error: $0.deviation) }
          })
      }
      let minutes = String(format: "%g", settings.minutes)
      let plot = BarPlot(
        title: "\(measure.title), \(settings.task), \(minutes) simulated minutes", x: "robots",
        y: measure.unit, series: methods, groups: groups)
      let file = folder.file("\(measure.name).svg")
      try file.write(Data(plot.svg.utf8))
      return file.description
    }
  }
}
