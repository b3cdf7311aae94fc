public import RobotData

// Random but valid values of RobotData, for tests of what carries them.

extension SeededGenerator {
  /// A name of 1 to 12 letters.
  public mutating func name<Kind>() -> Identifier<Kind> {
    let letters = (0..<integer(1...12)).map { _ in "abcxyz019"[integer(0...8)] }
    guard let name = try? Identifier<Kind>(String(letters)) else {
      preconditionFailure("letters make a name")
    }
    return name
  }

  /// Up to `limit` names.
  public mutating func names<Kind>(_ limit: Int) -> [Identifier<Kind>] {
    (0..<integer(0...limit)).map { _ in name() }
  }

  /// A finite number, large and tiny ones included.
  public mutating func number() -> Double {
    chance(0.1)
      ? one(of: [0, -0.0, hasHugeNumbers ? 1e300 : 7, -1e-300, .pi])
      : Double.random(in: -2...2, using: &self)
  }

  /// `count` numbers.
  public mutating func numbers(_ count: Int) -> [Double] { (0..<count).map { _ in number() } }

  /// A moment.
  public mutating func time() -> WallTime {
    WallTime(nanosecondsSinceEpoch: Int64(integer(0...1 << 60)))
  }

  /// A vector.
  public mutating func vector() -> Vector3 { Vector3(number(), number(), number()) }

  /// A pose.
  public mutating func pose() -> Pose {
    Pose(
      position: vector(),
      orientation: Quaternion(w: number(), x: number(), y: number(), z: number()))
  }

  /// An action.
  public mutating func action() -> Action {
    Action(
      twist: Twist(linear: vector(), angular: vector()), gripper: one(of: GripperCommand.allCases))
  }

  /// An episode.
  public mutating func episode() -> EpisodeID {
    EpisodeID(session: SessionID(next()), ordinal: UInt32(integer(1...1_000)))
  }

  /// An uncertainty.
  public mutating func uncertainty() -> Uncertainty {
    Uncertainty(task: number(), policy: number())
  }

  /// A reason to wait for a person.
  public mutating func reason() -> HelpReason {
    one(of: [
      .unassisted, .taskUncertainty(number()), .policyUncertainty(number()), .policyFailed,
      .noProgress(number()), .interrupted,
    ])
  }

  /// A cause of a hand-over.
  public mutating func cause() -> HandoverCause {
    one(of: [
      .episodeStarted, .episodeEnded, .helpRequested(reason()), .requestServed, .operatorTookOver,
      .handedBack, .uncertaintyFell, .operatorLost, .robotLost, .robotReturned, .emergencyStop,
      .robotFault, .stopReleased, .fleetPaused, .fleetResumed,
    ])
  }

  /// An annotation.
  public mutating func annotation() -> StepAnnotation {
    StepAnnotation(
      author: one(of: [.hold, .policy, .human(name())]), cause: cause(),
      uncertainty: maybe { $0.uncertainty() }, subtask: maybe { $0.name() })
  }

  /// A picture of at most 16×16 pixels.
  public mutating func frame(_ camera: CameraName) -> CameraFrame {
    let size = ImageSize(width: integer(1...16), height: integer(1...16))
    let encoding = one(of: ImageEncoding.allCases)
    let count = encoding == .rgb8 ? size.rgbBytes : integer(1...300)
    let bytes = (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) }
    guard
      let frame = try? CameraFrame(camera: camera, size: size, encoding: encoding, bytes: bytes)
    else { preconditionFailure("sizes fit") }
    return frame
  }

  /// What sensors say.
  public mutating func reading() -> SensorReading {
    let joints = integer(0...7)
    return SensorReading(
      captureTime: time(),
      proprioception: Proprioception(
        endEffectorPose: pose(), endEffectorTwist: Twist(linear: vector(), angular: vector()),
        gripperOpening: number(), jointPositions: numbers(joints),
        jointVelocities: numbers(joints)),
      frames: ["scene", "wrist"].prefix(integer(0...2)).map { frame($0) },
      progress: maybe {
        TaskProgress(completed: $0.names(3), available: $0.names(3), isSuccess: $0.chance(0.5))
      },
      simulatedState: maybe { random in
        SimulatedState(
          time: random.number(), positions: random.numbers(random.integer(0...20)),
          velocities: random.numbers(random.integer(0...20)),
          objects: (0..<random.integer(0...3)).map { _ in
            SimulatedState.Object(name: "block", pose: random.pose())
          })
      })
  }

  /// An observation.
  public mutating func observation() -> Observation {
    Observation(episode: episode(), step: integer(0...10_000), reading: reading())
  }

  /// A whole step.
  public mutating func record() -> StepRecord {
    StepRecord(
      observation: observation(), requestedAction: action(), executedAction: action(),
      commandSequence: maybe { $0.next() }, annotation: annotation(), isLate: chance(0.5))
  }

  /// What a robot says of itself.
  public mutating func description() -> RobotDescription {
    RobotDescription(
      profile: "bench-arm", isSimulated: chance(0.5), rate: Double(integer(1...50)),
      joints: (0..<integer(0...7)).map { "joint\($0)" },
      cameras: ["scene", "wrist"].prefix(integer(0...2)).map { name in
        CameraDescription(
          name: name, size: ImageSize(width: integer(1...4_096), height: integer(1...4_096)),
          encoding: one(of: ImageEncoding.allCases), quality: integer(1...100))
      },
      limits: ActionLimits(
        linearSpeed: Double(integer(1...9)), angularSpeed: 0.5, linearAcceleration: 2,
        angularAcceleration: Double(integer(1...9))),
      task: TaskDescription(name: name(), instruction: "Do “it”.", subtasks: names(4)))
  }
}

extension String {
  fileprivate subscript(offset: Int) -> Character {
    self[index(startIndex, offsetBy: offset)]
  }
}
