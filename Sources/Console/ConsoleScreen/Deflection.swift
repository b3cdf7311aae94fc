package import RobotData

/// How far a hand pushes a device with axes away from its rest, each axis from -1 to 1 in the
/// robot's base frame.
package struct Deflection: Hashable, Sendable {
  /// Away from the base (x), to the left (y), up (z).
  package var linear: Vector3
  /// Around x, y and z.
  package var angular: Vector3

  /// At rest.
  package static let rest = Deflection(linear: .zero, angular: .zero)

  /// A deflection of these parts.
  package init(linear: Vector3, angular: Vector3) {
    self.linear = linear
    self.angular = angular
  }

  /// Whether no one pushes.
  package var isRest: Bool { self == .rest }

  /// What an axis says, from -1 to 1, with its play removed and the middle made finer: a hand that
  /// rests moves nothing, and small motions are possible.
  static func shaped(_ value: Double, play: Double) -> Double {
    guard value.isFinite, abs(value) > play else { return 0 }
    let beyond = min((abs(value) - play) / (1 - play), 1)
    return (value < 0 ? -1 : 1) * beyond * (0.4 + 0.6 * beyond)
  }
}

/// A device with axes that a person drives with.
package enum SteeringDevice: String, Hashable, Sendable, CaseIterable, CustomStringConvertible {
  case gamepad
  case spaceMouse

  /// Its name for people.
  package var description: String { self == .gamepad ? "gamepad" : "SpaceMouse" }
}

/// What such a device tells the console.
package enum SteeringInput: Hashable, Sendable {
  /// It is there; the text is its own name.
  case connected(SteeringDevice, String)
  /// It is gone: no one holds it any more.
  case lost(SteeringDevice)
  /// A device cannot be used, and why.
  case unusable(SteeringDevice, String)
  /// Its newest deflection.
  case pushed(SteeringDevice, Deflection)
  /// A button of it was pressed.
  case key(Key)
}
