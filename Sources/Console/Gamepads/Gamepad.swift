internal import CEvdev
package import ConsoleScreen
internal import Glibc

/// A gamepad, read through libevdev. Belongs to one thread.
package final class Gamepad {
  /// Where it is, for example `/dev/input/event7`.
  package let path: String
  /// Its own name.
  package let name: String
  /// What a poller watches.
  package let descriptor: Int32
  private let device: OpaquePointer
  private var reader = GamepadReader()

  /// Opens a device.
  ///
  /// - Throws: `GamepadError`: `notAGamepad` for keyboards, mice and everything else.
  package init(path: String) throws(GamepadError) {
    let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw errno == EACCES
        ? .notAllowed(path) : .unreadable(path, String(cString: strerror(errno)))
    }
    var device: OpaquePointer?
    guard libevdev_new_from_fd(descriptor, &device) == 0, let device else {
      close(descriptor)
      throw .notAGamepad(path)
    }
    guard libevdev_has_event_code(device, UInt32(EV_KEY), UInt32(BTN_SOUTH)) == 1,
      libevdev_has_event_code(device, UInt32(EV_ABS), UInt32(ABS_X)) == 1
    else {
      libevdev_free(device)
      close(descriptor)
      throw .notAGamepad(path)
    }
    self.path = path
    self.descriptor = descriptor
    self.device = device
    name = libevdev_get_name(device).map { String(cString: $0) } ?? path
  }

  deinit {
    libevdev_free(device)
    close(descriptor)
  }

  /// What it said since the last call; never waits. Nil when it is gone.
  package func inputs() -> [SteeringInput]? {
    var inputs: [SteeringInput] = []
    var flags = UInt32(LIBEVDEV_READ_FLAG_NORMAL.rawValue)
    while true {
      var event = input_event()
      let status = libevdev_next_event(device, flags, &event)
      if status == -EAGAIN {
        // What was dropped is made up for; then the newest events come as usual.
        guard flags == UInt32(LIBEVDEV_READ_FLAG_SYNC.rawValue) else { return inputs }
        flags = UInt32(LIBEVDEV_READ_FLAG_NORMAL.rawValue)
        continue
      }
      if status == -EINTR { continue }
      guard status >= 0 else { return nil }
      if status == Int32(LIBEVDEV_READ_STATUS_SYNC.rawValue) {
        flags = UInt32(LIBEVDEV_READ_FLAG_SYNC.rawValue)
      }
      inputs += take(event)
    }
  }

  private func take(_ event: input_event) -> [SteeringInput] {
    switch Int32(event.type) {
    case EV_KEY: return reader.button(event.code, isPressed: event.value != 0)
    case EV_ABS:
      guard let axis = GamepadAxis(rawValue: event.code) else { return [] }
      return reader.axis(axis, scaled(event.value, event.code))
    default: return []
    }
  }

  /// An axis's value from -1 to 1: every make counts differently.
  private func scaled(_ value: Int32, _ code: UInt16) -> Double {
    let (least, most) = (
      Double(libevdev_get_abs_minimum(device, UInt32(code))),
      Double(libevdev_get_abs_maximum(device, UInt32(code)))
    )
    guard most > least else { return 0 }
    return 2 * (Double(value) - least) / (most - least) - 1
  }
}

/// Why a device is not used.
package enum GamepadError: Error, Hashable, Sendable, CustomStringConvertible {
  case notAllowed(String)
  case notAGamepad(String)
  case unreadable(String, String)

  /// What is wrong, and what to do.
  package var description: String {
    switch self {
    case .notAllowed(let path):
      "\(path) may not be read: add yourself to the group of that file (often `input`), log in again"
    case .notAGamepad(let path): "\(path) is no gamepad"
    case .unreadable(let path, let reason): "\(path) cannot be read: \(reason)"
    }
  }
}
