public import ArgumentParser
internal import Glibc
internal import PlainErrors
internal import Synchronization

/// A command that runs until it is told to end: what it says is for people who may watch or not, and
/// never holds it up.
public protocol ServiceCommand: ParsableCommand {}

/// What every program of Mallard does around its commands: makes the process ready, runs the command,
/// tells its error with the command's whole name, and ends with the right exit code.
///
/// A reader of our output that goes away, a full disk and a limit on the size of files never kill the
/// process. Output of a service is dropped and counted; output of a query that cannot be written ends
/// with a message and exit code 1.
public enum ProcessShell {
  private static let root = Mutex<(any ParsableCommand.Type)?>(nil)

  /// Runs the command that the arguments name, and ends the process.
  public static func main<Root: ParsableCommand>(_ root: Root.Type) -> Never {
    Self.root.withLock { $0 = root }
    // Told by `write` where it happens: as signals they would end the process.
    signal(SIGPIPE, SIG_IGN)
    signal(SIGXFSZ, SIG_IGN)
    Descriptor.openStandard()
    var code = ExitCode.success
    var name = name(of: root)
    do {
      if let fault = EmptyArgument.fault(in: CommandLine.arguments) {
        throw ValidationError(fault)
      }
      var command = try Root.parseAsRoot()
      name = Self.name(of: type(of: command))
      if command is any ServiceCommand { Terminal.beginService() }
      try command.run()
    } catch {
      code = tell(error, of: name, in: root)
    }
    if code == .success, let reason = Terminal.resultFailure {
      Terminal.say("\(name): \(reason); the result is not whole")
      code = .failure
    }
    let dropped = Terminal.droppedLines
    if dropped > 0 { Terminal.say("\(name): \(dropped) lines of output were dropped unread") }
    Terminal.flush()
    exit(code.rawValue)
  }

  /// The whole name of a command, as it is typed: `mallard robots list`.
  public static func name(of command: any ParsableCommand.Type) -> String {
    guard let root = root.withLock({ $0 }) else { return CommandName.own(of: command) }
    return name(of: command, in: root)
  }

  /// The whole name of a command of the program `root`.
  public static func name(
    of command: any ParsableCommand.Type, in root: any ParsableCommand.Type
  ) -> String {
    CommandName.full(of: command, in: root)
  }

  /// A command line without the program's name and the words of the command: what is given to it.
  static func argumentsAfterCommand(_ arguments: [String]) -> [String] {
    var rest = arguments.dropFirst()
    var command = root.withLock { $0 }
    while let word = rest.first,
      let child = command?.configuration.subcommands.first(where: {
        CommandName.own(of: $0) == word
      })
    {
      command = child
      rest = rest.dropFirst()
    }
    return Array(rest)
  }

  private static func tell<Root: ParsableCommand>(
    _ error: any Error, of name: String, in root: Root.Type
  ) -> ExitCode {
    switch error {
    case let code as ExitCode: return code
    // Help, versions, and arguments that are wrong: the parser words them.
    case is CleanExit, is ValidationError: break
    case let error where Root.exitCode(for: error) != .failure: break
    default:
      Terminal.progress("")
      Terminal.say("\(name): \(PlainError.sentence(error))")
      return .failure
    }
    let code = Root.exitCode(for: error)
    let text = Root.fullMessage(for: error)
    if code == .success { Terminal.result(TextBlock(own: text)) } else { Terminal.explain(text) }
    return code
  }
}

/// Names of commands, from the tree of their configurations.
enum CommandName {
  /// The name by which a command's parent knows it.
  static func own(of command: any ParsableCommand.Type) -> String {
    if let name = command.configuration.commandName { return name }
    // As the parser names it: words with hyphens between them.
    var name = ""
    for letter in "\(command)" {
      if letter.isUppercase, !name.isEmpty { name += "-" }
      name += letter.lowercased()
    }
    return name
  }

  /// The names from the program's to the command's.
  static func full(
    of command: any ParsableCommand.Type, in root: any ParsableCommand.Type
  ) -> String {
    path(to: command, from: root).map { $0.joined(separator: " ") } ?? own(of: command)
  }

  private static func path(
    to command: any ParsableCommand.Type, from root: any ParsableCommand.Type
  ) -> [String]? {
    if ObjectIdentifier(command) == ObjectIdentifier(root) { return [own(of: root)] }
    for child in root.configuration.subcommands {
      if let rest = path(to: command, from: child) { return [own(of: root)] + rest }
    }
    return nil
  }
}
