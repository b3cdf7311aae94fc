internal import RobotData
package import Wire

/// How wide the columns of the fleet's table are.
private struct FleetColumns {
  var name = 8
  var state = 7
  var subtask = 11
  var history = 4
  var reason = 0

  /// Columns for a terminal: what is more than 80 goes to names, histories and reasons.
  init(_ columns: Int) {
    var extra = columns - 80
    func take(_ most: Int) -> Int {
      let taken = min(max(extra, 0), most)
      extra -= taken
      return taken
    }
    subtask += take(12)
    name += take(6)
    let histories = take(24) / 2
    history += histories
    reason = extra >= 14 ? extra - 2 : 0
  }

  var title: String {
    let parts = [
      ("    robot", name + 5), ("state", state + 1), ("subtask", subtask + 1), ("ep", 4),
      (" step", 6), (" time", 7), ("ω task", history + 7), ("γ policy", history + 7), ("ms", 4),
      ("lost", 4),
    ]
    return parts.map { Wording.column($0.0, $0.1) }.joined() + (reason > 0 ? "  why" : "")
  }
}

extension ConsoleMachine {
  /// The fleet at a glance, what needs a person first.
  ///
  /// - Returns: the robots that are shown.
  func drawFleet(_ grid: inout Grid, at now: FleetInstant) -> Set<RobotID> {
    let columns = FleetColumns(grid.size.columns)
    grid.write(columns.title, row: 2, column: 0, ink: .quiet)
    guard let status else {
      grid.write("  no robot is known yet", row: 4, column: 0)
      return []
    }
    let rows = grid.size.rows - 9
    let robots = sorted
    if robots.isEmpty {
      grid.write("  no robot has joined: mallard robot --name arm-1", row: 4, column: 0)
    }
    let shown = robots.count > rows ? rows - 1 : robots.count
    for (index, robot) in robots.prefix(shown).enumerated() {
      draw(robot, columns, status.thresholds, &grid, row: 3 + index)
    }
    if shown < robots.count {
      grid.write(
        "    ... and \(robots.count - shown) more; a taller terminal shows them", row: 3 + shown,
        column: 0, ink: .quiet)
    }
    drawSession(&grid, status, at: now)
    return Set(robots.prefix(shown).map(\.robot))
  }

  private func draw(
    _ robot: RobotStatus, _ columns: FleetColumns, _ thresholds: UncertaintyThresholds,
    _ grid: inout Grid, row: Int
  ) {
    let ink = Wording.ink(robot.state)
    let isSelected = robot.robot == selected
    let head = (isSelected ? "> " : "  ") + Wording.sign(robot.state) + " "
    var column = grid.write(head, row: row, column: 0, ink: isSelected ? .strong : ink)
    column = grid.write(
      Wording.column(robot.robot.name, columns.name) + " ", row: row, column: column,
      ink: isSelected ? Ink.strong.reversed : ink)
    let isOwn = robot.holder == settings.name
    let who =
      robot.state == .teleoperated
      ? isOwn ? "YOU" : robot.holder?.name ?? "driven" : Wording.word(robot.state)
    column = grid.write(
      Wording.column(who, columns.state) + " ", row: row, column: column, ink: ink)
    let subtask = robot.subtask?.name ?? robot.task?.name ?? ""
    let episode = robot.episode.map { "\($0.ordinal)" } ?? "-"
    let middle =
      Wording.column(subtask, columns.subtask) + " " + Wording.column(episode, 3) + " "
      + Self.right(robot.episode == nil ? "-" : "\(robot.step)", 5) + " "
      + Self.right(Wording.time(robot.inState), 6) + " "
    column = grid.write(middle, row: row, column: column, ink: ink)
    let history = histories[robot.robot]?.uncertainties ?? []
    column = draw(
      history.map(\.task), robot.uncertainty?.task, thresholds.task, columns.history, &grid,
      row: row, column: column)
    column = draw(
      history.map(\.policy), robot.uncertainty?.policy, thresholds.policy, columns.history, &grid,
      row: row, column: column)
    let latency = Wording.fixed(robot.observationAge.inSeconds * 1000, places: 0)
    let isLate = robot.observationAge > Self.latencyLimit
    column = grid.write(
      Self.right(robot.state == .offline ? "-" : latency, 3), row: row, column: column,
      ink: isLate ? .alarm : .plain)
    let lost = robot.lateSteps + robot.staleObservations
    column = grid.write(
      " " + Self.right("\(lost)", 4), row: row, column: column, ink: lost > 0 ? .waiting : .quiet)
    guard columns.reason > 0 else { return }
    grid.write(
      "  " + Wording.reason(robot), row: row, column: column, ink: ink, width: columns.reason + 2)
  }

  /// One uncertainty: its history, its newest value, and a sign above the threshold.
  private func draw(
    _ values: [Double], _ newest: Double?, _ threshold: Double, _ width: Int, _ grid: inout Grid,
    row: Int, column: Int
  ) -> Int {
    guard let newest else {
      return grid.write(
        Wording.column("", width) + Self.right("-", 6) + " ", row: row, column: column,
        ink: .quiet)
    }
    let asks = newest > threshold
    let text =
      Sparkline.text(values, threshold: threshold, width: width)
      + Self.right(Wording.number(newest), 6) + (asks ? "!" : " ")
    return grid.write(text, row: row, column: column, ink: asks ? .waiting : .plain)
  }

  static func right(_ text: String, _ width: Int) -> String {
    text.count >= width
      ? String(text.prefix(width)) : String(repeating: " ", count: width - text.count) + text
  }

  // MARK: - Session

  private func drawSession(_ grid: inout Grid, _ status: FleetStatus, at now: FleetInstant) {
    let lines = sessionLines(status)
    for (index, line) in lines.enumerated() {
      grid.write("  " + line, row: grid.size.rows - 5 + index, column: 0, ink: .quiet)
    }
  }

  /// The session in two lines.
  package func sessionLines(_ status: FleetStatus) -> [String] {
    func text(_ value: Double?, places: Int = 0) -> String {
      value.map { Wording.fixed($0, places: places) } ?? "-"
    }
    return [
      "\(tally.successes) demonstrations, \(tally.failures) failed · "
        + "\(text(tally.demonstrationsPerHour))/h, "
        + "\(text(tally.demonstrationsPerOperatorHour)) per operator hour · human control "
        + (tally.humanShare.map { Wording.share($0) } ?? "-"),
      (status.recordingWarning.isEmpty ? "" : "RECORDING: \(status.recordingWarning) · ")
        + "\(text(tally.requestsPerDemonstration, places: 1)) requests per success · queue "
        + "\(status.queue.count) (mean \(text(tally.meanQueue, places: 1))) · "
        + "\(Wording.bytes(status.recordingBytes)) recorded, "
        + "\(Wording.bytes(status.freeBytes)) free",
    ]
  }
}
