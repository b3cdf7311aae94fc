public import RobotData

/// Three coloured blocks are piled up on two places, at most two on each. Which block comes next,
/// and where it goes, is the operator's choice: up to six ways at the first branch point.
public struct StackTask: SimulatedTask {
  /// The side of a block, m.
  static let side = 0.042
  /// The most blocks on one place.
  static let height = 2
  static let blocks = ["red", "green", "blue"]
  static let places = ["left", "right"]

  /// The task.
  public init() {}

  /// Name, instruction and subtasks.
  public let description = TaskDescription(
    name: "stack", instruction: "Stack the three blocks on the two places, two high at most.",
    subtasks: [
      "red-left", "red-right", "green-left", "green-right", "blue-left", "blue-right",
    ])

  /// The blocks and the places.
  public var objects: [String] { Self.blocks + Self.places }

  /// Blocks lie apart from each other between the robot and the places.
  public func layout(seed: UInt64) -> [String: Pose] {
    var random = SplitMix64(seed: seed)
    var poses: [String: Pose] = [:]
    var taken: [Vector3] = []
    for block in Self.blocks {
      var spot: Vector3
      repeat {
        spot = Vector3(
          .random(in: 0.33...0.47, using: &random), .random(in: -0.15...0.15, using: &random),
          Self.side / 2)
      } while taken.contains { $0.horizontalDistance(to: spot) < 0.1 }
      taken.append(spot)
      poses[block] = Pose(
        position: spot, orientation: .yaw(.random(in: -0.7...0.7, using: &random)))
    }
    for (place, sign) in zip(Self.places, [1.0, -1.0]) {
      poses[place] = Pose(
        position: Vector3(
          .random(in: 0.52...0.56, using: &random),
          sign * .random(in: 0.2...0.24, using: &random), 0), orientation: .identity)
    }
    return poses
  }

  /// A block counts when it rests, let go of, in its place's pile; a finger that brushes it later undoes
  /// nothing.
  public func progress(
    in scene: SceneState, after completed: [SubtaskName]
  ) -> TaskProgress {
    var done: [SubtaskName] = []
    var piled: Set<String> = []
    for place in Self.places {
      for block in pile(at: place, in: scene) {
        guard let name = Self.subtask(block, place),
          completed.contains(name) || !scene.touched.contains(block)
        else { continue }
        piled.insert(block)
        done.append(name)
      }
    }
    let ordered = completed.filter(done.contains) + done.filter { !completed.contains($0) }
    let open = Self.places.filter { pile(at: $0, in: scene).count < Self.height }
    let available = Self.blocks.filter { !piled.contains($0) }
      .flatMap { block in open.compactMap { Self.subtask(block, $0) } }
    return TaskProgress(
      completed: ordered, available: available, isSuccess: ordered.count == Self.blocks.count)
  }

  /// Every block that is on no pile, to every place whose pile is not full.
  public func available(after done: [SubtaskName]) -> [SubtaskName] {
    func isDone(_ block: String, _ place: String) -> Bool {
      Self.subtask(block, place).map(done.contains) ?? false
    }
    let open = Self.places.filter { place in
      Self.blocks.filter { isDone($0, place) }.count < Self.height
    }
    return Self.blocks.filter { block in !Self.places.contains { isDone(block, $0) } }
      .flatMap { block in open.compactMap { Self.subtask(block, $0) } }
  }

  /// A block is taken at its middle, along its sides, and put onto the pile.
  public func transfer(for subtask: SubtaskName, in scene: SceneState) -> Transfer? {
    let parts = subtask.name.split(separator: "-").map(String.init)
    guard parts.count == 2, Self.blocks.contains(parts[0]), let block = scene.objects[parts[0]],
      let place = scene.objects[parts[1]]
    else { return nil }
    let below = pile(at: parts[1], in: scene).filter { $0 != parts[0] }
    let level = Double(below.count)
    // On the block below, not on the place's middle: the pile may stand askew.
    let ground = below.last.flatMap { scene.objects[$0]?.position } ?? place.position
    return Transfer(
      object: parts[0], grasp: block.position, graspYaw: block.orientation.yaw + .pi / 2,
      yawSymmetry: .pi / 2, graspOpening: 1,
      release: Vector3(ground.x, ground.y, (level + 0.5) * Self.side + 0.004), clearance: 0.09)
  }

  /// The blocks that stand at a place, from below.
  private func pile(at place: String, in scene: SceneState) -> [String] {
    guard let ground = scene.objects[place]?.position else { return [] }
    var pile: [String] = []
    var middle = ground
    for level in 0..<Self.height {
      let z = (Double(level) + 0.5) * Self.side
      let next = Self.blocks.first { block in
        guard let position = scene.objects[block]?.position else { return false }
        let reach = level == 0 ? 0.04 : Self.side * 0.45
        return abs(position.z - z) < 0.008 && position.horizontalDistance(to: middle) < reach
      }
      guard let next, let position = scene.objects[next]?.position else { break }
      pile.append(next)
      middle = position
    }
    return pile
  }

  private static func subtask(_ block: String, _ place: String) -> SubtaskName? {
    try? SubtaskName("\(block)-\(place)")
  }
}
