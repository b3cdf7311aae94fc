import Clocks
import Foundation
internal import PlainErrors
package import Policy
package import RobotData
import Synchronization

/// Runs a policy on a thread of its own, so that a slow network never delays a command, a
/// heartbeat or an emergency stop.
///
/// Questions that come while the policy is busy wait; of each robot only the newest is kept. A
/// decision on what was seen before the policy was told to forget the robot is thrown away.
package final class PolicyRunner: Sendable {
  /// What became of one question.
  package struct Answer: Sendable {
    package var robot: RobotID
    package var episode: EpisodeID
    package var step: Int
    package var decision: Result<PolicyDecision, PolicyFailure>
  }

  private struct State {
    var questions: [RobotID: (question: PolicyQuestion, at: FleetInstant)] = [:]
    var timing = PolicyTiming()
    var resets: Set<RobotID> = []
    /// Rises with every reset of a robot: an answer of an older generation is void.
    var generations: [RobotID: UInt64] = [:]
    var isClosed = false
  }

  private let state = Mutex(State())
  private let work = DispatchSemaphore(value: 0)
  private let ended = DispatchSemaphore(value: 0)

  /// Starts the thread; `answer` is called there, for every question that was not overtaken.
  package init(
    _ policy: any AssistivePolicy, answer: @escaping @Sendable ([Answer]) -> Void
  ) {
    let thread = Thread { [self] in
      run(policy, answer: answer)
      ended.signal()
    }
    thread.name = "policy"
    thread.stackSize = 8 << 20
    thread.start()
  }

  /// Asks about a robot's newest observation.
  package func ask(_ question: PolicyQuestion) {
    let now = SystemClock.now
    state.withLock { state in
      let overtaken = state.questions.updateValue((question, now), forKey: question.robot)
      if overtaken != nil { state.timing.overtaken += 1 }
    }
    work.signal()
  }

  /// How fast it answered so far.
  package var timing: PolicyTiming { state.withLock(\.timing) }

  /// Lets the policy forget what it was doing with the robot, before its next question.
  package func reset(_ robot: RobotID) {
    state.withLock { state in
      state.questions[robot] = nil
      state.resets.insert(robot)
      state.generations[robot, default: 0] += 1
    }
  }

  /// Ends the thread when the batch that it works on is done, and waits for that.
  package func close() {
    state.withLock { $0.isClosed = true }
    work.signal()
    ended.wait()
  }

  private func run(
    _ initial: any AssistivePolicy, answer: @Sendable ([Answer]) -> Void
  ) {
    var policy = initial
    while true {
      work.wait()
      let (asked, resets, generations, isClosed) = state.withLock { state in
        defer {
          state.questions = [:]
          state.resets = []
        }
        return (
          state.questions.values.sorted { $0.question.robot < $1.question.robot },
          state.resets.sorted(), state.generations, state.isClosed
        )
      }
      if isClosed { return }
      for robot in resets { policy.reset(robot) }
      guard !asked.isEmpty else { continue }
      let answers = Self.answers(of: &policy, to: asked.map(\.question))
      let now = SystemClock.now
      let current = state.withLock { state in
        for (question, at) in asked {
          state.timing.note(now - at, period: question.description.period)
        }
        return state.generations
      }
      answer(answers.filter { current[$0.robot] == generations[$0.robot] })
    }
  }

  private static func answers(
    of policy: inout any AssistivePolicy, to questions: [PolicyQuestion]
  ) -> [Answer] {
    var decisions: [Result<PolicyDecision, PolicyFailure>]
    do {
      decisions = try policy.decide(questions)
      if decisions.count != questions.count {
        let text = "gave \(decisions.count) decisions for \(questions.count) questions"
        decisions = questions.map { _ in .failure(PolicyFailure(text)) }
      }
    } catch {
      decisions = questions.map { _ in .failure(PolicyFailure(PlainError.sentence(error))) }
    }
    return zip(questions, decisions).map { question, decision in
      Answer(
        robot: question.robot, episode: question.observation.episode,
        step: question.observation.step, decision: decision)
    }
  }
}
