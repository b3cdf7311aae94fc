// Aim: whatever a row of a recording holds, no command is ended by a signal. Method: copies of a small
// recording whose tables no longer refuse anything; in each one column of one row, or of all rows, has a
// value that does not belong there. The built program reads each copy as a process of its own, since a
// trap ends the process that it happens in. A seed draws which of all the columns, values and commands
// are tried in one run of the tests; `MALLARD_EVERY_CASE=1` tries all of them.
import Foundation
import MallardTesting
import RecordingStore
import RobotData
import Testing

@Suite struct DamagedRecordingTests {
  /// One change of a copy.
  struct Damage: Sendable, CustomStringConvertible {
    var table: String
    var column: String
    var value: String
    var isInAllRows: Bool
    var description: String {
      "\(table).\(column) = \(value.prefix(24))\(isInAllRows ? " in all rows" : "")"
    }

    var statement: String {
      // A row without a checksum is believed, so that readers come to what it holds.
      let sum = table == "tally" ? "" : ", checksum = NULL"
      let row = isInAllRows ? "" : " WHERE \(Self.key[table] ?? "rowid = 1")"
      return
        "PRAGMA ignore_check_constraints = ON; UPDATE \(table) SET \(column) = \(value)\(sum)\(row);"
    }

    // Tables without rowids have other keys.
    static let key = [
      "step": "step = 3", "dropped_frame": "step = 2", "tag": "tag = 'pilot'",
      "purged": "person = 'bea'", "tally": "kind = 'handover'",
    ]
  }

  private static let values = [
    "NULL", "'text'", "x'010203'", "-1", "-9223372036854775808", "9223372036854775807", "1e300",
    "9e999", "''", "'{\"broken'", "'[]'", "'[{\"name\":\"a\",\"pose\":[1]}]'", "3.5",
    "x'" + String(repeating: "000000000000F87F", count: 7) + "'", "x'000000000000F03F'",
  ]

  private let fleet: FleetProcesses
  private let loose: String

  init() throws {
    fleet = try FleetProcesses()
    loose = fleet.folder + "/loose.sqlite"
    try RecordedFleet.write(to: loose, seed: 3, steps: [9, 8, 7])
    let editor = try RecordingEditor(path: loose, person: "bea")
    let episodes = try RecordingReader(path: loose).episodes().map(\.id)
    for episode in episodes { try editor.add("pilot", to: episode) }
    // Tables that take any value, as pages take any byte.
    try sqlite(
      loose,
      """
      INSERT INTO purged VALUES ('0000000000000001-9', 1, 'bea', 0);
      PRAGMA writable_schema = ON;
      UPDATE sqlite_master SET sql = replace(replace(replace(sql, 'STRICT, WITHOUT', 'WITHOUT'),
        ') STRICT', ')'), ' NOT NULL', '') WHERE type = 'table' AND name NOT LIKE '%grdb%';
      """)
  }

  private struct Refused: Error {
    var reason: String
  }

  private func sqlite(_ path: String, _ sql: String) throws {
    let shell = SpawnedProcess(URL(filePath: "/usr/bin/sqlite3"), ["-bail", path, sql])
    try fleet.adopt(shell, log: "shell")
    shell.waitUntilExit(60)
    guard shell.terminationStatus == 0 else {
      throw Refused(reason: fleet.log("shell"))
    }
  }

  /// Every column of every table with every value.
  private func damages() throws -> [Damage] {
    try sqlite(
      loose,
      "SELECT 'column', m.name, p.name FROM sqlite_master m, pragma_table_info(m.name) p "
        + "WHERE m.type = 'table' AND m.name NOT LIKE '%grdb%' AND p.name <> 'checksum'")
    var damages: [Damage] = []
    for line in fleet.log("shell").split(separator: "\n") {
      let fields = line.split(separator: "|").map(String.init)
      guard fields.count == 3, fields[0] == "column" else { continue }
      for value in Self.values {
        for isInAllRows in [false, true] {
          damages.append(
            Damage(table: fields[1], column: fields[2], value: value, isInAllRows: isInAllRows))
        }
      }
    }
    return damages
  }

  /// Every command that reads a recording, on one of them.
  private func commands(_ path: String, _ episode: String, _ folder: String) -> [[String]] {
    let exports = ["lerobot", "robomimic", "mcap"].map {
      ["export", "--format", $0, "--output", "\(folder)/\($0)", path]
    }
    return exports + [
      ["episodes", "list", "--recording", path],
      ["episodes", "list", "--json", "--sort", "jerk", "--recording", path],
      ["episodes", "show", episode, "--recording", path],
      ["episodes", "tag", "other", episode, "--recording", path],
      ["episodes", "merge", path, "--into", "\(folder)/merged.sqlite"],
      ["recording", "check", path], ["recording", "check", "--repair", path],
      ["recording", "salvage", path, "--output", "\(folder)/saved.sqlite"],
      ["replay", "--plain", episode, "--recording", path],
      ["snapshot", "--recording", path, "--output", "\(folder)/snapshot.png"],
    ]
  }

  @Test func `no value of a row ends a command by a signal`() throws {
    let isEvery = ProcessInfo.processInfo.environment["MALLARD_EVERY_CASE"] != nil
    var random = SeededGenerator(seed: 41)
    let damages = try damages().shuffled(using: &random)
    #expect(damages.count > 2_000, "every column is among them")
    let episode = try #require(try RecordingReader(path: loose).episodes().first?.id)
    var refusals = 0
    for (number, damage) in damages.prefix(isEvery ? .max : 120).enumerated() {
      let folder = fleet.folder + "/case-\(number)"
      let path = folder + "/damaged.sqlite"
      let files = FileManager.default
      try files.createDirectory(atPath: folder, withIntermediateDirectories: true)
      try files.copyItem(atPath: loose, toPath: path)
      defer { try? files.removeItem(atPath: folder) }
      do { try sqlite(path, damage.statement) } catch {
        refusals += 1  // A key of a table cannot be NULL, or twice the same.
        continue
      }
      let commands = commands(path, episode, folder).shuffled(using: &random)
      for arguments in commands.prefix(isEvery ? .max : 3) {
        let process = try fleet.start("case-\(number)", arguments)
        process.waitUntilExit(60)
        #expect(
          process.endingSignal == nil, "\(damage): \(arguments)\n\(fleet.log("case-\(number)"))")
      }
    }
    #expect(refusals < damages.count / 4)
  }
}
