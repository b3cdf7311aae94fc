import ArgumentParser
import CommandLineKit
import ConsoleScreen
import Foundation
import MuJoCoRobots
import OperatorConsole
import PlainErrors
import RobotData
import RobotProfiles
import ZeroMQ

struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Say what this machine has, what it lacks, and the command that installs it.")

  @Flag(help: "Print JSON.")
  var json = false

  struct Finding: Encodable {
    var name: String
    var isGood: Bool
    /// Whether nothing works without it.
    var isNeeded: Bool
    var found: String
    var remedy: String?
  }

  func run() throws {
    let findings = [
      library("ZeroMQ", "libzmq.so.5", package: "libzmq3-dev"),
      curve,
      library("SQLite", "libsqlite3.so.0", package: "libsqlite3-dev"),
      library("JPEG", "libturbojpeg.so.0", package: "libturbojpeg0-dev"),
      library("PNG", "libpng16.so.16", package: "libpng-dev"),
      library("terminal screen", "libncursesw.so.6", package: "libncurses-dev"),
      library("terminal pictures", "libchafa.so.0", package: "libchafa-dev"),
      library("EGL", "libEGL.so.1", package: "libegl-dev libgl1-mesa-dri"),
      simulation("bench-arm", isNeeded: true),
      simulation("jaco", isNeeded: false),
      disk, terminal, steering, python,
    ]
    if json {
      try Terminal.result(json: findings)
    } else {
      let rows = findings.map { finding in
        [
          finding.isGood ? "✓" : finding.isNeeded ? "✗" : "–", finding.name,
          finding.found + (finding.remedy.map { "; " + $0 } ?? ""),
        ]
      }
      Terminal.result(PlainText.table(rows))
    }
    if findings.contains(where: { $0.isNeeded && !$0.isGood }) { throw ExitCode.failure }
  }

  private func library(_ name: String, _ file: String, package: String) -> Finding {
    let handle = dlopen(file, RTLD_LAZY | RTLD_LOCAL)
    if let handle { dlclose(handle) }
    return Finding(
      name: name, isGood: handle != nil, isNeeded: true,
      found: handle == nil ? "\(file) is missing" : file,
      remedy: handle == nil ? "run: sudo apt-get install \(package)" : nil)
  }

  private var curve: Finding {
    Finding(
      name: "encryption", isGood: ZeroMQLibrary.hasCurve, isNeeded: false,
      found: "libzmq \(ZeroMQLibrary.version) "
        + (ZeroMQLibrary.hasCurve ? "with CURVE" : "without CURVE: `mallard keys` cannot work"))
  }

  /// Loads a profile, renders a picture: what a fleet needs, tried.
  private func simulation(_ name: String, isNeeded: Bool) -> Finding {
    do {
      let profile = try RobotProfile.named(name, in: Places.robots)
      let task = profile.tasks.keys.map(\.name).sorted().first ?? ""
      let robot = try SimulatedRobot(profile: profile, task: task)
      try robot.reset(seed: 1)
      let frames = try robot.observe().frames
      return Finding(
        name: "simulated \(name)", isGood: true, isNeeded: isNeeded,
        found: "rendered \(frames.count) pictures off screen")
    } catch {
      return Finding(
        name: "simulated \(name)", isGood: false, isNeeded: isNeeded,
        found: PlainError.sentence(error),
        remedy: "run: make setup")
    }
  }

  private var disk: Finding {
    var statistics = statvfs()
    let bytes =
      statvfs(".", &statistics) == 0
      ? Int(clamping: UInt64(statistics.f_bavail) &* UInt64(statistics.f_frsize)) : 0
    return Finding(
      name: "disk", isGood: bytes > 1_000_000_000, isNeeded: false,
      found: "\(PlainText.bytes(bytes)) free here",
      remedy: bytes > 1_000_000_000 ? nil : "an hour of four robots takes about 1 GB")
  }

  private var terminal: Finding {
    let name = ProcessInfo.processInfo.environment["TERM"] ?? "none"
    let isGood = Terminal.isInteractive
    return Finding(
      name: "terminal", isGood: isGood, isNeeded: false,
      found: isGood ? name : "none: progress is printed line by line")
  }

  /// What hands could drive with besides keys.
  private var steering: Finding {
    var devices = SteeringDevices()
    var found: [String] = []
    var remedy: String?
    for input in devices.inputs(at: .origin) {
      switch input {
      case .connected(let device, let name): found.append("\(device): \(name)")
      case .unusable(_, let reason): remedy = reason
      default: break
      }
    }
    return Finding(
      name: "steering", isGood: !found.isEmpty, isNeeded: false,
      found: found.isEmpty
        ? "keys; no gamepad, and no SpaceMouse through spacenavd" : found.joined(separator: ", "),
      remedy: remedy)
  }

  private var python: Finding {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["python3", "-c", "import zmq, google.protobuf; print(zmq.__version__)"]
    process.standardError = FileHandle.nullDevice
    let output = Pipe()
    process.standardOutput = output
    var isGood = false
    if (try? process.run()) != nil {
      process.waitUntilExit()
      isGood = process.terminationStatus == 0
    }
    return Finding(
      name: "Python peers", isGood: isGood, isNeeded: false,
      found: isGood
        ? "pyzmq and protobuf" : "pyzmq or protobuf is missing (Robots/python needs them)",
      remedy: isGood ? nil : "run: python3 -m pip install pyzmq protobuf")
  }
}
