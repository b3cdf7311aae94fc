internal import Foundation
internal import GRDB
public import RobotData

/// Episodes that come into a recording together or not at all.
///
/// They are recorded into a file beside it, `workingPath`, by a `Recorder` or several, one after the other.
/// `finish` checks that file and puts it into the recording in one transaction; without it, the
/// recording stays as it was.
public final class RecordingAddition {
  /// The recording; a recording that is split by size grows in its newest file.
  public let path: String
  /// The file to record into until the recording takes it.
  public let workingPath: String
  private let isNew: Bool
  private let robots: RecordedRobots
  private var isOver = false

  /// Looks at the recording, and removes what an addition that was killed has left.
  ///
  /// - Parameter path: The recording; it may exist, and is made otherwise.
  /// - Throws: `RecordingError` where the recording cannot be read or another process writes to it, or another
  ///   addition to it is in progress.
  public init(to path: String) throws(RecordingError) {
    isNew = !FileManager.default.fileExists(atPath: path)
    var robots = RecordedRobots()
    if isNew {
      self.path = path
    } else {
      let files = try RecordingParts(of: path).files
      for file in files where RecordingFile.isBeingWritten(file.path) {
        throw .inUse(path: file.path)
      }
      for file in files {
        try file.read { robots.add(try RecordedRobot.all(in: $0, of: file.path)) }
      }
      self.path = files.last?.path ?? path
    }
    self.robots = robots
    workingPath = self.path + ".importing"
    guard !RecordingFile.isBeingWritten(workingPath) else { throw .inUse(path: workingPath) }
    Self.clear(workingPath)
  }

  deinit { abandon() }

  /// Why the episodes of this robot cannot come into the recording; nil where they can.
  public func refusal(of description: RobotDescription) -> String? {
    robots.conflict(with: description).map { robot, differences in
      "it does not fit \(robot.name) in \(robot.path): "
        + differences.map(\.description).joined(separator: "; ")
        + "; choose another file with --recording"
    }
  }

  /// Puts what was recorded into the recording, when all of it is there.
  ///
  /// - Returns: Episodes that were left out because they had been purged from the recording.
  /// - Throws: `RecordingError`; the recording is then as it was, and what was recorded is removed.
  public func finish() throws(RecordingError) -> Int {
    defer { abandon() }
    // Nothing was new.
    guard FileManager.default.fileExists(atPath: workingPath) else { return 0 }
    let report = try RecordingCheck.run(workingPath, decode: { _ in nil })
    if let finding = report.findings.first(where: { Self.faults.contains($0.kind) }) {
      throw .damaged(path: workingPath, reason: finding.text)
    }
    if isNew {
      guard !FileManager.default.fileExists(atPath: path) else { throw .exists(path: path) }
      try RecordingFile.move(workingPath, to: path)
      return 0
    }
    return try RecordingMerge.run([workingPath], into: path).reduce(0) { $0 + $1.purgedEpisodes }
  }

  private static func clear(_ path: String) {
    RecordingFile.remove(path)
    RecordingFile.remove(UnwrittenFile.path(beside: path))
  }

  /// What the writing of a recording can do wrong. Other findings, such as steps that are not there or a
  /// clock that jumped, may come from where the episodes were collected.
  private static let faults: Set<RecordingFinding.Kind> = [
    .structure, .index, .orphan, .checksum, .hole,
  ]

  /// Removes what was recorded, unless the recording has taken it.
  public func abandon() {
    guard !isOver else { return }
    isOver = true
    Self.clear(workingPath)
  }
}
