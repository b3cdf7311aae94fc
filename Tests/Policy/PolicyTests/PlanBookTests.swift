// Aim: a plan is carried out in order and without gaps, or given up. Method: dialogues.
import MallardTesting
import Policy
import RobotData
import Testing

@Suite struct PlanBookTests {
  private let episode = EpisodeID(session: SessionID(1), ordinal: 1)

  private func plan(at step: Int, of count: Int = 3) -> Plan {
    Plan(
      episode: episode, firstStep: step,
      actions: (0..<count).map { index in
        Action(
          twist: Twist(linear: Vector3(Double(step + index), 0, 0), angular: .zero), gripper: .hold)
      }, uncertainty: Uncertainty(task: Double(step), policy: 0), subgoal: nil)
  }

  @Test func `a sequence is executed open loop, with the uncertainty of its plan`() {
    var book = PlanBook()
    #expect(book.needsPlan(for: "r", at: 5))
    #expect(book.next(for: "r", in: episode, at: 5) == nil)
    #expect(book.begin(plan(at: 5), for: "r")?.action.twist.linear.x == 5)
    for step in [6, 7] {
      #expect(!book.needsPlan(for: "r", at: step))
      let decision = book.next(for: "r", in: episode, at: step)
      #expect(decision?.action.twist.linear.x == Double(step))
      #expect(decision?.uncertainty.task == 5)
    }
    #expect(book.needsPlan(for: "r", at: 8))
    #expect(book.next(for: "r", in: episode, at: 8) == nil)
  }

  @Test func `the same step again, a step left out, and an earlier one are planned anew`() {
    for step in [4, 5, 7, 8, 100] {
      var book = PlanBook()
      _ = book.begin(plan(at: 5), for: "r")
      #expect(book.needsPlan(for: "r", at: step))
      #expect(book.next(for: "r", in: episode, at: step) == nil, "step \(step)")
      #expect(book.next(for: "r", in: episode, at: 6) == nil, "a plan that was left is no more")
    }
    var book = PlanBook()
    _ = book.begin(plan(at: 5), for: "r")
    #expect(book.next(for: "r", in: episode, at: 6) != nil)
    #expect(book.needsPlan(for: "r", at: 6), "it stands and waits in mid-sequence")
  }

  @Test func `another episode, a reset, and other robots`() {
    var book = PlanBook()
    _ = book.begin(plan(at: 5), for: "r")
    _ = book.begin(plan(at: 9), for: "s")
    let other = EpisodeID(session: SessionID(1), ordinal: 2)
    #expect(book.next(for: "r", in: other, at: 6) == nil)
    #expect(book.next(for: "s", in: episode, at: 10)?.uncertainty.task == 9)
    book.forget("s")
    #expect(book.next(for: "s", in: episode, at: 11) == nil)
  }

  @Test func `a plan of one action asks for a new one at each step`() {
    var book = PlanBook()
    for step in 0..<4 {
      #expect(book.needsPlan(for: "r", at: step))
      #expect(book.begin(plan(at: step, of: 1), for: "r") != nil)
    }
    #expect(book.begin(plan(at: 9, of: 0), for: "r") == nil)
    #expect(book.needsPlan(for: "r", at: 10))
  }
}
