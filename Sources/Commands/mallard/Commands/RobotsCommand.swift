import ArgumentParser
import CommandLineKit
import MuJoCoRobots
import RobotData
import RobotProfiles

struct RobotsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "robots",
    abstract: "List robot profiles and check them.",
    subcommands: [List.self, Check.self], defaultSubcommand: List.self)

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "A line for each profile.")

    @Option(help: "The folder of profiles. [default: Robots]")
    var robotsFolder: String?

    func run() throws {
      let folder = robotsFolder ?? Places.robots
      let rows = try RobotProfile.names(in: folder).map { name in
        let profile = try RobotProfile.named(name, in: folder)
        return [
          name, profile.driver.rawValue, "\(profile.rate) Hz", "\(profile.joints.count) joints",
          profile.cameras.map { "\($0.name) \($0.size)" }.joined(separator: ", "),
          profile.tasks.keys.map(\.name).sorted().joined(separator: ", "),
        ]
      }
      Terminal.result(
        PlainText.table([["profile", "driver", "rate", "joints", "cameras", "tasks"]] + rows))
    }
  }

  struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Load a profile with each of its scenes, move the robot and look.")

    @Argument(help: "The profiles; all when none is named.")
    var profiles: [String] = []

    @Option(help: "The folder of profiles. [default: Robots]")
    var robotsFolder: String?

    func run() throws {
      let folder = robotsFolder ?? Places.robots
      for name in try profiles.isEmpty ? RobotProfile.names(in: folder) : profiles {
        let profile = try RobotProfile.named(name, in: folder)
        guard profile.driver == .simulated else { continue }
        for task in profile.tasks.keys.map(\.name).sorted() {
          let robot = try SimulatedRobot(profile: profile, task: task)
          try robot.reset(seed: 1)
          _ = try robot.apply(.hold)
          let reading = try robot.observe()
          Terminal.result(
            "\(name), \(task): good; \(reading.frames.count) cameras, "
              + "\(reading.simulatedState?.objects.count ?? 0) objects")
        }
      }
    }
  }
}
