/// Who drove an episode.
public enum DatasetDriver: String, Hashable, Sendable, CaseIterable, Codable {
  /// Only people.
  case human
  /// Only the policy.
  case policy
  /// Both.
  case mixed
}

/// Why an episode is left out of a dataset.
public enum DatasetRefusal: String, Hashable, Sendable, CaseIterable, Codable {
  /// It has not ended.
  case inProgress = "in progress"
  /// No one wants it.
  case discarded
  /// It has too few steps to learn from.
  case tooShort = "too short"
  /// Its outcome is not asked for.
  case outcome
  /// Its task is not asked for.
  case task
  /// Its robot is not asked for.
  case robot
  /// None of the operators asked for drove it.
  case operatorName = "operator"
  /// It began too early or too late.
  case date
  /// Someone else drove it.
  case author
  /// It lacks a tag that is asked for, or has one that is not wanted.
  case tag
  /// The recording does not say what its robot was.
  case unknownRobot = "of unknown robots"
  /// The recording does not say what its task was: its robot stood ready for another one.
  case unknownTask = "of unknown tasks"
  /// Another recording holds it too.
  case duplicate
  /// A row of it cannot be understood.
  case damaged
}

/// Which episodes a dataset is to hold; an empty set is all.
public struct DatasetFilter: Hashable, Sendable, Codable {
  /// Outcomes; when empty, all but discarded episodes.
  public var outcomes: Set<String> = []
  /// Tasks' names.
  public var tasks: Set<String> = []
  /// Robots' names.
  public var robots: Set<String> = []
  /// Operators of whom at least one drove.
  public var operators: Set<String> = []
  /// Tags of which all are wanted.
  public var tags: Set<String> = []
  /// Tags of which none is wanted.
  public var unwantedTags: Set<String> = []
  /// Who drove.
  public var driver: DatasetDriver?
  /// Begun at this time or later, nanoseconds since 1970.
  public var since: Int64?
  /// Begun before this time, nanoseconds since 1970.
  public var until: Int64?
  /// Fewer steps than this are too few.
  public var minimumSteps = 2

  /// All that ended and was not discarded.
  public init() {}

  /// Why the episode is left out; nil when it is wanted.
  public func refusal(of episode: EpisodeFacts) -> DatasetRefusal? {
    if let refusal = earlyRefusal(of: episode) { return refusal }
    if !operators.isEmpty, operators.isDisjoint(with: episode.operators) { return .operatorName }
    if let driver, driver != episode.driver { return .author }
    return episode.steps < minimumSteps ? .tooShort : nil
  }

  /// Why the episode is left out whatever its steps are; nil when only they can tell.
  public func earlyRefusal(of episode: EpisodeFacts) -> DatasetRefusal? {
    guard let outcome = episode.outcome else { return .inProgress }
    if outcomes.isEmpty {
      if outcome == "discarded" { return .discarded }
    } else if !outcomes.contains(outcome) {
      return .outcome
    }
    if !tasks.isEmpty, !tasks.contains(episode.task) { return .task }
    if !robots.isEmpty, !robots.contains(episode.robot) { return .robot }
    if let since, episode.startedAt < since { return .date }
    if let until, episode.startedAt >= until { return .date }
    if !tags.isSubset(of: episode.tags) || !unwantedTags.isDisjoint(with: episode.tags) {
      return .tag
    }
    return nil
  }
}

extension EpisodeFacts {
  /// Who drove it; nil where no one did.
  public var driver: DatasetDriver? {
    switch (humanSteps > 0, policySteps > 0) {
    case (true, true): .mixed
    case (true, false): .human
    case (false, true): .policy
    case (false, false): nil
    }
  }
}
