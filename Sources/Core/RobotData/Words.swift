// The words in which recordings and datasets spell authors, causes and outcomes, both ways. A word that there
// is not means nothing: it is never taken for another.

extension Author {
  /// hold, policy or human.
  public var kind: String {
    switch self {
    case .hold: "hold"
    case .policy: "policy"
    case .human: "human"
    }
  }

  /// The operator's name; nil unless a person acts.
  public var operatorName: String? { if case .human(let name) = self { name.name } else { nil } }

  /// The author of this kind and name; nil where they do not go together.
  public init?(kind: String, name: String?) {
    switch kind {
    case "hold": self = .hold
    case "policy": self = .policy
    case "human":
      guard let name = name.flatMap({ try? OperatorID($0) }) else { return nil }
      self = .human(name)
    default: return nil
    }
  }
}

extension EpisodeOutcome {
  /// success, failure, discarded or interrupted.
  public var word: String {
    switch self {
    case .success: "success"
    case .failure: "failure"
    case .discarded: "discarded"
    case .interrupted: "interrupted"
    }
  }

  /// The outcome of this word; nil for a word that there is not.
  public init?(word: String) {
    guard let outcome = Self.allCases.first(where: { $0.word == word }) else { return nil }
    self = outcome
  }
}

extension ImageEncoding {
  /// rgb8, jpeg or png.
  public var word: String {
    switch self {
    case .rgb8: "rgb8"
    case .jpeg: "jpeg"
    case .png: "png"
    }
  }
}

extension HandoverCause {
  /// Such as episode-started or help-requested.
  public var word: String {
    switch self {
    case .episodeStarted: "episode-started"
    case .episodeEnded: "episode-ended"
    case .helpRequested: "help-requested"
    case .requestServed: "request-served"
    case .operatorTookOver: "operator-took-over"
    case .handedBack: "handed-back"
    case .uncertaintyFell: "uncertainty-fell"
    case .operatorLost: "operator-lost"
    case .robotLost: "robot-lost"
    case .robotReturned: "robot-returned"
    case .emergencyStop: "emergency-stop"
    case .robotFault: "robot-fault"
    case .stopReleased: "stop-released"
    case .fleetPaused: "fleet-paused"
    case .fleetResumed: "fleet-resumed"
    }
  }

  /// Why help was requested, such as task-uncertainty; nil for other causes.
  public var reasonWord: String? {
    if case .helpRequested(let reason) = self { reason.kind.rawValue } else { nil }
  }

  /// The cause of this word; nil for a word that there is not.
  public init?(word: String, reason: String?, uncertainty: Uncertainty?) {
    switch word {
    case "episode-started": self = .episodeStarted
    case "episode-ended": self = .episodeEnded
    case "help-requested":
      guard let reason = reason.flatMap({ HelpReason(word: $0, uncertainty: uncertainty) }) else {
        return nil
      }
      self = .helpRequested(reason)
    case "request-served": self = .requestServed
    case "operator-took-over": self = .operatorTookOver
    case "handed-back": self = .handedBack
    case "uncertainty-fell": self = .uncertaintyFell
    case "operator-lost": self = .operatorLost
    case "robot-lost": self = .robotLost
    case "robot-returned": self = .robotReturned
    case "emergency-stop": self = .emergencyStop
    case "robot-fault": self = .robotFault
    case "stop-released": self = .stopReleased
    case "fleet-paused": self = .fleetPaused
    case "fleet-resumed": self = .fleetResumed
    default: return nil
    }
  }
}

extension HelpReason {
  /// The reason of this word; the number that was too large is `uncertainty`'s.
  public init?(word: String, uncertainty: Uncertainty?) {
    switch Kind(rawValue: word) {
    case .unassisted: self = .unassisted
    case .taskUncertainty: self = .taskUncertainty(uncertainty?.task ?? 0)
    case .policyUncertainty: self = .policyUncertainty(uncertainty?.policy ?? 0)
    case .policyFailed: self = .policyFailed
    // For how long is not written down.
    case .noProgress: self = .noProgress(0)
    case .interrupted: self = .interrupted
    case nil: return nil
    }
  }
}
