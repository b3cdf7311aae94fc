internal import Foundation
internal import GRDB

/// One episode, with what its steps say in sum.
public struct EpisodeSummary: Hashable, Sendable, Encodable {
  /// The episode's identifier.
  public var id: String
  /// The robot.
  public var robot: String
  /// The task.
  public var task: String
  /// success, failure, discarded or interrupted; nil while it is in progress.
  public var outcome: String?
  /// When it began, ISO 8601 in UTC.
  public var startedAt: String
  /// From the first to the last capture, s.
  public var seconds: Double
  /// Steps in the recording.
  public var steps: Int
  /// Steps that the robot says there are; nil while it has not said.
  public var announcedSteps: Int?
  /// Steps under a person.
  public var humanSteps: Int
  /// Steps under the policy.
  public var policySteps: Int
  /// Steps in which neither a person nor the policy moved the robot.
  public var heldSteps: Int
  /// Steps of which the robot's loop began late.
  public var lateSteps: Int
  /// Steps without a valid command; the last, which holds what ended the episode, wants none.
  public var uncommandedSteps: Int
  /// Changes of control.
  public var handovers: Int
  /// Whether the physics, or the robot, said at its last step that the task was done.
  public var isTaskDone: Bool?
  /// What people tagged it with, sorted.
  public var tags: [String]
  /// When it was deleted, ISO 8601 in UTC; nil for one that is kept.
  public var deletedAt: String?
  /// The session in which it began.
  public var session: String

  /// Steps that are announced but not there.
  public var missingSteps: Int {
    // Both come from a file: a difference of what a damaged one says may not fit.
    let (missing, overflow) = (announcedSteps ?? steps).subtractingReportingOverflow(steps)
    return overflow ? 0 : max(missing, 0)
  }

  static func query(where condition: String) -> String {
    """
    SELECT e.*, count(s.step) AS steps, min(s.captureTime) AS firstCapture,
      max(s.captureTime) AS lastCapture, total(s.author = 'human') AS humanSteps,
      total(s.author = 'policy') AS policySteps, total(s.author = 'hold') AS heldSteps,
      total(s.isLate) AS lateSteps,
      total(s.commandSequence IS NULL AND s.step IS NOT NULL AND s.cause <> 'episode-ended')
        AS uncommandedSteps,
      (SELECT count(*) FROM handover h WHERE h.episode = e.id) AS handovers,
      (SELECT isSuccess FROM step l WHERE l.episode = e.id ORDER BY l.step DESC LIMIT 1)
        AS isTaskDone,
      (SELECT group_concat(tag, ' ') FROM (SELECT tag FROM tag WHERE episode = e.id ORDER BY tag))
        AS tags
    FROM episode e LEFT JOIN step s ON s.episode = e.id
    WHERE \(condition)
    GROUP BY e.id ORDER BY e.startedAt, e.id
    """
  }

  init(_ row: CheckedRow) throws {
    id = try row.value("id")
    robot = try row.value("robot")
    task = try row.value("task")
    outcome = try row.optional("outcome")
    startedAt = Self.text(ofNanoseconds: try row.value("startedAt"))
    let first: Int64? = try row.optional("firstCapture")
    let last: Int64? = try row.optional("lastCapture")
    seconds = (Double(last ?? 0) - Double(first ?? 0)) / 1e9
    steps = try row.value("steps")
    announcedSteps = try row.optional("stepCount")
    humanSteps = try row.count("humanSteps")
    policySteps = try row.count("policySteps")
    heldSteps = try row.count("heldSteps")
    lateSteps = try row.count("lateSteps")
    uncommandedSteps = try row.count("uncommandedSteps")
    handovers = try row.value("handovers")
    isTaskDone = try row.optional("isTaskDone")
    tags = (try row.optional("tags") as String?)?.split(separator: " ").map(String.init) ?? []
    deletedAt = (try row.optional("deletedAt") as Int64?).map { Self.text(ofNanoseconds: $0) }
    session = try row.value("session")
  }

  static func text(ofNanoseconds time: Int64) -> String {
    Date(timeIntervalSince1970: Double(time) / 1e9).formatted(.iso8601)
  }
}

/// One change of control.
public struct HandoverSummary: Hashable, Sendable, Encodable {
  /// The latest step that was seen; nil before the first.
  public var step: Int?
  /// When, ISO 8601 in UTC.
  public var time: String
  /// Who had control: hold, policy, or the operator's name after "human ".
  public var from: String
  /// Who has control now.
  public var to: String
  /// Why.
  public var cause: String
  /// Why help was wanted, where that was the cause.
  public var reason: String?
  /// How long the robot had waited for a person, s.
  public var waitedSeconds: Double?

  init(_ row: CheckedRow) throws {
    func author(_ kind: String, _ name: String?) -> String { name.map { "\(kind) \($0)" } ?? kind }
    step = try row.optional("step")
    time = EpisodeSummary.text(ofNanoseconds: try row.value("time"))
    from = author(try row.value("fromAuthor"), try row.optional("fromOperator"))
    to = author(try row.value("toAuthor"), try row.optional("toOperator"))
    cause = try row.value("cause")
    reason = try row.optional("reason")
    waitedSeconds = (try row.optional("waited") as Int64?).map { Double($0) / 1e9 }
  }
}

/// The pictures of one camera in an episode.
public struct CameraSummary: Hashable, Sendable, Encodable {
  /// The camera.
  public var camera: String
  /// jpeg, png or rgb8.
  public var encoding: String
  /// Pixels in a row.
  public var width: Int
  /// Rows.
  public var height: Int
  /// How many there are.
  public var pictures: Int
  /// Their bytes.
  public var bytes: Int

  init(_ row: CheckedRow) throws {
    camera = try row.value("camera")
    encoding = try row.value("encoding")
    width = try row.value("width")
    height = try row.value("height")
    pictures = try row.value("pictures")
    bytes = try row.optional("bytes") ?? 0
  }
}
