// Aim: a fleet that has a plan collects what was planned, evenly, and people can overrule it. Method:
// scenes on the stage, and episodes whose ends are drawn at random.
import Fleet
import RobotData
import Testing

@Suite struct CollectionPlanTests {
  private static let orders: [[SubtaskName]] = [
    ["red", "green", "blue"], ["blue", "red"], ["pour"], ["green", "blue", "red"],
  ]

  private func planned(_ change: @escaping (inout FleetConfiguration) -> Void = { _ in }) -> Stage {
    Stage { configuration in
      configuration.plan = CollectionPlan(orders: Self.orders)
      change(&configuration)
    }
  }

  /// Lets a robot join that does what `subtasks` says.
  private func join(
    _ stage: inout Stage, _ id: RobotID, _ subtasks: [SubtaskName] = ["red", "green", "blue"]
  ) {
    var description = RobotDescription.bench
    description.task.subtasks = subtasks
    stage.tell(.robotJoined(id, instance: 1, description, nil))
    stage.alive[id] = 1
    stage.ready(id)
  }

  /// What a robot was told that is not done yet.
  private func told(_ stage: Stage, _ id: RobotID) -> [SubtaskName] {
    let line = stage.status(id)
    return (line?.subtask.map { [$0] } ?? []) + (line?.laterSubtasks ?? [])
  }

  @Test func `an episode is told an order, and each of its commands the subtask that is due`() {
    var stage = planned { $0.isAssisted = true }
    join(&stage, "r")
    #expect(told(stage, "r") == Self.orders[0])
    stage.see("r", 0)
    #expect(stage.decide("r", 0).commands(to: "r").map(\.annotation.subtask) == ["red"])
    stage.see("r", 1, completed: ["red"], available: ["green", "blue"])
    #expect(stage.decide("r", 1).commands(to: "r").map(\.annotation.subtask) == ["green"])
  }

  @Test func `robots at work at once get orders of their own, and only such of their task`() {
    var stage = planned()
    for id in ["a", "b", "c", "d"] as [RobotID] { join(&stage, id) }
    join(&stage, "p", ["pour", "stir"])
    join(&stage, "q", ["sweep"])
    let all = (["a", "b", "c", "d", "p", "q"] as [RobotID]).map { told(stage, $0) }
    #expect(
      all == [Self.orders[0], Self.orders[1], Self.orders[3], Self.orders[0], ["pour"], []])
  }

  @Test func `what an operator chooses takes the plan's place`() {
    var stage = planned()
    join(&stage, "r")
    stage.enter("ann")
    stage.ask("ann", .takeNext)
    stage.ask("ann", .chooseSubtasks("r", ["blue"]))
    #expect(told(stage, "r") == ["blue"])
    stage.ask("ann", .chooseSubtasks("r", []))
    #expect(told(stage, "r") == [])
  }

  @Test func `an order that led to nothing is told again, and one marked anew counts anew`() {
    var stage = planned()
    stage.enter("ann")
    join(&stage, "r")
    func end(_ outcome: EpisodeOutcome) {
      stage.ask("ann", .takeNext)
      stage.ask("ann", .mark("r", outcome))
      stage.ready("r")
    }
    end(.failure)
    #expect(told(stage, "r") == Self.orders[0])
    end(.success)
    #expect(told(stage, "r") == Self.orders[1])
    end(.success)
    #expect(told(stage, "r") == Self.orders[3])
    // The second one was no demonstration after all; the third is in progress.
    stage.ask("ann", .changeMark("r", .discarded))
    end(.success)
    #expect(told(stage, "r") == Self.orders[1])
  }

  @Test(arguments: 0..<20) func `demonstrations of the orders stay even, whatever fails`(seed: Int)
  {
    var random = SeededGenerator(seed: UInt64(seed))
    var stage = planned()
    stage.enter("ann")
    let robots: [RobotID] = ["a", "b", "c"]
    for id in robots { join(&stage, id) }
    let fitting = [0, 1, 3].map { Self.orders[$0] }
    var collected: [[SubtaskName]: Int] = [:]
    for _ in 0..<60 {
      guard let id = robots.randomElement(using: &random) else { return }
      let order = told(stage, id)
      let outcome: EpisodeOutcome = random.chance(0.6) ? .success : .failure
      stage.ask("ann", .takeOver(id))
      stage.ask("ann", .mark(id, outcome))
      if outcome == .success { collected[order, default: 0] += 1 }
      stage.ready(id)
      let inProgress = robots.map { told(stage, $0) }
      // One that fails lets an order fall behind by one more, until it is told again: at once.
      let promised = fitting.map { order in
        collected[order, default: 0] + inProgress.count { $0 == order }
      }
      #expect((promised.max() ?? 0) - (promised.min() ?? 0) <= 1, "\(promised)")
    }
    #expect(collected.count == fitting.count && collected.values.reduce(0, +) > 20)
  }
}
