// Aim: the policy's place works before there is a policy: batches, failures, resets. Method: a
// scripted policy whose answers can be foretold.
import Coordinator
import Foundation
import MallardTesting
import Policy
import RobotData
import Synchronization
import Testing

/// Answers with the step's number as its uncertainty, or fails, as the test says.
private struct ScriptedPolicy: AssistivePolicy {
  let name = "scripted for a test"
  var failure: String?
  var answersTooFew = false
  let gate = DispatchSemaphore(value: 0)
  let entered = DispatchSemaphore(value: 0)
  let isGated: Bool

  func decide(_ questions: [PolicyQuestion]) throws -> [Result<PolicyDecision, PolicyFailure>] {
    if isGated {
      entered.signal()
      gate.wait()
    }
    if let failure { throw ScriptedFailure(text: failure) }
    return questions.dropLast(answersTooFew ? 1 : 0).map { question in
      .success(
        PolicyDecision(
          action: .hold,
          uncertainty: Uncertainty(task: Double(question.observation.step), policy: 0),
          subgoal: nil))
    }
  }

  func reset(_ robot: RobotID) {}
}

private struct ScriptedFailure: Error, CustomStringConvertible {
  let text: String
  var description: String { text }
}

private final class Answers: Sendable {
  let all = Mutex<[PolicyRunner.Answer]>([])
  let arrived = DispatchSemaphore(value: 0)

  func take(_ answers: [PolicyRunner.Answer]) {
    all.withLock { $0 += answers }
    for _ in answers { arrived.signal() }
  }
}

@Suite struct PolicyRunnerTests {
  private func question(_ robot: RobotID, step: Int) -> PolicyQuestion {
    var random = SeededGenerator(seed: 1)
    var observation = random.observation()
    observation.step = step
    return PolicyQuestion(
      robot: robot, description: random.description(), observation: observation, subtask: nil)
  }

  @Test func `what only a simulator knows is kept from the policy`() {
    let question = question("r", step: 0)
    #expect(question.observation.reading.simulatedState == nil)
    #expect(question.observation.reading.progress == nil)
  }

  @Test func `of questions that wait only each robot's newest is asked, all in one batch`() {
    let answers = Answers()
    let policy = ScriptedPolicy(isGated: true)
    let runner = PolicyRunner(policy) { answers.take($0) }
    runner.ask(question("a", step: 0))
    policy.entered.wait()
    for step in 1...3 { runner.ask(question("b", step: step)) }
    runner.ask(question("c", step: 7))
    policy.gate.signal()
    policy.gate.signal()
    for _ in 0..<3 { #expect(answers.arrived.wait(timeout: .now() + 10) == .success) }
    let steps = answers.all.withLock { $0.map { ["\($0.robot)", "\($0.step)"] } }
    #expect(steps == [["a", "0"], ["b", "3"], ["c", "7"]])
    for _ in 0..<9 { policy.gate.signal() }
    runner.close()
  }

  @Test func `a decision from before a reset is thrown away`() {
    let answers = Answers()
    let policy = ScriptedPolicy(isGated: true)
    let runner = PolicyRunner(policy) { answers.take($0) }
    runner.ask(question("a", step: 0))
    policy.entered.wait()
    runner.reset("a")
    runner.ask(question("b", step: 1))
    policy.gate.signal()
    policy.gate.signal()
    #expect(answers.arrived.wait(timeout: .now() + 10) == .success)
    #expect(answers.all.withLock { $0.map(\.robot) } == ["b"])
    for _ in 0..<9 { policy.gate.signal() }
    runner.close()
  }

  @Test func `a failure, and too few decisions, are answers that say so`() {
    for policy in [
      ScriptedPolicy(failure: "no weights", isGated: false),
      ScriptedPolicy(answersTooFew: true, isGated: false),
    ] {
      let answers = Answers()
      let runner = PolicyRunner(policy) { answers.take($0) }
      runner.ask(question("a", step: 0))
      #expect(answers.arrived.wait(timeout: .now() + 10) == .success)
      guard case .failure(let failure) = answers.all.withLock({ $0.first?.decision }) else {
        Issue.record("no failure")
        return
      }
      let text = failure.description
      #expect(text == "no weights" || text.contains("0 decisions for 1"))
      runner.close()
    }
  }

  @Test func `late answers and overtaken questions are counted`() {
    let answers = Answers()
    let policy = ScriptedPolicy(isGated: true)
    let runner = PolicyRunner(policy) { answers.take($0) }
    var first = question("a", step: 0)
    first.description.rate = 20
    runner.ask(first)
    policy.entered.wait()
    for step in 1...3 { runner.ask(question("b", step: step)) }
    Thread.sleep(forTimeInterval: 0.06)
    policy.gate.signal()
    policy.gate.signal()
    for _ in 0..<2 { #expect(answers.arrived.wait(timeout: .now() + 10) == .success) }
    let timing = runner.timing
    #expect(timing.answers == 2 && timing.overtaken == 2)
    #expect(timing.late >= 1 && timing.slowest >= .milliseconds(60))
    for _ in 0..<9 { policy.gate.signal() }
    runner.close()
  }
}
