internal import Datasets
internal import HDF5Files
internal import ImageCodecs
internal import RobotData

/// Writes the steps of one episode into a group `demo_N`.
final class RobomimicEpisode {
  /// Rows of a chunk: what is compressed and read together.
  static let chunkRows = 256
  /// Deflate's fastest: pictures and numbers gain little beyond it.
  static let compression = 1
  /// Bytes of a text: the longest identifier.
  static let textBytes = 64

  private let group: HDF5Group
  private let schema: DatasetSchema
  private let episode: DatasetEpisode
  private let scale: [Double]
  private let codec: CameraFrameCodec
  private let rows: Int
  private var written = 0
  private var clipped = 0
  private var observations: [Observed] = []
  private var features: [(place: Int, column: FeatureColumn)] = []
  private var pictures: [HDF5Dataset] = []
  private var columns: Columns?
  /// Sizes of the simulated state of the first step; nil where there is none.
  private var stateSizes: [Int]?

  /// Of one kind of observation: what is seen before a step, and after it.
  private struct Observed {
    let before: NumberColumn<Double>
    let after: NumberColumn<Double>
    let values: (DatasetStep) -> [Double]
  }

  private struct Columns {
    let actions: NumberColumn<Double>
    let rewards: NumberColumn<Double>
    let dones: NumberColumn<Int64>
    let states: NumberColumn<Double>
  }

  /// Features that robomimic has other names for, or that are among the observations.
  private static let elsewhere: Set<String> = [
    "observation.state", "action", "next.reward", "next.done", "recorded.proprioception",
    "recorded.simulated_state",
  ]

  init(
    _ episode: DatasetEpisode, in group: HDF5Group, schema: DatasetSchema, scale: [Double],
    codec: CameraFrameCodec
  ) {
    self.episode = episode
    self.group = group
    self.schema = schema
    self.scale = scale
    self.codec = codec
    rows = episode.facts.steps
  }

  func write(_ step: DatasetStep) throws {
    if columns == nil { try begin(step) }
    guard let columns, Self.sizes(step.recorded.simulatedState) == stateSizes else {
      throw unwritable(step, "its simulated state has another size than the first step's")
    }
    for observed in observations {
      let values = observed.values(step)
      try observed.before.add(values)
      if written > 0 { try observed.after.add(values) }
      // After the last step nothing was seen: its next observation is its own, as in robomimic's
      // conversions of datasets that have none.
      if step.isLast { try observed.after.add(values) }
    }
    let wanted = zip(step.recorded.requestedAction.components, scale).map { $0 / $1 }
    if wanted.contains(where: { abs($0) > 1 }) { clipped += 1 }
    try columns.actions.add(wanted.map { min(max($0, -1), 1) })
    try columns.rewards.add([step.reward])
    try columns.dones.add([step.isLast ? 1 : 0])
    try columns.states.add(state(of: step))
    let values = schema.values(of: step)
    for (place, column) in features { try column.add(values[place]) }
    for (index, picture) in pictures.enumerated() {
      try picture.append(try pixels(of: step, camera: index))
    }
    written += 1
  }

  /// Writes what waits, the attributes, and the pictures that follow.
  func finish() throws {
    guard let columns else { return }
    for observed in observations {
      try observed.before.flush()
      try observed.after.flush()
    }
    try columns.actions.flush()
    try columns.rewards.flush()
    try columns.dones.flush()
    try columns.states.flush()
    for (_, column) in features { try column.flush() }
    if !pictures.isEmpty {
      let next = try group.group("next_obs")
      for (camera, picture) in zip(schema.cameras, pictures) {
        try next.createView(
          Self.name(of: camera), of: picture.name, element: .uint8,
          rowShape: picture.rowShape, rows: [1..<max(written, 1), (written - 1)..<written],
          sourceRows: written)
      }
    }
    try writeAttributes()
  }

  // MARK: The datasets

