internal import PlainErrors
public import RobotData

/// Starts the parts of a fleet as processes, starts again what dies, and stops all in an order in which
/// nothing is lost: robots first, so that their last steps are acknowledged, then operators, then the
/// coordinator.
///
/// The coordinator comes first and alone. Only when it listens are robots and operators started: a fleet
/// whose address another one has fails before any of them could talk to a stranger.
public struct FleetSupervisor<Child: SupervisedProcess> {
  private let coordinator: Child
  private let robots: [Child]
  private let operators: [Child]
  private var limits: [String: RestartLimit] = [:]
  private var areRobotsStarted = false
  private var summary: String?
  /// The coordinator's run; nil until it listens, and after it died until it listens again.
  private var session: SessionID?

  /// A fleet of these parts, none of which runs yet.
  public init(coordinator: Child, robots: [Child], operators: [Child]) {
    self.coordinator = coordinator
    self.robots = robots
    self.operators = operators
  }

  /// Runs until the coordinator ends by itself, `pause` says that it is enough, or something dies too
  /// often. All parts have ended then.
  ///
  /// - Parameters:
  ///   - now: The time, monotonic.
  ///   - pause: Waits a moment; false to stop the fleet. It is told the coordinator's run.
  ///   - tell: Is told what happens.
  /// - Returns: The coordinator's summary, as JSON.
  /// - Throws: `FleetFailure`.
  public mutating func run(
    now: () -> FleetInstant, pause: (SessionID?) -> Bool, tell: (FleetNews) -> Void
  ) throws(FleetFailure) -> String {
    let failure: FleetFailure?
    do throws(FleetFailure) {
      try start(coordinator)
      while try !watch(at: now(), tell), pause(session) {}
      failure = nil
    } catch {
      failure = error
    }
    finish(tell)
    if let failure { throw failure }
    guard let summary else { throw .noSummary(exitCode: coordinator.exitCode) }
    return summary
  }

  /// Looks after all parts once; true when the coordinator has ended by itself.
  private mutating func watch(
    at now: FleetInstant, _ tell: (FleetNews) -> Void
  ) throws(FleetFailure) -> Bool {
    let isOver = !coordinator.isRunning
    read()
    if isOver {
      // With a summary it has ended in order; what was not written is told there.
      if coordinator.exitCode == 0 || summary != nil { return true }
      // It has said why it ended, which starting again would not cure.
      if let code = coordinator.exitCode {
        throw areRobotsStarted
          ? .ended(name: coordinator.name, exitCode: code) : .notStarted(exitCode: code)
      }
      session = nil
      try restart(coordinator, at: now, tell)
      return false
    }
    guard let session else { return false }
    if !areRobotsStarted {
      tell(.listening(session))
      for child in robots + operators { try start(child) }
      areRobotsStarted = true
    }
    for child in robots + operators where !child.isRunning {
      // Who ends while the last episode is written need not come back.
      guard coordinator.isRunning else { break }
      try restart(child, at: now, tell)
    }
    return false
  }

  private mutating func read() {
    for line in coordinator.takeLines() {
      switch CoordinatorReport(line: line) {
      case .listening(let session): self.session = session
      case .summary(let json): summary = json
      case nil: break
      }
    }
  }

  private mutating func restart(
    _ child: Child, at now: FleetInstant, _ tell: (FleetNews) -> Void
  ) throws(FleetFailure) {
    let code = child.exitCode
    // Exit code 2: the coordinator does not let it in, whatever it tries.
    guard limits[child.name, default: RestartLimit()].allows(exitCode: code, at: now), code != 2
    else { throw .ended(name: child.name, exitCode: code) }
    tell(.restarted(child.name, exitCode: code))
    try start(child)
  }

  private func start(_ child: Child) throws(FleetFailure) {
    do { try child.start() } catch {
      throw .cannotStart(name: child.name, reason: PlainError.reason(error))
    }
  }

  private mutating func finish(_ tell: (FleetNews) -> Void) {
    tell(.stopping)
    stopTogether(robots, patience: 6)
    stopTogether(operators, patience: 2)
    coordinator.stop(patience: 10)
    read()
  }

  private func stopTogether(_ children: [Child], patience: Double) {
    parallel(children.count) { children[$0].stop(patience: patience) }
  }
}

/// What happens in a supervised fleet, for people.
public enum FleetNews: Hashable, Sendable {
  /// The coordinator listens; robots and operators are started.
  case listening(SessionID)
  /// A part died and is started again; `exitCode` is nil where a signal killed it.
  case restarted(String, exitCode: Int32?)
  /// All parts are told to end.
  case stopping
}

/// Why a fleet ended with an error.
public enum FleetFailure: Error, Hashable, Sendable, CustomStringConvertible {
  /// The coordinator ended before it listened.
  case notStarted(exitCode: Int32)
  /// The system cannot start a part.
  case cannotStart(name: String, reason: String)
  /// A part ended, or died too often.
  case ended(name: String, exitCode: Int32?)
  /// The coordinator was killed while it ended.
  case noSummary(exitCode: Int32?)

  /// What happened, and what to do.
  public var description: String {
    switch self {
    case .notStarted(let code):
      "the coordinator could not start (exit code \(code), its reason stands above); nothing else was "
        + "started"
    case .cannotStart(let name, let reason): "\(name) cannot be started: \(reason)"
    case .ended(let name, let code):
      "\(name) ended (\(code.map { "exit code \($0)" } ?? "killed by a signal, too often")); the fleet "
        + "was stopped, its recording is kept"
    case .noSummary(let code):
      "the coordinator ended without a summary (\(code.map { "exit code \($0)" } ?? "killed")); "
        + "its recording is kept, see `mallard episodes list`"
    }
  }
}
