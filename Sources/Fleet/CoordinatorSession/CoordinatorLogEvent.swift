public import Fleet
public import RobotData

/// What happened in a coordinator, for people.
public enum CoordinatorLogEvent: Sendable, CustomStringConvertible {
  /// Robots and consoles can connect here; the second address is for viewers.
  case listening(String, telemetry: String?)
  /// A robot was let in.
  case robotJoined(RobotID, profile: String)
  /// The plan has no order for a robot's task.
  case unplanned(RobotID, TaskName)
  /// A robot or an operator was not let in.
  case refused(name: String, reason: String)
  /// Control passed on.
  case handover(Handover)
  /// An episode began.
  case episodeStarted(RobotID, EpisodeID)
  /// An episode ended.
  case episodeEnded(RobotID, EpisodeID, EpisodeOutcome)
  /// A message was dropped.
  case malformedMessage(sender: String, reason: String)
  /// Something is broken.
  case fault(RobotID, String)
  /// The policy could not decide on what a robot saw; told once for each reason.
  case policyFailed(RobotID, String)
  /// The recording is in trouble, or continues after trouble.
  case recording(String)

  /// One line.
  public var description: String {
    switch self {
    case .listening(let address, let telemetry):
      "listening on \(address)" + (telemetry.map { ", status for viewers on \($0)" } ?? "")
    case .robotJoined(let robot, let profile): "\(robot) joined (\(profile))"
    case .unplanned(let robot, let task):
      "\(robot): the plan has no order for the task \(task), so that it asks which way"
    case .refused(let name, let reason): "\(name) was not let in: \(reason)"
    case .handover(let handover):
      "\(handover.robot): \(Self.word(handover.from)) → \(Self.word(handover.to)), "
        + "\(handover.cause)"
    case .episodeStarted(let robot, let episode): "\(robot): episode \(episode) begins"
    case .episodeEnded(let robot, let episode, let outcome):
      "\(robot): episode \(episode) ended: \(outcome)"
    case .malformedMessage(let sender, let reason): "message of \(sender) dropped: \(reason)"
    case .fault(let robot, let text): "\(robot): FAULT: \(text)"
    case .policyFailed(let robot, let text): "\(robot): the policy cannot decide: \(text)"
    case .recording(let text): "recording: \(text)"
    }
  }

  private static func word(_ author: Author) -> String {
    switch author {
    case .hold: "hold"
    case .policy: "policy"
    case .human(let name): "\(name)"
    }
  }
}
