internal import RobotData

// Values of RobotData that describe a robot and what it senses, in the words of the protocol.

extension Mallard_V1_ProtocolVersion {
  static var current: Self {
    var version = Self()
    version.major = ProtocolVersion.current.major
    version.minor = ProtocolVersion.current.minor
    return version
  }

  /// Refuses a peer that this program cannot understand.
  func check(name: String) throws(WireError) {
    guard major == ProtocolVersion.current.major else {
      throw .version(
        ProtocolVersion(major: major, minor: minor), name: String(name.prefix(64)))
    }
  }
}

extension Mallard_V1_EpisodeID {
  init(_ episode: EpisodeID) {
    session = episode.session.value
    ordinal = episode.ordinal
  }

  var value: EpisodeID { EpisodeID(session: SessionID(session), ordinal: ordinal) }
}

extension Mallard_V1_RobotDescription {
  init(_ description: RobotDescription) {
    profile = Field.text(description.profile)
    isSimulated = description.isSimulated
    rate = description.rate
    joints = description.joints
    cameras = description.cameras.map { Mallard_V1_CameraDescription($0) }
    limits.linearSpeed = description.limits.linearSpeed
    limits.angularSpeed = description.limits.angularSpeed
    limits.linearAcceleration = description.limits.linearAcceleration
    limits.angularAcceleration = description.limits.angularAcceleration
    task.name = description.task.name.name
    task.instruction = Field.text(description.task.instruction)
    task.subtasks = description.task.subtasks.map(\.name)
  }

  func value() throws(WireError) -> RobotDescription {
    let rate = try Field.positive(self.rate, "description.rate")
    guard rate <= 1_000 else {
      throw .value("description.rate", got: "\(rate) Hz", allowed: "up to 1000 Hz")
    }
    guard joints.count <= WireLimits.joints, joints.allSatisfy({ $0.utf8.count <= 64 }) else {
      throw .count(
        "description.joints", got: joints.count,
        allowed: "0 to \(WireLimits.joints), of at most 64 bytes each")
    }
    guard cameras.count <= WireLimits.pictures else {
      throw .count(
        "description.cameras", got: cameras.count, allowed: "0 to \(WireLimits.pictures)")
    }
    var views: [CameraDescription] = []
    for camera in cameras {
      let view = try camera.value()
      guard !views.contains(where: { $0.name == view.name }) else {
        throw .value("description.cameras", got: "two named \(view.name)", allowed: "unique names")
      }
      views.append(view)
    }
    return RobotDescription(
      profile: Field.text(profile), isSimulated: isSimulated, rate: rate, joints: joints,
      cameras: views, limits: try limits.value(),
      task: TaskDescription(
        name: try Field.name(task.name, "description.task.name"),
        instruction: Field.text(task.instruction),
        subtasks: try Field.names(task.subtasks, "description.task.subtasks")))
  }
}

extension Mallard_V1_ActionLimits {
  func value() throws(WireError) -> ActionLimits {
    ActionLimits(
      linearSpeed: try Field.positive(linearSpeed, "limits.linear_speed"),
      angularSpeed: try Field.positive(angularSpeed, "limits.angular_speed"),
      linearAcceleration: try Field.positive(linearAcceleration, "limits.linear_acceleration"),
      angularAcceleration: try Field.positive(angularAcceleration, "limits.angular_acceleration"))
  }
}

extension Mallard_V1_CameraDescription {
  init(_ camera: CameraDescription) {
    name = camera.name.name
    width = UInt32(clamping: camera.size.width)
    height = UInt32(clamping: camera.size.height)
    encoding = Mallard_V1_ImageEncoding(camera.encoding)
    quality = UInt32(clamping: camera.quality)
  }

  func value() throws(WireError) -> CameraDescription {
    let side = 1...UInt32(ImageSize.longestSide)
    guard side.contains(width), side.contains(height) else {
      throw .value(
        "camera \(name)", got: "\(width)×\(height)", allowed: "sides of 1 to \(side.upperBound)")
    }
    return CameraDescription(
      name: try Field.name(name, "description.cameras.name"),
      size: ImageSize(width: Int(width), height: Int(height)),
      encoding: try Field.some(encoding.value, "description.cameras.encoding"),
      quality: Int(min(quality, 100)))
  }
}

extension Mallard_V1_ImageEncoding {
  init(_ encoding: ImageEncoding) {
    self =
      switch encoding {
      case .rgb8: .rgb8
      case .jpeg: .jpeg
      case .png: .png
      }
  }

  var value: ImageEncoding? {
    switch self {
    case .rgb8: .rgb8
    case .jpeg: .jpeg
    case .png: .png
    case .unspecified, .UNRECOGNIZED: nil
    }
  }
}

extension Mallard_V1_Observation {
  init(_ observation: Observation) {
    episode = Mallard_V1_EpisodeID(observation.episode)
    step = UInt64(clamping: observation.step)
    reading = Mallard_V1_SensorReading(observation.reading)
  }

  /// `pictures` are the frames that follow the header.
  func value(pictures: ArraySlice<[UInt8]>) throws(WireError) -> Observation {
    guard hasEpisode else { throw .missing("observation.episode") }
    guard hasReading else { throw .missing("observation.reading") }
    return Observation(
      episode: episode.value, step: try Field.count(step, "observation.step"),
      reading: try reading.value(pictures: pictures))
  }
}

