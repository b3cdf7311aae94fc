package import RobotData
internal import Wire

/// What a terminal is to show: cells, and pictures that lie over some of them.
package struct Screen: Hashable, Sendable {
  /// A picture and where it goes; below it the cells are blank.
  package struct Picture: Hashable, Sendable {
    package var frame: CameraFrame
    package var area: GridArea
  }

  package var grid: Grid
  package var pictures: [Picture] = []
  /// What a person can see on it.
  package var shows = Visibility.nothing

  /// A screen without pictures.
  package init(_ grid: Grid) { self.grid = grid }

  /// The smallest terminal that the console draws on.
  package static let smallest = GridSize(columns: 80, rows: 24)

  /// What stands on a terminal that is too small.
  static func tooSmall(_ size: GridSize, stop: String, quit: String? = nil) -> Screen {
    var grid = Grid(size)
    grid.write("terminal too small: \(size)", row: 0, column: 0, ink: .alarm)
    grid.write("make it \(smallest) or larger", row: 1, column: 0)
    grid.write("\(stop) stops all robots", row: 2, column: 0)
    if let quit { grid.write("\(quit) leaves; no other key works", row: 3, column: 0) }
    return Screen(grid)
  }
}

extension ConsoleMachine {
  /// The screen as it is now: a function of the console's state, the terminal's size and the time.
  package func screen(_ size: GridSize, at now: FleetInstant) -> Screen {
    guard size.columns >= Screen.smallest.columns, size.rows >= Screen.smallest.rows else {
      return .tooSmall(
        size, stop: settings.bindings.name(of: .stopAll), quit: settings.bindings.name(of: .quit))
    }
    var screen = Screen(Grid(size))
    switch overlay {
    case .help(let page):
      drawHelp(&screen.grid, page: page)
      screen.shows = shows(robots: [], view: nil)
    case .leaving(let form):
      drawLeaving(&screen.grid, form, at: now)
      screen.shows = shows(robots: [], view: nil)
    case .changeMark, nil:
      switch view {
      case .fleet:
        screen.shows = shows(robots: drawFleet(&screen.grid, at: now), view: view)
      case .robot(let robot):
        drawRobot(&screen, robot, at: now)
        screen.shows = shows(robots: self.robot(robot) == nil ? [] : [robot], view: view)
      }
      drawMessages(&screen.grid, at: now)
      drawKeys(&screen.grid)
    }
    drawTitle(&screen.grid, at: now)
    drawBanner(&screen.grid, at: now)
    return screen
  }

  // MARK: - What all views share

  private func drawTitle(_ grid: inout Grid, at now: FleetInstant) {
    let role = settings.role == .viewer ? "viewer" : "operator"
    grid.fill(row: 0, with: " Mallard  \(settings.name) (\(role))  \(settings.address)", ink: .bar)
    guard let status else { return }
    let thresholds = status.thresholds
    let driver =
      status.isAssisted
      ? "ω \(Wording.number(thresholds.task))  γ \(Wording.number(thresholds.policy))"
      : "unassisted"
    let link = roundTrip.map { "  link \(Wording.milliseconds($0))" } ?? ""
    let text = "\(driver)\(link)  \(Wording.time(elapsed(at: now))) "
    grid.write(text, row: 0, endingAt: grid.size.columns, ink: .bar)
  }

