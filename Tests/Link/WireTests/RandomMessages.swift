import MallardTesting
import RobotData
import Wire

// One random message of every kind, in turn.

extension SeededGenerator {
  mutating func fromRobot(_ kind: Int) -> RobotToCoordinator {
    switch kind % 9 {
    case 0:
      .hello(
        robot: name(), instance: next(), description(), episode: maybe { $0.episode() },
        nextStep: integer(0...99), fleet: FleetID(integer(0...1) == 0 ? 0 : next()))
    case 1: .heartbeat(sentTime: time())
    case 2: .ready
    case 3: .observation(observation(), sentTime: time())
    case 4: .outcome(StepOutcome(of: record()))
    case 5: .step(record())
    case 6: .episodeClosed(episode(), stepCount: integer(0...10_000))
    case 7: .fault(message: "broken: “x”")
    default: .goodbye
    }
  }

  mutating func toRobot(_ kind: Int) -> CoordinatorToRobot {
    switch kind % 10 {
    case 0: .welcome(session: SessionID(next()), lockstep: chance(0.5))
    case 1: .refused(reason: "no")
    case 2: .startEpisode(episode(), seed: next())
    case 3: .endEpisode(episode(), one(of: EpisodeOutcome.allCases))
    case 4:
      .command(
        Command(
          sequence: next(), episode: episode(), respondsTo: maybe { $0.integer(0...99) },
          validity: .milliseconds(integer(0...1_000)), action: action(),
          annotation: annotation()))
    case 5: .stop(reason: "emergency")
    case 6: .release
    case 7: .acknowledge(episode(), steps: integer(0...10_000))
    case 8: .heartbeatReply(sentTime: time())
    default: .goodbye
    }
  }

  mutating func order() -> OperatorOrder {
    one(of: [
      .takeNext, .takeOver(name()), .handBack(name()),
      .drive(name(), action(), respondsTo: maybe { $0.integer(0...99) }),
      .chooseSubtasks(name(), (0..<integer(0...3)).map { _ in name() }),
      .mark(name(), one(of: EpisodeOutcome.allCases)),
      .changeMark(name(), one(of: EpisodeOutcome.allCases)),
      .emergencyStop(maybe { $0.name() }), .releaseStop(maybe { $0.name() }),
      .setThresholds(UncertaintyThresholds(task: number(), policy: number())), .pauseFleet,
      .resumeFleet,
    ])
  }

  mutating func fromConsole(_ kind: Int) -> ConsoleToCoordinator {
    switch kind % 6 {
    case 0:
      .hello(
        name(), instance: next(), one(of: ConsoleRole.allCases), closedLoop: chance(0.5),
        fleet: FleetID(integer(0...1) == 0 ? 0 : next()))
    case 1: .heartbeat(sentTime: time())
    case 2: .order(order(), number: UInt32(integer(0...1_000)))
    case 3: .watch(names(5))
    case 4: .workload(workload())
    default: .goodbye
    }
  }

  mutating func workload() -> WorkloadRatings {
    WorkloadRatings(
      mentalDemand: integer(0...100), physicalDemand: integer(0...100),
      temporalDemand: integer(0...100), performance: integer(0...100),
      effort: integer(0...100), frustration: integer(0...100))
  }

  mutating func toConsole(_ kind: Int) -> CoordinatorToConsole {
    switch kind % 11 {
    case 0: .welcome(session: SessionID(next()), lockstep: chance(0.5))
    case 1: .refused(reason: "no")
    case 2: .orderRefused(number: UInt32(integer(0...9)), reason: "busy")
    case 3: .assigned(name(), cause(), description())
    case 4: .unassigned(name(), cause())
    case 5: .observation(name(), observation(), maybe { $0.uncertainty() })
    case 6: .status(status())
    case 7: .episodeEnded(name(), episode(), one(of: EpisodeOutcome.allCases))
    case 8: .notice("disk is full")
    case 9: .heartbeatReply(sentTime: time())
    default: .goodbye
    }
  }

  mutating func status() -> FleetStatus {
    let robots = (0..<integer(0...4)).map { _ in
      var robot = RobotStatus(robot: name(), state: one(of: RobotStatus.State.allCases))
      robot.holder = maybe { $0.name() }
      robot.task = maybe { $0.name() }
      robot.subtask = maybe { $0.name() }
      robot.episode = maybe { $0.episode() }
      robot.step = integer(0...99)
      robot.reason = maybe { $0.reason() }
      robot.inState = .milliseconds(integer(0...9_999))
      robot.uncertainty = maybe { $0.uncertainty() }
      robot.subgoal = maybe {
        Subgoal(position: $0.vector(), samples: [$0.vector(), $0.vector()])
      }
      robot.observationAge = .milliseconds(integer(0...99))
      robot.lateSteps = integer(0...99)
      robot.note = "note"
      robot.completed = names(3)
      robot.available = names(3)
      robot.staleObservations = integer(0...99)
      return robot
    }
    return FleetStatus(
      session: SessionID(next()), time: time(), isAssisted: chance(0.5), isPaused: chance(0.5),
      isLockstep: chance(0.5), thresholds: UncertaintyThresholds(task: 0.2, policy: 0.1),
      robots: robots, queue: names(4), successes: integer(0...9), failures: integer(0...9),
      committedSteps: integer(0...9_999), recordingBytes: integer(0...1 << 40),
      freeBytes: integer(0...1 << 40), malformedMessages: integer(0...9))
  }
}
