internal import Numbers
package import RobotData
internal import Wire

/// All that the view of one robot shows, live or played from a recording.
package struct RobotContent: Hashable, Sendable {
  /// What happened to the robot, and how long ago.
  package struct Change: Hashable, Sendable {
    package var text: String
    package var when: String

    /// A change of these parts.
    package init(text: String, when: String) {
      self.text = text
      self.when = when
    }
  }

  package var name: String
  package var state: String
  package var ink: Ink
  /// Task, subtask, episode, step.
  package var place: String
  /// Why it waits or stands, in words; empty when there is nothing to say.
  package var reason = ""
  package var reading: SensorReading?
  package var uncertainties: [Uncertainty] = []
  package var thresholds: UncertaintyThresholds?
  package var subgoal: Subgoal?
  package var completed: [SubtaskName] = []
  package var choices: [SubtaskName] = []
  /// Those of the choices that are possible now.
  package var open: [SubtaskName] = []
  /// What was chosen, in order.
  package var chosen: [SubtaskName] = []
  /// What happened, the newest last.
  package var changes: [Change] = []
  /// How fast keys drive it; empty when they do not.
  package var driving = ""

  /// A robot of which nothing but name and state are known.
  package init(name: String, state: String, ink: Ink, place: String) {
    self.name = name
    self.state = state
    self.ink = ink
    self.place = place
  }

  /// Draws into the rows from `top` to before `bottom`.
  package func draw(_ screen: inout Screen, top: Int, bottom: Int) {
    let columns = screen.grid.size.columns
    var column = screen.grid.write(" \(name)  ", row: top, column: 0, ink: .strong)
    column = screen.grid.write(state, row: top, column: column, ink: ink)
    column = screen.grid.write("  \(place)", row: top, column: column)
    screen.grid.write(
      reason.isEmpty ? "" : "  \(reason)", row: top, column: column, ink: .waiting,
      width: columns - column)
    let first = top + 1
    let height = max(min(bottom - first - 6, (columns - 32) / 4), 4)
    drawPictures(&screen, row: first, height: height)
    let end = drawPanel(&screen.grid, row: first, bottom: bottom, column: 4 * height + 1)
    // What is beside the pictures may end above what is below them.
    drawBelow(
      &screen.grid, row: first + height, bottom: bottom, columns: 4 * height,
      width: end <= first + height ? columns : 4 * height)
  }

  private func drawPictures(_ screen: inout Screen, row: Int, height: Int) {
    let frames = reading?.frames ?? []
    for (index, frame) in frames.prefix(2).enumerated() {
      let area = GridArea(
        row: row, column: index * 2 * height, columns: 2 * height, rows: height)
      screen.pictures.append(Screen.Picture(frame: frame, area: area))
    }
    if frames.isEmpty {
      screen.grid.write("no picture yet", row: row + height / 2, column: height, ink: .quiet)
    }
  }

  // MARK: - Beside the pictures

  /// Draws what is beside the pictures, and gives the row after it.
  private func drawPanel(_ grid: inout Grid, row: Int, bottom: Int, column: Int) -> Int {
    let width = grid.size.columns - column - 1
    var row = row
    func line(_ text: String, _ ink: Ink = .plain) {
      guard row < bottom else { return }
      grid.write(text, row: row, column: column, ink: ink, width: width)
      row += 1
    }
    for text in proprioception { line(text) }
    if !driving.isEmpty { line(driving, .human) }
    if let thresholds {
      drawUncertainty(
        "ω", uncertainties.map(\.task), thresholds.task, width, &grid, row: &row, bottom: bottom,
        column: column)
      drawUncertainty(
        "γ", uncertainties.map(\.policy), thresholds.policy, width, &grid, row: &row,
        bottom: bottom, column: column)
    }
    if !completed.isEmpty { line("done: " + completed.map(\.name).joined(separator: ", ")) }
    for (index, choice) in choices.enumerated() where index < 9 {
      // An arrow for the present one; the others that are chosen have their place in the order.
      let place = chosen.firstIndex(of: choice)
      let mark = place.map { $0 == 0 ? "→" : $0 < 9 ? "\($0 + 1)" : "+" } ?? " "
      let ink: Ink = place == 0 ? .strong : open.contains(choice) ? .plain : .quiet
      line("\(index + 1) \(mark) \(choice)", ink)
    }
    return row
  }

  private var proprioception: [String] {
    guard let feeling = reading?.proprioception else { return [] }
    let place = feeling.endEffectorPose.position
    let speed = feeling.endEffectorTwist.linear.length
    func three(_ value: Double) -> String { Wording.fixed(value, places: 3) }
    return [
      "x \(three(place.x)) y \(three(place.y)) z \(three(place.z)) m",
      "\(Wording.fixed(speed, places: 2)) m/s  gripper \(Wording.share(feeling.gripperOpening))"
        + " open",
      "joints "
        + feeling.jointPositions.map { Wording.fixed($0, places: 1) }.joined(separator: " "),
    ]
  }

  private func drawUncertainty(
    _ name: String, _ values: [Double], _ threshold: Double, _ width: Int, _ grid: inout Grid,
    row: inout Int, bottom: Int, column: Int
  ) {
    let newest = values.last
    let asks = newest.map { $0 > threshold } ?? false
    let ink: Ink = asks ? .waiting : .plain
    let text =
      "\(name) \(newest.map(Wording.number) ?? "-") \(asks ? ">" : "<") "
      + Wording.number(threshold) + (asks ? " asks" : "")
    guard row < bottom else { return }
    grid.write(text, row: row, column: column, ink: ink, width: width)
    row += 1
    // On a tall terminal the history is a chart of three rows, else what fits beside the value.
    guard bottom - row > 22 else {
      let start = Grid.width(of: text) + 1
      grid.write(
        Sparkline.text(values, threshold: threshold, width: min(width - start, 40)), row: row - 1,
        column: column + start, ink: ink)
      return
    }
    for line in Sparkline.chart(values, threshold: threshold, width: width, height: 3) {
      grid.write(line, row: row, column: column, ink: ink)
      row += 1
    }
  }

  // MARK: - Below the pictures

  private func drawBelow(
    _ grid: inout Grid, row: Int, bottom: Int, columns: Int, width: Int
  ) {
    guard bottom - row > 1 else { return }
    let half = columns / 2
    grid.write("subgoals, from above", row: row, column: 0, ink: .quiet, width: half)
    drawSubgoals(&grid, row: row + 1, bottom: bottom, width: half - 2)
    grid.write("last hand-overs", row: row, column: half, ink: .quiet)
    for (index, change) in changes.suffix(bottom - row - 1).reversed().enumerated() {
      grid.write(
        "\(change.when)  \(change.text)", row: row + 1 + index, column: half,
        width: width - half)
    }
  }

  /// The samples as digits of their group, the mean as `*`, the hand as `+`; the robot looks up.
  private func drawSubgoals(_ grid: inout Grid, row: Int, bottom: Int, width: Int) {
    guard let subgoal, let hand = reading?.proprioception.endEffectorPose.position else {
      grid.write("none", row: row, column: 0, width: width)
      return
    }
    let groups = SubgoalClusters.groups(of: subgoal.samples)
    let points = subgoal.samples + [subgoal.position, hand]
    let middle = Vector3(
      ((points.map(\.x).min() ?? 0) + (points.map(\.x).max() ?? 0)) / 2,
      ((points.map(\.y).min() ?? 0) + (points.map(\.y).max() ?? 0)) / 2, 0)
    let height = bottom - row
    // At least 5 cm wide, so that samples in one spot are seen as one spot; cells are 1 to 2.
    let reach = points.reduce(0.025) { max($0, abs($1.x - middle.x), abs($1.y - middle.y) / 2) }
    func put(_ point: Vector3, _ sign: String, _ ink: Ink) {
      let down = Double(height - 1) / 2 * (1 - (point.x - middle.x) / reach)
      let across = Double(width - 1) / 2 * (1 - (point.y - middle.y) / (2 * reach))
      let (r, c) = (row + Int(saturating: down.rounded()), Int(saturating: across.rounded()))
      guard (row..<bottom).contains(r), (0..<width).contains(c) else { return }
      grid.write(sign, row: r, column: c, ink: ink)
    }
    for (index, group) in groups.enumerated() {
      for sample in group { put(sample, "\(min(index + 1, 9))", .policy) }
    }
    put(subgoal.position, "*", .strong)
    put(hand, "+", .human)
  }
}

