internal import Glibc
internal import SystemPackage

/// Writes to descriptors that this process does not own: standard output and standard error.
enum Descriptor {
  /// Writes all bytes, however slowly they are read: a pipe that another process made non-blocking is
  /// waited for.
  ///
  /// - Returns: Why it could not; nil when all was written.
  static func write(_ text: String, to descriptor: Int32) -> Errno? {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count >= 0 {
        bytes = bytes.dropFirst(count)
        continue
      }
      switch Errno(rawValue: errno) {
      case .interrupted: continue
      case .resourceTemporarilyUnavailable:
        var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        _ = poll(&request, 1, -1)
      case let reason: return reason
      }
    }
    return nil
  }

  /// Opens standard input, output and error where whoever started this process closed them: a file
  /// that is opened later would take their numbers, and get what is meant for people.
  static func openStandard() {
    for descriptor in 0...2 as ClosedRange<Int32> where fcntl(descriptor, F_GETFD) < 0 {
      // Standard output is opened to read only: a result that no one can get is an error.
      _ = open("/dev/null", descriptor == 2 ? O_WRONLY : O_RDONLY)
    }
  }
}
