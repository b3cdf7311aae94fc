internal import RobotData

// The words in which recordings and datasets spell causes and reasons, back to what they mean.

extension HelpReason {
  /// The reason of this word; the number that was too large is `uncertainty`'s.
  init?(word: String, uncertainty: Uncertainty?) {
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

extension HandoverCause {
  /// The cause of this word; nil for a word that there is not.
  init?(word: String, reason: String?, uncertainty: Uncertainty?) {
    switch word {
    case "episode-started": self = .episodeStarted
    case "episode-ended": self = .episodeEnded
    case "help-requested":
      guard
        let reason = HelpReason(word: reason ?? "interrupted", uncertainty: uncertainty)
      else { return nil }
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

extension Author {
  /// The author of this kind and name; nil where they do not go together.
  init?(kind: String, name: String?) {
    switch kind {
    case "hold": self = .hold
    case "policy": self = .policy
    case "human":
      guard let name = try? OperatorID(name ?? "unknown") else { return nil }
      self = .human(name)
    default: return nil
    }
  }
}

extension EpisodeOutcome {
  /// The outcome of this word; nil for a word that there is not.
  init?(word: String) {
    guard let outcome = Self.allCases.first(where: { "\($0)" == word }) else { return nil }
    self = outcome
  }
}

extension GripperCommand {
  /// The class of a number: above 0.5 open, below -0.5 close.
  init(_ number: Double) { self = number > 0.5 ? .open : number < -0.5 ? .close : .hold }
}

extension Action {
  /// Of seven numbers: m/s, rad/s, gripper.
  init(_ numbers: ArraySlice<Double>) {
    let all = Array(numbers)
    self.init(
      twist: Twist(
        linear: Vector3(all[0], all[1], all[2]), angular: Vector3(all[3], all[4], all[5])),
      gripper: GripperCommand(all[6]))
  }
}