  private func begin(_ step: DatasetStep) throws {
    stateSizes = Self.sizes(step.recorded.simulatedState)
    let before = try group.createGroup("obs")
    let after = try group.createGroup("next_obs")
    try observe(before, after, step)
    for camera in schema.cameras {
      pictures.append(
        try before.createDataset(
          Self.name(of: camera), of: .uint8, rowShape: [camera.height, camera.width, 3],
          chunkRows: 1, capacity: rows, compression: Self.compression))
    }
    let actions = try dataset("actions", .float64, schema.actionNames)
    try actions.attributes.set("scale", scale)
    let states = try dataset("states", .float64, stateNames(step))
    if let sizes = stateSizes {
      try states.attributes.set("positions", sizes[0])
      try states.attributes.set("velocities", sizes[1])
    }
    columns = Columns(
      actions: NumberColumn(actions, chunkRows: Self.chunkRows),
      rewards: NumberColumn(try dataset("rewards", .float64), chunkRows: Self.chunkRows),
      dones: NumberColumn(try dataset("dones", .int64), chunkRows: Self.chunkRows),
      states: NumberColumn(states, chunkRows: Self.chunkRows))
    for (place, feature) in schema.features.enumerated()
    where !Self.elsewhere.contains(feature.name) {
      features.append((place, try column(of: feature)))
    }
  }

  private func observe(_ before: HDF5Group, _ after: HDF5Group, _ step: DatasetStep) throws {
    func add(
      _ name: String, _ elements: [String], _ values: @escaping (DatasetStep) -> [Double]
    ) throws {
      guard !elements.isEmpty else { return }
      observations.append(
        Observed(
          before: NumberColumn(
            try dataset(name, .float64, elements, in: before), chunkRows: Self.chunkRows),
          after: NumberColumn(
            try dataset(name, .float64, elements, in: after), chunkRows: Self.chunkRows),
          values: values))
    }
    let axes = ["x", "y", "z"]
    // The names and the order of robosuite, which robomimic's configurations use.
    try add("robot0_eef_pos", axes) {
      $0.recorded.proprioception.endEffectorPose.position.components
    }
    try add("robot0_eef_quat", axes + ["w"]) { step in
      let quaternion = step.recorded.proprioception.endEffectorPose.orientation
      return [quaternion.x, quaternion.y, quaternion.z, quaternion.w]
    }
    try add("robot0_eef_vel_lin", axes) {
      $0.recorded.proprioception.endEffectorTwist.linear.components
    }
    try add("robot0_eef_vel_ang", axes) {
      $0.recorded.proprioception.endEffectorTwist.angular.components
    }
    try add("robot0_gripper_qpos", ["opening"]) { [$0.recorded.proprioception.gripperOpening] }
    try add("robot0_joint_pos", schema.joints) { $0.recorded.proprioception.jointPositions }
    try add("robot0_joint_vel", schema.joints) { $0.recorded.proprioception.jointVelocities }
    let objects = step.recorded.simulatedState?.objects.map(\.name) ?? []
    try add("object", objects.flatMap { name in Self.poseNames.map { "\(name).\($0)" } }) { step in
      (step.recorded.simulatedState?.objects ?? []).flatMap { object in
        object.pose.position.components + object.pose.orientation.components
      }
    }
    if !objects.isEmpty { try before.dataset("object").attributes.set("objects", objects) }
  }

  private static let poseNames = ["x", "y", "z", "qw", "qx", "qy", "qz"]

  private func dataset(
    _ name: String, _ element: HDF5Element, _ elements: [String] = [], in group: HDF5Group? = nil
  ) throws(HDF5Error) -> HDF5Dataset {
    let dataset = try (group ?? self.group).createDataset(
      name, of: element, rowShape: elements.isEmpty ? [] : [elements.count],
      chunkRows: Self.chunkRows, capacity: rows, compression: Self.compression)
    if !elements.isEmpty { try dataset.attributes.set("elements", elements) }
    return dataset
  }

