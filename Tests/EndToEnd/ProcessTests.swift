// Aim: a program of ours ends in good order however it is told to, and neither a reader that goes away
// or reads nothing, nor a full disk, nor a limit kills a service or cuts a result short without a word.
// Method: the built program as real processes; pipes, FIFOs and limits of the real system.
import Foundation
import MallardTesting
import RecordingStore
import RobotData
import Testing

@Suite(.serialized) struct ProcessTests {
  private func steps(in path: String) -> Int {
    guard FileManager.default.fileExists(atPath: path),
      let episodes = try? RecordingReader(path: path).episodes()
    else { return 0 }
    return episodes.reduce(0) { $0 + $1.steps }
  }

  private func humanSteps(in path: String) -> Int {
    let episodes = try? RecordingReader(path: path).episodes()
    return (episodes ?? []).reduce(0) { $0 + $1.humanSteps }
  }

  /// A shell that runs the program, `$0`, as `script` says.
  private func shell(_ fleet: FleetProcesses, _ name: String, _ script: String) throws
    -> SpawnedProcess
  {
    let process = SpawnedProcess(URL(filePath: "/bin/bash"), ["-c", script, program.path])
    process.directory = checkout
    try fleet.adopt(process, log: name)
    return process
  }

  private func children(of process: SpawnedProcess) -> [pid_t] {
    let id = process.processIdentifier
    let list = try? String(contentsOfFile: "/proc/\(id)/task/\(id)/children", encoding: .utf8)
    return (list ?? "").split(separator: " ").compactMap { pid_t($0) }
  }

  @Test(arguments: [SIGHUP, SIGTERM, SIGINT])
  func `a fleet ends in good order`(signal: Int32) throws {
    let fleet = try FleetProcesses()
    let process = try fleet.start(
      "fleet",
      [
        "fleet", "--robots", "2", "--no-console", "--address", fleet.address, "--telemetry",
        fleet.telemetry, "--recording", fleet.recording,
      ])
    try fleet.wait(for: "20 steps") { steps(in: fleet.recording) >= 20 }
    // A terminal that goes away tells all of its processes, and may tell them twice.
    for _ in 0..<(signal == SIGHUP ? 2 : 1) {
      for child in children(of: process) where signal != SIGTERM { kill(child, signal) }
      process.send(signal)
    }
    try fleet.wait(20, for: "end of the fleet") { !process.isRunning }
    #expect(process.terminationStatus == 0, "\(fleet.log("fleet"))")
    let check = try fleet.start("check", ["recording", "check", fleet.recording])
    check.waitUntilExit(60)
    #expect(check.terminationStatus == 0, "\(fleet.log("check"))")
    let episodes = try RecordingReader(path: fleet.recording).episodes()
    #expect(!episodes.isEmpty && episodes.allSatisfy { $0.outcome != nil && $0.missingSteps == 0 })
  }

  @Test func `under nohup a robot outlives its terminal`() throws {
    let fleet = try FleetProcesses()
    let coordinator = try shell(
      fleet, "coordinator",
      "trap '' HUP; exec \"$0\" coordinator --address \(fleet.address) --telemetry "
        + "\(fleet.telemetry) --recording \(fleet.recording)")
    try fleet.wait(for: "listening") { fleet.log("coordinator").contains("listening") }
    coordinator.send(SIGHUP)
    usleep(500_000)
    #expect(coordinator.isRunning)
    #expect(fleet.stop(coordinator) == 0)
  }

  @Test(arguments: [
    ("> /dev/full", "No space left on device"), (">&-", "Bad file descriptor"),
    ("| true", "Broken pipe"),
  ])
  func `a result that cannot be written ends with a message and an error`(
    target: String, reason: String
  ) throws {
    let fleet = try FleetProcesses()
    for command in ["robots list", "accelerator report --model robot-small --json", "--help"] {
      // `true` is gone before the program writes.
      let script = "set -o pipefail; { sleep 0.2; \"$0\" \(command); } \(target)"
      let process = try shell(fleet, "query", script)
      process.waitUntilExit(60)
      #expect(process.terminationStatus == 1, "\(command) \(target)")
    }
    let log = fleet.log("query")
    #expect(log.components(separatedBy: "standard output: \(reason)").count == 4, "\(log)")
    #expect(log.contains("mallard robots list:"), "\(log)")
  }

  @Test func `a result arrives whole through a slow pipe that does not block`() throws {
    let fleet = try FleetProcesses()
    let script = """
      import fcntl, json, os, subprocess, sys, time
      reading, writing = os.pipe()
      fcntl.fcntl(writing, fcntl.F_SETFL, fcntl.fcntl(writing, fcntl.F_GETFL) | os.O_NONBLOCK)
      child = subprocess.Popen([sys.argv[1], "accelerator", "report", "--model", "robot-small", "--json"], stdout=writing)
      os.close(writing); time.sleep(1); data = b""
      while part := os.read(reading, 8192): data += part; time.sleep(0.002)
      assert child.wait() == 0 and len(data) > 65536, len(data)
      json.loads(data)
      """
    let process = SpawnedProcess(
      URL(filePath: "/usr/bin/env"), ["python3", "-c", script, program.path])
    try fleet.adopt(process, log: "slow")
    process.waitUntilExit(120)
    #expect(process.terminationStatus == 0, "\(fleet.log("slow"))")
  }

