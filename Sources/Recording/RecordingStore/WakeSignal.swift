internal import Glibc
internal import RobotData

/// Wakes a thread that waits, by the monotonic clock: a clock that is set back delays nothing.
final class WakeSignal: Sendable {
  // The ends of a pipe; -1 where the system has no more descriptors: then waiting is sleeping.
  private let reading: Int32
  private let writing: Int32

  init() {
    var ends: [Int32] = [-1, -1]
    _ = pipe(&ends)
    for end in ends where end >= 0 {
      _ = fcntl(end, F_SETFL, O_NONBLOCK)
      _ = fcntl(end, F_SETFD, FD_CLOEXEC)
    }
    (reading, writing) = (ends[0], ends[1])
  }

  /// Ends the wait that is in progress, or the next one.
  func signal() {
    // A pipe that is full will wake whoever waits anyway.
    var one: UInt8 = 1
    _ = write(writing, &one, 1)
  }

  /// Waits for a signal.
  func wait(atMost duration: Duration) {
    let nanoseconds = max(duration.wholeNanoseconds, 0)
    let milliseconds = Int32(clamping: nanoseconds / 1_000_000 + 1)
    var request = pollfd(fd: reading, events: Int16(POLLIN), revents: 0)
    _ = poll(&request, 1, milliseconds)
    var bytes = [UInt8](repeating: 0, count: 4_096)
    while read(reading, &bytes, bytes.count) == bytes.count {}
  }

  deinit {
    if reading >= 0 { close(reading) }
    if writing >= 0 { close(writing) }
  }
}
