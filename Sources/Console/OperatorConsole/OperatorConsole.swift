internal import Clocks
internal import ConsoleLink
package import ConsoleScreen
package import RobotData
internal import TerminalScreen
internal import Wire
package import ZeroMQ

/// How a console draws.
package struct ConsoleAppearance: Hashable, Sendable {
  /// Whether colours are used where the terminal has them.
  package var usesColour = true
  /// How pictures are shown.
  package var pictures = PictureStyle.auto

  /// Colours, and the best pictures that the terminal is known to have.
  package init() {}
}

/// How long things took, for measurements.
package struct ConsoleTimings: Hashable, Sendable {
  /// From the moment that a key was read to the moment that its message was sent: the newest ones.
  package private(set) var keyToMessage: [Duration] = []
  /// Screens that were drawn.
  package var screens = 0

  package init() {}

  /// Keeps one; a session of many hours keeps no more than these.
  mutating func note(_ duration: Duration) {
    if keyToMessage.count == 10_000 { keyToMessage.removeFirst(5_000) }
    keyToMessage.append(duration)
  }
}

/// A person's console: joins terminal, socket and `ConsoleMachine`. Everything happens in the
/// thread that calls `run()`.
package final class OperatorConsole {
  /// Keys that come at once in a number that no hand makes: a paste into a terminal that does not
  /// mark it, or a link that stood still. Nothing of it moves a robot.
  static let burst = 20
  /// How often the screen is drawn when nothing urgent happens.
  static let interval = Duration.milliseconds(100)

  private let socket: Socket
  private let stopping: Mailbox<Void>
  private let appearance: ConsoleAppearance
  private var bells = 0
  private var drawn = FleetInstant.origin
  /// The console's state.
  package private(set) var machine: ConsoleMachine
  /// How long things took.
  package private(set) var timings = ConsoleTimings()
  /// When the dialogue ended, or now.
  package var endedAt: FleetInstant { SystemClock.now }

  /// A console that connects to the coordinator; `stopping` ends `run()`.
  ///
  /// - Throws: `ZMQError` when the address cannot be understood.
  package init(
    _ settings: ConsoleSettings, appearance: ConsoleAppearance, context: Context,
    security: Security, stopping: Mailbox<Void>
  ) throws(ZMQError) {
    socket = try consoleSocket(to: settings.address, context: context, security: security)
    machine = ConsoleMachine(settings)
    self.appearance = appearance
    self.stopping = stopping
  }

  /// Runs until the person leaves, the coordinator refuses them, the terminal is gone, or someone
  /// posts to `stopping`.
  ///
  /// - Returns: why it ended, for people; empty when the person left.
  /// - Throws: `TerminalScreenError` where there is no terminal, `ZMQError`, `WireError`.
  package func run() throws -> String {
    let terminal = try TerminalScreen(usesColour: appearance.usesColour)
    defer { terminal.close() }
    var painter = try PicturePainter(terminal, appearance)
    var devices = SteeringDevices()
    var watched: [Int32] = []
    var poller = poller(watching: watched)
    while stopping.take().isEmpty {
      let ready = try poller.wait(atMost: .milliseconds(20))
      var hasKeys = try read(terminal, isReady: ready.contains(Self.keyboard))
      for input in devices.inputs(at: SystemClock.now) {
        hasKeys = true
        try send(machine.steer(input, at: SystemClock.now))
      }
      if devices.descriptors != watched {
        watched = devices.descriptors
        poller = self.poller(watching: watched)
      }
      try receive()
      try send(machine.tick(at: SystemClock.now, wall: SystemClock.wall))
      if let ending = machine.ending { return ending }
      let now = SystemClock.now
      guard hasKeys || now - drawn >= Self.interval else { continue }
      drawn = now
      try send(draw(&painter, terminal, at: now))
    }
    try send([.goodbye])
    return ""
  }

  /// The keyboard's place in the poller.
  private static let keyboard = 0

  private func poller(watching devices: [Int32]) -> Poller {
    var poller = Poller()
    _ = poller.add(reading: 0)
    _ = poller.add(socket)
    _ = poller.add(stopping.wakeup)
    for device in devices { _ = poller.add(reading: device) }
    return poller
  }

  // MARK: - In and out

  /// - Returns: whether a key was pressed.
  private func read(_ terminal: TerminalScreen, isReady: Bool) throws -> Bool {
    let began = SystemClock.now
    let inputs = terminal.inputs(isReady: isReady)
    guard !inputs.isEmpty else { return false }
    let keys = inputs.compactMap { if case .key(let key) = $0 { key } else { nil } }
    if keys.count >= Self.burst {
      machine.paste(count: keys.count, at: began)
      // Of all that might be meant, only a stop is obeyed: it is the safe side.
      let stops = machine.settings.bindings.keys(of: .stopAll)
      if let stop = keys.first(where: { stops.contains($0) }) {
        try send(machine.press(stop, at: began))
      }
    } else {
      for key in keys {
        let said = machine.press(key, at: began)
        try send(said)
        if said.contains(where: { if case .order = $0 { true } else { false } }) {
          timings.note(SystemClock.now - began)
        }
      }
    }
    for input in inputs {
      switch input {
      case .pasted(let count): machine.paste(count: count, at: began)
      case .lost: try send(machine.loseKeyboard())
      case .key, .resized: break
      }
    }
    return true
  }

  private func receive() throws {
    for _ in 0..<64 {
      guard let message = try socket.receiveNow() else { return }
      // What cannot be read is no order: the coordinator's version was checked at the hello.
      guard let heard = try? CoordinatorToConsole(frames: message.parts) else { continue }
      try send(machine.handle(heard, at: SystemClock.now))
    }
  }

  private func send(_ messages: [ConsoleToCoordinator]) throws {
    for message in messages { _ = try socket.sendNow(message.frames()) }
  }

  private func draw(
    _ painter: inout PicturePainter, _ terminal: TerminalScreen, at now: FleetInstant
  ) -> [ConsoleToCoordinator] {
    let shows = painter.draw(machine.screen(terminal.size, at: now))
    timings.screens += 1
    if machine.bells > bells { terminal.ring() }
    bells = machine.bells
    return machine.showed(shows, at: SystemClock.now)
  }
}
