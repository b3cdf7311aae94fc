public import RobotData

/// PATO's task on a real robot (PATO, section 4): a block goes into the bowl, the bowl onto the
/// plate, in either order; then the block goes into the oven or onto the shelf.
public struct KitchenTableTask: SimulatedTask {
  /// The radius of the middle of the bowl's wall, m.
  static let rim = 0.0725
  static let fixtures = ["plate", "oven", "shelf"]
  private static let first: [SubtaskName] = ["block-in-bowl", "bowl-on-plate"]
  private static let last: [SubtaskName] = ["block-in-oven", "block-on-shelf"]

  /// The task.
  public init() {}

  /// Name, instruction and subtasks.
  public let description = TaskDescription(
    name: "kitchen-table",
    instruction: "Put the block into the bowl and the bowl onto the plate; "
      + "then put the block into the oven or onto the shelf.",
    subtasks: ["block-in-bowl", "bowl-on-plate", "block-in-oven", "block-on-shelf"])

  /// The two things that move and the three that do not.
  public var objects: [String] { ["block", "bowl"] + Self.fixtures }

  /// Everything has its part of the table, and lies a little differently each time.
  public func layout(seed: UInt64) -> [String: Pose] {
    var random = SplitMix64(seed: seed)
    func pose(_ x: Double, _ y: Double, _ z: Double, spread: Double, turn: Double) -> Pose {
      Pose(
        position: Vector3(
          x + .random(in: -spread...spread, using: &random),
          y + .random(in: -spread...spread, using: &random), z),
        orientation: .yaw(turn * .random(in: -1...1, using: &random)))
    }
    return [
      "block": pose(0.37, 0.11, 0.019, spread: 0.03, turn: 0.7),
      "bowl": pose(0.37, -0.10, 0.001, spread: 0.015, turn: 3),
      "plate": pose(0.56, 0, 0, spread: 0.015, turn: 0),
      "oven": pose(0.50, 0.28, 0, spread: 0.01, turn: 0),
      "shelf": pose(0.50, -0.30, 0, spread: 0.01, turn: 0),
    ]
  }

  /// That the block was in the bowl is remembered: it is taken out again for the last subtask, by fingers
  /// that may touch the bowl on its plate.
  public func progress(
    in scene: SceneState, after completed: [SubtaskName]
  ) -> TaskProgress {
    let now = holding(in: scene, after: completed)
    var ordered = completed.filter { $0 == "block-in-bowl" || now.contains($0) }
    ordered += Self.first.filter { now.contains($0) && !ordered.contains($0) }
    let isLast = Self.first.allSatisfy(ordered.contains)
    if isLast { ordered += Self.last.filter { now.contains($0) && !ordered.contains($0) } }
    let available = available(after: ordered)
    return TaskProgress(completed: ordered, available: available, isSuccess: available.isEmpty)
  }

  /// Block and bowl in either order, then the block once more.
  public func available(after done: [SubtaskName]) -> [SubtaskName] {
    guard Self.first.allSatisfy(done.contains) else {
      return Self.first.filter { !done.contains($0) }
    }
    return Self.last.contains(where: done.contains) ? [] : Self.last
  }

  /// The subtasks whose goal holds in this scene: what is moved was let go of, now or before.
  private func holding(in scene: SceneState, after completed: [SubtaskName]) -> Set<SubtaskName> {
    guard let block = scene.objects["block"]?.position, let bowl = scene.objects["bowl"]?.position,
      let plate = scene.objects["plate"]?.position, let oven = scene.objects["oven"]?.position,
      let shelf = scene.objects["shelf"]?.position
    else { return [] }
    var held: Set<SubtaskName> = []
    if !scene.touched.contains("block") {
      if block.horizontalDistance(to: bowl) < 0.055, (0...0.06).contains(block.z - bowl.z) {
        held.insert("block-in-bowl")
      }
      if abs(block.x - oven.x) < 0.055, abs(block.y - oven.y) < 0.055, block.z < 0.05 {
        held.insert("block-in-oven")
      }
      if abs(block.x - shelf.x) < 0.065, abs(block.y - shelf.y) < 0.055,
        (0.11...0.13).contains(block.z)
      {
        held.insert("block-on-shelf")
      }
    }
    if completed.contains("bowl-on-plate") || !scene.touched.contains("bowl"),
      bowl.horizontalDistance(to: plate) < 0.045,
      (0.004...0.02).contains(bowl.z)
    {
      held.insert("bowl-on-plate")
    }
    return held
  }

  /// The block is taken at its middle, the bowl at its rim.
  public func transfer(for subtask: SubtaskName, in scene: SceneState) -> Transfer? {
    guard let block = scene.objects["block"], let bowl = scene.objects["bowl"]?.position,
      let goal = goal(of: subtask, in: scene, bowl: bowl)
    else { return nil }
    guard subtask == "bowl-on-plate" else {
      return Transfer(
        object: "block", grasp: block.position, graspYaw: block.orientation.yaw + .pi / 2,
        yawSymmetry: .pi / 2, graspOpening: 1, release: goal, clearance: 0.10)
    }
    // Always on the same side: a grasp that changed on the way would look like a slip.
    return Transfer(
      object: "bowl", grasp: Vector3(bowl.x, bowl.y + Self.rim, bowl.z + 0.024),
      graspYaw: .pi / 2, yawSymmetry: .pi, graspOpening: 0.6, release: goal, clearance: 0.08)
  }

  private func goal(
    of subtask: SubtaskName, in scene: SceneState, bowl: Vector3
  ) -> Vector3? {
    func above(_ name: String, by height: Double) -> Vector3? {
      scene.objects[name].map { Vector3($0.position.x, $0.position.y, height) }
    }
    return switch subtask {
    case "block-in-bowl": Vector3(bowl.x, bowl.y, bowl.z + 0.034)
    case "bowl-on-plate": above("plate", by: 0.013)
    case "block-in-oven": above("oven", by: 0.036)
    case "block-on-shelf": above("shelf", by: 0.124)
    default: nil
    }
  }
}
