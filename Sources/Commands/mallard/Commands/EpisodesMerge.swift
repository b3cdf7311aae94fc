import ArgumentParser
import CommandLineKit
import RecordingStore
import RobotData

extension EpisodesCommand {
  struct Merge: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Put the episodes of several recordings into one.",
      discussion: """
        Sessions and episodes have identifiers that are unique over all machines: what is there \
        already is compared and left, so that a file may be merged twice. Files whose robots \
        differ in rate, cameras or joints, or whose tasks do, are refused with the difference; so \
        are damaged ones. Episodes that were purged do not come back. Where something is refused \
        nothing is changed.

          mallard episodes merge monday.sqlite tuesday.sqlite --into week.sqlite
        """)

    @Argument(help: "The recordings; they stay as they are.")
    var recordings: [String]

    @Option(
      help: "The recording that gets them; made when it is not there.",
      transform: RecordingOutput.init)
    var into: RecordingOutput

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
      var meter = ProgressMeter()
      let reports = try RecordingMerge.run(recordings, into: into.path) { done, total in
        meter.show(done: done, of: total, unit: "rows")
      }
      Terminal.progress("")
      if json { return try Terminal.result(json: reports) }
      Terminal.result(
        PlainText.table(
          [["recording", "new episodes", "new steps", "new pictures", "there already", "purged"]]
            + reports.map { report in
              [
                report.path, "\(report.newRows["episode", default: 0])",
                "\(report.newRows["step", default: 0])",
                "\(report.newRows["frame", default: 0])", "\(report.knownRows) rows",
                "\(report.purgedEpisodes) episodes",
              ]
            }))
      Terminal.result("\nnext       mallard recording check \(into)")
    }
  }
}
