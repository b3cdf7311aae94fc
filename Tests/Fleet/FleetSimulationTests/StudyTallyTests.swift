// Aim: the measures of a study are what their documentation says. Method: tiny traces whose
// figures can be counted by hand.
import FleetSimulation
import RobotData
import Testing

private func seconds(_ time: Double) -> FleetInstant {
  FleetInstant(nanoseconds: Int64(time * 1e9))
}

@Suite struct StudyTallyTests {
  private let person = Author.human("person")

  private func measures(
    _ robots: [RobotID] = ["r"], until end: Double, _ trace: [(Double, StudyEvent)]
  ) -> StudyMeasures {
    var tally = StudyTally(robots: robots)
    for (time, event) in trace { tally.note(event, at: seconds(time)) }
    return tally.measures(at: seconds(end))
  }

  @Test func `a request, its service and its end are timed`() {
    let reason = HelpReason.taskUncertainty(0.4)
    let all = measures(
      ["r", "s"], until: 10,
      [
        (0, .episodeStarted("r")),
        (0, .handover("r", from: .hold, to: .policy, .episodeStarted)),
        (2, .handover("r", from: .policy, to: .hold, .helpRequested(reason))),
        (2, .helpWanted("r", reason)),
        (3, .handover("r", from: .hold, to: person, .requestServed)),
        (3.5, .step("r", person, isMoving: false)),
        (4, .step("r", person, isMoving: true)),
        (5, .handover("r", from: person, to: .policy, .handedBack)),
        (9, .handover("r", from: .policy, to: .hold, .episodeEnded)),
        (9, .episodeEnded("r", .success)),
      ])
    #expect(all.demonstrations == 1 && all.failures == 0 && all.successRate == 1)
    #expect(all.requests == ["taskUncertainty": 1] && all.requestsPerDemonstration == 1)
    #expect(all.interventions == 1 && all.unaskedInterventions == 0)
    #expect(all.handoverLatencyMean == 2 && all.handoverLatency95 == 2)
    #expect(abs(all.operatorBusyShare - 0.2) < 1e-9)
    #expect(abs(all.idleShare - 1.0 / 20) < 1e-9)
    #expect(all.humanSteps == 2 && all.humanActionSteps == 1)
    #expect(all.returnOnHumanEffort == 500)
    #expect(abs(all.handoversPerMinute - 5.0 / 20 * 60) < 1e-9)
    #expect(all.chatterPerMinute == 0)
  }

  @Test func `control that is given up at once is chatter`() {
    let reason = HelpReason.policyUncertainty(1)
    let all = measures(
      until: 60,
      [
        (0, .handover("r", from: .hold, to: .policy, .episodeStarted)),
        (0.1, .handover("r", from: .policy, to: .hold, .helpRequested(reason))),
        (1, .handover("r", from: .hold, to: .policy, .uncertaintyFell)),
        (1.2, .handover("r", from: .policy, to: .hold, .helpRequested(reason))),
        (3, .handover("r", from: .hold, to: person, .requestServed)),
        (3.4, .handover("r", from: person, to: .policy, .handedBack)),
        (5, .handover("r", from: .policy, to: .hold, .helpRequested(reason))),
      ])
    #expect(all.chatterPerMinute == 2)
  }

  @Test func `requests are told apart by where they come`() {
    let reason = HelpReason.taskUncertainty(1)
    let all = measures(
      until: 60,
      [
        (0, .handover("r", from: .hold, to: .policy, .episodeStarted)),
        (1, .observed("r", isBranchPoint: true, completed: [])),
        (1, .step("r", .policy, isMoving: true)),
        (2, .handover("r", from: .policy, to: .hold, .helpRequested(reason))),
        (2, .helpWanted("r", reason)),
        (3, .handover("r", from: .hold, to: person, .requestServed)),
        (4, .observed("r", isBranchPoint: false, completed: [])),
        (5, .handover("r", from: person, to: .policy, .handedBack)),
        (6, .step("r", .policy, isMoving: true)),
        (7, .observed("r", isBranchPoint: false, completed: ["a"])),
        (8, .observed("r", isBranchPoint: true, completed: ["a"])),
        (8, .step("r", .policy, isMoving: true)),
        (9, .observed("r", isBranchPoint: false, completed: ["a"])),
        (9, .step("r", .policy, isMoving: true)),
        (10, .handover("r", from: .policy, to: .hold, .helpRequested(reason))),
        (10, .helpWanted("r", reason)),
      ])
    #expect(all.branchPassages == 2 && all.requestRateAtBranchPoints == 0.5)
    #expect(all.familiarSteps == 2 && all.requestRateOnFamiliarStretches == 50)
    #expect(all.stretches == 2 && all.stretchesAsked == 0.5 && all.stretchSuccess == 1)
    #expect(all.policySubtasks == 1 && all.humanSubtasks == 0)
  }

  @Test func `waiting and holding are counted to the end`() {
    let all = measures(
      until: 10,
      [
        (4, .helpWanted("r", .unassisted)),
        (8, .handover("r", from: .hold, to: person, .requestServed)),
      ])
    #expect(abs(all.operatorBusyShare - 0.2) < 1e-9 && abs(all.idleShare - 0.4) < 1e-9)
    #expect(measures(until: 10, []).successRate == nil)
  }

  @Test func `a spread is of the sample`() {
    #expect(Spread(of: []) == nil)
    #expect(Spread(of: [3])?.deviation == 0)
    let spread = Spread(of: [1, 2, 3, 4])
    #expect(spread?.mean == 2.5 && abs((spread?.deviation ?? 0) - 1.2909944487358056) < 1e-12)
  }
}
