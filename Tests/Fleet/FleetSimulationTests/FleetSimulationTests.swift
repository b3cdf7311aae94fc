// Aim: a simulated fleet is the real fleet's rules in simulated time, and the same seed gives the
// same result. Method: whole runs with robots without physics and policies that see everything.
import Fleet
import FleetSimulation
import OperatorModel
import Policy
import RobotData
import ScriptedExpert
import SimulatedTasks
import Testing

@Suite struct FleetSimulationTests {
  private struct Outcome {
    var measures: StudyMeasures
    var events: [String]
    var bodies: [ToyRobot]
  }

  private func run(
    robots: Int = 2, seed: UInt64 = 1, guidance: OperatorGuidance = .drive,
    seconds: Double = 120, latency: Duration = .zero,
    policy change: ((inout SeeingPolicy) -> Void)? = nil
  ) throws -> Outcome {
    var rules = FleetConfiguration(session: SessionID(seed), seed: seed)
    rules.endsOnSuccess = true
    rules.thresholds = UncertaintyThresholds(task: 0.5, policy: 0.5)
    var configuration = FleetSimulationConfiguration(
      fleet: rules, person: OperatorModelParameters(seed: seed, guidance: guidance))
    configuration.policyLatency = latency
    let bodies = (0..<robots).map { _ in ToyRobot() }
    var policy: SeeingPolicy?
    if let change {
      let names = try (1...robots).map { try RobotID("robot-0\($0)") }
      var made = SeeingPolicy(Dictionary(uniqueKeysWithValues: zip(names, bodies)))
      change(&made)
      policy = made
    }
    var events: [String] = []
    var simulation = try FleetSimulation(configuration, bodies: bodies, policy: policy) {
      events.append("\($1) \($0)")
    }
    let measures = try simulation.run(for: .seconds(seconds))
    #expect(simulation.contradictions == [])
    return Outcome(measures: measures, events: events, bodies: bodies)
  }

  @Test func `one person collects demonstrations with an unassisted robot`() throws {
    let outcome = try run(robots: 1)
    let measures = outcome.measures
    #expect(measures.demonstrations >= 2, "\(measures)")
    #expect(measures.failures == 0 && measures.policySteps == 0 && measures.humanStepShare == 1)
    #expect(measures.requests.keys.sorted() == ["unassisted"])
    #expect(measures.operatorBusyShare > 0.6 && measures.operatorBusyShare < 1)
  }

  @Test(arguments: [OperatorGuidance.drive, .nudge, .name, .noticing])
  func `the same seed gives the same result, another seed another`(
    guidance: OperatorGuidance
  ) throws {
    let first = try run(guidance: guidance, seconds: 60) { _ in }
    #expect(try run(guidance: guidance, seconds: 60) { _ in }.events == first.events)
    #expect(try run(seed: 2, guidance: guidance, seconds: 60) { _ in }.events != first.events)
  }

  @Test func `with a policy that always asks the person does everything`() throws {
    let asking = try run { $0.policyUncertainty = 9 }.measures
    let unassisted = try run().measures
    #expect(asking.policySteps == 0 && asking.humanStepShare == 1)
    #expect(asking.demonstrations > 0)
    // Each subtask is another request, so it cannot be more than without a policy.
    #expect(asking.demonstrations <= unassisted.demonstrations)
    #expect((asking.requestsPerDemonstration ?? 0) > 2)
  }

  @Test func `a policy that drives between branch points makes one person worth more`() throws {
    let unassisted = try run(robots: 4).measures
    for guidance in [OperatorGuidance.drive, .nudge, .name] {
      let assisted = try run(robots: 4, guidance: guidance) { _ in }.measures
      #expect(assisted.demonstrations > 0, "\(guidance): \(assisted)")
      #expect(
        (assisted.humanStepShare ?? 1) < 0.95 && assisted.policySteps > 0,
        "\(guidance): \(assisted)")
      #expect((assisted.requests["taskUncertainty"] ?? 0) > 0, "\(guidance)")
      // A name says at once where the object goes that has not been taken yet. After a nudge the
      // policy passes what is left of the branch point: a passage of its own in which no one asks.
      #expect(
        (assisted.requestRateAtBranchPoints ?? 0) > (guidance == .name ? 0.3 : 0.45),
        "\(guidance): \(assisted)")
      if guidance != .drive {
        #expect(assisted.demonstrations > unassisted.demonstrations, "\(guidance): \(assisted)")
        #expect(assisted.returnOnHumanEffort > 2 * unassisted.returnOnHumanEffort, "\(guidance)")
      }
    }
  }

  @Test func `a robot that gets nowhere and never asks is noticed`() throws {
    let outcome = try run(guidance: .noticing) {
      $0.asksAtBranches = false
      $0.isLazy = true
    }
    #expect(outcome.measures.requests.isEmpty)
    #expect(outcome.measures.unaskedInterventions > 1, "\(outcome.measures)")
    #expect(outcome.measures.humanSubtasks > 0)
  }

  @Test func `a robot that waits stands still, and is neither read nor looked at again`() throws {
    // No one is there in time: the person takes one robot, the others wait from the beginning.
    let outcome = try run(robots: 4, seconds: 20)
    let waiting = outcome.bodies.filter { $0.periods < 5 }
    #expect(waiting.count == 3)
    #expect(waiting.allSatisfy { $0.readings < 5 && $0.looks == 0 })
  }

  @Test func `a slow policy drives too, and less`() throws {
    let quick = try run { $0.asksAtBranches = false }.measures
    let slow = try run(latency: .milliseconds(80)) { $0.asksAtBranches = false }.measures
    #expect(quick.demonstrations > 0 && quick.policySteps > slow.policySteps)
  }
}
