internal import Clocks
package import ConsoleScreen
internal import Gamepads
package import RobotData
internal import SpaceMice

/// Gamepad and SpaceMouse, looked for now and then: a person may plug one in at any time.
package struct SteeringDevices {
  private static let interval = Duration.seconds(2)

  private let gamepads = Gamepads()
  private let spaceMouse = SpaceMouse()
  private var nextSearch = FleetInstant.origin

  /// Nothing was looked for yet.
  package init() {}

  /// What a poller watches.
  package var descriptors: [Int32] {
    [gamepads.descriptor, spaceMouse.descriptor].compactMap { $0 }
  }

  /// What they said since the last call; never waits.
  package mutating func inputs(at now: FleetInstant) -> [SteeringInput] {
    if nextSearch <= now {
      nextSearch = now + Self.interval
      gamepads.search()
      spaceMouse.search()
    }
    return gamepads.inputs() + spaceMouse.inputs()
  }
}
