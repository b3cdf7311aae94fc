// Aim: what counts as done. Method: scenes put together by hand, without physics.
import MallardTesting
import RobotData
import SimulatedTasks
import Testing

private func at(_ x: Double, _ y: Double, _ z: Double) -> Pose {
  Pose(position: Vector3(x, y, z), orientation: .identity)
}

@Suite struct TaskProgressTests {
  @Test(arguments: 0..<200)
  func `every layout has all objects, apart from each other and nothing done`(
    seed: UInt64
  ) {
    for task in SimulatedTasks.all {
      let layout = task.layout(seed: seed)
      #expect(Set(layout.keys) == Set(task.objects), "\(seed)")
      #expect(layout == task.layout(seed: seed), "\(seed)")
      let progress = task.progress(in: SceneState(objects: layout, touched: []), after: [])
      #expect(progress.completed == [] && !progress.isSuccess, "\(seed)")
      #expect(progress.available.count >= 2, "a branch point at the start, seed \(seed)")
      for subtask in progress.available {
        #expect(
          task.transfer(for: subtask, in: SceneState(objects: layout, touched: [])) != nil,
          "\(seed) \(subtask)")
      }
    }
  }

  @Test(arguments: 0..<200)
  func `orders by the task's rules end, and the rules agree with an untouched scene`(seed: UInt64) {
    for task in SimulatedTasks.all {
      let scene = SceneState(objects: task.layout(seed: seed), touched: [])
      #expect(
        Set(task.available(after: [])) == Set(task.progress(in: scene, after: []).available))
      var random = SeededGenerator(seed: seed)
      var done: [SubtaskName] = []
      while let next = task.available(after: done).randomElement(using: &random) {
        #expect(!done.contains(next))
        done.append(next)
      }
      #expect(done.count == 3, "\(task.description.name) \(done)")
    }
  }

  @Test func `all orders of a task are those that its rules allow, each once`() {
    // Three blocks in any order to two places, but not all to one: 3! · (2³ − 2).
    let stack = StackTask()
    #expect(stack.orders.count == 36 && Set(stack.orders).count == 36)
    let sixes = stack.description.subtasks
    let sequences = sixes.flatMap { first in
      sixes.flatMap { second in sixes.map { [first, second, $0] } }
    }
    let allowed = sequences.filter { order in
      let (blocks, places) = (
        Set(order.map { $0.name.prefix { $0 != "-" } }), Set(order.map { $0.name.suffix(4) })
      )
      return blocks.count == 3 && places.count == 2
    }
    #expect(Set(stack.orders) == Set(allowed))
    #expect(
      Set(KitchenTableTask().orders) == [
        ["block-in-bowl", "bowl-on-plate", "block-in-oven"],
        ["block-in-bowl", "bowl-on-plate", "block-on-shelf"],
        ["bowl-on-plate", "block-in-bowl", "block-in-oven"],
        ["bowl-on-plate", "block-in-bowl", "block-on-shelf"],
      ])
  }

  @Test func `a block counts in its pile when it is let go of, and no longer when it falls`() {
    let task = StackTask()
    var scene = SceneState(objects: task.layout(seed: 1), touched: [])
    scene.objects["left"] = at(0.5, 0.2, 0)
    scene.objects["red"] = at(0.505, 0.2, 0.021)
    scene.touched = ["red"]
    #expect(task.progress(in: scene, after: []).completed == [])
    scene.touched = []
    let first = task.progress(in: scene, after: [])
    #expect(first.completed == ["red-left"] && first.available.count == 4)
    #expect(task.available(after: first.completed) == first.available)
    scene.objects["blue"] = at(0.508, 0.203, 0.063)
    let second = task.progress(in: scene, after: first.completed)
    #expect(second.completed == ["red-left", "blue-left"])
    #expect(second.available == ["green-right"], "two high at most")
    #expect(task.available(after: second.completed) == second.available)
    scene.objects["green"] = scene.objects["right"].map {
      at($0.position.x, $0.position.y, 0.021)
    }
    #expect(task.progress(in: scene, after: second.completed).isSuccess)
    scene.touched = ["red", "blue"]
    #expect(
      task.progress(in: scene, after: second.completed).completed.starts(with: second.completed),
      "a finger that brushes a pile undoes nothing")
    scene.objects["blue"] = at(0.6, 0.3, 0.021)
    let fallen = task.progress(in: scene, after: second.completed)
    #expect(!fallen.completed.contains("blue-left") && !fallen.isSuccess)
  }

  @Test func `the kitchen's last choice opens when block and bowl are in place`() {
    let task = KitchenTableTask()
    var scene = SceneState(objects: task.layout(seed: 1), touched: [])
    scene.objects["bowl"] = at(0.56, 0, 0.008)
    scene.objects["plate"] = at(0.56, 0, 0)
    scene.objects["block"] = at(0.56, 0, 0.033)
    let both = task.progress(in: scene, after: [])
    #expect(both.completed == ["block-in-bowl", "bowl-on-plate"])
    #expect(both.available == ["block-in-oven", "block-on-shelf"])
    // The block is fetched by fingers that touch the bowl's wall; lifted, the bowl is on no plate.
    scene.touched = ["block", "bowl"]
    #expect(task.progress(in: scene, after: both.completed) == both)
    #expect(task.progress(in: scene, after: ["block-in-bowl"]).completed == ["block-in-bowl"])
    scene.objects["bowl"] = at(0.56, 0, 0.05)
    #expect(task.progress(in: scene, after: both.completed).completed == ["block-in-bowl"])
    scene.objects["bowl"] = at(0.56, 0, 0.008)
    scene.objects["oven"] = at(0.5, 0.28, 0)
    scene.objects["block"] = at(0.5, 0.28, 0.027)
    scene.touched = ["block"]
    #expect(!task.progress(in: scene, after: both.completed).isSuccess, "still held")
    scene.touched = []
    let done = task.progress(in: scene, after: both.completed)
    #expect(done.isSuccess && done.available == [] && done.completed.last == "block-in-oven")
  }
}
