// Aim: what the README says can be asked, can. Method: its queries are cut out and given to
// SQLite's own shell, on a recording that has something to answer.
import Foundation
import RecordingStore
import RobotData
import Testing

private let readme = URL(filePath: #filePath).deletingLastPathComponent()
  .appending(path: "../../../Recordings/README.md").standardizedFileURL

private func queries() throws -> [String] {
  try String(contentsOf: readme, encoding: .utf8)
    .matches(of: /```sql\n((?s).*?)```/).map { String($0.1) }
}

@Suite struct ReadmeTests {
  @Test func `every query of the README is answered by SQLite's shell`() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/test.sqlite"
    let recorder = try Ledger().recorder(path)
    let authors: [Author] = [.policy, .human("ann")]
    for entry in try SmallRecording().entries() {
      guard case .step(var record, let robot, let task, let time) = entry else {
        _ = recorder.offer(entry)
        continue
      }
      if record.observation.step == 3 { record.observation.reading.frames = [] }
      record.annotation.author = authors[record.observation.step < 6 ? 0 : 1]
      _ = recorder.offer(.step(record, of: robot, task: task, receivedAt: time))
    }
    #expect(recorder.close() == 0)
    try RecordingEditor(path: path, person: "bea").add("pilot", to: "0000000000000007-1")
    let queries = try queries()
    #expect(queries.count >= 12)
    for query in queries {
      let result = try run("/usr/bin/sqlite3", ["-bail", path], input: query)
      #expect(result.code == 0 && !result.output.isEmpty, "\(query)\n\(result.output)")
    }
  }

  @Test func `the README names every table`() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/test.sqlite"
    try SmallRecording().write(path)
    let text = try String(contentsOf: readme, encoding: .utf8)
    let names = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'grdb%'"
    for table in try shell(path, names) where !table.hasPrefix("sqlite") {
      #expect(text.contains("| `\(table)` |"), "\(table)")
    }
  }
}
