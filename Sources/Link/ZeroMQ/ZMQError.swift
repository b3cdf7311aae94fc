import CZeroMQ
import Glibc

/// A refusal of libzmq: which operation, at which endpoint, and why.
public struct ZMQError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What was tried.
  public enum Operation: String, Hashable, Sendable {
    /// Making a context.
    case createContext = "make a ZeroMQ context"
    /// Making a socket.
    case createSocket = "open a ZeroMQ socket"
    /// Setting or reading an option.
    case option = "set an option of a ZeroMQ socket"
    /// Listening.
    case bind = "listen on"
    /// Connecting.
    case connect = "connect to"
    /// No longer listening.
    case unbind = "stop listening on"
    /// No longer connecting.
    case disconnect = "disconnect from"
    /// Sending a message.
    case send = "send a message"
    /// Receiving a message.
    case receive = "receive a message"
    /// Waiting for several sockets.
    case poll = "wait for messages"
    /// Making a descriptor that wakes a thread.
    case wakeup = "make a wake-up descriptor"
    /// Watching a socket's connections.
    case monitor = "watch a socket's connections"
    /// Making or reading keys.
    case keys = "make a pair of keys"
    /// Starting a thread.
    case thread = "start a thread"
  }

  /// Why it was refused.
  public enum Reason: Hashable, Sendable {
    /// Another socket listens there.
    case addressInUse
    /// No such address on this machine.
    case addressNotAvailable
    /// The system forbids it.
    case permission
    /// The endpoint cannot be understood, or an option's value is out of range.
    case invalid
    /// The transport is unknown, or does not fit the kind of socket.
    case transportNotSupported
    /// The path of an `ipc` endpoint does not exist, or the endpoint was never bound.
    case notFound
    /// The path of an `ipc` endpoint is too long for the system.
    case nameTooLong
    /// No connected peer has the identity that the message is for.
    case peerUnreachable
    /// Nothing came, or nothing could be queued, within the time allowed.
    case timedOut
    /// The context was shut down.
    case contextClosed
    /// The kind of socket does not do that now (a REQ must send before it receives).
    case wrongState
    /// The process or the context has no more sockets or descriptors.
    case tooMany
    /// Something else; `code` says what.
    case other
  }

  /// What was tried.
  public let operation: Operation
  /// The endpoint, or the option's name.
  public let endpoint: String?
  /// The `errno` that libzmq left.
  public let code: Int32

  /// An error of these parts.
  public init(_ operation: Operation, endpoint: String? = nil, code: Int32) {
    self.operation = operation
    self.endpoint = endpoint
    self.code = code
  }

  /// The error that libzmq has just left in this thread.
  static func latest(_ operation: Operation, endpoint: String? = nil) -> ZMQError {
    ZMQError(operation, endpoint: endpoint, code: zmq_errno())
  }

  /// Why it was refused.
  public var reason: Reason {
    switch code {
    case EADDRINUSE: .addressInUse
    case EADDRNOTAVAIL, ENODEV: .addressNotAvailable
    case EACCES, EPERM, EROFS: .permission
    case EINVAL: .invalid
    case EPROTONOSUPPORT, ENOCOMPATPROTO: .transportNotSupported
    case ENOENT, ENOTDIR, ECONNREFUSED: .notFound
    case ENAMETOOLONG: .nameTooLong
    case EHOSTUNREACH: .peerUnreachable
    case EAGAIN: .timedOut
    case ETERM, ENOTSOCK: .contextClosed
    case EFSM: .wrongState
    case EMFILE, ENFILE, EMTHREAD: .tooMany
    default: .other
    }
  }

  /// What could not be done, why, and what to do about it.
  public var description: String {
    let what = endpoint.map { "\(operation.rawValue) \($0)" } ?? operation.rawValue
    return "cannot \(what): \(explanation) (\(String(cString: zmq_strerror(code))))"
  }

  private var explanation: String {
    switch reason {
    case .addressInUse:
      "another program listens there; stop it, or choose another port (tcp://*:* lets the "
        + "system choose)"
    case .addressNotAvailable:
      "this machine has no such address or interface; use one that `ip address` shows, or * "
        + "for all"
    case .permission:
      "the system forbids it; choose a port above 1023, or a folder that you may write"
    case .invalid:
      operation == .option
        ? "the value is out of range"
        : "an endpoint is tcp://host:port, ipc:///path or inproc://name"
    case .transportNotSupported:
      "the transport is unknown or does not fit this kind of socket; use tcp, ipc or inproc"
    case .notFound:
      operation == .bind
        ? "the folder of the ipc path does not exist; make it first"
        : "nothing listens there"
    case .nameTooLong:
      "a path of an ipc endpoint has at most 107 bytes; use a shorter one, such as /tmp/name"
    case .peerUnreachable:
      "the peer is not connected, or has gone"
    case .timedOut:
      operation == .send
        ? "the peer takes no more messages, and the time allowed is over"
        : "nothing came within the time allowed"
    case .contextClosed:
      "the context is shut down"
    case .wrongState:
      "this kind of socket must send and receive in turns"
    case .tooMany:
      "too many sockets or files are open; raise the limit (ulimit -n)"
    case .other:
      "error \(code)"
    }
  }
}
