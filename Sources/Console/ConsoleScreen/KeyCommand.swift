/// What a key can do.
package enum KeyCommand: String, Hashable, Sendable, CaseIterable {
  case stopAll = "stop-all"
  case stopRobot = "stop-robot"
  case releaseRobot = "release-robot"
  case releaseAll = "release-all"

  case takeNext = "take-next"
  case takeThis = "take-this"
  case handBack = "hand-back"
  case handBackAndNext = "hand-back-and-next"

  case success, failure, discard
  case changeMark = "change-mark"

  case forward, backward, left, right, up, down
  case rollLeft = "roll-left"
  case rollRight = "roll-right"
  case pitchUp = "pitch-up"
  case pitchDown = "pitch-down"
  case yawLeft = "yaw-left"
  case yawRight = "yaw-right"
  case gripper, slower, faster

  case subtask1 = "subtask-1"
  case subtask2 = "subtask-2"
  case subtask3 = "subtask-3"
  case subtask4 = "subtask-4"
  case subtask5 = "subtask-5"
  case subtask6 = "subtask-6"
  case subtask7 = "subtask-7"
  case subtask8 = "subtask-8"
  case subtask9 = "subtask-9"
  case noSubtask = "no-subtask"

  case pause
  case taskLower = "task-threshold-lower"
  case taskHigher = "task-threshold-higher"
  case policyLower = "policy-threshold-lower"
  case policyHigher = "policy-threshold-higher"

  case selectUp = "select-up"
  case selectDown = "select-down"
  case view, back, help, quit

  /// Where a key works.
  package enum Place: Hashable, Sendable { case everywhere, fleetView, robotView }

  /// Where the command's keys work.
  package var place: Place {
    switch self {
    case .selectUp, .selectDown, .view: .fleetView
    case .forward, .backward, .left, .right, .up, .down, .rollLeft, .rollRight, .pitchUp,
      .pitchDown, .yawLeft, .yawRight, .gripper, .slower, .faster:
      .robotView
    default: .everywhere
    }
  }

  /// The heading under which the help lists the command.
  package var heading: String {
    switch self {
    case .stopAll, .stopRobot, .releaseRobot, .releaseAll: "Stop"
    case .takeNext, .takeThis, .handBack, .handBackAndNext: "Robots"
    case .success, .failure, .discard, .changeMark: "Episode"
    case .subtask1, .subtask2, .subtask3, .subtask4, .subtask5, .subtask6, .subtask7, .subtask8,
      .subtask9, .noSubtask:
      "Subtask"
    case .pause, .taskLower, .taskHigher, .policyLower, .policyHigher: "Fleet"
    case .selectUp, .selectDown, .view, .back, .help, .quit: "Console"
    default: "Driving"
    }
  }

  /// What it does, for the help.
  package var explanation: String {
    switch self {
    case .stopAll: "EMERGENCY STOP of all robots, always"
    case .stopRobot: "emergency stop of this robot"
    case .releaseRobot: "let this robot move again"
    case .releaseAll: "let all robots move again"
    case .takeNext: "take the robot that needs you most"
    case .takeThis: "take the robot that is shown or chosen"
    case .handBack: "hand the robot back"
    case .handBackAndNext: "hand back and take the next"
    case .success: "mark the episode as success"
    case .failure: "mark the episode as failure"
    case .discard: "discard the episode; the scene is reset"
    case .changeMark: "undo or change the last mark"
    case .forward: "away from the base (x)"
    case .backward: "towards the base (x)"
    case .left: "left (y)"
    case .right: "right (y)"
    case .up: "up (z)"
    case .down: "down (z)"
    case .rollLeft: "roll left"
    case .rollRight: "roll right"
    case .pitchUp: "pitch up"
    case .pitchDown: "pitch down"
    case .yawLeft: "turn left"
    case .yawRight: "turn right"
    case .gripper: "open or close the gripper"
    case .slower: "drive slower"
    case .faster: "drive faster"
    case .noSubtask: "withdraw the choice"
    case .pause: "pause the fleet, or go on"
    case .taskLower: "lower ω: ask more often which subtask"
    case .taskHigher: "raise ω"
    case .policyLower: "lower γ: ask earlier where unfamiliar"
    case .policyHigher: "raise γ"
    case .selectUp: "choose the robot above"
    case .selectDown: "choose the robot below"
    case .view: "look at the chosen robot"
    case .back: "to the fleet"
    case .help: "this list"
    case .quit: "summary, questionnaire, leave"
    case .subtask1: "choose subtask 1; digits in one go are an order"
    default: "choose subtask \(rawValue.suffix(1))"
    }
  }

  /// The number of the subtask that the command chooses, from 0.
  package var subtaskIndex: Int? {
    rawValue.hasPrefix("subtask-") ? rawValue.last?.wholeNumberValue.map { $0 - 1 } : nil
  }

  /// Whether only operators may do it.
  package var isForOperators: Bool {
    switch self {
    case .stopAll, .stopRobot, .selectUp, .selectDown, .view, .back, .help, .quit: false
    default: true
    }
  }
}
