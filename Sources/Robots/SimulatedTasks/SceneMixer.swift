public import RobotData

/// Lays out scenes anew about a hand that was recorded: the same posture, the objects elsewhere, some
/// subtasks done already, an object often just below the hand. An eye that learns from such pictures
/// too cannot know episodes by heart.
public struct SceneMixer: Sendable {
  /// A posture of the robot, and what was in its hand.
  public struct Posture: Hashable, Sendable {
    /// Where the fingertips were, m.
    public var hand: Vector3
    /// The object in the hand, where it was.
    public var held: SimulatedState.Object?

    /// A posture of these parts.
    public init(hand: Vector3, held: SimulatedState.Object?) {
      self.hand = hand
      self.held = held
    }
  }

  /// How often an object that can be taken lies below the hand.
  static let shareBelowHand = 0.4
  /// How far from straight below the hand it lies at most, m along each axis.
  static let offset = 0.04
  /// No other object is nearer to the fingertips than this, m: it would be inside the fingers.
  static let clearance = 0.06
  private static let tries = 8

  private let task: any SimulatedTask

  /// Mixes scenes of a task.
  public init(task: any SimulatedTask) { self.task = task }

  /// A scene about a posture.
  ///
  /// - Parameters:
  ///   - posture: Of the robot.
  ///   - random: Draws the layout.
  /// - Returns: Every object's pose; nil where none was found that leaves the hand free.
  public func scene(
    about posture: Posture, using random: inout some RandomNumberGenerator
  ) -> [String: Pose]? {
    for _ in 0..<Self.tries {
      var scene = SceneState(objects: task.layout(seed: random.next()), touched: [])
      if let held = posture.held { scene.objects[held.name] = held.pose }
      var done: [SubtaskName] = []
      for _ in 0..<Int.random(in: 0...task.description.subtasks.count / 2, using: &random) {
        if let subtask = finish(after: done, in: &scene, posture, using: &random) {
          done.append(subtask)
        }
      }
      var below: String?
      if posture.held == nil, Double.random(in: 0..<1, using: &random) < Self.shareBelowHand {
        below = putBelow(posture.hand, after: done, in: &scene, using: &random)
      }
      let isFree = scene.objects.allSatisfy { name, pose in
        name == posture.held?.name || name == below
          || (pose.position - posture.hand).length > Self.clearance
      }
      if isFree { return scene.objects }
    }
    return nil
  }

  /// Moves an object, and what lies in it, to where a subtask that is open wants it.
  private func finish(
    after done: [SubtaskName], in scene: inout SceneState, _ posture: Posture,
    using random: inout some RandomNumberGenerator
  ) -> SubtaskName? {
    let open = task.progress(in: scene, after: done).available
    guard let subtask = open.randomElement(using: &random),
      let transfer = task.transfer(for: subtask, in: scene),
      transfer.object != posture.held?.name,
      let from = scene.objects[transfer.object]?.position
    else { return nil }
    let inside = scene.objects.filter { name, pose in
      name != posture.held?.name && (pose.position - from).length < 0.05
    }
    for name in inside.keys {
      guard let position = scene.objects[name]?.position else { continue }
      scene.objects[name]?.position = position + transfer.release - from
    }
    return subtask
  }

  /// Puts an object that can be taken near the point below the hand; says which.
  private func putBelow(
    _ hand: Vector3, after done: [SubtaskName], in scene: inout SceneState,
    using random: inout some RandomNumberGenerator
  ) -> String? {
    let open = task.progress(in: scene, after: done).available
    guard let subtask = open.randomElement(using: &random),
      let transfer = task.transfer(for: subtask, in: scene),
      let height = scene.objects[transfer.object]?.position.z
    else { return nil }
    let away = transfer.grasp - (scene.objects[transfer.object]?.position ?? transfer.grasp)
    scene.objects[transfer.object]?.position = Vector3(
      hand.x - away.x + .random(in: -Self.offset...Self.offset, using: &random),
      hand.y - away.y + .random(in: -Self.offset...Self.offset, using: &random), height)
    return transfer.object
  }
}
