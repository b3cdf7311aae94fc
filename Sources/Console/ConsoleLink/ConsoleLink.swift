internal import Clocks
public import Wire
public import ZeroMQ

/// Carries a console's dialogue over a real socket. Everything happens in the thread that calls
/// `run()`.
public struct ConsoleLink<Dialogue: ConsoleDialogue>: ~Copyable {
  private let socket: Socket
  private let stopping: Mailbox<Void>
  /// The dialogue, with what it has counted.
  public private(set) var dialogue: Dialogue

  /// A link that connects to the coordinator at `address`; `stopping` ends `run()`.
  ///
  /// - Throws: `ZMQError` when the address cannot be understood.
  public init(
    _ dialogue: Dialogue, address: String, context: Context, security: Security = .plain,
    stopping: Mailbox<Void>
  ) throws(ZMQError) {
    socket = try consoleSocket(to: address, context: context, security: security)
    self.dialogue = dialogue
    self.stopping = stopping
  }

  /// Runs until the dialogue is over, or someone posts to `stopping`.
  ///
  /// - Returns: why the dialogue is over, for people; nil when it was stopped.
  /// - Throws: `ZMQError` when the context is shut down, `WireError` when a message is too large.
  public mutating func run() throws -> String? {
    var poller = Poller()
    _ = poller.add(socket)
    _ = poller.add(stopping.wakeup)
    while stopping.take().isEmpty {
      _ = try poller.wait(atMost: .milliseconds(20))
      while let message = try socket.receiveNow() {
        // What cannot be read is no order: the coordinator's version was checked at the hello.
        guard let heard = try? CoordinatorToConsole(frames: message.parts) else { continue }
        try send(dialogue.handle(heard, at: SystemClock.now))
      }
      try send(dialogue.tick(at: SystemClock.now, wall: SystemClock.wall))
      if let ending = dialogue.ending { return ending }
    }
    try send([.goodbye])
    return nil
  }

  private func send(_ messages: [ConsoleToCoordinator]) throws {
    for message in messages { _ = try socket.sendNow(message.frames()) }
  }
}

/// A console's socket, connected to the coordinator at `address`; it comes back within a second after a
/// coordinator that was gone.
///
/// - Throws: `ZMQError` when the address cannot be understood.
public func consoleSocket(
  to address: String, context: Context, security: Security
) throws(ZMQError) -> Socket {
  var options = SocketOptions()
  options.isImmediate = true
  options.reconnectInterval = .milliseconds(50)
  options.reconnectIntervalLimit = .seconds(1)
  options.frameBytesLimit = WireLimits.pictureBytes
  options.security = security
  let socket = try Socket(.dealer, in: context, options: options)
  try socket.connect(address)
  return socket
}
