internal import Foundation
internal import Plots

/// Loss curves as SVG, in the output's folder `curves`.
struct Curves {
  let folder: URL

  init(output: String) { folder = URL(filePath: output).appending(path: "curves") }

  /// Draws a stage's curves anew. That a picture cannot be written must not end a training of hours.
  func draw(_ history: StageHistory) {
    let names = Set(history.epochs.flatMap { $0.training.keys })
    var series: [LinePlot.Series] = []
    for name in ["loss"] + names.subtracting(["loss"]).sorted() {
      series.append(
        LinePlot.Series(name: "\(name), training", points: points(history, name, \.training)))
      series.append(
        LinePlot.Series(name: "\(name), held out", points: points(history, name, \.heldOut)))
    }
    var plot = LinePlot(
      title: "Stage \(history.stage.rawValue)", x: "steps", y: "loss",
      series: series.filter { !$0.points.isEmpty })
    plot.yScale = .logarithmic
    try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try? Data(plot.svg.utf8).write(
      to: folder.appending(path: history.stage.rawValue + ".svg"), options: .atomic)
  }

  private func points(
    _ history: StageHistory, _ name: String, _ figures: (EpochRecord) -> [String: Double]
  ) -> [LinePlot.Point] {
    history.epochs.compactMap { epoch in
      figures(epoch)[name].map { LinePlot.Point(x: Double(epoch.step), y: $0) }
    }
  }
}
