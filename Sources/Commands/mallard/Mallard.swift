import ArgumentParser
import CommandLineKit

/// The program.
@main
struct Mallard: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "mallard",
    abstract: "Collect robot demonstrations: one operator, many robots.",
    discussion: """
      A coordinator talks to robots and operators over ZeroMQ, decides who controls which robot, \
      and records every step, picture, action and hand-over into one SQLite file.

      To see it all at once, on this machine, with simulated robots and a modelled operator:

        mallard fleet --robots 4 --episodes 8
        mallard episodes list

      Each part can equally be started alone, also on another machine:

        mallard coordinator --recording Recordings/today.sqlite
        mallard robot --name arm-1 --profile bench-arm --task stack
        mallard operator-model --name ann
      """,
    version: SoftwareVersion.text,
    subcommands: [
      FleetCommand.self, ConsoleCommand.self, ReplayCommand.self, CoordinatorCommand.self,
      RobotCommand.self, OperatorModelCommand.self,
      EpisodesCommand.self, RecordingCommand.self, ExportCommand.self, ImportCommand.self,
      SnapshotCommand.self, RobotsCommand.self, PlanCommand.self, KeysCommand.self,
      EncoderCommand.self, ScenesCommand.self, TrainCommand.self, EvaluateCommand.self,
      StudyCommand.self,
      AcceleratorCommand.self, BenchCommand.self, DoctorCommand.self,
    ])

  static func main() { ProcessShell.main(Self.self) }
}

/// What this program calls itself.
enum SoftwareVersion {
  static let text = "0.1.0"
}
