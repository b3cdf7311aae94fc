import CZeroMQ
import Dispatch
import Foundation
import Synchronization

/// Answers libzmq's question whether a client's key may connect (ZAP, ZeroMQ RFC 27), on a thread
/// of its own.
///
/// The list of keys can be replaced at any time; it counts for connections from then on. A
/// context has at most one authenticator.
public final class Authenticator: Sendable {
  let context: Context
  private let allowed: Mutex<[PublicKey: String]>
  private let refused = Mutex<[PublicKey: Int]>([:])
  private let stop: Wakeup
  private let ended = DispatchSemaphore(value: 0)

  /// Starts to answer for all CURVE servers of `context`. `allowed` names who holds each key; the
  /// name is what `Message.userID` says of its messages.
  ///
  /// - Throws: `ZMQError`: `addressInUse` when the context has an authenticator already.
  public init(for context: Context, allowed: [PublicKey: String]) throws(ZMQError) {
    self.context = context
    self.allowed = Mutex(allowed)
    stop = try Wakeup()
    var options = SocketOptions()
    options.linger = .zero
    let socket = try Socket(.rep, in: context, options: options)
    try socket.bind("inproc://zeromq.zap.01")
    start(socket)
  }

  /// Replaces the list of keys.
  public func allow(_ keys: [PublicKey: String]) {
    allowed.withLock { $0 = keys }
  }

  /// How often keys that are not on the list were refused.
  public var refusals: [PublicKey: Int] { refused.withLock { $0 } }

  private func start(_ socket: consuming Socket) {
    // Moves the socket into the thread, once.
    let handed = HandedSocket(socket)
    let context = context
    let thread = Thread { [weak self, stop, ended] in
      defer { ended.signal() }
      guard let socket = handed.take() else { return }
      var poller = Poller()
      _ = poller.add(socket)
      let stopped = poller.add(stop)
      _ = context
      while true {
        guard let ready = try? poller.wait(atMost: .seconds(3_600)), !ready.contains(stopped) else {
          return
        }
        while let request = try? socket.receiveNow() {
          guard let self else { return }
          guard (try? socket.sendNow(self.answer(request.parts))) == true else { return }
        }
      }
    }
    thread.name = "zap"
    thread.start()
  }

  /// The answer to one request: version, request number, code, text, user, metadata.
  private func answer(_ request: [[UInt8]]) -> [[UInt8]] {
    let version = Array("1.0".utf8)
    let number = request.count > 1 ? request[1] : []
    func reply(_ code: String, _ text: String, user: String = "") -> [[UInt8]] {
      [version, number, Array(code.utf8), Array(text.utf8), Array(user.utf8), []]
    }
    guard request.count >= 7, request[0] == version, request[5] == Array("CURVE".utf8),
      let key = PublicKey(bytes: request[6])
    else { return reply("400", "only CURVE keys are accepted") }
    guard let name = allowed.withLock({ $0[key] }) else {
      refused.withLock { $0[key, default: 0] += 1 }
      return reply("400", "this key is not on the list")
    }
    return reply("200", "OK", user: name)
  }

  deinit {
    stop.signal()
    ended.wait()
  }
}

/// Carries a socket from the thread that made it to the one that uses it.
// `@unchecked Sendable`: libzmq allows a socket to move between threads with a full fence between
// them, which the mutex is; `take` gives it away once.
private final class HandedSocket: @unchecked Sendable {
  private let lock = Mutex(())
  private var socket: Socket?

  init(_ socket: consuming Socket) { self.socket = consume socket }

  func take() -> Socket? {
    lock.withLock { _ in socket.take() }
  }
}