extension Mallard_V1_SensorReading {
  init(_ reading: SensorReading) {
    captureTime = reading.captureTime.nanosecondsSinceEpoch
    proprioception = Mallard_V1_Proprioception(reading.proprioception)
    frames = reading.frames.map { frame in
      var header = Mallard_V1_FrameHeader()
      header.camera = frame.camera.name
      header.width = UInt32(clamping: frame.size.width)
      header.height = UInt32(clamping: frame.size.height)
      header.encoding = Mallard_V1_ImageEncoding(frame.encoding)
      return header
    }
    if let progress = reading.progress {
      self.progress.completed = progress.completed.map(\.name)
      self.progress.available = progress.available.map(\.name)
      self.progress.isSuccess = progress.isSuccess
    }
    if let state = reading.simulatedState { simulatedState = Mallard_V1_SimulatedState(state) }
  }

  func value(pictures: ArraySlice<[UInt8]>) throws(WireError) -> SensorReading {
    guard frames.count == pictures.count, frames.count <= WireLimits.pictures else {
      throw .count(
        "the message's pictures", got: pictures.count,
        allowed: "\(frames.count), as the header says, and at most \(WireLimits.pictures)")
    }
    var views: [CameraFrame] = []
    for (header, bytes) in zip(frames, pictures) {
      let camera: CameraName = try Field.name(header.camera, "reading.frames.camera")
      let encoding = try Field.some(header.encoding.value, "reading.frames.encoding")
      do throws(CameraFrameError) {
        views.append(
          try CameraFrame(
            camera: camera, size: ImageSize(width: Int(header.width), height: Int(header.height)),
            encoding: encoding, bytes: bytes))
      } catch {
        throw .picture(error)
      }
    }
    return SensorReading(
      captureTime: WallTime(nanosecondsSinceEpoch: captureTime),
      proprioception: try proprioception.value(), frames: views,
      progress: hasProgress ? try progress.value() : nil,
      simulatedState: hasSimulatedState ? try simulatedState.value() : nil)
  }
}

extension Mallard_V1_Proprioception {
  init(_ reading: Proprioception) {
    endEffectorPose =
      reading.endEffectorPose.position.components
      + reading.endEffectorPose.orientation.components
    endEffectorTwist =
      reading.endEffectorTwist.linear.components + reading.endEffectorTwist.angular.components
    gripperOpening = reading.gripperOpening
    jointPositions = reading.jointPositions
    jointVelocities = reading.jointVelocities
  }

  /// Numbers that are not finite pass: they are a fault of the robot, not of the message, and
  /// the fleet stops the robot for them.
  func value() throws(WireError) -> Proprioception {
    guard endEffectorPose.count == 7 else {
      throw .count("end_effector_pose", got: endEffectorPose.count, allowed: "7")
    }
    guard endEffectorTwist.count == 6 else {
      throw .count("end_effector_twist", got: endEffectorTwist.count, allowed: "6")
    }
    guard jointPositions.count <= WireLimits.joints,
      jointVelocities.count == jointPositions.count
    else {
      throw .count(
        "joint_velocities", got: jointVelocities.count,
        allowed: "as many as joint_positions (\(jointPositions.count)), up to \(WireLimits.joints)")
    }
    let pose = endEffectorPose
    return Proprioception(
      endEffectorPose: Pose(
        position: Field.vector(pose[0..<3]),
        orientation: Quaternion(w: pose[3], x: pose[4], y: pose[5], z: pose[6])),
      endEffectorTwist: Twist(
        linear: Field.vector(endEffectorTwist[0..<3]),
        angular: Field.vector(endEffectorTwist[3..<6])),
      gripperOpening: gripperOpening, jointPositions: jointPositions,
      jointVelocities: jointVelocities)
  }
}

extension Mallard_V1_TaskProgress {
  func value() throws(WireError) -> TaskProgress {
    TaskProgress(
      completed: try Field.names(completed, "progress.completed"),
      available: try Field.names(available, "progress.available"), isSuccess: isSuccess)
  }
}

extension Mallard_V1_SimulatedState {
  init(_ state: SimulatedState) {
    time = state.time
    positions = state.positions
    velocities = state.velocities
    objects = state.objects.map { object in
      var message = Mallard_V1_SimulatedObject()
      message.name = object.name
      message.pose = object.pose.position.components + object.pose.orientation.components
      return message
    }
  }

  func value() throws(WireError) -> SimulatedState {
    guard objects.count <= WireLimits.names else {
      throw .count("objects", got: objects.count, allowed: "0 to \(WireLimits.names)")
    }
    var bodies: [SimulatedState.Object] = []
    for object in objects {
      bodies.append(
        SimulatedState.Object(
          name: String(object.name.prefix(64)), pose: try Field.pose(object.pose, "objects.pose")))
    }
    return SimulatedState(
      time: try Field.finite(time, "simulated_state.time"),
      positions: try Field.numbers(positions, atMost: WireLimits.numbers, "positions"),
      velocities: try Field.numbers(velocities, atMost: WireLimits.numbers, "velocities"),
      objects: bodies)
  }
}
