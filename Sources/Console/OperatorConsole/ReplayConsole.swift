internal import CellPictures
internal import Clocks
package import ConsoleScreen
internal import ImageCodecs
internal import TerminalScreen
package import ZeroMQ

/// Plays a recorded episode in the robot's view.
package struct ReplayConsole {
  private let appearance: ConsoleAppearance
  private let title: String
  private let content: (Int) -> RobotContent
  private var machine: ReplayMachine

  /// A player of `count` steps at `rate` a second; `content` gives what a step shows.
  package init(
    count: Int, rate: Double, title: String, appearance: ConsoleAppearance,
    content: @escaping (Int) -> RobotContent
  ) {
    machine = ReplayMachine(count: count, rate: rate)
    self.title = title
    self.appearance = appearance
    self.content = content
  }

  /// Plays until the person has seen enough.
  ///
  /// - Throws: `TerminalScreenError` where there is no terminal, `ZMQError`.
  package mutating func run(stopping: Mailbox<Void>) throws {
    let terminal = try TerminalScreen(usesColour: appearance.usesColour)
    defer { terminal.close() }
    var painter = try PicturePainter(terminal, appearance)
    var poller = Poller()
    _ = poller.add(stopping.wakeup)
    let keyboard = poller.add(reading: 0)
    while stopping.take().isEmpty, !machine.isOver {
      let ready = try poller.wait(atMost: .milliseconds(30))
      for input in terminal.inputs(isReady: ready.contains(keyboard)) {
        switch input {
        case .key(let key): machine.press(key)
        case .lost: return
        case .pasted, .resized: break
        }
      }
      machine.tick(at: SystemClock.now)
      painter.draw(machine.screen(terminal.size, of: content(machine.step), title: title))
    }
  }
}
