internal import RobotData

/// Turns the events of a SpaceMouse into keys and deflections. Pure: the device itself is elsewhere.
package struct SpaceMouseReader: Hashable, Sendable {
  /// What its daemon reports at the end of an axis (spacenavd's default sensitivity).
  static let full = 350.0
  /// A cap is never quite at rest in all six axes.
  private static let play = 0.08

  private var last = Deflection.rest

  /// A cap at rest.
  package init() {}

  /// The cap moved. The daemon's axes are those of a screen: x to the right, y up, z away from the
  /// person (libspnav), as someone sees them who looks where the robot looks.
  package mutating func motion(
    translation: (x: Int, y: Int, z: Int), rotation: (x: Int, y: Int, z: Int)
  ) -> [SteeringInput] {
    func value(_ raw: Int) -> Double {
      Deflection.shaped(Double(raw) / Self.full, play: Self.play)
    }
    let deflection = Deflection(
      linear: Vector3(value(translation.z), -value(translation.x), value(translation.y)),
      angular: Vector3(value(rotation.z), -value(rotation.x), value(rotation.y)))
    defer { last = deflection }
    return deflection == last ? [] : [.pushed(.spaceMouse, deflection)]
  }

  /// A button changed; they are numbered from 0.
  package func button(_ number: Int, isPressed: Bool) -> [SteeringInput] {
    isPressed && (0..<15).contains(number) ? [.key(.spaceMouse(number + 1))] : []
  }
}
