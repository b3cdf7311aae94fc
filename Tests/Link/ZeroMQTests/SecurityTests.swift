// Aim: only who is on the list gets in, under their own name. Method: real CURVE connections.
import Testing
import ZeroMQ

@Suite struct SecurityTests {
  private func options(_ security: Security) -> SocketOptions {
    var options = SocketOptions()
    options.linger = .zero
    options.receiveTimeout = .seconds(5)
    options.security = security
    return options
  }

  @Test func `a listed key gets in under its name, others do not, and a list can change`() throws {
    let context = try Context()
    let server = try KeyPair.generate()
    let robot = try KeyPair.generate()
    let stranger = try KeyPair.generate()
    let authenticator = try Authenticator(
      for: context, allowed: [robot.publicKey: "robot/arm-1"])
    let router = try Socket(.router, in: context, options: options(.server(server, authenticator)))
    let address = try router.bind("tcp://127.0.0.1:*")

    let strange = try Socket(
      .dealer, in: context, options: options(.client(stranger, server: server.publicKey)))
    try strange.connect(address)
    try strange.send([[66]])
    let plain = try Socket(.dealer, in: context, options: options(.plain))
    try plain.connect(address)
    try plain.send([[67]])
    let known = try Socket(
      .dealer, in: context, options: options(.client(robot, server: server.publicKey)))
    try known.connect(address)
    try known.send([[42]])
    let message = try router.receive()
    #expect(message.parts.last == [42] && message.userID == "robot/arm-1")
    #expect(message.peerAddress?.hasPrefix("127.0.0.1") == true)

    // The stranger is put on the list while everything runs; libzmq tries again by itself.
    authenticator.allow([robot.publicKey: "robot/arm-1", stranger.publicKey: "operator/ann"])
    let again = try Socket(
      .dealer, in: context, options: options(.client(stranger, server: server.publicKey)))
    try again.connect(address)
    try again.send([[68]])
    let next = try router.receive()
    #expect(next.userID == "operator/ann")
  }

  @Test func `a secret key alone gives back its pair, and nonsense is refused`() throws {
    let pair = try KeyPair.generate()
    #expect(try KeyPair(secret: pair.secret) == pair)
    #expect(throws: ZMQError.self) { try KeyPair(secret: "short") }
    #expect(PublicKey(String(repeating: "\"", count: 40)) == nil)
    #expect(PublicKey(pair.publicKey.text) == pair.publicKey)
  }

  @Test(arguments: [
    ("tcp://127.0.0.1:7447", EndpointReach.thisMachine), ("tcp://localhost:1", .thisMachine),
    ("tcp://[::1]:7447", .thisMachine), ("ipc:///tmp/x", .thisMachine),
    ("tcp://*:7447", .network), ("tcp://0.0.0.0:7447", .network),
    ("tcp://192.168.1.4:7447", .network), ("tcp://127.evil.example:1", .network),
  ])
  func `loopback is told from the network`(endpoint: String, reach: EndpointReach) {
    #expect(EndpointReach(of: endpoint) == reach)
  }
}
