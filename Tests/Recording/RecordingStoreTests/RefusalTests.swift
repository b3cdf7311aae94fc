// Aim: a row that SQLite refuses for what it is does not vanish: it is counted, told, kept beside the
// recording, and leaves a hole that `recording check` finds. Method: triggers that refuse the rows of
// each table in turn; then they are dropped and what was kept is merged.
import Foundation
import RecordingStore
import RobotData
import Synchronization
import Testing

@Suite struct RefusalTests {
  let folder: TemporaryFolder
  let path: String
  private let recording = SmallRecording(robots: 1, episodes: 2, steps: 4)

  init() throws {
    folder = try TemporaryFolder()
    path = folder.path + "/test.sqlite"
  }

  static let refusals: [(table: String, when: String, kinds: Set<RecordingEntry.Kind>)] = [
    ("robot", "INSERT ON robot", [.robot]),
    ("episode", "INSERT ON episode", [.episode, .step, .closed, .end]),
    ("step", "INSERT ON step", [.step]),
    ("frame", "INSERT ON frame", [.step]),
    ("handover", "INSERT ON handover", [.handover]),
    ("event", "INSERT ON event", [.event]),
    ("mark", "INSERT ON mark", [.end]),
    ("step count", "UPDATE OF stepCount ON episode", [.closed]),
    ("outcome", "UPDATE OF outcome ON episode", [.end]),
    ("session's end", "UPDATE OF endedAt ON session", [.sessionEnd]),
    ("one hand-over", "INSERT ON handover WHEN NEW.ordinal = 1", [.handover]),
  ]

  @Test(arguments: refusals.map(\.table))
  func `what is refused is counted, told, kept and missed`(table: String) throws {
    let refusal = try #require(Self.refusals.first { $0.table == table })
    let ledger = Ledger()
    let recorder = try ledger.recorder(path)
    _ = try shell(
      path,
      "CREATE TRIGGER refuse BEFORE \(refusal.when.replacing(" WHEN", with: " FOR EACH ROW WHEN")) "
        + "BEGIN SELECT RAISE(ABORT, 'refused'); END")
    let entries = try recording.entries()
    for entry in entries { #expect(recorder.offer(entry)) }
    let lost = recorder.close(patience: 5)
    let unwritten = recorder.unwritten
    #expect(lost == unwritten.count && lost > 0)
    #expect(Set(unwritten.counts.keys) == refusal.kinds, "\(unwritten.text)")
    var told: [RecordingEntry.Kind: Int] = [:]
    for case .unwritten(let counts, _) in ledger.news.withLock({ $0 }) { told = counts }
    #expect(told == unwritten.counts)
    let report = try check(path)
    #expect(!report.isClean, "\(table)")
    guard refusal.kinds != [.sessionEnd] else { return }

    // Nothing that was collected is lost.
    let beside = try #require(unwritten.keptIn)
    #expect(report.findings.contains { $0.kind == .hole && $0.text.contains(beside) })
    try FileManager.default.copyItem(atPath: path, toPath: folder.path + "/whole.sqlite")
    _ = try shell(folder.path + "/whole.sqlite", "DROP TRIGGER refuse")
    _ = try RecordingMerge.run([beside], into: folder.path + "/whole.sqlite")
    let whole = try check(folder.path + "/whole.sqlite")
    #expect(whole.isClean, "\(table): \(whole.findings)")
    let reader = try RecordingReader(path: folder.path + "/whole.sqlite")
    #expect(try reader.episodes().map(\.steps) == [4, 4])
    #expect(try reader.episodes().map(\.outcome) == ["success", "success"])
    #expect(try reader.counts().handovers == 2)
  }

  @Test func `a refusal that passes costs nothing`() throws {
    let ledger = Ledger()
    let recorder = try ledger.recorder(path)
    let trigger = "CREATE TRIGGER refuse BEFORE INSERT ON handover "
    _ = try shell(path, trigger + "BEGIN SELECT RAISE(ABORT, 'refused'); END")
    for entry in try recording.entries() { #expect(recorder.offer(entry)) }
    wait { ledger.news.withLock { !$0.isEmpty } }
    _ = try shell(path, "PRAGMA busy_timeout = 10000; DROP TRIGGER refuse")
    wait { recorder.waitingBytes == 0 }
    #expect(recorder.close() == 0)
    #expect(try check(path).isClean)
  }
}
