public import RobotData

/// Why a policy cannot drive a robot.
public enum PolicyMismatch: Error, Hashable, Sendable, CustomStringConvertible {
  /// The robot has other joints, or in another order.
  case joints(found: [String], wanted: [String])
  /// The robot's control rate is another, Hz.
  case rate(found: Double, wanted: Double)
  /// The robot lacks a camera.
  case cameraMissing(name: String, found: [String])
  /// A camera's pictures have another size.
  case pictureSize(camera: String, found: ImageSize, wanted: Int)
  /// The robot's greatest speed is another: m/s, or rad/s.
  case speed(isAngular: Bool, found: Double, wanted: Double)
  /// The robot has another task.
  case task(found: String, wanted: String)
  /// The task has other subtasks.
  case subtasks(found: [String], wanted: [String])

  /// In words.
  public var description: String {
    switch self {
    case .joints(let found, let wanted):
      "the robot's joints are \(Self.list(found)), the policy drives \(Self.list(wanted))"
    case .rate(let found, let wanted):
      "the robot runs at \(found) Hz, the policy at \(wanted) Hz"
    case .cameraMissing(let name, let found):
      "the policy looks at the camera \"\(name)\", the robot has \(Self.list(found))"
    case .pictureSize(let camera, let found, let wanted):
      "the camera \"\(camera)\" gives \(found) pictures, the policy looks at \(wanted)×\(wanted)"
    case .speed(let isAngular, let found, let wanted):
      "the robot is \(found < wanted ? "slower" : "faster") than the one that the policy learnt "
        + "from: \(found) instead of \(wanted) \(isAngular ? "rad/s" : "m/s")"
    case .task(let found, let wanted):
      "the robot's task is \"\(found)\", the policy does \"\(wanted)\""
    case .subtasks(let found, let wanted):
      "the task's subtasks are \(Self.list(found)), the policy knows \(Self.list(wanted))"
    }
  }

  private static func list(_ names: [String]) -> String {
    names.isEmpty ? "none" : names.joined(separator: ", ")
  }
}

extension PolicyManifest {
  /// What about a robot does not fit this policy. Further cameras, another order of cameras or
  /// subtasks, and another profile's name do no harm.
  ///
  /// - Parameter robot: What the robot says of itself.
  /// - Returns: Empty where the policy can drive the robot.
  public func mismatches(with robot: RobotDescription) -> [PolicyMismatch] {
    var found: [PolicyMismatch] = []
    let wanted = self.robot
    if robot.task.name.name != wanted.task {
      found.append(.task(found: robot.task.name.name, wanted: wanted.task))
    } else {
      let subtasks = robot.task.subtasks.map(\.name)
      if Set(subtasks) != Set(wanted.subtasks) {
        found.append(.subtasks(found: subtasks, wanted: wanted.subtasks))
      }
    }
    if robot.joints != wanted.joints {
      found.append(.joints(found: robot.joints, wanted: wanted.joints))
    }
    if !Self.isAlike(robot.rate, wanted.rate) {
      found.append(.rate(found: robot.rate, wanted: wanted.rate))
    }
    for name in wanted.cameras {
      guard let camera = robot.cameras.first(where: { $0.name.name == name }) else {
        found.append(.cameraMissing(name: name, found: robot.cameras.map(\.name.name)))
        continue
      }
      let side = wanted.pictureSide
      if camera.size != ImageSize(width: side, height: side) {
        found.append(.pictureSize(camera: name, found: camera.size, wanted: side))
      }
    }
    for (isAngular, speed, limit) in [
      (false, robot.limits.linearSpeed, wanted.linearSpeed),
      (true, robot.limits.angularSpeed, wanted.angularSpeed),
    ] where !Self.isAlike(speed, limit) {
      found.append(.speed(isAngular: isAngular, found: speed, wanted: limit))
    }
    return found
  }

  /// Numbers that went through a text or a float stay the same for this purpose.
  private static func isAlike(_ a: Double, _ b: Double) -> Bool {
    abs(a - b) <= 1e-6 * max(abs(a), abs(b))
  }

  /// Above this no uncertainty is: the threshold of a method that never asks for this reason. It is
  /// finite, so that messages and JSON can carry it.
  public static let unreachable = Double.greatestFiniteMagnitude

  /// Above what a method asks for a person; `unreachable` where it does not ask for that reason.
  ///
  /// - Parameter method: How the bundle is used.
  /// - Returns: The thresholds for the fleet.
  public func thresholds(for method: PolicyMethod) -> UncertaintyThresholds {
    let never = Self.unreachable
    return switch method {
    case .pato, .patoNamed:
      UncertaintyThresholds(task: thresholds.task, policy: thresholds.policy)
    case .withoutUncertainty: UncertaintyThresholds(task: never, policy: never)
    case .flat: UncertaintyThresholds(task: never, policy: thresholds.flat)
    case .ensembleOnly: UncertaintyThresholds(task: never, policy: thresholds.policy)
    case .thrifty: UncertaintyThresholds(task: never, policy: 1)
    }
  }
}
