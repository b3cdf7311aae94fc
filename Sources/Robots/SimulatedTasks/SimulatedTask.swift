public import RobotData

/// What a simulated scene says at one moment: where its objects are, and which of them the
/// gripper touches.
public struct SceneState: Hashable, Sendable {
  /// Every object of the task, in the robot's base frame.
  public var objects: [String: Pose]
  /// The objects that a finger touches.
  public var touched: Set<String>

  /// A state of these parts.
  public init(objects: [String: Pose], touched: Set<String>) {
    self.objects = objects
    self.touched = touched
  }

  /// The state that a recording or an observation tells; of touch it says nothing.
  public init(_ state: SimulatedState) {
    objects = Dictionary(state.objects.map { ($0.name, $0.pose) }) { first, _ in first }
    touched = []
  }
}

/// What a subtask asks for: an object is taken here and let go there.
public struct Transfer: Hashable, Sendable {
  /// The object that is moved.
  public var object: String
  /// Where the fingertips take it, m.
  public var grasp: Vector3
  /// How the axis along which the fingers move is turned about the vertical, rad.
  public var graspYaw: Double
  /// The angle after which another grasp is as good, rad: π/2 for a block, π for a rim.
  public var yawSymmetry: Double
  /// How far the gripper is open on the way down, 0 to 1.
  public var graspOpening: Double
  /// Where the object's origin is when it is let go, m.
  public var release: Vector3
  /// How high above both the object is carried, m.
  public var clearance: Double
}

/// A task in a simulated scene: how the scene is laid out, how far the task has come, and what
/// each subtask asks for. Pure: the physics is elsewhere.
public protocol SimulatedTask: Sendable {
  /// The task's name and its subtasks' names.
  var description: TaskDescription { get }
  /// Every object of the scene, in a fixed order.
  var objects: [String] { get }

  /// Where the objects lie at the start of an episode; the same for the same seed.
  func layout(seed: UInt64) -> [String: Pose]

  /// How far the task has come. `completed` are the subtasks that were done before, in order.
  func progress(in scene: SceneState, after completed: [SubtaskName]) -> TaskProgress

  /// The subtasks that could be done next if exactly these were done, in this order: the task's rules,
  /// whatever the scene is.
  func available(after done: [SubtaskName]) -> [SubtaskName]

  /// What the subtask asks for now; nil when it is not a subtask of this task, or its objects are
  /// not there.
  func transfer(for subtask: SubtaskName, in scene: SceneState) -> Transfer?
}

extension SimulatedTask {
  /// Every order in which the task can be done from its beginning to its end.
  public var orders: [[SubtaskName]] {
    func orders(after done: [SubtaskName]) -> [[SubtaskName]] {
      let next = available(after: done)
      return next.isEmpty ? [done] : next.flatMap { orders(after: done + [$0]) }
    }
    return orders(after: [])
  }
}

/// The simulated tasks that there are.
public enum SimulatedTasks {
  /// All of them, sorted by name.
  public static let all: [any SimulatedTask] = [KitchenTableTask(), StackTask()]

  /// The task of this name.
  public static func named(_ name: TaskName) -> (any SimulatedTask)? {
    all.first { $0.description.name == name }
  }
}

extension Quaternion {
  /// The rotation about the vertical by `yaw` rad.
  static func yaw(_ yaw: Double) -> Quaternion {
    Quaternion(w: cosine(yaw / 2), x: 0, y: 0, z: sine(yaw / 2))
  }

  /// How far the first axis is turned about the vertical, rad.
  var yaw: Double { arctangent(2 * (w * z + x * y), 1 - 2 * (y * y + z * z)) }
}

extension Vector3 {
  /// The distance in the plane of the table.
  func horizontalDistance(to other: Vector3) -> Double {
    ((x - other.x) * (x - other.x) + (y - other.y) * (y - other.y)).squareRoot()
  }
}
