import CZeroMQ

/// Owns one libzmq socket and closes it when no one uses it any more: the `Socket`, a `Poller`
/// or a `Monitor`. Belongs to one thread, like the socket.
final class SocketHandle {
  let raw: UnsafeMutableRawPointer
  let context: Context

  init(_ kind: Socket.Kind, in context: Context) throws(ZMQError) {
    guard let raw = zmq_socket(context.raw, kind.code) else { throw .latest(.createSocket) }
    self.raw = raw
    self.context = context
  }

  func set(_ option: Int32, _ name: String, _ value: Int32) throws(ZMQError) {
    var value = value
    guard zmq_setsockopt(raw, option, &value, MemoryLayout<Int32>.size) == 0 else {
      throw .latest(.option, endpoint: "\(name) to \(value)")
    }
  }

  func set(_ option: Int32, _ name: String, wide value: Int64) throws(ZMQError) {
    var value = value
    guard zmq_setsockopt(raw, option, &value, MemoryLayout<Int64>.size) == 0 else {
      throw .latest(.option, endpoint: "\(name) to \(value)")
    }
  }

  func set(_ option: Int32, _ name: String, bytes: [UInt8]) throws(ZMQError) {
    guard zmq_setsockopt(raw, option, bytes, bytes.count) == 0 else {
      throw .latest(.option, endpoint: "\(name) to \(bytes.count) bytes")
    }
  }

  /// The endpoint that was bound or connected last, with wildcards resolved.
  func lastEndpoint() throws(ZMQError) -> String {
    var text = [CChar](repeating: 0, count: 1024)
    var count = text.count
    guard zmq_getsockopt(raw, ZMQ_LAST_ENDPOINT, &text, &count) == 0 else {
      throw .latest(.option, endpoint: "LAST_ENDPOINT")
    }
    let bytes = text.prefix(max(count - 1, 0)).map(UInt8.init(bitPattern:))
    return String(decoding: bytes, as: UTF8.self)
  }

  deinit {
    zmq_close(raw)
  }
}
