// Aim: an address is what people meant, or refused; libzmq takes a port modulo 65536, and the path of a
// socket that another process listens on. Method: all ports about the limits, addresses by hand, and
// sockets that really listen.
import Foundation
import Testing
import ZeroMQ

@Suite struct EndpointAddressTests {
  private let path = NSTemporaryDirectory() + "mallard-address-\(UInt32.random(in: 0 ... .max))"

  @Test(arguments: [
    "tcp://127.0.0.1:7447", "tcp://*:0", "tcp://[::1]:65535", "tcp://lab-pc:*", "tcp://eth0:1",
    "ipc:///tmp/x", "ipc://x", "inproc://x",
  ])
  func `an address that can be used is taken`(text: String) throws {
    #expect(try EndpointAddress(text).description == text)
  }

  @Test(arguments: [
    ("tcp://127.0.0.1:99999", "0 to 65535"), ("tcp://127.0.0.1:65536", "0 to 65535"),
    ("tcp://127.0.0.1:-1", "0 to 65535"), ("tcp://127.0.0.1:+80", "0 to 65535"),
    ("tcp://127.0.0.1:1e3", "0 to 65535"), ("tcp://127.0.0.1", "0 to 65535"),
    ("tcp://:80", "0 to 65535"), ("tcp://a:18446744073709551617", "0 to 65535"),
    ("udp://127.0.0.1:1", "transport"), ("127.0.0.1:7447", "transport"), ("", "transport"),
    ("ipc://", "1 to 107 bytes"), ("ipc://" + String(repeating: "x", count: 108), "1 to 107 bytes"),
    ("tcp://127.0.0.1:80\u{0}99", "control character"), ("tcp://a b:1", "space"),
  ])
  func `another is refused with what is allowed`(text: String, reason: String) throws {
    let error = #expect(throws: EndpointAddressError.self) { try EndpointAddress(text) }
    #expect("\(try #require(error))".contains(reason), "\(text)")
    // A socket refuses it too, whoever asks it.
    let socket = try Socket(.router, in: try Context())
    #expect(throws: ZMQError.self) { try socket.bind(text) }
    #expect(throws: ZMQError.self) { try socket.connect(text) }
  }

  @Test func `a path that another socket listens on is in use, and free again afterwards`() throws {
    let address = "ipc://\(path)"
    defer { unlink(path) }
    let context = try Context()
    var first: Socket? = try Socket(.router, in: context)
    _ = try first?.bind(address)
    let second = try Socket(.router, in: try Context())
    let error = #expect(throws: ZMQError.self) { try second.bind(address) }
    #expect(error?.reason == .addressInUse)
    first = nil
    // The listener ends in libzmq's own thread.
    for _ in 0..<200 {
      if (try? second.bind(address)) != nil { return }
      usleep(10_000)
    }
    Issue.record("\(address) stays in use")
  }

  @Test func `a path that a killed process left behind is free`() throws {
    defer { unlink(path) }
    let left = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
    let code = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(left, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    close(left)
    #expect(code == 0 && FileManager.default.fileExists(atPath: path))
    _ = try Socket(.router, in: try Context()).bind("ipc://\(path)")
  }
}
