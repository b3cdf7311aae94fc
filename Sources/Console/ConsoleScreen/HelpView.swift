extension ConsoleMachine {
  /// The help as lines: headings, keys, explanations.
  package var helpLines: [String] {
    var lines: [String] = []
    var heading = ""
    for command in KeyCommand.allCases {
      if command.heading != heading {
        heading = command.heading
        lines.append(heading)
      }
      let keys = settings.bindings.keys(of: command).map(\.name).joined(separator: " ")
      lines.append("  \(Wording.column(keys, 18)) \(command.explanation)")
    }
    return lines + [
      "Motion stops when keys stop: a tap moves a little, a key held down moves on.",
      "Gamepad: hold R1 to drive; left stick along the table, right stick up, down and turn,",
      "cross tilts. SpaceMouse: push and turn the cap. Both are found by themselves.",
      "Signs: ? waits  ▶ a person drives  ∿ the policy drives  ■ stopped  ○ between",
      "episodes  × offline. lost: steps that came late, and pictures too old to use.",
      "Keys can be changed: mallard console --print-keys > keys.txt, then --key-file.",
    ]
  }

  func drawHelp(_ grid: inout Grid, page: Int) {
    let rows = grid.size.rows - 4
    let lines = helpLines
    let isWide = grid.size.columns >= 130
    let perPage = isWide ? 2 * rows : rows
    let pages = max((lines.count + perPage - 1) / perPage, 1)
    let shown = min(page, pages - 1)
    for (index, line) in lines.dropFirst(shown * perPage).prefix(perPage).enumerated() {
      let column = index < rows ? 2 : grid.size.columns / 2
      grid.write(
        line, row: 2 + index % rows, column: column, ink: line.hasPrefix("  ") ? .plain : .strong)
    }
    grid.fill(
      row: grid.size.rows - 1,
      with: " page \(shown + 1) of \(pages): up and down turn, any other key closes; "
        + "\(settings.bindings.name(of: .stopAll)) stops all robots", ink: .bar)
  }
}
