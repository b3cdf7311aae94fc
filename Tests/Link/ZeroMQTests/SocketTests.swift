// Aim: what shells rely on: whole messages, no waiting where none is wanted, hostile peers cut
// off, errors that say what to do. Method: real sockets on ports that the system chooses.
import Testing
import ZeroMQ

@Suite struct SocketTests {
  let context: Context
  let patient: SocketOptions

  init() throws {
    context = try Context()
    var options = SocketOptions()
    options.receiveTimeout = .seconds(5)
    options.linger = .zero
    patient = options
  }

  @Test(arguments: ["tcp://127.0.0.1:*", "inproc://whole"])
  func `a message of many parts arrives whole, empty parts and 4 MiB blobs included`(
    endpoint: String
  ) throws {
    let router = try Socket(.router, in: context, options: patient)
    let address = try router.bind(endpoint)
    let dealer = try Socket(.dealer, in: context, options: patient)
    try dealer.connect(address)
    let blob = (0..<(4 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    try dealer.send([[1, 2], [], blob, [9]])
    let received = try router.receive().parts
    #expect(received.count == 5 && Array(received[1...]) == [[1, 2], [], blob, [9]])
    try router.send([received[0], [7]])
    #expect(try dealer.receive().parts == [[7]])
  }

  @Test func `a blob that was sent without copying is let go of when it was received`() throws {
    let router = try Socket(.router, in: context, options: patient)
    let dealer = try Socket(.dealer, in: context, options: patient)
    try dealer.connect(try router.bind("inproc://blobs"))
    try dealer.send([[UInt8](repeating: 5, count: 100_000)])
    var message: Message? = try router.receive()
    #expect(context.blobsHeld == 1 && message?.frames.last?.count == 100_000)
    message = nil
    #expect(context.blobsHeld == 0)
  }

  @Test func `sending to no one and receiving nothing come back at once`() throws {
    var options = patient
    options.isImmediate = true
    options.sendHighWaterMark = 1
    let dealer = try Socket(.dealer, in: context, options: options)
    try dealer.connect("tcp://127.0.0.1:1")
    #expect(try dealer.sendNow([[1]]) == false)
    #expect(try dealer.receiveNow() == nil)
  }

  @Test func `an address in use is named, with what to do`() throws {
    let first = try Socket(.router, in: context, options: patient)
    let address = try first.bind("tcp://127.0.0.1:*")
    let second = try Socket(.router, in: context, options: patient)
    let error = #expect(throws: ZMQError.self) { try second.bind(address) }
    #expect(error?.reason == .addressInUse)
    #expect(error?.description.contains(address) == true)
    #expect(error?.description.contains("choose another port") == true)
  }

  @Test(arguments: ["nonsense", "tcp://127.0.0.1", "smoke://1", "tcp://198.51.100.7:5000"])
  func `an endpoint that cannot be bound is a typed error`(endpoint: String) throws {
    let socket = try Socket(.router, in: context, options: patient)
    let error = #expect(throws: ZMQError.self) { try socket.bind(endpoint) }
    #expect(error?.endpoint == endpoint)
  }

  @Test func `a peer that sends an oversized frame is cut off, others go on`() throws {
    var options = patient
    options.frameBytesLimit = 1_000
    let router = try Socket(.router, in: context, options: options)
    let address = try router.bind("tcp://127.0.0.1:*")
    let hostile = try Socket(.dealer, in: context, options: patient)
    try hostile.connect(address)
    try hostile.send([[UInt8](repeating: 0, count: 2_000)])
    let honest = try Socket(.dealer, in: context, options: patient)
    try honest.connect(address)
    try honest.send([[42]])
    #expect(try router.receive().parts.last == [42])
    #expect(try router.receiveNow() == nil)
  }

  @Test func `of a message with too many frames only the allowed ones are kept`() throws {
    var options = patient
    options.framesPerMessage = 4
    let router = try Socket(.router, in: context, options: options)
    let dealer = try Socket(.dealer, in: context, options: patient)
    try dealer.connect(try router.bind("inproc://many"))
    try dealer.send((0..<1_000).map { [UInt8(truncatingIfNeeded: $0)] })
    try dealer.send([[77]])
    #expect(try router.receive().frames.count == 4)
    #expect(try router.receive().parts.last == [77])
  }

  @Test func `a subscriber gets what it asked for`() throws {
    let publisher = try Socket(.xpub, in: context, options: patient)
    let subscriber = try Socket(.sub, in: context, options: patient)
    try subscriber.subscribe(to: Array("status".utf8))
    try subscriber.connect(try publisher.bind("tcp://127.0.0.1:*"))
    #expect(try publisher.receive().parts == [[1] + Array("status".utf8)])
    try publisher.send([Array("other".utf8), [1]])
    try publisher.send([Array("status".utf8), [2]])
    #expect(try subscriber.receive().parts == [Array("status".utf8), [2]])
  }
}