  @Test func `a coordinator continues while no one reads what it says, and ends when told`() throws
  {
    let fleet = try FleetProcesses()
    let pipe = fleet.folder + "/full"
    #expect(mkfifo(pipe, 0o600) == 0)
    let reader = open(pipe, O_RDWR | O_NONBLOCK)
    defer { close(reader) }
    let block = [UInt8](repeating: 0x2E, count: 4096)
    while write(reader, block, block.count) > 0 {}
    let coordinator = try shell(
      fleet, "coordinator",
      "exec \"$0\" coordinator --lockstep --address \(fleet.address) --telemetry "
        + "\(fleet.telemetry) --recording \(fleet.recording) 2> \(pipe)")
    _ = try fleet.startRobot("arm-1")
    _ = try fleet.startOperator()
    try fleet.wait(for: "40 steps") { steps(in: fleet.recording) >= 40 }
    #expect(fleet.stop(coordinator) == 0)
  }

  @Test func `a limit on the size of files does not kill a coordinator`() throws {
    let fleet = try FleetProcesses()
    let coordinator = try shell(
      fleet, "coordinator",
      "ulimit -f 600; exec \"$0\" coordinator --lockstep --address \(fleet.address) --telemetry "
        + "\(fleet.telemetry) --recording \(fleet.recording)")
    _ = try fleet.startRobot("arm-1")
    _ = try fleet.startOperator()
    try fleet.wait(for: "trouble") { fleet.log("coordinator").contains("recording:") }
    usleep(500_000)
    #expect(coordinator.isRunning, "\(fleet.log("coordinator"))")
    coordinator.send(SIGTERM)
    try fleet.wait(30, for: "end of the coordinator") { !coordinator.isRunning }
    #expect(coordinator.endingSignal == nil)
    // What it could not write it says, with an error.
    #expect(coordinator.terminationStatus == 1, "\(fleet.log("coordinator"))")
  }

  @Test(arguments: ["lerobot", "robomimic", "mcap"])
  func `an export that finds no room ends with a message, and by no signal`(format: String) throws {
    let fleet = try FleetProcesses()
    let record = try fleet.start(
      "fleet",
      [
        "fleet", "--robots", "1", "--operators", "1", "--episodes", "1", "--step-limit", "60",
        "--lockstep", "--address", fleet.address, "--telemetry", fleet.telemetry, "--recording",
        fleet.recording,
      ])
    record.waitUntilExit(60)
    let process = try shell(
      fleet, "export",
      "ulimit -f 100; exec \"$0\" export \(fleet.recording) --format \(format) --output "
        + "\(fleet.folder)/out")
    process.waitUntilExit(60)
    #expect(process.terminationStatus == 1, "\(fleet.log("export"))")
    #expect(fleet.log("export").contains("File too large"), "\(fleet.log("export"))")
    #expect(!FileManager.default.fileExists(atPath: fleet.folder + "/out"))
  }

  @Test(arguments: [("> /dev/full", false), ("| head -n 1", false), ("> /dev/null", true)])
  func `no one drives by lines that reach no one`(target: String, drives: Bool) throws {
    let fleet = try FleetProcesses()
    let coordinator = try fleet.startCoordinator()
    _ = try fleet.startRobot("arm-1")
    // It takes the robot again and again: on a busy machine it may come later than the console.
    let stop = fleet.folder + "/stop"
    let lines =
      "for i in $(seq 60); do test -e \(stop) && break; echo take arm-1; echo move 5 0 0; "
      + "sleep 0.4; done"
    let console = try shell(
      fleet, "console",
      "{ \(lines); } | \"$0\" console --plain --name ann --connect \(fleet.address) \(target)")
    if drives {
      try fleet.wait(for: "steps of ann") { humanSteps(in: fleet.recording) > 0 }
      #expect(FileManager.default.createFile(atPath: stop, contents: nil))
    }
    console.waitUntilExit(60)
    #expect(fleet.stop(coordinator) == 0)
    let driven = humanSteps(in: fleet.recording)
    #expect((driven > 0) == drives, "\(driven) steps of ann; \(fleet.log("console"))")
  }

  @Test func `names that hold control characters are written as codes`() throws {
    let fleet = try FleetProcesses()
    let name = "\u{1B}]0;x\u{7}\u{9B}2J\nforged line"
    for arguments in [
      ["episodes", "list", "--recording", name], ["robots", "list", "--robots-folder", name],
      ["export", name], [name], ["coordinator", "--address", name],
      ["robot", "--name", name], ["robot", "--profile", name],
    ] {
      let process = try fleet.start("tried", arguments)
      process.waitUntilExit(30)
      #expect(process.terminationStatus != 0, "\(arguments)")
    }
    let log = fleet.log("tried")
    #expect(!log.isEmpty && log.unicodeScalars.allSatisfy { $0 == "\n" || $0.value >= 0x20 })
    #expect(!log.unicodeScalars.contains { (0x7F..<0xA0).contains($0.value) })
  }
}
