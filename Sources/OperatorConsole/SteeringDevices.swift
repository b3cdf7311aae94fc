internal import Clocks
internal import ConsoleScreen
internal import Gamepads
internal import RobotData
internal import SpaceMice

/// Gamepad and SpaceMouse, looked for now and then: a person may plug one in at any time.
struct SteeringDevices {
  private static let interval = Duration.seconds(2)

  private let gamepads = Gamepads()
  private let spaceMouse = SpaceMouse()
  private var nextSearch = FleetInstant.origin

  /// What a poller watches.
  var descriptors: [Int32] {
    [gamepads.descriptor, spaceMouse.descriptor].compactMap { $0 }
  }

  /// What they said since the last call; never waits.
  mutating func inputs(at now: FleetInstant) -> [SteeringInput] {
    if nextSearch <= now {
      nextSearch = now + Self.interval
      gamepads.search()
      spaceMouse.search()
    }
    return gamepads.inputs() + spaceMouse.inputs()
  }
}
