internal import RobotData

// Commands, their authors and what came of them, in the words of the protocol.

extension Mallard_V1_Action {
  init(_ action: Action) {
    twist = action.twist.linear.components + action.twist.angular.components
    gripper =
      switch action.gripper {
      case .hold: .hold
      case .open: .open
      case .close: .close
      }
  }

  func value(_ field: String) throws(WireError) -> Action {
    let command: GripperCommand? =
      switch gripper {
      case .hold: .hold
      case .open: .open
      case .close: .close
      case .unspecified, .UNRECOGNIZED: nil
      }
    return Action(
      twist: try Field.twist(twist, field + ".twist"),
      gripper: try Field.some(command, field + ".gripper"))
  }
}

extension Mallard_V1_Uncertainty {
  init(_ uncertainty: Uncertainty) {
    task = uncertainty.task
    policy = uncertainty.policy
  }

  func value() throws(WireError) -> Uncertainty {
    Uncertainty(
      task: try Field.finite(task, "uncertainty.task"),
      policy: try Field.finite(policy, "uncertainty.policy"))
  }
}

extension Mallard_V1_Reason {
  init(_ reason: HelpReason) {
    switch reason {
    case .unassisted: kind = .unassisted
    case .taskUncertainty(let value):
      kind = .taskUncertainty
      self.value = value
    case .policyUncertainty(let value):
      kind = .policyUncertainty
      self.value = value
    case .policyFailed: kind = .policyFailed
    case .noProgress(let seconds):
      kind = .noProgress
      self.value = seconds
    case .interrupted: kind = .interrupted
    }
  }

  func reason() throws(WireError) -> HelpReason {
    let value = try Field.finite(self.value, "reason.value")
    let reason: HelpReason? =
      switch kind {
      case .unassisted: .unassisted
      case .taskUncertainty: .taskUncertainty(value)
      case .policyUncertainty: .policyUncertainty(value)
      case .policyFailed: .policyFailed
      case .noProgress: .noProgress(value)
      case .interrupted: .interrupted
      case .unspecified, .UNRECOGNIZED: nil
      }
    return try Field.some(reason, "reason.kind")
  }
}

extension Mallard_V1_Cause {
  init(_ cause: HandoverCause) {
    if case .helpRequested(let reason) = cause { self.reason = Mallard_V1_Reason(reason) }
    kind =
      switch cause {
      case .episodeStarted: .episodeStarted
      case .episodeEnded: .episodeEnded
      case .helpRequested: .helpRequested
      case .requestServed: .requestServed
      case .operatorTookOver: .operatorTookOver
      case .handedBack: .handedBack
      case .uncertaintyFell: .uncertaintyFell
      case .operatorLost: .operatorLost
      case .robotLost: .robotLost
      case .robotReturned: .robotReturned
      case .emergencyStop: .emergencyStop
      case .robotFault: .robotFault
      case .stopReleased: .stopReleased
      case .fleetPaused: .fleetPaused
      case .fleetResumed: .fleetResumed
      }
  }

  func cause() throws(WireError) -> HandoverCause {
    if kind == .helpRequested {
      guard hasReason else { throw .missing("cause.reason") }
      return .helpRequested(try reason.reason())
    }
    let cause: HandoverCause? =
      switch kind {
      case .episodeStarted: .episodeStarted
      case .episodeEnded: .episodeEnded
      case .requestServed: .requestServed
      case .operatorTookOver: .operatorTookOver
      case .handedBack: .handedBack
      case .uncertaintyFell: .uncertaintyFell
      case .operatorLost: .operatorLost
      case .robotLost: .robotLost
      case .robotReturned: .robotReturned
      case .emergencyStop: .emergencyStop
      case .robotFault: .robotFault
      case .stopReleased: .stopReleased
      case .fleetPaused: .fleetPaused
      case .fleetResumed: .fleetResumed
      case .helpRequested, .unspecified, .UNRECOGNIZED: nil
      }
    return try Field.some(cause, "cause.kind")
  }
}

extension Mallard_V1_Annotation {
  init(_ annotation: StepAnnotation) {
    switch annotation.author {
    case .hold: author.kind = .hold
    case .policy: author.kind = .policy
    case .human(let name):
      author.kind = .human
      author.operator = name.name
    }
    cause = Mallard_V1_Cause(annotation.cause)
    if let uncertainty = annotation.uncertainty {
      self.uncertainty = Mallard_V1_Uncertainty(uncertainty)
    }
    subtask = annotation.subtask?.name ?? ""
  }

  func value() throws(WireError) -> StepAnnotation {
    guard hasAuthor else { throw .missing("annotation.author") }
    guard hasCause else { throw .missing("annotation.cause") }
    let author: Author? =
      switch self.author.kind {
      case .hold: .hold
      case .policy: .policy
      case .human: .human(try Field.name(self.author.operator, "annotation.author.operator"))
      case .unspecified, .UNRECOGNIZED: nil
      }
    return StepAnnotation(
      author: try Field.some(author, "annotation.author.kind"), cause: try cause.cause(),
      uncertainty: hasUncertainty ? try uncertainty.value() : nil,
      subtask: try Field.optionalName(subtask, "annotation.subtask"))
  }
}

extension Mallard_V1_Command {
  init(_ command: Command) {
    sequence = command.sequence
    episode = Mallard_V1_EpisodeID(command.episode)
    if let step = command.respondsTo { respondsTo = UInt64(clamping: step) }
    validity = command.validity.wholeNanoseconds
    action = Mallard_V1_Action(command.action)
    annotation = Mallard_V1_Annotation(command.annotation)
  }

  func value() throws(WireError) -> Command {
    guard hasEpisode else { throw .missing("command.episode") }
    return Command(
      sequence: sequence, episode: episode.value,
      respondsTo: hasRespondsTo ? try Field.count(respondsTo, "command.responds_to") : nil,
      validity: try Field.duration(validity, "command.validity"),
      action: try action.value("command.action"), annotation: try annotation.value())
  }
}

extension Mallard_V1_Outcome {
  init(_ outcome: StepOutcome) {
    episode = Mallard_V1_EpisodeID(outcome.episode)
    step = UInt64(clamping: outcome.step)
    requestedAction = Mallard_V1_Action(outcome.requestedAction)
    executedAction = Mallard_V1_Action(outcome.executedAction)
    if let sequence = outcome.commandSequence { commandSequence = sequence }
    annotation = Mallard_V1_Annotation(outcome.annotation)
    isLate = outcome.isLate
  }

  func value() throws(WireError) -> StepOutcome {
    guard hasEpisode else { throw .missing("outcome.episode") }
    return StepOutcome(
      episode: episode.value, step: try Field.count(step, "outcome.step"),
      requestedAction: try requestedAction.value("outcome.requested_action"),
      executedAction: try executedAction.value("outcome.executed_action"),
      commandSequence: hasCommandSequence ? commandSequence : nil,
      annotation: try annotation.value(), isLate: isLate)
  }
}

extension Mallard_V1_EpisodeOutcome {
  init(_ outcome: EpisodeOutcome) {
    self =
      switch outcome {
      case .success: .success
      case .failure: .failure
      case .discarded: .discarded
      case .interrupted: .interrupted
      }
  }

  func value() throws(WireError) -> EpisodeOutcome {
    let outcome: EpisodeOutcome? =
      switch self {
      case .success: .success
      case .failure: .failure
      case .discarded: .discarded
      case .interrupted: .interrupted
      case .unspecified, .UNRECOGNIZED: nil
      }
    return try Field.some(outcome, "outcome")
  }
}
