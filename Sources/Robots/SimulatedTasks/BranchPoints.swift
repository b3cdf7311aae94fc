public import RobotData

/// Tells where an episode stands at a branch point: the hand can go on in two ways that lead it
/// apart. For evaluation only: it sees the simulator's state.
///
/// The ways are places. An empty hand goes to an object of an open subtask (`Transfer.grasp`); a hand that holds an
/// object goes to a place where an open subtask wants it (`Transfer.release`). Places less than
/// `separation` apart count as one. With two places or more the branch is **open**, from the
/// moment at which these ways are there until the hand has come nearer to one of them by more than
/// `separation` beyond what it has come nearer to any other. It is **near** when the hand is on
/// its one way, will be there within the horizon, and two ways or more go on from there.
public struct BranchPoints: Sendable {
  /// How far apart two places lead the hand, and how far it must go for one to have chosen it, m.
  public static let separation = 0.06
  /// Steps that a grasp with the lift after it takes, or a release with the retreat: the hand stands
  /// still and then goes up, and nothing within the horizon leads it apart before they are over.
  static let handling = 11
  /// How fast the hand is taken to be when it nears its place, m/s.
  static let speed = 0.12

  /// What the ways depend on.
  private struct Situation: Hashable {
    var held: String?
    var ways: [String]
  }

  private let task: any SimulatedTask
  private let reach: Double
  private var situation: Situation?
  private var anchor = Vector3.zero
  private var isDecided = false
  private var completed = 0
  /// The object that was let go of where it belongs, while it is still between the fingers.
  private var released: String?

  /// Looks `horizon` steps of `period` ahead.
  public init(task: any SimulatedTask, horizon: Int, period: Duration) {
    self.task = task
    reach = Double(max(horizon - Self.handling, 0)) * period.inSeconds * Self.speed
  }

  /// How a state stands to the next branch.
  public enum Nearness: Hashable, Sendable {
    /// One way on, and no branch within the horizon.
    case away
    /// The branch comes within the horizon, if what the hand is about to do succeeds.
    case near
    /// There are two ways or more, and none is chosen.
    case open
  }

  /// Takes in the next state of the episode; says whether a branch is open or near.
  public mutating func isBranchPoint(
    _ scene: SceneState, _ progress: TaskProgress, hand: Vector3, gripperOpening: Double
  ) -> Bool {
    nearness(scene, progress, hand: hand, gripperOpening: gripperOpening) != .away
  }

  /// Takes in the next state of the episode; says whether a branch is open, near or neither.
  public mutating func nearness(
    _ scene: SceneState, _ progress: TaskProgress, hand: Vector3, gripperOpening: Double
  ) -> Nearness {
    let held = held(scene, progress, hand: hand, gripperOpening: gripperOpening)
    let ways = Self.ways(task, scene, progress.available, held: held)
    let next = Situation(held: held, ways: ways.map(\.name))
    if next != situation {
      situation = next
      anchor = hand
      isDecided = false
    }
    if Self.apart(ways.map(\.place)) >= 2, !isDecided {
      isDecided = Self.isDecided(ways.map(\.place), from: anchor, at: hand)
      if !isDecided { return .open }
    }
    return isNear(scene, progress.available, held: held, ways: ways, hand: hand) ? .near : .away
  }

  /// The object between the fingers, from the moment at which it is taken to that at which a subtask is
  /// done with it: until the fingers are away it is on no way of its own.
  private mutating func held(
    _ scene: SceneState, _ progress: TaskProgress, hand: Vector3, gripperOpening: Double
  ) -> String? {
    let between = task.heldObject(in: scene, hand: hand, gripperOpening: gripperOpening)
    if progress.completed.count > completed { released = between }
    completed = progress.completed.count
    if between != released { released = nil }
    return released == nil ? between : nil
  }

  /// Forgets the episode.
  public mutating func reset() {
    situation = nil
    released = nil
    completed = 0
  }

  /// A way on: its name tells it from others, its place is where the hand would go, m.
  struct Way: Hashable {
    var name: String
    var place: Vector3
  }

  /// The ways on from this state.
  static func ways(
    _ task: any SimulatedTask, _ scene: SceneState, _ available: [SubtaskName], held: String?
  ) -> [Way] {
    var ways: [Way] = []
    for subtask in available {
      guard let transfer = task.transfer(for: subtask, in: scene) else { continue }
      if let held {
        guard transfer.object == held else { continue }
        ways.append(Way(name: subtask.name, place: transfer.release))
      } else if !ways.contains(where: { $0.name == transfer.object }) {
        ways.append(Way(name: transfer.object, place: transfer.grasp))
      }
    }
    return ways
  }

  /// How many of the places lie apart.
  static func apart(_ places: [Vector3]) -> Int {
    var kept: [Vector3] = []
    for place in places where kept.allSatisfy({ ($0 - place).length >= separation }) {
      kept.append(place)
    }
    return kept.count
  }

  /// Whether the hand has chosen one of the places on its way from `anchor`.
  static func isDecided(_ places: [Vector3], from anchor: Vector3, at hand: Vector3) -> Bool {
    let nearer = places.map {
      $0.horizontalDistance(to: anchor) - $0.horizontalDistance(to: hand)
    }.sorted(by: >)
    guard nearer.count >= 2 else { return true }
    return nearer[0] - nearer[1] > separation
  }

  private func isNear(
    _ scene: SceneState, _ available: [SubtaskName], held: String?, ways: [Way], hand: Vector3
  ) -> Bool {
    guard let way = ways.min(by: { ($0.place - hand).length < ($1.place - hand).length }),
      (way.place - hand).length <= reach
    else { return false }
    let after: [Way]
    if let held {
      let others = available.filter { task.transfer(for: $0, in: scene)?.object != held }
      after = Self.ways(task, scene, others, held: nil)
    } else {
      after = Self.ways(task, scene, available, held: way.name)
    }
    return Self.apart(after.map(\.place)) >= 2
  }
}

extension SimulatedTask {
  /// The object between the fingers; nil when the hand is empty.
  ///
  /// - Parameters:
  ///   - scene: Where the objects are.
  ///   - hand: Where the fingertips are, m.
  ///   - gripperOpening: How far the gripper is open, 0 to 1.
  /// - Returns: the object's name.
  public func heldObject(
    in scene: SceneState, hand: Vector3, gripperOpening: Double
  ) -> String? {
    for subtask in description.subtasks {
      guard let transfer = transfer(for: subtask, in: scene),
        (transfer.grasp - hand).length < 0.035,
        gripperOpening < transfer.graspOpening - 0.15, gripperOpening > 0.015
      else { continue }
      return transfer.object
    }
    return nil
  }
}
