import ArgumentParser

extension ParsableCommand {
  /// Runs `body`; an error is told in one line, and the program ends with exit code 1.
  func reporting(_ body: () throws -> Void) throws {
    do {
      try body()
    } catch let error as ExitCode {
      throw error
    } catch {
      Terminal.say("mallard \(Self._commandName): \(error)")
      throw ExitCode.failure
    }
  }
}
