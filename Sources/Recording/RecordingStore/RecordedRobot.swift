internal import GRDB
internal import PlainErrors
internal import RobotData

/// A robot that a recording holds, with where it is recorded.
struct RecordedRobot: Sendable {
  var path: String
  var name: String
  var description: RobotDescription

  /// All robots of a file.
  ///
  /// - Throws: `RecordingError.damaged` for a row that cannot be understood: what does not fit it would
  ///   not be noticed.
  static func all(in database: Database, of path: String) throws -> [RecordedRobot] {
    try CheckedRow.all(database, sql: "SELECT * FROM robot ORDER BY session, name").map { row in
      do {
        return RecordedRobot(
          path: path, name: try row.value("name"),
          description: try RobotDescription(row.row))
      } catch {
        throw RecordingError.damaged(
          path: path, reason: "a row of robot: \(PlainError.sentence(error))")
      }
    }
  }
}

/// The robots of a recording, and which others may join them.
struct RecordedRobots: Sendable {
  /// Those of different kinds; robots that are alike are kept once.
  private(set) var kinds: [RecordedRobot] = []
  /// Those of the session that is being recorded, by name.
  private var ofSession: [String: RobotDescription] = [:]

  /// Adds robots that the recording holds.
  mutating func add(_ robots: [RecordedRobot]) {
    for robot in robots where !kinds.contains(where: { $0.description == robot.description }) {
      kinds.append(robot)
    }
  }

  /// Adds a robot of the session that is being recorded.
  mutating func join(_ robot: RecordedRobot) {
    ofSession[robot.name] = robot.description
    add([robot])
  }

  /// The first robot that `description` may not lie beside, and in what they differ.
  func conflict(
    with description: RobotDescription
  ) -> (robot: RecordedRobot, differences: [RobotDifference])? {
    for known in kinds {
      let differences = RobotCompatibility.differences(
        of: description, from: known.description, in: .recording)
      if !differences.isEmpty { return (known, differences) }
    }
    return nil
  }

  /// Why a robot of this session may not join again as another one; nil where it may. A session has one
  /// row for each name, which labels all episodes of that name.
  func change(of name: String, to description: RobotDescription) -> String? {
    guard let known = ofSession[name] else { return nil }
    let pairs = [
      ("profile", known.profile, description.profile),
      ("task", known.task.name.name, description.task.name.name),
    ]
    guard let (property, before, now) = pairs.first(where: { $0.1 != $0.2 }) else { return nil }
    return
      "\(name) was recorded in this session with the \(property) \(before), and has \(now) now; "
      + "give it another name, or end the coordinator and start it again"
  }
}
