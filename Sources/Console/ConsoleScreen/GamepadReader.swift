internal import RobotData

/// An axis of a gamepad as Linux numbers it (linux/input-event-codes.h).
package enum GamepadAxis: UInt16, Hashable, Sendable, CaseIterable {
  case leftX = 0x00
  case leftY = 0x01
  case rightX = 0x03
  case rightY = 0x04
  case padX = 0x10
  case padY = 0x11
}

/// Turns the events of a gamepad into keys and deflections. Pure: the device itself is elsewhere.
///
/// Robots move only while the dead man's button (R1) is held: a gamepad that falls off the table
/// moves nothing.
package struct GamepadReader: Hashable, Sendable {
  /// Linux's number of R1, the button that must be held.
  package static let deadMan: UInt16 = 0x137

  private static let buttons: [UInt16: GamepadButton] = [
    0x130: .a, 0x131: .b, 0x133: .x, 0x134: .y, 0x136: .l1, 0x138: .l2, 0x139: .r2,
    0x13A: .select, 0x13B: .start, 0x13D: .leftStick, 0x13E: .rightStick,
  ]
  /// The cross of gamepads that report it as buttons.
  private static let cross: [UInt16: (axis: GamepadAxis, value: Double)] = [
    0x220: (.padY, -1), 0x221: (.padY, 1), 0x222: (.padX, -1), 0x223: (.padX, 1),
  ]
  /// What sticks have of play.
  private static let play = 0.12

  private var axes: [GamepadAxis: Double] = [:]
  private var isHeld = false

  /// A gamepad at rest.
  package init() {}

  /// A button changed.
  ///
  /// - Parameters:
  ///   - code: Linux's number of the button.
  ///   - isPressed: whether it went down.
  /// - Returns: what it means, if it means anything.
  package mutating func button(_ code: UInt16, isPressed: Bool) -> [SteeringInput] {
    if code == Self.deadMan {
      isHeld = isPressed
      return [.pushed(.gamepad, deflection)]
    }
    if let way = Self.cross[code] { return axis(way.axis, isPressed ? way.value : 0) }
    guard isPressed, let button = Self.buttons[code] else { return [] }
    return [.key(.gamepad(button))]
  }

  /// An axis moved; `value` is from -1 to 1, as Linux counts: right and down are positive.
  package mutating func axis(_ axis: GamepadAxis, _ value: Double) -> [SteeringInput] {
    let before = deflection
    axes[axis] = value
    return deflection == before ? [] : [.pushed(.gamepad, deflection)]
  }

  /// What the hand asks for now: left stick along the table, right stick up, down and around, the
  /// cross tilts.
  package var deflection: Deflection {
    guard isHeld else { return .rest }
    func value(_ axis: GamepadAxis) -> Double {
      Deflection.shaped(axes[axis] ?? 0, play: Self.play)
    }
    return Deflection(
      linear: Vector3(-value(.leftY), -value(.leftX), -value(.rightY)),
      angular: Vector3(value(.padX), value(.padY), -value(.rightX)))
  }
}
