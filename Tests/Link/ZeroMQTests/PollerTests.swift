// Aim: a thread that waits wakes for exactly what happened. Method: real sockets and threads.
import Foundation
import Testing
import ZeroMQ

@Suite struct PollerTests {
  @Test func `tells which socket has a message, and waits no longer than it may`() throws {
    let context = try Context()
    let first = try Socket(.pair, in: context)
    let second = try Socket(.pair, in: context)
    let peer = try Socket(.pair, in: context)
    _ = try first.bind("inproc://one")
    try peer.connect(try second.bind("inproc://two"))
    var poller = Poller()
    let one = poller.add(first)
    let two = poller.add(second)
    #expect(try poller.wait(atMost: .milliseconds(1)).isEmpty)
    try peer.send([[1]])
    let ready = try poller.wait(atMost: .seconds(5))
    #expect(ready.contains(two) && !ready.contains(one))
  }

  @Test func `values from other threads arrive, each once, in the order of each thread`() throws {
    let mailbox = try Mailbox<(Int, Int)>()
    var poller = Poller()
    _ = poller.add(mailbox.wakeup)
    for thread in 0..<4 {
      Thread { for value in 0..<500 { mailbox.post((thread, value)) } }.start()
    }
    var seen = [[Int]](repeating: [], count: 4)
    while seen.map(\.count).reduce(0, +) < 2_000 {
      let ready = try poller.wait(atMost: .seconds(5))
      #expect(!ready.isEmpty)
      if ready.isEmpty { return }
      for (thread, value) in mailbox.take() { seen[thread].append(value) }
    }
    #expect(seen == [[Int]](repeating: Array(0..<500), count: 4))
    // On a busy machine the last signal may come after its value was taken.
    if try !poller.wait(atMost: .milliseconds(200)).isEmpty { _ = mailbox.take() }
    #expect(try poller.wait(atMost: .milliseconds(1)).isEmpty)
  }

  @Test func `shutting the context down ends a wait in another thread`() throws {
    let context = try Context()
    let ended = DispatchSemaphore(value: 0)
    let waiting = DispatchSemaphore(value: 0)
    Thread {
      defer { ended.signal() }
      guard let socket = try? Socket(.pair, in: context) else { return }
      waiting.signal()
      #expect(throws: ZMQError.self) { try socket.receive() }
    }.start()
    waiting.wait()
    context.shutDown()
    #expect(ended.wait(timeout: .now() + 5) == .success)
  }
}
