internal import CSpnav
package import ConsoleScreen
internal import Glibc

/// The SpaceMouse of this machine, through libspnav and the daemon that owns it (spacenavd), which
/// SPNAV_SOCKET may place elsewhere. libspnav has one connection in a process; it belongs to one
/// thread.
package final class SpaceMouse {
  private var reader = SpaceMouseReader()
  private var isOpen = false
  private var waiting: [SteeringInput] = []

  /// Nothing is connected yet.
  package init() {}

  deinit { if isOpen { spnav_close() } }

  /// What a poller watches; nil while there is no daemon.
  package var descriptor: Int32? { isOpen ? spnav_fd() : nil }

  /// Looks for the daemon, unless it is connected; to be called every second or so.
  package func search() {
    guard !isOpen, spnav_open() == 0 else { return }
    isOpen = true
    waiting.append(.connected(.spaceMouse, "found through spacenavd"))
  }

  /// What it said since the last call; never waits.
  package func inputs() -> [SteeringInput] {
    var inputs = waiting
    waiting = []
    guard isOpen else { return inputs }
    var event = spnav_shim_event()
    while spnav_poll_event(&event) != 0 {
      switch Int(event.type) {
      case SPNAV_SHIM_MOTION:
        let motion = event.motion
        inputs += reader.motion(
          translation: (Int(motion.x), Int(motion.y), Int(motion.z)),
          rotation: (Int(motion.rx), Int(motion.ry), Int(motion.rz)))
      case SPNAV_SHIM_BUTTON:
        inputs += reader.button(Int(event.button.number), isPressed: event.button.press != 0)
      default: break
      }
    }
    if isGone {
      spnav_close()
      isOpen = false
      reader = SpaceMouseReader()
      inputs.append(.lost(.spaceMouse))
    }
    return inputs
  }

  /// libspnav does not tell an end of the connection from silence; the descriptor does.
  private var isGone: Bool {
    var poller = pollfd(fd: spnav_fd(), events: Int16(POLLIN), revents: 0)
    guard poll(&poller, 1, 0) > 0 else { return false }
    if poller.revents & Int16(POLLHUP | POLLERR | POLLNVAL) != 0 { return true }
    var byte: UInt8 = 0
    return recv(spnav_fd(), &byte, 1, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT)) == 0
  }
}
