// Aim: a lab that writes a profile is told exactly what is wrong with it. Method: good profiles
// damaged one place at a time.
import Foundation
import RobotData
import RobotProfiles
import Testing

private let robots = URL(filePath: #filePath).deletingLastPathComponent()
  .appending(path: "../../../Robots").standardizedFileURL.path

@Suite struct RobotProfileTests {
  @Test func `the profiles that ship can be read`() throws {
    for name in try RobotProfile.names(in: robots) {
      let profile = try RobotProfile.named(name, in: robots)
      #expect(profile.cameras.map(\.name.name) == ["scene", "wrist"], "\(name)")
      #expect(profile.joints.count == profile.home.count, "\(name)")
    }
  }

  @Test func `an unknown profile is answered with those that there are`() throws {
    let error = #expect(throws: ProfileError.self) {
      try RobotProfile.named("nonsuch", in: robots)
    }
    #expect(error?.description.contains("bench-arm") == true)
    #expect(throws: ProfileError.noFolder(path: "/nowhere")) {
      try RobotProfile.named("x", in: "/nowhere")
    }
  }

  @Test(arguments: [
    ("rate: 10", "rate: [", "robot.yaml:"), ("rate: 10", "rate: fast", "rate"),
    ("rate: 10", "rate: -1", "rate is -1.0"), ("rate: 10", "", "\"rate\" is missing"),
    ("linearSpeed: 0.25", "linearSpeed: 0", "robot.yaml:10: limits.linearSpeed is 0.0"),
    ("home: [0.0, ", "home: [", "one for each of the 6 joints"),
    ("name: wrist", "name: scene", "unique names"),
    ("encoding: jpeg", "encoding: gif", "jpeg, png, rgb8"),
    ("quality: 90", "quality: 900", "1 to 100"), ("width: 96", "width: 96000", "8 to 1024"),
    ("driver: simulated", "driver: magic", "driver"),
    ("upper: [0.68", "upper: [0.1", "lower < upper"),
  ])
  func `each mistake is named`(good: String, bad: String, expected: String) throws {
    let folder = NSTemporaryDirectory() + "mallard-profile-\(UInt64.random(in: 0 ... .max))"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let text = try String(contentsOfFile: robots + "/bench-arm/robot.yaml", encoding: .utf8)
    #expect(text.contains(good))
    try FileManager.default.createDirectory(
      atPath: folder + "/mine", withIntermediateDirectories: true)
    try text.replacing(good, with: bad, maxReplacements: 1)
      .write(toFile: folder + "/mine/robot.yaml", atomically: true, encoding: .utf8)
    let error = #expect(throws: ProfileError.self) {
      try RobotProfile.named("mine", in: folder)
    }
    let message = error?.description ?? ""
    #expect(message.contains(expected) && message.contains("mine"), "\(message)")
  }
}
