import Clocks
import CommandLineKit
import Foundation
import Numbers
import RecordingStore
import RobotData
import Synchronization

/// A fleet's load, recorded at its rate.
struct RecordingBenchFleet {
  let robots: Int
  let rate: Double
  let seconds: Double
  let pictureBytes: Int
  let path: String

  /// How it was at one moment.
  struct Moment: Encodable {
    var seconds: Double
    var offeredSteps: Int
    var acknowledgedSteps: Int
    var waitingBytes: Int
    var residentBytes: Int
    var fileBytes: Int
  }

  /// What came of it.
  struct Report: Encodable {
    var robots: Int
    var rate: Double
    var offeredSteps: Int
    var refusedOffers: Int
    var acknowledgedSteps: Int
    var stepsInFile: Int
    var picturesInFile: Int
    var isCheckClean: Bool
    var moments: [Moment]

    /// Whether nothing was lost.
    var isWhole: Bool {
      offeredSteps == acknowledgedSteps && offeredSteps == stepsInFile
        && offeredSteps == picturesInFile && isCheckClean
    }

    var text: TextBlock {
      let table = PlainText.table(
        [["s", "steps", "acknowledged", "waiting kB", "resident MB", "file MB"]]
          + moments.map { moment in
            [
              String(format: "%.0f", moment.seconds), "\(moment.offeredSteps)",
              "\(moment.acknowledgedSteps)", "\(moment.waitingBytes / 1_000)",
              String(format: "%.1f", Double(moment.residentBytes) / 1e6),
              String(format: "%.1f", Double(moment.fileBytes) / 1e6),
            ]
          })
      return TextBlock(lines: ["\(robots) robots at \(rate) Hz, a picture with each step"]) + table
        + TextBlock(lines: [
          "offered     \(offeredSteps) steps, \(refusedOffers) offers refused for want of room",
          "in the file \(stepsInFile) steps, \(picturesInFile) pictures; \(acknowledgedSteps) "
            + "acknowledged",
          "check       \(isCheckClean ? "clean" : "NOT CLEAN")",
        ])
    }
  }

  func run() throws -> Report {
    let load = try RecordingLoad(pictureBytes: pictureBytes, session: SessionID(1), rate: rate)
    let acknowledged = Mutex<[EpisodeID: Int]>([:])
    let recorder = try load.recorder(path) { counts in
      acknowledged.withLock { $0.merge(counts) { $1 } }
    }
    let names = try (1...robots).map { try RobotID("arm-\($0)") }
    for name in names { _ = recorder.offer(.robotJoined(name, load.description)) }
    var moments: [Moment] = []
    var (offered, refused) = (0, 0)
    let start = SystemClock.now
    let periods = Int(saturating: seconds * rate)
    let interval = max(periods / 20, 1)
    for period in 0..<periods {
      for (index, name) in names.enumerated() {
        let (number, step) = period.quotientAndRemainder(dividingBy: RecordingLoad.episodeSteps)
        let episode = EpisodeID(
          session: load.session, ordinal: UInt32(number * robots + index + 1))
        if step == 0 {
          let start = RecordingEntry.episodeStarted(
            episode, name, task: load.description.task.name, seed: nil, at: SystemClock.wall)
          _ = recorder.offer(start)
        }
        let entry = try load.step(step, of: episode, robot: name, number: period)
        while !recorder.offer(entry) {
          refused += 1
          usleep(1_000)
        }
        offered += 1
        if step == RecordingLoad.episodeSteps - 1 || period == periods - 1 {
          _ = recorder.offer(.episodeClosed(episode, stepCount: step + 1))
          _ = recorder.offer(.episodeEnded(episode, .success, at: SystemClock.wall))
        }
      }
      if period % interval == 0 || period == periods - 1 {
        moments.append(
          Moment(
            seconds: (SystemClock.now - start).inSeconds, offeredSteps: offered,
            acknowledgedSteps: acknowledged.withLock { $0.values.reduce(0, +) },
            waitingBytes: recorder.waitingBytes, residentBytes: Memory.residentBytes,
            fileBytes: recorder.fileBytes))
        Terminal.progress("\(offered) steps of \(periods * robots)")
      }
      let due = start + .saturating(seconds: Double(period + 1) / rate)
      let rest = (due - SystemClock.now).inSeconds
      if rest > 0 { usleep(UInt32(saturating: rest * 1e6)) }
    }
    _ = recorder.close(patience: 60)
    Terminal.progress("")
    let counts = try RecordingReader(path: path).counts()
    // The pictures are noise: whether they can be decoded is not asked.
    let check = try RecordingCheck.run(path) { _ in nil }
    return Report(
      robots: robots, rate: rate, offeredSteps: offered, refusedOffers: refused,
      acknowledgedSteps: acknowledged.withLock { $0.values.reduce(0, +) },
      stepsInFile: counts.steps, picturesInFile: counts.pictures, isCheckClean: check.isClean,
      moments: moments)
  }
}
