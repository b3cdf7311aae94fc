import ArgumentParser
import CommandLineKit
import DatasetImport
import Foundation
import RecordingStore

struct ImportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Record a dataset that was collected elsewhere, to train with it.",
    discussion: """
      mallard import datasets/lift/ph/low_dim.hdf5 --recording Recordings/lift.sqlite
      mallard import datasets/today --recording Recordings/again.sqlite

      Reads robomimic's HDF5. What `mallard export` has written comes back as it was recorded, \
      under its own identifiers; pictures as the dataset has them, without further loss. Of others \
      what robomimic knows is recorded: observations under robosuite's names, pictures, actions of \
      seven numbers, rewards, states.

      An import is all or nothing: what is wrong with one episode, or Ctrl-C, leaves the recording \
      as it was. Until its end it fills a file NAME.importing beside the recording. A dataset is \
      known by all of its content: given twice, also as a copy, it is recorded once.
      """)

  @Argument(help: "The dataset: its file or folder.")
  var dataset: String

  @Option(help: "The recording; made where there is none.", transform: RecordingOutput.init)
  var recording: RecordingOutput?

  @Flag(help: "Print JSON.")
  var json = false

  /// Set by the command itself, for the process that reads.
  @Flag(help: .hidden)
  var isolated = false

  func run() throws {
    guard let recording = recording?.path else {
      throw ValidationError("say with --recording into which recording the dataset is to go")
    }
    if !isolated, DatasetReaders.hdf5File(dataset) != nil {
      return try CrashIsolation.run(dataset, into: recording)
    }
    let stop = StopFlag()
    let interruption = Interruption { stop.set() }
    let reader = try DatasetReaders.open(dataset)
    var meter = ProgressMeter()
    let summary = try DatasetImporter(recording: recording).run(reader) { progress in
      meter.show(done: progress.steps, of: progress.totalSteps, startedAt: 0, unit: "steps")
      return !stop.isSet
    }
    withExtendedLifetime(interruption) {}
    if json { return try Terminal.result(json: summary) }
    Terminal.say("")
    let present = summary.present > 0 ? "; \(summary.present) were there already" : ""
    let purged = summary.purged > 0 ? "; \(summary.purged) had been purged and stay away" : ""
    if !summary.leftOut.isEmpty {
      Terminal.say(
        "left out, as a recording has no place for it: "
          + summary.leftOut.joined(separator: ", "))
    }
    Terminal.result(
      "\(summary.recording): \(summary.episodes) episodes, \(summary.steps) steps, "
        + "\(summary.pictures) pictures from \(dataset) (\(summary.format))\(present)\(purged)")
  }
}

/// Imports in a process of its own. libhdf5 trusts what it reads: where a file without checksums is damaged, it
/// may follow a wrong address and end the process. An import is all or nothing, so that nothing is half done
/// then.
private enum CrashIsolation {
  static func run(_ dataset: String, into recording: String) throws {
    let process = Process()
    process.executableURL = URL(filePath: Places.executable)
    process.arguments = CommandLine.arguments.dropFirst() + ["--isolated"]
    process.environment = ProcessInfo.processInfo.environment.merging([
      "SWIFT_BACKTRACE": "enable=no"
    ]) { $1 }
    // Before it starts: a signal must not leave it alone.
    let stop = StopFlag()
    let interruption = Interruption { stop.set() }
    try process.run()
    var isTold = false
    while process.isRunning {
      if stop.isSet, !isTold {
        isTold = true
        process.terminate()
      }
      Thread.sleep(forTimeInterval: 0.01)
    }
    withExtendedLifetime(interruption) {}
    guard process.terminationReason == .exit else {
      // What it had written is removed.
      try? RecordingAddition(to: recording).abandon()
      if stop.isSet { throw ImportError.interrupted(path: recording) }
      throw ImportError.damaged(path: dataset, signal: process.terminationStatus)
    }
    guard process.terminationStatus == 0 else { throw ExitCode(process.terminationStatus) }
  }
}
