/// Three numbers along the axes of a right-handed frame.
public struct Vector3: Hashable, Sendable {
  /// Along the first axis.
  public var x: Double
  /// Along the second axis.
  public var y: Double
  /// Along the third axis; up, in a robot's base frame.
  public var z: Double

  /// The vector of these components.
  public init(_ x: Double, _ y: Double, _ z: Double) {
    self.x = x
    self.y = y
    self.z = z
  }

  /// The vector without length.
  public static let zero = Vector3(0, 0, 0)

  /// The components in order, `[3]`.
  public var components: [Double] { [x, y, z] }

  /// The Euclidean length.
  public var length: Double { (x * x + y * y + z * z).squareRoot() }

  /// Whether no component is infinite or not a number.
  public var isFinite: Bool { x.isFinite && y.isFinite && z.isFinite }

  /// This vector, shortened to `limit` if it is longer; the direction stays.
  public func limited(to limit: Double) -> Vector3 {
    let length = self.length
    return length > limit ? self * (limit / length) : self
  }

  /// Component-wise sum.
  public static func + (a: Self, b: Self) -> Self { Self(a.x + b.x, a.y + b.y, a.z + b.z) }
  /// Component-wise difference.
  public static func - (a: Self, b: Self) -> Self { Self(a.x - b.x, a.y - b.y, a.z - b.z) }
  /// The vector, `factor` times as long.
  public static func * (a: Self, factor: Double) -> Self {
    Self(a.x * factor, a.y * factor, a.z * factor)
  }
}

/// A rotation as a unit quaternion, real part first.
public struct Quaternion: Hashable, Sendable {
  /// The real part.
  public var w: Double
  /// The first imaginary part.
  public var x: Double
  /// The second imaginary part.
  public var y: Double
  /// The third imaginary part.
  public var z: Double

  /// The quaternion of these parts; the caller keeps it of unit length.
  public init(w: Double, x: Double, y: Double, z: Double) {
    self.w = w
    self.x = x
    self.y = y
    self.z = z
  }

  /// No rotation.
  public static let identity = Quaternion(w: 1, x: 0, y: 0, z: 0)

  /// The parts in order, `[4]`, real part first.
  public var components: [Double] { [w, x, y, z] }

  /// Whether no part is infinite or not a number.
  public var isFinite: Bool { w.isFinite && x.isFinite && y.isFinite && z.isFinite }
}

/// Where a body is and how it is turned, in the robot's base frame.
public struct Pose: Hashable, Sendable {
  /// Position in m.
  public var position: Vector3
  /// Orientation.
  public var orientation: Quaternion

  /// A pose of these parts.
  public init(position: Vector3, orientation: Quaternion) {
    self.position = position
    self.orientation = orientation
  }

  /// Whether every number is finite.
  public var isFinite: Bool { position.isFinite && orientation.isFinite }
}

/// How fast a body moves and turns, in the robot's base frame.
public struct Twist: Hashable, Sendable {
  /// Linear velocity in m/s.
  public var linear: Vector3
  /// Angular velocity in rad/s.
  public var angular: Vector3

  /// A twist of these parts.
  public init(linear: Vector3, angular: Vector3) {
    self.linear = linear
    self.angular = angular
  }

  /// Standing still.
  public static let zero = Twist(linear: .zero, angular: .zero)

  /// Whether every number is finite.
  public var isFinite: Bool { linear.isFinite && angular.isFinite }
}
