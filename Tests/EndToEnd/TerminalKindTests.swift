// Aim: on every kind of terminal a console draws and hears keys, or says at once what to do instead; it
// never shows a screen on which nothing can be read. Method: terminals of tmux's under names that can draw,
// cannot, are unknown, or are not given.
import Foundation
import MallardTesting
import Testing

@Suite struct TerminalKindTests {
  /// A command on a terminal of this kind, and what its screen shows when `isDone` says so, or in the end.
  private func screen(
    _ command: [String], kind: String?, press key: String? = nil, until isDone: (String) -> Bool
  ) throws -> String {
    let setting = kind.map { "TERM='\($0)'" } ?? "-u TERM"
    let words = ([program.path] + command).map { "'\($0)'" }.joined(separator: " ")
    let session = try TerminalSession(
      "env \(setting) \(words); echo ended $?; sleep 60", columns: 200, rows: 26)
    let deadline = Date(timeIntervalSinceNow: 30)
    while Date() < deadline {
      let screen = session.screen
      if isDone(screen) {
        guard let key else { return screen }
        // The console asks how it was, and leaves at the second.
        try session.press(key, key)
        while Date() < deadline, !session.screen.contains("ended") { usleep(50_000) }
        #expect(session.screen.contains("ended"), "\(key) is not heard: \(session.screen)")
        return screen
      }
      usleep(50_000)
    }
    Issue.record("\(command) on \(kind ?? "no TERM"): \(session.screen)")
    return session.screen
  }

  @Test(arguments: ["vt100", "xterm-256color", "screen", "linux"])
  func `a terminal that can place its cursor is drawn on, and its keys are heard`(
    kind: String
  ) throws {
    let fleet = try FleetProcesses()
    _ = try fleet.startCoordinator()
    let console = try screen(
      ["console", "--name", "ann", "--connect", fleet.address], kind: kind, press: "q"
    ) { $0.contains("no robot has joined") && $0.contains("STOP ALL") }
    #expect(console.contains("ann"), "\(kind): \(console)")

    let recording = fleet.folder + "/replay.sqlite"
    try RecordedFleet.write(to: recording, seed: 1, steps: [3])
    let replay = try screen(
      ["replay", "1", "--recording", recording], kind: kind, press: "q"
    ) { $0.split(separator: "\n").count > 5 }
    #expect(!replay.contains("--plain"), "\(kind): \(replay)")
  }

  @Test(arguments: ["dumb", "", "no-such-terminal", nil])
  func `a terminal that cannot is refused with the advice to use --plain`(kind: String?) throws {
    let fleet = try FleetProcesses()
    _ = try fleet.startCoordinator()
    let recording = fleet.folder + "/replay.sqlite"
    try RecordedFleet.write(to: recording, seed: 1, steps: [3])
    for command in [
      ["console", "--name", "ann", "--connect", fleet.address],
      ["replay", "1", "--recording", recording],
      [
        "fleet", "--console", "--robots", "1", "--address", "ipc://\(fleet.folder)/other",
        "--telemetry", fleet.telemetry + "-other", "--recording", fleet.folder + "/fleet.sqlite",
      ],
    ] {
      let said = try screen(command, kind: kind) { $0.contains("ended") }
      #expect(said.contains("--plain") && !said.contains("ended 0"), "\(command): \(said)")
    }
    // The advice is good: lines of text need nothing of a terminal.
    let plain = try screen(
      ["replay", "1", "--plain", "--recording", recording], kind: kind
    ) { $0.contains("ended") }
    #expect(plain.contains("ended 0"), "\(plain)")
  }
}
