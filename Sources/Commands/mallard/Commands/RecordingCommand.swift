import ArgumentParser
import CommandLineKit
import Foundation
import ImageCodecs
import PlainErrors
import RecordingStore
import RobotData

struct RecordingCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "recording",
    abstract: "Check recordings, repair them, and read what can be read of damaged ones.",
    subcommands: [Check.self, Salvage.self])

  struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Look whether a recording is whole, and is what was written.",
      discussion: """
        The file's pages, every row's checksum, gaps in steps, capture times, pictures that are \
        missing or cannot be decoded, episodes that no one ended. It may be recorded meanwhile. \
        The exit code is 1 when something is wrong.

          mallard recording check Recordings/today.sqlite
          mallard recording check Recordings/today.sqlite --repair

        --repair ends episodes that no one records any more, removes pictures whose step is not \
        there, and builds indexes anew; steps and pictures stay as they are. For a file with \
        damaged pages or rows see `mallard recording salvage --help`.
        """)

    @Argument(help: "The recordings.")
    var recordings: [String]

    @Flag(help: "Set right what is safe to set right.")
    var repair = false

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
      let reports = try recordings.map { path in
        var repairs: [String] = []
        if repair, try !Self.check(path).isClean {
          do {
            repairs = try RecordingRepair.run(path)
          } catch let error as RecordingError {
            // Damaged pages cannot be written to: the check says what is damaged.
            Terminal.say("\(path) was not repaired: \(PlainError.sentence(error))")
          }
        }
        var report = try Self.check(path)
        report.repairs = repairs
        if !json { Terminal.result(Self.text(report)) }
        return report
      }
      if json { try Terminal.result(json: reports) }
      guard reports.allSatisfy(\.isClean) else { throw ExitCode.failure }
    }

    static func check(_ path: String) throws -> RecordingCheckReport {
      let codec = try CameraFrameCodec()
      var meter = ProgressMeter()
      defer { Terminal.progress("") }
      return try RecordingCheck.run(path) { frame in
        do throws(ImageCodecError) {
          let size = try codec.decode(frame).size
          return size == frame.size ? nil : "it is \(size), not \(frame.size)"
        } catch { return error.description }
      } progress: { done, total in
        meter.show(done: done, of: total, unit: "rows")
      }
    }

    private static func text(_ report: RecordingCheckReport) -> TextBlock {
      var lines = [
        "\(report.path): \(report.episodes) episodes, \(report.steps) steps, "
          + "\(report.pictures) pictures (\(report.decodedPictures) decoded, "
          + "\(report.droppedPictures) dropped when recorded)",
        "\(report.verifiedRows) rows are as they were written"
          + (report.unverifiedRows > 0
            ? ", \(report.unverifiedRows) are from before there were checksums" : "")
          + (report.isBeingWritten ? "; it is being recorded" : ""),
      ]
      lines += report.repairs.map { "repaired: \($0)" }
      for finding in report.findings {
        lines.append(
          "\(finding.kind.rawValue): \(finding.text)" + (finding.isRepairable ? " (--repair)" : ""))
      }
      lines += report.untold.sorted { $0.key < $1.key }.map { "\($0): \($1) more" }
      lines.append(report.isClean ? "clean" : "NOT CLEAN")
      return TextBlock(lines: lines)
    }
  }

  struct Salvage: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Read what can be read of a damaged recording into a new file.",
      discussion: """
        The damaged file stays as it is. Rows are read table by table, around pages that cannot \
        be read; then what lies on pages that no table leads to any more is looked for. A row \
        whose checksum is wrong is left out and told. The new file is at its path only when it is \
        whole.

          mallard recording salvage Recordings/torn.sqlite --output Recordings/saved.sqlite
        """)

    @Argument(help: "The damaged recording.")
    var recording: String

    @Option(help: "The new file.", transform: OutputPath.init)
    var output: OutputPath

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
      var meter = ProgressMeter()
      let report = try RecordingSalvage.run(
        recording, to: try output.checked(besides: [recording])
      ) { done, total in
        meter.show(done: done, of: total, unit: "rows")
      }
      Terminal.progress("")
      if json { return try Terminal.result(json: report) }
      Terminal.result(
        PlainText.table(
          [["table", "saved", "of them unverified", "damaged, left out", "found on lost pages"]]
            + report.tables.map { table in
              [
                table.name, "\(table.saved)", "\(table.unverified)", "\(table.damaged)",
                "\(table.foundOnLostPages)",
              ]
            }))
      for text in report.notes { Terminal.result(text) }
      Terminal.result("next       mallard recording check \(output)")
    }
  }
}
