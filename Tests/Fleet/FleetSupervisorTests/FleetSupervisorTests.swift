// Aim: a fleet's coordinator is up before anything else is, what dies is started again within limits,
// and all end in an order in which nothing is lost. Method: processes that live in memory and follow a
// script, in time that the test counts.
import FleetSupervisor
import RobotData
import Synchronization
import Testing

/// What happened to all fake processes of a test, in order.
private final class Journal: Sendable {
  private let lines = Mutex<[String]>([])
  var all: [String] { lines.withLock { $0 } }
  func add(_ line: String) { lines.withLock { $0.append(line) } }
}

/// A process of a script: how each of its lives ends, and what it says in it.
private final class FakeProcess: SupervisedProcess {
  /// One life: after how many looks it ends, and how; nil: it runs until it is stopped.
  struct Life: Sendable {
    var looks: Int?
    var exitCode: Int32?
    var lines: [String] = []
  }

  private struct State {
    var lives: [Life]
    var current: Life?
    var looks = 0
    var lines: [String] = []
    var exitCode: Int32?
  }

  let name: String
  private let journal: Journal
  private let state: Mutex<State>

  init(_ name: String, _ journal: Journal, _ lives: [Life]) {
    self.name = name
    self.journal = journal
    state = Mutex(State(lives: lives))
  }

  func start() throws {
    journal.add("start \(name)")
    state.withLock { state in
      let life = state.lives.count > 1 ? state.lives.removeFirst() : state.lives[0]
      (state.current, state.looks, state.exitCode) = (life, 0, nil)
      state.lines += life.lines
    }
  }

  var isRunning: Bool {
    state.withLock { state in
      guard let life = state.current else { return false }
      state.looks += 1
      guard let looks = life.looks, state.looks > looks else { return true }
      (state.current, state.exitCode) = (nil, life.exitCode)
      return false
    }
  }

  var exitCode: Int32? { state.withLock { $0.exitCode } }

  func takeLines() -> [String] {
    state.withLock { state in
      defer { state.lines = [] }
      return state.lines
    }
  }

  func stop(patience: Double) {
    journal.add("stop \(name)")
    state.withLock { state in
      guard state.current != nil else { return }
      (state.current, state.exitCode) = (nil, 0)
      if name == "coordinator" { state.lines.append("summary {\"done\": 1}") }
    }
  }
}

@Suite struct FleetSupervisorTests {
  private let journal = Journal()
  private let listening = CoordinatorReport.listening(SessionID(7)).line

  /// Runs a fleet for some turns, a second each.
  private func run(
    _ coordinator: [FakeProcess.Life], robot: [FakeProcess.Life] = [.init()], turns: Int = 30,
    sessions: ((SessionID?) -> Void)? = nil
  ) throws(FleetFailure) -> (summary: String, news: [FleetNews]) {
    var supervisor = FleetSupervisor(
      coordinator: FakeProcess("coordinator", journal, coordinator),
      robots: [FakeProcess("robot", journal, robot)],
      operators: [FakeProcess("operator", journal, [.init()])])
    var turn = 0
    var news: [FleetNews] = []
    let summary = try supervisor.run(
      now: { FleetInstant.origin + .seconds(turn) },
      pause: {
        turn += 1
        sessions?($0)
        return turn < turns
      }, tell: { news.append($0) })
    return (summary, news)
  }

  @Test func `robots and operators start when the coordinator listens, and end before it`() throws {
    let (summary, news) = try run([.init(lines: [listening])])
    #expect(summary == "{\"done\": 1}")
    #expect(news == [.listening(SessionID(7)), .stopping])
    let order = journal.all
    #expect(order.prefix(3) == ["start coordinator", "start robot", "start operator"])
    #expect(order.suffix(3) == ["stop robot", "stop operator", "stop coordinator"])
  }

  @Test func `where the coordinator never listens nothing else is started`() throws {
    _ = try run([.init(lines: ["something else"])])
    #expect(!journal.all.contains { $0 == "start robot" || $0 == "start operator" })
  }

  @Test func `a coordinator that ends before it listens is not started again`() {
    #expect(throws: FleetFailure.notStarted(exitCode: 1)) {
      try run([.init(looks: 2, exitCode: 1)])
    }
    #expect(!journal.all.contains("start robot"))
    #expect(journal.all.count { $0 == "start coordinator" } == 1)
  }

  @Test func `a killed coordinator is started again, and its old run counts no more`() throws {
    let second = CoordinatorReport.listening(SessionID(9)).line
    var seen: [SessionID?] = []
    let (_, news) = try run([.init(looks: 9, lines: [listening]), .init(lines: [second])]) {
      seen.append($0)
    }
    #expect(news.contains(.restarted("coordinator", exitCode: nil)))
    // Robots are started once, however often the coordinator is.
    #expect(journal.all.count { $0 == "start robot" } == 1)
    let runs = seen.compactMap { $0 }
    #expect(Set(runs) == [SessionID(7), SessionID(9)] && seen.last == SessionID(9))
    #expect(runs == runs.sorted())
  }

  @Test func `a coordinator that ends by itself ends the fleet with its summary`() throws {
    let report = CoordinatorReport.summary("{\n  \"a\" : 1\n}").line
    let (summary, _) = try run([.init(looks: 6, exitCode: 0, lines: [listening, report])])
    #expect(summary == "{  \"a\" : 1}")
    #expect(journal.all.contains("stop robot"))
  }

  @Test func `a robot that is not let in ends the fleet`() {
    #expect(throws: FleetFailure.ended(name: "robot", exitCode: 2)) {
      try run([.init(lines: [listening])], robot: [.init(looks: 1, exitCode: 2)])
    }
    #expect(journal.all.last == "stop coordinator")
  }

  @Test(arguments: [(exitCode: Int32?.some(1), starts: 4), (exitCode: Int32?.none, starts: 11)])
  func `what dies again and again is given up`(exitCode: Int32?, starts: Int) {
    #expect(throws: FleetFailure.ended(name: "robot", exitCode: exitCode)) {
      try run([.init(lines: [listening])], robot: [.init(looks: 0, exitCode: exitCode)], turns: 50)
    }
    #expect(journal.all.count { $0 == "start robot" } == starts)
  }

  @Test func `what dies now and then is started again for ever`() {
    var limit = RestartLimit()
    for hour in 0..<1_000 as Range<Int64> {
      let now = FleetInstant.origin + .seconds(3_600 * hour)
      let isAllowed = limit.allows(exitCode: hour.isMultiple(of: 2) ? 1 : nil, at: now)
      #expect(isAllowed)
    }
  }

  @Test(arguments: ["", "listening", "listening 12", "summary", "listening 0000000000000000x"])
  func `a line that is no report is none`(line: String) {
    #expect(CoordinatorReport(line: line) == nil)
  }
}
