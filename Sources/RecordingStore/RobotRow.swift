internal import Foundation
internal import GRDB
internal import RobotData

/// What a recording says of a robot, in words that can be compared.
struct RobotRow: Hashable, Sendable {
  var name: String
  var profile: String
  var task: String
  // What must be the same wherever the profile is.
  var body: [Property]
  // What must be the same wherever profile and task are.
  var work: [Property]

  struct Property: Hashable, Sendable {
    var name: String
    var value: String
  }

  static func all(in database: Database) throws -> [RobotRow] {
    try Row.fetchAll(database, sql: "SELECT * FROM robot ORDER BY session, name").map {
      RobotRow($0)
    }
  }

  init(_ row: Row) {
    let cameras =
      (try? JSONDecoder().decode(
        [JSONColumn.Camera].self, from: Data((row["cameras"] as String).utf8))) ?? []
    self.init(
      name: row["name"], profile: row["profile"], task: row["task"], rate: row["rate"],
      joints: row["joints"], cameras: cameras, instruction: row["instruction"],
      subtasks: row["subtasks"])
  }

  init(_ name: RobotID, _ description: RobotDescription) throws {
    self.init(
      name: name.name, profile: description.profile, task: description.task.name.name,
      rate: description.rate, joints: try JSONColumn.text(description.joints),
      cameras: description.cameras.map {
        JSONColumn.Camera(
          name: $0.name.name, width: $0.size.width, height: $0.size.height,
          encoding: $0.encoding.word, quality: $0.quality)
      }, instruction: description.task.instruction,
      subtasks: JSONColumn.text(ofNames: description.task.subtasks.map(\.name)))
  }

  private init(
    name: String, profile: String, task: String, rate: Double, joints: String,
    cameras: [JSONColumn.Camera], instruction: String, subtasks: String
  ) {
    (self.name, self.profile, self.task) = (name, profile, task)
    let pictures = cameras.map { "\($0.name) \($0.width)×\($0.height) \($0.encoding)" }
    body = [
      Property(name: "rate", value: "\(rate) Hz"), Property(name: "joints", value: joints),
      Property(name: "cameras", value: pictures.joined(separator: ", ")),
    ]
    work = [
      Property(name: "instruction", value: instruction),
      Property(name: "subtasks", value: subtasks),
    ]
  }

  /// What differs from `other` though it should not: a line for each property.
  func differences(from other: RobotRow) -> [String] {
    guard profile == other.profile else { return [] }
    let pairs =
      Array(zip(body, other.body)) + (task == other.task ? Array(zip(work, other.work)) : [])
    return pairs.filter { $0.value != $1.value }.map { mine, theirs in
      "\(mine.name) of \(profile) is \(mine.value), was \(theirs.value)"
    }
  }
}