  private func column(of feature: DatasetFeature) throws(HDF5Error) -> FeatureColumn {
    let elements = feature.count == 1 ? [] : feature.elements
    let rows = Self.chunkRows
    switch feature.type {
    case .float64:
      return .reals(NumberColumn(try dataset(feature.name, .float64, elements), chunkRows: rows))
    case .float32:
      return .singles(NumberColumn(try dataset(feature.name, .float32, elements), chunkRows: rows))
    case .int64:
      return .integers(NumberColumn(try dataset(feature.name, .int64, elements), chunkRows: rows))
    case .bool:
      return .truths(NumberColumn(try dataset(feature.name, .uint8, elements), chunkRows: rows))
    case .string where feature.name == "recorded.progress":
      return .listed(ListedColumn(try dataset(feature.name, .int64), chunkRows: rows))
    case .string:
      return .texts(
        TextColumn(try dataset(feature.name, .text(bytes: Self.textBytes)), chunkRows: rows))
    }
  }

  private func writeAttributes() throws {
    let facts = episode.facts
    try group.attributes.set("num_samples", written)
    try group.attributes.set("episode", facts.id)
    try group.attributes.set("task", facts.task)
    try group.attributes.set("instruction", episode.instruction)
    try group.attributes.set("robot", facts.robot)
    try group.attributes.set("outcome", facts.outcome ?? "")
    try group.attributes.set("driver", facts.driver?.rawValue ?? "")
    try group.attributes.set("split", episode.split.rawValue)
    try group.attributes.set("clipped_actions", clipped)
    try group.attributes.set("facts", DatasetJSON.text(facts))
    try group.attributes.set("session", DatasetJSON.text(episode.session))
    try group.attributes.set("robot_description", episode.robotDescription)
    try group.attributes.set("handovers", DatasetJSON.text(episode.handovers))
    try group.attributes.set("segments", DatasetJSON.text(episode.segments))
    try group.attributes.set("quality", DatasetJSON.text(episode.quality))
  }

  // MARK: Values

  static func name(of camera: DatasetCamera) -> String { "\(camera.name)_image" }

  private static func sizes(_ state: SimulatedState?) -> [Int]? {
    state.map { [$0.positions.count, $0.velocities.count, $0.objects.count] }
  }

  /// MuJoCo's state as robosuite flattens it; of a real robot, what it feels.
  private func state(of step: DatasetStep) -> [Double] {
    if let state = step.recorded.simulatedState {
      return [state.time] + state.positions + state.velocities
    }
    let body = step.recorded.proprioception
    let pose = body.endEffectorPose
    let twist = body.endEffectorTwist
    return pose.position.components + pose.orientation.components + [body.gripperOpening]
      + body.jointPositions + twist.linear.components + twist.angular.components
      + body.jointVelocities
  }

  private func stateNames(_ step: DatasetStep) -> [String] {
    guard let state = step.recorded.simulatedState else { return schema.proprioceptionElements }
    return ["time"] + state.positions.indices.map { "position\($0)" }
      + state.velocities.indices.map { "velocity\($0)" }
  }

  private func pixels(of step: DatasetStep, camera index: Int) throws -> [UInt8] {
    let camera = schema.cameras[index]
    guard let frame = step.frames[index] else {
      return [UInt8](repeating: 0, count: camera.width * camera.height * 3)
    }
    let (size, rgb) = try codec.decode(frame)
    guard size.width == camera.width, size.height == camera.height else {
      throw unwritable(
        step, "camera \(camera.name) took \(size), not \(camera.width)×\(camera.height)")
    }
    return rgb
  }

  private func unwritable(_ step: DatasetStep, _ reason: String) -> UnwritableStep {
    UnwritableStep(episode: episode.facts.id, step: step.recorded.index, reason: reason)
  }
}

extension DatasetSchema {
  fileprivate var actionNames: [String] { Self.actionElements }
}
