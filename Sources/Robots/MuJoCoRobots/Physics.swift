internal import CMuJoCo
internal import RobotData

/// A MuJoCo model with its data. Belongs to one thread.
final class Physics {
  let path: String
  let model: UnsafeMutablePointer<mjModel>
  let data: UnsafeMutablePointer<mjData>

  /// Loads an MJCF file, and attaches other models to it.
  init(
    path: String, attachments: [SimulatedArm.Attachment] = []
  ) throws(SimulationError) {
    mallard_quiet_warnings()
    let scene = try Self.parse(path)
    defer { mj_deleteSpec(scene) }
    for attachment in attachments { try Self.attach(attachment, to: scene, path) }
    guard let model = mj_compile(scene, nil) else {
      throw .scene(path: path, reason: String(cString: mjs_getError(scene)))
    }
    guard let data = mj_makeData(model) else {
      mj_deleteModel(model)
      throw .scene(path: path, reason: "no memory")
    }
    // Shadows and smoothing cost more than the picture itself in software.
    model.pointee.vis.quality.shadowsize = 0
    model.pointee.vis.quality.offsamples = 0
    self.path = path
    self.model = model
    self.data = data
  }

  private static func parse(
    _ path: String
  ) throws(SimulationError) -> UnsafeMutablePointer<mjSpec> {
    var text = [CChar](repeating: 0, count: 1_000)
    guard let spec = mj_parseXML(path, nil, &text, Int32(text.count)) else {
      let bytes = text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:))
      throw .scene(path: path, reason: String(decoding: bytes, as: UTF8.self))
    }
    return spec
  }

  /// An arm that comes without servos is held against gravity, and touches the scene but not
  /// itself, as the arms are that are written for this program.
  private static func attach(
    _ attachment: SimulatedArm.Attachment, to scene: UnsafeMutablePointer<mjSpec>, _ path: String
  ) throws(SimulationError) {
    let child = try parse(attachment.path)
    // The scene refers to its parts from now on, and releases it.
    var element = mjs_firstElement(child, mjOBJ_BODY)
    while let body = element {
      mjs_asBody(body).pointee.gravcomp = 1
      element = mjs_nextElement(child, body)
    }
    element = mjs_firstElement(child, mjOBJ_GEOM)
    while let geom = element {
      mjs_asGeom(geom).pointee.contype = 2
      mjs_asGeom(geom).pointee.conaffinity = 1
      element = mjs_nextElement(child, geom)
    }
    defer { mj_deleteSpec(child) }
    guard let body = mjs_findElement(child, mjOBJ_BODY, attachment.body) else {
      throw .missing(kind: "body", name: attachment.body, path: attachment.path)
    }
    guard let site = mjs_findElement(scene, mjOBJ_SITE, attachment.site) else {
      throw .missing(kind: "site", name: attachment.site, path: path)
    }
    guard mjs_attach(site, body, "", "") != nil else {
      throw .scene(path: attachment.path, reason: String(cString: mjs_getError(scene)))
    }
  }

  deinit {
    mj_deleteData(data)
    mj_deleteModel(model)
  }

  /// The index of a thing in the model.
  func index(_ type: mjtObj, _ kind: String, _ name: String) throws(SimulationError) -> Int {
    let index = mj_name2id(model, Int32(type.rawValue), name)
    guard index >= 0 else { throw .missing(kind: kind, name: name, path: path) }
    return Int(index)
  }

  /// Three numbers of an array of MuJoCo's.
  static func vector(_ numbers: UnsafePointer<mjtNum>, _ index: Int) -> Vector3 {
    Vector3(numbers[3 * index], numbers[3 * index + 1], numbers[3 * index + 2])
  }

  /// Where a body is.
  func pose(ofBody body: Int) -> Pose {
    let turn = data.pointee.xquat + 4 * body
    return Pose(
      position: Self.vector(data.pointee.xpos, body),
      orientation: Quaternion(w: turn[0], x: turn[1], y: turn[2], z: turn[3]))
  }

  /// All generalised positions, or velocities.
  func numbers(_ start: UnsafePointer<mjtNum>, _ count: Int) -> [Double] {
    Array(UnsafeBufferPointer(start: start, count: count))
  }

  /// Seconds of one step of the physics.
  var timestep: Double { model.pointee.opt.timestep }
}
