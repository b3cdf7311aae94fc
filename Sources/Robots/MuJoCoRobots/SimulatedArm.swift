public import RobotData

/// What a simulated arm needs besides what it says of itself: how its scene names its parts.
public struct SimulatedArm: Hashable, Sendable {
  /// The scene, an MJCF file.
  public var scenePath: String
  /// A model that becomes part of the scene.
  public struct Attachment: Hashable, Sendable {
    /// The model's MJCF file.
    public var path: String
    /// The body of the model that is attached, with all that hangs on it.
    public var body: String
    /// The site to which it is attached.
    public var site: String

    /// An attachment of these parts.
    public init(path: String, body: String, site: String) {
      self.path = path
      self.body = body
      self.site = site
    }
  }

  /// Models that are attached to the scene, in this order.
  public var attachments: [Attachment]
  /// The site at the fingertips whose velocity is controlled.
  public var endEffectorSite: String
  /// Joint angles at the start of an episode, rad, in the order of the description's joints.
  public var home: [Double]
  /// Where the end effector may be: opposite corners of a box, m.
  public var workspaceLower: Vector3
  /// The upper corner.
  public var workspaceUpper: Vector3
  /// The fingers' joints; the actuators have the same names.
  public var fingers: [String]
  /// The fingers' targets when closed; beyond contact, so that they press.
  public var closed: [Double]
  /// The fingers' targets when open.
  public var open: [Double]
  /// How fast the fingers' targets move, in the fingers' unit a second.
  public var fingerSpeed: Double

  /// An arm of these parts.
  public init(
    scenePath: String, attachments: [Attachment] = [], endEffectorSite: String, home: [Double],
    workspaceLower: Vector3,
    workspaceUpper: Vector3, fingers: [String], closed: [Double], open: [Double],
    fingerSpeed: Double
  ) {
    self.scenePath = scenePath
    self.attachments = attachments
    self.endEffectorSite = endEffectorSite
    self.home = home
    self.workspaceLower = workspaceLower
    self.workspaceUpper = workspaceUpper
    self.fingers = fingers
    self.closed = closed
    self.open = open
    self.fingerSpeed = fingerSpeed
  }
}
