// Aim: bad input gets an answer that says what is wrong and what to do, and the coordinator goes
// on. Method: a real coordinator; robots, consoles and attackers over real sockets.
import Foundation
import MallardTesting
import RobotData
import Testing
import Wire
import ZeroMQ

@Suite(.serialized) struct BadInputTests {
  @Test(arguments: [
    (["robot", "--profile", "nonsuch"], "there are: bench-arm, jaco"),
    (["robot", "--task", "juggle"], "it has: kitchen-table, stack"),
    (["robot", "--name", "two words"], "may hold only letters"),
    (["robot", "--connect", "nonsense"], "tcp://host:port"),
    (["coordinator", "--address", "tcp://*:7447"], "--keys"),
    (["coordinator", "--recording", "/nowhere/x.sqlite"], "folder"),
    (["coordinator", "--keys", "/nowhere"], "mallard keys create coordinator"),
    (["episodes", "list", "--recording", "/nowhere/x.sqlite"], "no recording"),
    (["keys", "create", "robot"], "robot/NAME"),
    (["fleet", "--robots", "0"], "1 to 64"),
    (["coordinator", "--address", "tcp://127.0.0.1:99999"], "0 to 65535"),
    (["fleet", "--address", "tcp://127.0.0.1:99999"], "0 to 65535"),
    (["fleet", "--telemetry", "tcp://127.0.0.1:70000"], "0 to 65535"),
    (["fleet", "--telemetry", "tcp://127.0.0.1:7447"], "each needs its own"),
    (["fleet", "--rotate-size", "0.5"], "--rotate-size"),
    (["coordinator", "--rotate-size", "1e-9M"], "--rotate-size"),
  ])
  func `a wrong argument is answered with what is right`(
    arguments: [String], expected: String
  ) throws {
    let fleet = try FleetProcesses()
    let process = try fleet.start("tried", arguments)
    try fleet.wait(20, for: "end of \(arguments)") { !process.isRunning }
    #expect(process.terminationStatus != 0)
    #expect(fleet.log("tried").contains(expected), "\(fleet.log("tried"))")
  }

  @Test func `rubbish, huge messages, other versions and doubles do not disturb a coordinator`()
    throws
  {
    let fleet = try FleetProcesses()
    let coordinator = try fleet.startCoordinator()
    let context = try Context()
    var options = SocketOptions()
    options.linger = .zero
    options.receiveTimeout = .seconds(10)
    options.sendTimeout = .seconds(10)

    // Rubbish.
    let attacker = try Socket(.dealer, in: context, options: options)
    try attacker.connect(fleet.address)
    var random = SeededGenerator(seed: 1)
    for _ in 0..<200 {
      try attacker.send(
        (0..<random.integer(1...30)).map { _ in
          (0..<random.integer(0...200)).map { _ in UInt8(random.integer(0...255)) }
        })
    }
    // A frame larger than any picture: the peer is cut off.
    let huge = try Socket(.dealer, in: context, options: options)
    try huge.connect(fleet.address)
    try huge.send([[UInt8](repeating: 0, count: WireLimits.pictureBytes + 1)])

    // Another version.
    let old = try Socket(.dealer, in: context, options: options)
    try old.connect(fleet.address)
    var hello = try RobotToCoordinator.hello(
      robot: "old", instance: 7, random.description(), episode: nil, nextStep: 0
    ).frames()
    let version = try #require(hello[0].firstRange(of: [0x0A, 0x04, 0x08, 0x01]))
    hello[0][version.upperBound - 1] = 2
    try old.send(hello)
    let refusal = try CoordinatorToRobot(frames: old.receive().parts)
    guard case .refused(let reason) = refusal else {
      Issue.record("got \(refusal)")
      return
    }
    #expect(reason.contains("2.1") && reason.contains("same version"))

    // A second robot of the same name.
    let first = try Socket(.dealer, in: context, options: options)
    try first.connect(fleet.address)
    let double = try Socket(.dealer, in: context, options: options)
    try double.connect(fleet.address)
    let description = random.description()
    for (socket, instance) in [(0, UInt64(1)), (1, 2)] {
      let frames = try RobotToCoordinator.hello(
        robot: "arm", instance: instance, description, episode: nil, nextStep: 0
      ).frames()
      if socket == 0 { try first.send(frames) } else { try double.send(frames) }
      let answer = try CoordinatorToRobot(
        frames: socket == 0 ? first.receive().parts : double.receive().parts)
      switch answer {
      case .welcome: #expect(socket == 0)
      case .refused(let reason): #expect(socket == 1 && reason.contains("another live process"))
      default: Issue.record("got \(answer)")
      }
    }
    #expect(coordinator.isRunning)
    #expect(fleet.stop(coordinator) == 0)
    #expect(fleet.log("coordinator").contains("malformed messages"), "\(fleet.log("coordinator"))")
  }

  @Test func `an address in use and a recording in use are named`() throws {
    let fleet = try FleetProcesses()
    let port = "tcp://127.0.0.1:\(Int.random(in: 20_000...30_000))"
    let first = try fleet.start(
      "first",
      ["coordinator", "--address", port, "--telemetry", "none", "--recording", fleet.recording])
    try fleet.wait(20, for: "first coordinator") { fleet.log("first").contains("listening") }
    let second = try fleet.start(
      "second",
      [
        "coordinator", "--address", port, "--telemetry", "none", "--recording",
        fleet.folder + "/other.sqlite",
      ])
    try fleet.wait(20, for: "end of the second") { !second.isRunning }
    #expect(fleet.log("second").contains(port) && second.terminationStatus != 0)
    #expect(
      !FileManager.default.fileExists(atPath: fleet.folder + "/other.sqlite"),
      "no recording without a coordinator")
    let third = try fleet.start(
      "third",
      [
        "coordinator", "--address", fleet.address, "--telemetry", "none", "--recording",
        fleet.recording,
      ])
    try fleet.wait(20, for: "end of the third") { !third.isRunning }
    #expect(fleet.log("third").contains("another coordinator is writing"))
    #expect(first.isRunning)
    #expect(fleet.stop(first) == 0)
  }

  @Test func `with keys, a robot gets in under its own name only`() throws {
    let fleet = try FleetProcesses()
    let keys = KeyFolder(fleet.folder + "/keys")
    for owner in ["coordinator", "robot/arm-1", "robot/arm-2"] { _ = try keys.create(owner) }
    let coordinator = try fleet.startCoordinator(["--keys", keys.path])
    let good = try fleet.startRobot("arm-1", ["--keys", keys.path])
    try fleet.wait(for: "arm-1 joined") { fleet.log("arm-1").contains("joined the fleet") }
    // arm-2's key with arm-1's name.
    let moved = KeyFolder(fleet.folder + "/stolen")
    try FileManager.default.copyItem(atPath: keys.path, toPath: moved.path)
    for kind in ["secret", "public"] {
      try FileManager.default.removeItem(atPath: moved.path + "/robot-arm-1.\(kind)")
      try FileManager.default.moveItem(
        atPath: moved.path + "/robot-arm-2.\(kind)", toPath: moved.path + "/robot-arm-1.\(kind)")
    }
    let bad = try fleet.start(
      "impostor",
      ["robot", "--name", "arm-1", "--connect", fleet.address, "--keys", moved.path])
    try fleet.wait(20, for: "refusal") { !bad.isRunning }
    #expect(fleet.log("impostor").contains("belongs to robot/arm-2"), "\(fleet.log("impostor"))")
    #expect(good.isRunning && coordinator.isRunning)
  }
}
