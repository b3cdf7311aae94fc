// Aim: scenes laid out anew are scenes of the task: objects where they can be, and some subtasks done,
// with the hand left free. Method: thousands of draws, judged by the task itself.
import RobotData
import SimulatedTasks
import Testing

@Suite struct SceneMixerTests {
  static let tasks: [TaskName] = ["stack", "kitchen-table"]
  private let hand = Vector3(0.45, 0.02, 0.12)

  private func scenes(
    _ name: TaskName, held: SimulatedState.Object? = nil, _ count: Int = 1_000
  ) throws -> (task: any SimulatedTask, scenes: [[String: Pose]]) {
    let task = try #require(SimulatedTasks.named(name))
    let mixer = SceneMixer(task: task)
    var random = SplitMix64(seed: 4)
    let posture = SceneMixer.Posture(hand: hand, held: held)
    return (task, (0..<count).compactMap { _ in mixer.scene(about: posture, using: &random) })
  }

  @Test(arguments: tasks) func `every object is there, on the table or above it`(
    name: TaskName
  ) throws {
    let (task, scenes) = try scenes(name)
    #expect(scenes.count > 900, "a hand above the table leaves room")
    for scene in scenes {
      #expect(Set(scene.keys) == Set(task.objects))
      #expect(scene.values.allSatisfy { (0.1...0.8).contains($0.position.x) })
      #expect(scene.values.allSatisfy { (-0.001...0.3).contains($0.position.z) })
    }
  }

  @Test(arguments: tasks) func `some have subtasks done, some have none`(name: TaskName) throws {
    let (task, scenes) = try scenes(name)
    let done = scenes.map {
      task.progress(in: SceneState(objects: $0, touched: []), after: []).completed.count
    }
    for count in 0...1 { #expect(done.filter { $0 == count }.count > 100, "\(count) done") }
    #expect(done.max() == task.description.subtasks.count / 2, "\(Set(done))")
  }

  @Test func `an object often lies below the hand`() throws {
    let (_, scenes) = try scenes("stack")
    let below = scenes.filter { scene in
      ["red", "green", "blue"].contains { name in
        guard let at = scene[name]?.position else { return false }
        return abs(at.x - hand.x) <= 0.041 && abs(at.y - hand.y) <= 0.041
      }
    }
    #expect((300...600).contains(below.count), "\(below.count)")
  }

  @Test func `what is in the hand stays there`() throws {
    let held = SimulatedState.Object(
      name: "red", pose: Pose(position: hand, orientation: .identity))
    let (_, scenes) = try scenes("stack", held: held)
    #expect(scenes.count > 900)
    for scene in scenes {
      #expect(scene["red"] == held.pose)
      for name in ["green", "blue"] {
        let distance = try #require(scene[name]).position - hand
        #expect(distance.length > 0.06)
      }
    }
  }
}
