// Aim: what is sent arrives unchanged, and nothing that arrives can do harm. Method: random
// messages of every kind there and back; damaged bytes; each limit and each bad field by hand.
import Foundation
import MallardTesting
import RobotData
import Testing
import Wire

@Suite struct CodecTests {
  @Test(arguments: 0..<40)
  func `every message comes back as it was`(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    for kind in 0..<22 {
      try expectSame(random.fromRobot(kind), seed)
      try expectSame(random.toRobot(kind), seed)
      try expectSame(random.fromConsole(kind), seed)
      try expectSame(random.toConsole(kind), seed)
    }
  }

  private func expectSame<M: WireMessage & Equatable>(_ message: M, _ seed: UInt64) throws {
    #expect(try M(frames: message.frames()) == message, "seed \(seed)")
  }

  @Test func `pictures travel beside the header, not in it`() throws {
    var random = SeededGenerator(seed: 1)
    var observation = random.observation()
    let picture = try CameraFrame(
      camera: "scene", size: ImageSize(width: 96, height: 96), encoding: .rgb8,
      bytes: [UInt8](repeating: 0xAB, count: 96 * 96 * 3))
    observation.reading.frames = [picture]
    let frames = try RobotToCoordinator.observation(
      observation, sentTime: WallTime(nanosecondsSinceEpoch: 0)
    ).frames()
    #expect(frames.count == 2 && frames[1] == picture.bytes && frames[0].count < 2_000)
  }

  @Test(arguments: 0..<300)
  func `damaged bytes give a typed error or another message, never a trap`(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    for kind in 0..<11 {
      var frames = try random.fromRobot(kind).frames()
      damage(&frames, &random)
      _ = try? RobotToCoordinator(frames: frames)
      _ = try? CoordinatorToRobot(frames: frames)
      frames = try random.toConsole(kind).frames()
      damage(&frames, &random)
      _ = try? CoordinatorToConsole(frames: frames)
      _ = try? ConsoleToCoordinator(frames: frames)
    }
  }

  private func damage(_ frames: inout [[UInt8]], _ random: inout SeededGenerator) {
    let index = random.integer(0...(frames.count - 1))
    for _ in 0..<random.integer(1...8) {
      switch random.integer(0...4) {
      case 0 where !frames[index].isEmpty:
        let place = random.integer(0...(frames[index].count - 1))
        frames[index][place] ^= 1 << UInt8(random.integer(0...7))
      case 1: frames[index].removeLast(random.integer(0...frames[index].count))
      case 2:
        frames[index] += (0..<random.integer(1...9)).map { _ in UInt8(random.integer(0...255)) }
      case 3: frames.append([1, 2, 3])
      default:
        frames[index] = (0..<random.integer(0...64)).map { _ in UInt8(random.integer(0...255)) }
      }
    }
  }

  @Test func `nothing, too much, and another language are told apart`() throws {
    #expect(throws: WireError.noHeader) { try RobotToCoordinator(frames: []) }
    #expect(throws: WireError.unknownKind(expected: "ToCoordinator")) {
      try RobotToCoordinator(frames: [[]])
    }
    let huge = [UInt8](repeating: 0, count: WireLimits.headerBytes + 1)
    #expect(throws: WireError.headerTooLarge(bytes: huge.count)) {
      try RobotToCoordinator(frames: [huge])
    }
    let error = #expect(throws: WireError.self) {
      try RobotToCoordinator(frames: [Array("GET / HTTP/1.1\r\n".utf8)])
    }
    #expect(error?.description.contains("ToCoordinator") == true)
  }

  @Test func `a picture more or less than the header says is refused`() throws {
    var random = SeededGenerator(seed: 3)
    var observation = random.observation()
    observation.reading.frames = [random.frame("scene"), random.frame("wrist")]
    let frames = try RobotToCoordinator.observation(
      observation, sentTime: WallTime(nanosecondsSinceEpoch: 0)
    ).frames()
    for wrong in [Array(frames.dropLast()), frames + [[1]]] {
      let error = #expect(throws: WireError.self) { try RobotToCoordinator(frames: wrong) }
      #expect(error?.description.contains("2") == true)
    }
    let empty = #expect(throws: WireError.self) {
      try RobotToCoordinator(frames: [frames[0], frames[1], []])
    }
    #expect(empty == .picture(.empty("wrist")))
  }

  @Test func `another major version is refused with both versions and the sender's name`() throws {
    var random = SeededGenerator(seed: 4)
    var frames = try random.fromRobot(0).frames()
    // Field 1 of the hello is the version; its first field is the major number.
    let place = try #require(
      frames[0].firstRange(of: [0x0A, 0x02, 0x08, 0x01]) ?? frames[0].firstRange(of: [0x08, 0x01]))
    frames[0][place.upperBound - 1] = 9
    let error = #expect(throws: WireError.self) { try RobotToCoordinator(frames: frames) }
    guard case .version(let theirs, let name) = error else {
      Issue.record("got \(error as Any)")
      return
    }
    #expect(theirs.major == 9 && !name.isEmpty)
    #expect(error?.description.contains("install the same version") == true)
  }

  @Test func `a text for people is cut, not refused`() throws {
    let long = String(repeating: "x", count: 5_000)
    let back = try RobotToCoordinator(frames: RobotToCoordinator.fault(message: long).frames())
    #expect(back == .fault(message: String(long.prefix(2_000))))
  }

  @Test func `a number that is none is refused in a command, and passed on from a sensor`() throws {
    var random = SeededGenerator(seed: 5)
    var action = random.action()
    action.twist.linear.x = .nan
    let order = try ConsoleToCoordinator.order(
      .drive("r", action, respondsTo: nil), number: 1
    ).frames()
    #expect(throws: WireError.notFinite("drive.action.twist")) {
      try ConsoleToCoordinator(frames: order)
    }
    var observation = random.observation()
    observation.reading.proprioception.jointPositions = [.infinity]
    observation.reading.proprioception.jointVelocities = [0]
    let sent = RobotToCoordinator.observation(
      observation, sentTime: WallTime(nanosecondsSinceEpoch: 0))
    let back = try RobotToCoordinator(frames: sent.frames())
    guard case .observation(let seen, _) = back else { return }
    #expect(!seen.reading.proprioception.isFinite, "the fleet stops this robot")
  }

  @Test func `today's bytes are those of the file that other languages are tested with`() throws {
    let golden = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "Fixtures/observation-v1.bin")
    var random = SeededGenerator(seed: 2_026)
    var observation = random.observation()
    observation.reading.frames = []
    let bytes = try RobotToCoordinator.observation(
      observation, sentTime: WallTime(nanosecondsSinceEpoch: 1_234)
    ).frames()[0]
    let stored = [UInt8](try Data(contentsOf: golden))
    let sent = RobotToCoordinator.observation(
      observation, sentTime: WallTime(nanosecondsSinceEpoch: 1_234))
    #expect(try RobotToCoordinator(frames: [stored]) == sent)
    #expect(bytes.count == stored.count)
  }
}