  /// The most important thing of the moment.
  package func banner(at now: FleetInstant) -> (text: String, ink: Ink)? {
    let bindings = settings.bindings
    // A viewer is told what happens, and not to press keys that do nothing.
    func hint(_ text: String) -> String { settings.role == .viewer ? "" : "; " + text }
    if case .joining(let since, _) = link {
      guard let since else {
        return ("connecting to \(settings.address) ...", .banner)
      }
      return (
        "NO COORDINATOR for \(Wording.time(now - since)): you control nothing, robots hold; "
          + "connecting again", .alarmBanner
      )
    }
    guard let status else { return nil }
    let stopped = status.robots.filter { $0.state == .stopped }
    if let first = stopped.first {
      let names = stopped.count == 1 ? "\(first.robot)" : "\(stopped.count) robots"
      return (
        "STOPPED: \(names) (\(first.note))"
          + hint(
            "\(bindings.name(of: .releaseRobot)) releases one, "
              + "\(bindings.name(of: .releaseAll)) all"), .alarmBanner
      )
    }
    if status.isPaused {
      return ("PAUSED: all robots hold" + hint("\(bindings.name(of: .pause)) continues"), .banner)
    }
    guard let first = status.queue.first, let robot = robot(first) else { return nil }
    let more = status.queue.count > 1 ? " (+\(status.queue.count - 1) more)" : ""
    let key = bindings.name(of: held == nil ? .takeNext : .handBackAndNext)
    let what = held == nil ? "takes it" : "hands back and takes it"
    return (
      "\(first) WAITS \(Wording.time(robot.inState))\(more): \(Wording.reason(robot))"
        + hint("\(key) \(what)"), .banner
    )
  }

  private func drawBanner(_ grid: inout Grid, at now: FleetInstant) {
    guard let banner = banner(at: now) else { return }
    grid.fill(row: 1, with: " " + banner.text, ink: banner.ink)
  }

  private func drawMessages(_ grid: inout Grid, at now: FleetInstant) {
    if case .changeMark(let robot) = overlay {
      let bindings = settings.bindings
      grid.fill(
        row: grid.size.rows - 2,
        with: " last episode of \(robot): \(bindings.name(of: .success)) success, "
          + "\(bindings.name(of: .failure)) failure, \(bindings.name(of: .discard)) discard, "
          + "any other key leaves it", ink: .banner)
      return
    }
    for (index, message) in messages.suffix(2).enumerated() {
      let row = grid.size.rows - 3 + index + max(2 - messages.count, 0)
      let isNew = now - message.at < .seconds(5)
      let ink: Ink = !isNew ? .quiet : message.isAlarm ? .alarm : .strong
      let mark = message.isAlarm ? "! " : "  "
      grid.write(
        mark + message.text, row: row, column: 0, ink: ink, width: grid.size.columns)
    }
  }

  private func drawKeys(_ grid: inout Grid) {
    let row = grid.size.rows - 1
    grid.fill(row: row, with: "", ink: .bar)
    var column = 1
    for (commands, text) in keyHints {
      let keys = commands.map { settings.bindings.name(of: $0) }.joined(separator: "")
      guard column + Grid.width(of: keys + text) + 1 < grid.size.columns else { break }
      column = grid.write(keys, row: row, column: column, ink: .bar)
      column = grid.write(":\(text)  ", row: row, column: column, ink: .bar)
    }
  }

  /// The keys of the moment, the most important first.
  private var keyHints: [([KeyCommand], String)] {
    if settings.role == .viewer {
      return [
        ([.stopAll], "STOP ALL"), ([.view], "look"), ([.back], "fleet"), ([.help], "help"),
        ([.quit], "quit"),
      ]
    }
    guard case .robot(let robot) = view else {
      return [
        ([.stopAll], "STOP ALL"), ([.takeNext], "take next"), ([.view], "look"),
        ([.takeThis], "take"), ([.stopRobot], "stop"), ([.pause], "pause"), ([.help], "help"),
        ([.quit], "quit"),
      ]
    }
    guard held?.robot == robot else {
      return [
        ([.stopAll], "STOP ALL"), ([.takeThis], "take"), ([.takeNext], "take next"),
        ([.back], "fleet"), ([.stopRobot], "stop"), ([.help], "help"), ([.quit], "quit"),
      ]
    }
    return [
      ([.stopAll], "STOP"), ([.forward, .left, .backward, .right, .up, .down], "move"),
      ([.gripper], "grip"), ([.slower, .faster], "speed"),
      ([.success, .failure, .discard], "mark"),
      ([.handBackAndNext], "next"), ([.handBack], "back"), ([.help], "help"),
    ]
  }
}
