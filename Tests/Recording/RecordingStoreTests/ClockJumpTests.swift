// Aim: a clock that was set in mid-episode is found, and nothing else is taken for that: no coordinator
// that was down, no robot that waited, no step that was lost and sent again. Method: whole recordings whose
// times were moved, and the case of a real one.
import Foundation
import RecordingStore
import RobotData
import Testing

@Suite struct ClockJumpTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// A recording of one episode of 40 steps, 100 ms apart, received 3 ms after their capture; changed.
  private func jumps(_ changes: String...) throws -> [ClockJump] {
    var recording = SmallRecording()
    (recording.robots, recording.episodes, recording.steps) = (1, 1, 40)
    let path = folder.path + "/\(UInt32.random(in: 0 ... .max)).sqlite"
    try recording.write(path)
    for change in changes {
      _ = try shell(path, "UPDATE step SET checksum = NULL, \(change)")
    }
    let reader = try RecordingReader(path: path)
    let episode = try #require(try reader.episodes().first)
    let found = try reader.clockJumps(of: episode.id)
    #expect(try reader.timing(of: episode.id)?.clockJumps == found)
    let findings = try check(path).findings.filter { $0.kind == .time }
    // No more than 20 are told one by one.
    #expect(findings.map(\.step) == found.prefix(20).map(\.step))
    return found
  }

  private static let hour = "3600000000000"

  @Test func `a recording without a jump has none`() throws {
    #expect(try jumps("step = step").isEmpty)
  }

  @Test(arguments: [("3600000000000", 3_600.0), ("1000000000", 1.0), ("600000000", 0.6)])
  func `a robot's clock that was set forward is found`(nanoseconds: String, seconds: Double) throws
  {
    let found = try jumps("captureTime = captureTime + \(nanoseconds) WHERE step >= 25")
    #expect(found.map(\.step) == [25])
    #expect(abs((found.first?.seconds ?? 0) - seconds) < 0.01)
    #expect(found.first?.text.contains("set forward by \(seconds) s") == true)
  }

  @Test func `a robot's clock that was set back is found, also while the robot waited`() throws {
    let back = try jumps("captureTime = captureTime - \(Self.hour) WHERE step >= 25")
    #expect(back.map(\.step) == [25] && back[0].captured < 0)
    // It stands still for 10 s; meanwhile the clock goes 4 s back.
    let waiting = try jumps(
      "captureTime = captureTime + 6000000000, receiveTime = receiveTime + 10000000000 "
        + "WHERE step >= 25")
    #expect(waiting.map(\.step) == [25])
    #expect(abs((waiting.first?.seconds ?? 0) + 4) < 0.01, "\(waiting)")
  }

  @Test func `a clock that was set forward and back again is found twice`() throws {
    let found = try jumps(
      "captureTime = captureTime + \(Self.hour) WHERE step BETWEEN 10 AND 19")
    #expect(found.map(\.step) == [10, 20])
    #expect(found.map { $0.seconds > 0 } == [true, false])
  }

  @Test func `a robot that waits, or a fleet that is paused, moves both clocks alike`() throws {
    let found = try jumps(
      "captureTime = captureTime + 60000000000, receiveTime = receiveTime + 60000000000 "
        + "WHERE step >= 25",
      "captureTime = captureTime + \(Self.hour), receiveTime = receiveTime + \(Self.hour) "
        + "WHERE step >= 30")
    #expect(found.isEmpty, "\(found)")
  }

  /// The coordinator is down for a minute. Steps that it had not committed are sent again, in a burst, and
  /// the robot continues.
  @Test(arguments: [(0, 5), (0, 20), (20, 25), (3, 4), (0, 1), (12, 39)])
  func `a coordinator that was down is no jump`(first: Int, next: Int) throws {
    let found = try jumps(
      "captureTime = captureTime + 60000000000, receiveTime = receiveTime + 60000000000 "
        + "WHERE step >= \(next)",
      // Milliseconds apart, just before the robot continues.
      "receiveTime = (SELECT receiveTime FROM step s WHERE s.step = \(next)) - 100000000 "
        + "+ step * 1000000 WHERE step >= \(first) AND step < \(next)")
    #expect(found.isEmpty, "\(found)")
  }

  @Test func `steps that were lost and came again 2 s later are no jump`() throws {
    let found = try jumps(
      "receiveTime = receiveTime + 2000000000 WHERE step IN (0, 7, 8, 9, 30, 39)")
    #expect(found.isEmpty, "\(found)")
  }

  @Test func `an episode whose end came late, all at once, is no jump`() throws {
    let found = try jumps(
      "receiveTime = \(Self.hour) + step * 1000000 WHERE step >= 30")
    #expect(found.isEmpty, "\(found)")
  }

  @Test func `clocks that never agreed are no jump`() throws {
    let found = try jumps("captureTime = captureTime - \(Self.hour)")
    #expect(found.isEmpty, "\(found)")
  }

  @Test func `times at the ends of what a file can hold trap nothing`() throws {
    let found = try jumps(
      "captureTime = 9223372036854775807 WHERE step >= 20",
      "captureTime = -9223372036854775807 WHERE step = 5")
    #expect(found.contains { $0.step == 5 })
  }
}
