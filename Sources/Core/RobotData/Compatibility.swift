/// What two robots do not share though their episodes are to go together.
public struct RobotDifference: Hashable, Sendable, CustomStringConvertible {
  /// What differs, for example "rate".
  public var property: String
  /// Whose property it is: a profile or a task; nil where it is the robot's.
  public var owner: String?
  /// What one robot has.
  public var value: String
  /// What the other has.
  public var other: String

  /// For people: "rate of bench-arm is 20.0 Hz, not 10.0 Hz".
  public var description: String {
    "\(property)\(owner.map { " of \($0)" } ?? "") is \(value), not \(other)"
  }
}

/// Which episodes may go together. This is the one rule that resuming, merging, importing and exporting
/// follow.
public enum RobotCompatibility {
  /// Where the episodes are to lie together.
  public enum Place: Hashable, Sendable, CaseIterable {
    /// In one recording, a name means one thing: robots of one profile have one body, and a task's name
    /// stands for one instruction with its subtasks.
    case recording
    /// In one dataset all steps besides have the same columns: there is one profile, simulated or real.
    case dataset
  }

  /// In what `robot` differs from `other` though it must not.
  ///
  /// How images are packed (`CameraDescription.encoding`, `quality`) may differ, as readers are given
  /// pixels; so may `limits`, which belong to a robot and not to its data.
  ///
  /// - Parameters:
  ///   - robot: A robot.
  ///   - other: One whose episodes lie there already.
  ///   - place: Where the episodes are to lie.
  /// - Returns: One difference for each property; none where the episodes may go together.
  public static func differences(
    of robot: RobotDescription, from other: RobotDescription, in place: Place
  ) -> [RobotDifference] {
    var differences: [RobotDifference] = []
    func compare(
      _ property: String, of owner: String? = nil, _ value: (RobotDescription) -> String
    ) {
      let (mine, theirs) = (value(robot), value(other))
      guard mine != theirs else { return }
      differences.append(
        RobotDifference(property: property, owner: owner, value: mine, other: theirs))
    }
    if place == .dataset {
      compare("profile") { $0.profile }
      compare("physics") { $0.isSimulated ? "simulated" : "real" }
    }
    if robot.profile == other.profile || place == .dataset {
      compare("rate", of: robot.profile) { "\($0.rate) Hz" }
      compare("joints", of: robot.profile) { list($0.joints) }
      // Readers find images by the camera's name, so that the order does not matter.
      compare("cameras", of: robot.profile) { robot in
        list(robot.cameras.map { "\($0.name) \($0.size)" }.sorted())
      }
    }
    if robot.task.name == other.task.name {
      compare("instruction", of: robot.task.name.name) { "\"\($0.task.instruction)\"" }
      compare("subtasks", of: robot.task.name.name) { list($0.task.subtasks.map(\.name)) }
    }
    return differences
  }

  private static func list(_ names: [String]) -> String {
    names.isEmpty ? "none" : names.joined(separator: ", ")
  }
}
