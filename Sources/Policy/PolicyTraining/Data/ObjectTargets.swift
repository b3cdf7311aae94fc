internal import Foundation
public import RobotData

/// Where the simulator says that the objects are, as numbers that an encoder learns to see; no
/// policy ever gets them.
///
/// What moves is named twice: where it stands on the table, and where it is from the hand, as precisely
/// as it is near: a grasp is decided in the last centimetres, which only the wrist's camera resolves.
public struct ObjectTargets: Sendable {
  /// One number a step.
  public struct Column: Hashable, Sendable {
    /// The object.
    public var object: String
    /// x, y, z in m; cos and sin of four times its yaw, which a block's symmetry leaves unchanged;
    /// near-x and near-y: tanh of the way there from the hand over `nearness`.
    public var quantity: String
  }

  /// Objects that look the same after a quarter turn.
  static let blocks: Set<String> = ["block", "red", "green", "blue"]
  /// What moves less than this within every episode is taken to be fixed, m.
  static let fixedLimit = 0.01
  /// What the hand's distance is measured by where it is to be seen precisely, m.
  static let nearness = 0.06

  /// What the numbers are.
  public let columns: [Column]
  /// [steps, columns].
  public let values: [Float]

  /// No objects, as for a real robot.
  public static let none = ObjectTargets(columns: [], values: [])

  private init(columns: [Column], values: [Float]) {
    self.columns = columns
    self.values = values
  }

  /// The targets of all steps.
  ///
  /// Blocks have a place and a yaw, other things that move a place, fixed ones x and y. An object that
  /// some step lacks is left out.
  ///
  /// - Parameters:
  ///   - scenes: The objects of each step.
  ///   - hands: Where the end effector is at each step, m.
  ///   - episodes: Which steps belong together.
  public init(
    scenes: [[SimulatedState.Object]], hands: [Vector3], episodes: [Range<Int>]
  ) {
    var names = scenes.first?.map(\.name) ?? []
    for scene in scenes where scene.count != names.count || scene.map(\.name) != names {
      let present = Set(scene.map(\.name))
      names.removeAll { !present.contains($0) }
    }
    let moving = Self.moving(names, scenes, episodes)
    columns = names.flatMap { name in
      var quantities = ["x", "y"]
      if Self.blocks.contains(name) || moving.contains(name) {
        quantities += ["z", "near-x", "near-y"]
      }
      if Self.blocks.contains(name) { quantities += ["cos", "sin"] }
      return quantities.map { Column(object: name, quantity: $0) }
    }
    values = zip(scenes, hands).flatMap { [columns] in
      Self.values(of: $0, hand: $1, columns) ?? []
    }
  }

  /// The same numbers of another scene.
  ///
  /// - Parameters:
  ///   - scene: Its objects.
  ///   - hand: Where the end effector is, m.
  ///   - columns: The numbers that are wanted.
  /// - Returns: One number a column; nil where an object is not there.
  static func values(
    of scene: [SimulatedState.Object], hand: Vector3, _ columns: [Column]
  ) -> [Float]? {
    let poses = Dictionary(scene.map { ($0.name, $0.pose) }) { first, _ in first }
    var values: [Float] = []
    for column in columns {
      guard let pose = poses[column.object] else { return nil }
      values.append(Float(value(column.quantity, of: pose, from: hand)))
    }
    return values
  }

  private static func moving(
    _ names: [String], _ scenes: [[SimulatedState.Object]], _ episodes: [Range<Int>]
  ) -> Set<String> {
    var moving: Set<String> = []
    for episode in episodes where !episode.isEmpty {
      let ends = Dictionary(scenes[episode.upperBound - 1].map { ($0.name, $0.pose) }) { a, _ in a }
      for object in scenes[episode.lowerBound] {
        guard let end = ends[object.name] else { continue }
        let way = end.position + object.pose.position * -1
        if way.length > fixedLimit { moving.insert(object.name) }
      }
    }
    return moving
  }

  private static func value(
    _ quantity: String, of pose: Pose, from hand: Vector3
  ) -> Double {
    let q = pose.orientation
    let yaw = atan2(2 * (q.w * q.z + q.x * q.y), 1 - 2 * (q.y * q.y + q.z * q.z))
    return switch quantity {
    case "x": pose.position.x
    case "y": pose.position.y
    case "z": pose.position.z
    case "near-x": tanh((pose.position.x - hand.x) / nearness)
    case "near-y": tanh((pose.position.y - hand.y) / nearness)
    case "cos": cos(4 * yaw)
    default: sin(4 * yaw)
    }
  }
}
