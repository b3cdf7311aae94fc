/// A part of a fleet that runs as a process of its own, as its supervisor sees it.
public protocol SupervisedProcess: AnyObject, Sendable {
  /// What people call it.
  var name: String { get }
  /// Starts the process, the first time or again.
  ///
  /// - Throws: where the system cannot start it.
  func start() throws
  /// Whether it runs.
  var isRunning: Bool { get }
  /// How it ended: its exit code, or nil where a signal killed it, or it still runs.
  var exitCode: Int32? { get }
  /// Whole lines that it wrote to standard output since the last call; after its end also the rest.
  func takeLines() -> [String]
  /// Asks it to end, waits for at most `patience` seconds, and then kills it.
  func stop(patience: Double)
}
