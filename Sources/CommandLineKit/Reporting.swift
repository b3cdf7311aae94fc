public import ArgumentParser

extension ParsableCommand {
  /// Runs `body`; `ProcessShell` tells its error.
  public func reporting(_ body: () throws -> Void) throws { try body() }
}
