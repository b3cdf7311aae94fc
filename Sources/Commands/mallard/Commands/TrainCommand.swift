import ArgumentParser
import CommandLineKit
import Foundation

/// Hands over to `mallard-train`, which alone loads LibTorch.
struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Train an assistive policy on demonstrations (mallard train --help).",
    // Whatever is asked, mallard-train answers, --help too.
    helpNames: [])

  @Argument(parsing: .captureForPassthrough, help: "What mallard-train takes.")
  var arguments: [String] = []

  func run() throws {
    let program = URL(filePath: Places.executable).deletingLastPathComponent()
      .appending(path: "mallard-train").path
    guard FileManager.default.isExecutableFile(atPath: program) else {
      Terminal.say(
        "mallard train: \(program) is not there; `make train-build` installs LibTorch and builds it"
      )
      throw ExitCode.failure
    }
    var words: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) }
    words.append(nil)
    execv(program, words)
    let reason = String(cString: strerror(errno))
    words.forEach { free($0) }
    Terminal.say("mallard train: cannot start \(program): \(reason)")
    throw ExitCode.failure
  }
}
