import ArgumentParser

struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Measure speed and memory beside what you might use instead.",
    subcommands: [
      BenchEncoderCommand.self, BenchAcceleratorCommand.self, BenchPolicyCommand.self,
      BenchRecordingCommand.self,
      BenchConsoleCommand.self,
      BenchExportCommand.self,
    ])
}
