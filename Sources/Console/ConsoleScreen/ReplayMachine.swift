internal import Numbers
package import RobotData

/// What plays a recorded episode: where it is, how fast it goes, and what keys do to it. The steps
/// themselves stay where they are; a shell brings the one that is to be shown.
package struct ReplayMachine: Hashable, Sendable {
  /// The speeds that can be chosen, times real time.
  package static let speeds = [0.25, 0.5, 1.0, 2.0, 4.0, 8.0]

  /// How many steps there are; at least one.
  package let count: Int
  /// Control periods in a second of the robot.
  package let rate: Double
  /// The step that is shown.
  package private(set) var step = 0
  package private(set) var isPlaying = true
  package private(set) var speedIndex = 2
  /// Whether the person has seen enough.
  package private(set) var isOver = false
  private var anchor: Anchor?

  /// From where time is counted while playing.
  private struct Anchor: Hashable, Sendable {
    var step: Int
    var at: FleetInstant
  }

  /// An episode from its beginning.
  package init(count: Int, rate: Double) {
    self.count = max(count, 1)
    self.rate = rate
  }

  /// Times real time.
  package var speed: Double { Self.speeds[speedIndex] }

  /// Time passed: the step that is due is shown.
  package mutating func tick(at now: FleetInstant) {
    guard isPlaying else { return }
    guard let anchor else {
      self.anchor = Anchor(step: step, at: now)
      return
    }
    let passed = Int(saturating: (now - anchor.at).inSeconds * rate * speed)
    step = min(anchor.step + passed, count - 1)
    if step == count - 1 { isPlaying = false }
  }

  /// A key was pressed.
  package mutating func press(_ key: Key) {
    anchor = nil
    switch key {
    case .character(" "), .enter:
      if !isPlaying, step == count - 1 { step = 0 }
      isPlaying.toggle()
    case .right, .character("."): seek(step + 1)
    case .left, .character(","): seek(step - 1)
    case .pageDown, .down: seek(step + max(count / 10, 1))
    case .pageUp, .up: seek(step - max(count / 10, 1))
    case .home: seek(0)
    case .end: seek(count - 1)
    case .character("]"), .character("+"): speedIndex = min(speedIndex + 1, Self.speeds.count - 1)
    case .character("["), .character("-"): speedIndex = max(speedIndex - 1, 0)
    case .character("q"), .escape, .control("c"): isOver = true
    default: break
    }
  }

  private mutating func seek(_ step: Int) {
    isPlaying = false
    self.step = min(max(step, 0), count - 1)
  }

  /// The screen: the robot's view, a bar of the episode, the keys.
  package func screen(_ size: GridSize, of content: RobotContent, title: String) -> Screen {
    guard size.columns >= Screen.smallest.columns, size.rows >= Screen.smallest.rows else {
      return .tooSmall(size, stop: "q ends, nothing")
    }
    var screen = Screen(Grid(size))
    screen.grid.fill(row: 0, with: " Mallard replay  \(title)", ink: .bar)
    content.draw(&screen, top: 2, bottom: size.rows - 3)
    let width = size.columns - 24
    let place = count > 1 ? step * (width - 1) / (count - 1) : 0
    let bar =
      String(repeating: "━", count: place) + "●"
      + String(repeating: "─", count: max(width - 1 - place, 0))
    screen.grid.write(bar, row: size.rows - 2, column: 1, ink: .policy)
    screen.grid.write(
      "\(isPlaying ? "▶" : "‖") \(step + 1)/\(count) \(Wording.number(speed))x",
      row: size.rows - 2, column: width + 3, ink: .strong)
    screen.grid.fill(
      row: size.rows - 1,
      with: " space:play, pause  left right:step  up down:10 %  home end  [ ]:speed  q:quit",
      ink: .bar)
    return screen
  }
}