extension ConsoleMachine {
  /// One robot, with its pictures.
  func drawRobot(_ screen: inout Screen, _ id: RobotID, at now: FleetInstant) {
    guard let robot = robot(id) else {
      screen.grid.write(" \(id): not known to the coordinator", row: 2, column: 0)
      return
    }
    content(of: robot, at: now).draw(&screen, top: 2, bottom: screen.grid.size.rows - 3)
  }

  /// What drives, for people.
  private var hands: String {
    let names = SteeringDevice.allCases.filter { devices.contains($0) }.map(\.description)
    return names.isEmpty ? "keys drive" : (["keys"] + names).joined(separator: ", ") + " drive"
  }

  private func content(of robot: RobotStatus, at now: FleetInstant) -> RobotContent {
    let isOwn = held?.robot == robot.robot
    let state =
      isOwn ? "YOU DRIVE" : robot.holder.map { "driven by \($0)" } ?? Wording.word(robot.state)
    var place = "\(robot.task?.name ?? "") "
    if let episode = robot.episode { place += "episode \(episode.ordinal) step \(robot.step)" }
    var content = RobotContent(
      name: robot.robot.name, state: "\(Wording.sign(robot.state)) \(state)",
      ink: Wording.ink(robot.state), place: place)
    content.reason = Wording.reason(robot)
    content.reading = sights[robot.robot]?.observation.reading
    let history = histories[robot.robot]
    content.uncertainties = history?.uncertainties ?? []
    content.thresholds = status?.isAssisted == true ? status?.thresholds : nil
    content.subgoal = robot.subgoal
    content.completed = robot.completed
    content.choices = choices(of: robot.robot)
    content.open = robot.available
    content.chosen = (robot.subtask.map { [$0] } ?? []) + robot.laterSubtasks
    content.changes = (history?.changes ?? []).map { change in
      RobotContent.Change(text: change.text, when: Wording.time(now - change.at))
    }
    if isOwn {
      content.driving =
        "speed \(Wording.share(motion.speed))  " + (obstacle(at: now) ?? hands)
    }
    return content
  }
}
