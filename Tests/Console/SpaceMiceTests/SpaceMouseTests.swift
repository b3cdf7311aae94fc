// Aim: a SpaceMouse's daemon is found, read, lost and found again. Method: the real libspnav on a
// socket of its protocol, on whose other side this test speaks as spacenavd does.
import ConsoleScreen
import Foundation
import RobotData
import SpaceMice
import Testing

/// The daemon's side: a Unix socket that sends events of eight 32-bit numbers.
private final class Daemon {
  private let listening: Int32
  private var client: Int32 = -1

  init(_ path: String) throws {
    unlink(path)
    listening = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    let length = socklen_t(MemoryLayout<sockaddr_un>.size)
    let status = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(listening, $0, length) }
    }
    try #require(status == 0 && listen(listening, 1) == 0)
  }

  /// Takes the connection; libspnav asks for the protocol's version, and takes silence for the
  /// oldest one.
  func accept() { client = Glibc.accept(listening, nil, nil) }

  func send(_ numbers: [Int32]) {
    _ = numbers.withUnsafeBytes { write(client, $0.baseAddress, 32) }
  }

  func close() {
    Glibc.close(client)
    Glibc.close(listening)
  }
}

@Suite(.serialized) struct SpaceMouseTests {
  private func inputs(_ mouse: SpaceMouse, until count: Int) -> [SteeringInput] {
    var inputs: [SteeringInput] = []
    for _ in 0..<200 where inputs.count < count {
      inputs += mouse.inputs()
      usleep(5_000)
    }
    return inputs
  }

  @Test func `a cap that is pushed, turned and clicked says so, and its daemon may go`() throws {
    let path = NSTemporaryDirectory() + "spnav-\(UInt32.random(in: 0 ... .max))"
    setenv("SPNAV_SOCKET", path, 1)
    defer { unlink(path) }
    let mouse = SpaceMouse()
    mouse.search()
    #expect(mouse.descriptor == nil && mouse.inputs().isEmpty, "no daemon, no mouse")

    let daemon = try Daemon(path)
    mouse.search()
    daemon.accept()
    #expect(inputs(mouse, until: 1) == [.connected(.spaceMouse, "found through spacenavd")])
    // Type 0 is motion: x to the right, y up, z away; then the rotations and the period.
    daemon.send([0, 0, 0, 350, 0, 0, 0, 16])
    daemon.send([0, -350, 0, 0, 0, 350, 0, 16])
    daemon.send([0, 5, 3, -4, 2, 0, 1, 16])
    // Type 1 is a press, 2 a release.
    daemon.send([1, 1, 0, 0, 0, 0, 0, 0])
    daemon.send([2, 1, 0, 0, 0, 0, 0, 0])
    #expect(
      inputs(mouse, until: 4) == [
        .pushed(.spaceMouse, Deflection(linear: Vector3(1, 0, 0), angular: .zero)),
        .pushed(
          .spaceMouse, Deflection(linear: Vector3(0, 1, 0), angular: Vector3(0, 0, 1))),
        .pushed(.spaceMouse, .rest), .key(.spaceMouse(2)),
      ])
    daemon.close()
    #expect(inputs(mouse, until: 1) == [.lost(.spaceMouse)])
    #expect(mouse.descriptor == nil)
  }
}
