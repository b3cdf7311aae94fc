// Aim: the modelled person sees what a person would see, that a way down leads no further, and turns the
// hand or not as its skill says. Method: scenes in which nothing moves however long the person pushes.
import Foundation
import RobotData
import ScriptedExpert
import SimulatedTasks
import Testing

@Suite struct ScriptedExpertTests {
  private let task = StackTask()
  private let limits = ActionLimits(
    linearSpeed: 0.25, angularSpeed: 1, linearAcceleration: 2, angularAcceleration: 6)

  private func reading(
    red: Vector3, turn: Double = 0, hand: Vector3, opening: Double
  ) -> SensorReading {
    var objects = task.layout(seed: 1)
    objects["red"] = Pose(
      position: red, orientation: Quaternion(w: cos(turn / 2), x: 0, y: 0, z: sin(turn / 2)))
    objects["right"] = Pose(position: Vector3(0.54, -0.22, 0), orientation: .identity)
    return SensorReading(
      captureTime: WallTime(nanosecondsSinceEpoch: 0),
      proprioception: Proprioception(
        // Pointing down.
        endEffectorPose: Pose(
          position: hand, orientation: Quaternion(w: 0, x: 1, y: 0, z: 0)),
        endEffectorTwist: .zero, gripperOpening: opening, jointPositions: [], jointVelocities: []),
      frames: [], progress: nil,
      simulatedState: SimulatedState(
        time: 0, positions: [], velocities: [],
        objects: objects.sorted { $0.key < $1.key }.map {
          SimulatedState.Object(name: $0.key, pose: $0.value)
        }))
  }

  private func actions(
    _ expert: inout ScriptedExpert, _ reading: SensorReading, steps: Int
  ) -> [Action] {
    let subtask: SubtaskName = "red-right"
    return (0..<steps).map { _ in
      expert.action(
        for: reading, subtask: subtask, limits: limits, period: .milliseconds(100))
    }
  }

  private func steadyExpert(unturned: Double = 0) throws -> ScriptedExpert {
    var skill = HumanSkill()
    skill.unturned = unturned
    skill.hesitationInterval = 0
    skill.unsteadiness = 0
    return try #require(ScriptedExpert(task: task.description.name, skill: skill, seed: 1))
  }

  @Test func `a block that hangs too high to be set down is let go of`() throws {
    var expert = try steadyExpert()
    let place = Vector3(0.54, -0.22, 0)
    // Lifted, and carried above its place.
    let above = Vector3(place.x, place.y, 0.15)
    _ = actions(&expert, reading(red: above, hand: above, opening: 0.5), steps: 4)
    #expect(expert.isOnItsWay == false, "it is being set down")
    // The fingers are on the table, the block is 1 cm above it, and stays there.
    let stuck = reading(
      red: Vector3(place.x, place.y, 0.036), hand: Vector3(place.x, place.y, 0.014), opening: 0.5)
    let answers = actions(&expert, stuck, steps: 30)
    let opened = try #require(answers.firstIndex { $0.gripper == .open })
    #expect((10...20).contains(opened), "\(opened)")
    #expect(answers[0].gripper == .hold && answers[0].twist.linear.z < 0)
  }

  @Test func `the hand is turned to a block, or left as it is by who does not mind`() throws {
    let block = Vector3(0.42, 0.05, 0.021)
    let above = reading(
      red: block, turn: 0.5, hand: Vector3(block.x, block.y, 0.111), opening: 1)
    var (careful, careless) = (try steadyExpert(), try steadyExpert(unturned: 1))
    let turned = actions(&careful, above, steps: 10)
    #expect(turned.allSatisfy { abs($0.twist.angular.z) > 0.1 && abs($0.twist.linear.z) < 0.01 })
    let left = actions(&careless, above, steps: 10)
    #expect(left.allSatisfy { $0.twist.angular.z == 0 && $0.twist.linear.z < -0.05 })
  }

  @Test func `a hand that is stopped on its way to a block rises and comes again`() throws {
    var expert = try steadyExpert()
    let block = Vector3(0.42, 0.05, 0.021)
    let blocked = reading(
      red: block, hand: Vector3(block.x, block.y, 0.06), opening: 1)
    let upward = actions(&expert, blocked, steps: 60).map(\.twist.linear.z)
    #expect(upward.contains { $0 < -0.01 }, "it went down")
    let turned = try #require(upward.firstIndex { $0 < -0.01 })
    let risen = try #require(upward[turned...].firstIndex { $0 > 0.01 }, "it never rose again")
    #expect((10...25).contains(risen - turned), "\(risen - turned)")
    #expect(upward[risen...].contains { $0 < -0.01 }, "it did not come again")
  }
}
