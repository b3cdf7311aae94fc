import ArgumentParser

struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Measure speed and memory beside what you might use instead.",
    subcommands: [
      BenchEncoderCommand.self, BenchAcceleratorCommand.self, BenchPolicyCommand.self,
      BenchConsoleCommand.self,
      BenchRecordingCommand.self,
      BenchExportCommand.self,
    ])
}
