import ArgumentParser
import CommandLineKit
import Foundation
import RobotData

struct BenchConsoleCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "console",
    abstract: "What the operator's console costs, and how fast a key becomes a robot's command.",
    discussion: """
      Runs a real coordinator and a real console as processes, and robots with sockets of their \
      own that cost next to nothing. The console draws on a pseudo-terminal and gets its keys from \
      there. Latency counts from the key's byte on the terminal to the command at the robot's \
      socket, through console and coordinator.
      """)

  @Option(help: "Robots of the fleet.")
  var robots = 16

  @Option(help: "How often each robot looks, Hz.")
  var rate = 10.0

  @Option(help: "Width and height of the two cameras of each robot.")
  var pixels = 96

  @Option(help: "How long each view is watched, s.")
  var seconds = 20.0

  @Option(help: "Keys that are pressed.")
  var presses = 200

  @Option(help: "The terminal's size.")
  var size = "120x40"

  @Flag(help: "Print JSON.")
  var json = false

  private var terminalSize: (columns: UInt16, rows: UInt16)? {
    let parts = size.split(separator: "x").compactMap { UInt16($0) }
    guard parts.count == 2, parts[0] >= 80, parts[1] >= 24 else { return nil }
    return (parts[0], parts[1])
  }

  func validate() throws {
    guard (1...256).contains(robots), (1...200).contains(rate), (8...1024).contains(pixels),
      (1...3600).contains(seconds), (1...100_000).contains(presses)
    else {
      throw ValidationError(
        "--robots is 1 to 256, --rate 1 to 200, --pixels 8 to 1024, --seconds 1 to 3600, "
          + "--presses 1 to 100000")
    }
    guard terminalSize != nil else {
      throw ValidationError("--size is columns x rows, 80x24 or larger, for example 120x40")
    }
  }

  func run() throws {
    var settings = ConsoleBench.Settings()
    settings.robots = robots
    settings.rate = rate
    settings.pixels = pixels
    settings.seconds = seconds
    settings.keys = presses
    if let terminalSize { (settings.columns, settings.rows) = terminalSize }
    let flag = StopFlag()
    let interruption = Interruption { flag.set() }
    let bench = try ConsoleBench(
      settings, progress: { Terminal.say("\(Terminal.clock) \($0)") },
      isStopped: { flag.isSet })
    let result = try bench.run()
    withExtendedLifetime(interruption) {}
    if json { return try Terminal.result(json: result) }
    Terminal.result(Self.text(of: result, size: size))
  }

  private static func text(of result: ConsoleBench.Result, size: String) -> TextBlock {
    func milliseconds(_ share: Double) -> String {
      result.latency(share).map { String(format: "%.1f ms", 1000 * $0) } ?? "-"
    }
    let phases = result.phases.map { phase in
      [
        phase.name, String(format: "%.1f s", phase.seconds),
        String(format: "%.1f %%", 100 * phase.processorShare),
        String(format: "%.1f kB/s", phase.drawnBytesPerSecond / 1e3),
      ]
    }
    return TextBlock(lines: ["\(result.robots) robots at \(result.rate) Hz, terminal of \(size)"])
      + PlainText.table([["console", "measured", "of one core", "drawn"]] + phases)
      + TextBlock(lines: [
        "most memory \(PlainText.bytes(result.peakBytes))",
        "from key to the robot's command, \(result.latencies.count) keys "
          + "(\(result.unanswered) unanswered)",
        "median \(milliseconds(0.5))  90 % \(milliseconds(0.9))  95 % \(milliseconds(0.95))  "
          + "99 % \(milliseconds(0.99))  most \(milliseconds(1))",
      ])
  }
}
