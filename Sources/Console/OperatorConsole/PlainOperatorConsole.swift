internal import Clocks
internal import ConsoleLink
package import ConsoleScreen
internal import Foundation
internal import RobotData
internal import Wire
package import ZeroMQ

/// A console of lines on standard input and output. Everything happens in the thread that calls
/// `run()`, but for a thread that waits for lines.
package final class PlainOperatorConsole {
  private let socket: Socket
  private let stopping: Mailbox<Void>
  private let typed: Mailbox<String?>
  private let say: (String) -> Void
  private let isRead: () -> Bool
  private var console: PlainConsole

  /// A console that connects to the coordinator; `say` prints a line, `stopping` ends `run()`. `isRead`
  /// tells whether what it prints can still be read: no one drives by lines that reach no one.
  ///
  /// - Throws: `ZMQError` when the address cannot be understood.
  package init(
    _ settings: ConsoleSettings, context: Context, security: Security, stopping: Mailbox<Void>,
    isRead: @escaping () -> Bool, say: @escaping (String) -> Void
  ) throws(ZMQError) {
    socket = try consoleSocket(
      to: settings.address, context: context, security: security)
    typed = try Mailbox<String?>()
    console = PlainConsole(settings)
    self.stopping = stopping
    self.isRead = isRead
    self.say = say
  }

  /// Runs until the person leaves, input ends, nothing that it prints is read any more, the coordinator
  /// refuses them, or `stopping` says so.
  ///
  /// - Returns: why it ended, for people; empty when the person left.
  /// - Throws: `ZMQError`, `WireError`.
  package func run() throws -> String {
    let typed = typed
    Thread {
      while let line = readLine() { typed.post(line) }
      typed.post(nil)
    }.start()
    var poller = Poller()
    _ = poller.add(socket)
    _ = poller.add(stopping.wakeup)
    _ = poller.add(typed.wakeup)
    say("connecting to \(console.machine.settings.address); help lists what can be typed")
    while stopping.take().isEmpty {
      _ = try poller.wait(atMost: .milliseconds(20))
      // Leaving lets go of a robot, which then holds.
      guard isRead() else { break }
      for line in typed.take() {
        // No one types any more: a viewer continues to log, an operator lets go.
        guard let line else {
          if console.machine.settings.role == .operator {
            try send([.goodbye])
            return ""
          }
          continue
        }
        try send(console.read(line, at: SystemClock.now))
      }
      while let message = try socket.receiveNow() {
        guard let heard = try? CoordinatorToConsole(frames: message.parts) else { continue }
        try send(console.handle(heard, at: SystemClock.now))
      }
      try send(console.tick(at: SystemClock.now, wall: SystemClock.wall))
      for line in console.takeLines() { say(line) }
      if let ending = console.machine.ending { return ending }
    }
    try send([.goodbye])
    return ""
  }

  private func send(_ messages: [ConsoleToCoordinator]) throws {
    for message in messages { _ = try socket.sendNow(message.frames()) }
  }
}
