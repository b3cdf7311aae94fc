import ArgumentParser
import CommandLineKit
import ConsoleScreen
import Foundation
import OperatorConsole
import PlainErrors
import RobotData
import StrictFiles
import Wire
import ZeroMQ

extension PictureStyle: ExpressibleByArgument {}

struct ConsoleCommand: ServiceCommand {
  static let configuration = CommandConfiguration(
    commandName: "console",
    abstract: "See and drive a fleet from a terminal of 80x24 or larger.",
    discussion: """
      The fleet, sorted by which robot needs you most; one key takes it, keys drive it, one key \
      hands it back and takes the next. The space bar is the emergency stop of all robots, always. \
      Press ? for all keys.

        mallard console --name ann
        mallard console --name ann --connect tcp://lab-pc:7447 --keys keys
        mallard console --viewer --name visitor
        mallard console --plain --name ann
      """)

  @Option(help: "Your name, as it is recorded. [default: the name you are logged in with]")
  var name: String?

  @Flag(help: "Look only; a viewer may still stop robots.")
  var viewer = false

  @OptionGroup var look: ConsoleLookOptions

  @Flag(help: "Print the keys as a file for --key-file, and end.")
  var printKeys = false

  @Option(help: .hidden, transform: OutputPath.init)
  var timings: OutputPath?

  @OptionGroup var connection: ConnectionOptions

  func run() throws {
    let bindings = try look.bindings()
    if printKeys {
      Terminal.result(TextBlock(own: bindings.file))
      return
    }
    let id = try OperatorID(name ?? Self.login)
    let role: ConsoleRole = viewer ? .viewer : .operator
    var settings = ConsoleSettings(
      name: id, instance: .random(in: 1 ... .max), role: role, address: connection.connect)
    settings.bindings = bindings
    settings.fleet = connection.fleetId
    let stopping = try Mailbox<Void>()
    let interruption = Interruption { stopping.post(()) }
    let security = try connection.security(of: "\(viewer ? "viewer" : "operator")/\(id)")
    let ending: String
    if look.plain {
      let console = try PlainOperatorConsole(
        settings, context: try Context(), security: security, stopping: stopping,
        isRead: { Terminal.areResultsRead }
      ) { Terminal.result($0) }
      ending = try console.run()
    } else {
      let console = try OperatorConsole(
        settings, appearance: look.appearance, context: try Context(), security: security,
        stopping: stopping)
      ending = try console.run()
      try writeTimings(console.timings)
      for line in console.machine.summary(at: console.endedAt) { Terminal.result(line) }
    }
    withExtendedLifetime(interruption) {}
    guard ending.isEmpty else {
      Terminal.say("mallard console: \(ending)")
      throw ExitCode(2)
    }
  }

  private func writeTimings(_ measured: ConsoleTimings) throws {
    guard let timings else { return }
    let lines = measured.keyToMessage.map { "\($0.inSeconds)" }
    try timings.write(Data(lines.joined(separator: "\n").utf8))
  }

  static var login: String {
    let name = ProcessInfo.processInfo.environment["USER"] ?? NSUserName()
    return name.isEmpty ? "operator" : name
  }
}

/// How a console looks and which keys it has.
struct ConsoleLookOptions: ParsableArguments {
  @Flag(help: "Lines of text instead of a screen: for screen readers, logs and pipes.")
  var plain = false

  @Option(help: "A file that gives keys to commands (see --print-keys).")
  var keyFile: String?

  @Flag(help: "No colours, whatever the terminal can do.")
  var noColour = false

  @Option(
    help: ArgumentHelp(
      "How pictures are shown: blocks, sextants (finer, newer fonts), ascii, or real pixels by "
        + "sixel or kitty. auto takes pixels where the terminal is known to have them."))
  var pictures = PictureStyle.auto

  var appearance: ConsoleAppearance {
    var appearance = ConsoleAppearance()
    // https://no-color.org: people who set it want it everywhere.
    let isRefused = ProcessInfo.processInfo.environment["NO_COLOR"].map { !$0.isEmpty } ?? false
    appearance.usesColour = !noColour && !isRefused
    appearance.pictures = pictures
    return appearance
  }

  func bindings() throws -> KeyBindings {
    guard let keyFile else { return .standard }
    let text: String
    do { text = try TextFile.read(keyFile) } catch {
      throw ValidationError("--key-file: \(PlainError.sentence(error))")
    }
    do throws(KeyFileError) {
      return try KeyBindings.standard.reading(text)
    } catch {
      let fault = StrictFileError(path: keyFile, line: error.line, reason: error.reason)
      throw ValidationError("--key-file: \(fault)")
    }
  }
}
