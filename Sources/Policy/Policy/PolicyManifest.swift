public import VisionTransformer

/// All that a policy bundle says of itself besides its weights: `policy.json`.
///
/// A state is [latent + proprioception] numbers: the latent of the cameras' pictures, then
/// `ProprioceptionFeatures`, both standardised. A subgoal is a state, `horizon` steps ahead.
public struct PolicyManifest: Hashable, Sendable, Codable {
  /// The version of the format that this program writes, and the only one that it reads.
  public static let currentFormat = 1

  /// The version of the format.
  public var format: Int
  /// The policy's name, for recordings and people.
  public var name: String
  /// What it was trained to drive.
  public var robot: Robot
  /// How its eye runs.
  public var eye: Eye
  /// The sizes of its networks.
  public var architecture: Architecture
  /// How numbers are standardised.
  public var normalisation: Normalisation
  /// Above what it asks for a person, as calibrated.
  public var thresholds: Thresholds
  /// How it came about.
  public var provenance: Provenance

  /// What a robot must be for the policy to drive it.
  public struct Robot: Hashable, Sendable, Codable {
    /// The profile's name; another profile with the same properties will do.
    public var profile: String
    /// The joints' names.
    public var joints: [String]
    /// Control periods in a second, Hz.
    public var rate: Double
    /// The cameras' names, in the order in which their embeddings are joined.
    public var cameras: [String]
    /// Pixels along each side of the cameras' square pictures.
    public var pictureSide: Int
    /// Greatest linear speed of the end effector, m/s.
    public var linearSpeed: Double
    /// Greatest angular speed of the end effector, rad/s.
    public var angularSpeed: Double
    /// The task.
    public var task: String
    /// The task's subtasks, in the order of the one-hot numbers of the subgoal predictor.
    public var subtasks: [String]

    /// The robot's properties.
    public init(
      profile: String, joints: [String], rate: Double, cameras: [String], pictureSide: Int,
      linearSpeed: Double, angularSpeed: Double, task: String, subtasks: [String]
    ) {
      self.profile = profile
      self.joints = joints
      self.rate = rate
      self.cameras = cameras
      self.pictureSide = pictureSide
      self.linearSpeed = linearSpeed
      self.angularSpeed = angularSpeed
      self.task = task
      self.subtasks = subtasks
    }
  }

  /// The encoder, and the modelled machine that it runs on.
  public struct Eye: Hashable, Sendable, Codable {
    /// The Vision Transformer; one for all cameras.
    public var encoder: VisionTransformerConfiguration
    /// Integer bits of the execution: 8 or 16.
    public var bits: Int
    /// The machine's file in `Policies/accelerators`, without `.yaml`.
    public var machine: String
    /// How large the numbers inside get on training pictures: what the integers are scaled by.
    public var ranges: EncoderRanges

    /// An eye of these parts.
    public init(
      encoder: VisionTransformerConfiguration, bits: Int, machine: String, ranges: EncoderRanges
    ) {
      self.encoder = encoder
      self.bits = bits
      self.machine = machine
      self.ranges = ranges
    }
  }

  /// The sizes of the networks (PATO, section 3).
  public struct Architecture: Hashable, Sendable, Codable {
    /// H: steps from a state to its subgoal, and actions that a goal-reaching policy predicts.
    public var horizon: Int
    /// Actions that are executed before a new subgoal is drawn, 1 to `horizon`.
    public var executedSteps: Int
    /// Numbers in a picture latent.
    public var latent: Int
    /// Numbers in the subgoal predictor's random code z.
    public var code: Int
    /// Members of the ensemble, K.
    public var members: Int
    /// Subgoals that are sampled, N.
    public var samples: Int
    /// Width of the perceptrons of the subgoal predictor.
    public var predictorWidth: Int
    /// Hidden layers of the subgoal predictor.
    public var predictorDepth: Int
    /// Width of the goal-reaching policies: perceptrons and LSTM.
    public var memberWidth: Int

    /// Sizes.
    public init(
      horizon: Int, executedSteps: Int, latent: Int, code: Int, members: Int, samples: Int,
      predictorWidth: Int, predictorDepth: Int, memberWidth: Int
    ) {
      self.horizon = horizon
      self.executedSteps = executedSteps
      self.latent = latent
      self.code = code
      self.members = members
      self.samples = samples
      self.predictorWidth = predictorWidth
      self.predictorDepth = predictorDepth
      self.memberWidth = memberWidth
    }

    /// Numbers in a state.
    public var state: Int { latent + ProprioceptionFeatures.count }
  }

  /// Means and standard deviations over the training data.
  public struct Normalisation: Hashable, Sendable, Codable {
    /// Of `ProprioceptionFeatures`, [16] each.
    public var proprioceptionMean: [Float]
    /// [16], each above zero.
    public var proprioceptionDeviation: [Float]
    /// Of the six velocities of an action (m/s, rad/s), [6] each.
    public var actionMean: [Float]
    /// [6], each above zero.
    public var actionDeviation: [Float]

    /// Of these numbers.
    public init(
      proprioceptionMean: [Float], proprioceptionDeviation: [Float], actionMean: [Float],
      actionDeviation: [Float]
    ) {
      self.proprioceptionMean = proprioceptionMean
      self.proprioceptionDeviation = proprioceptionDeviation
      self.actionMean = actionMean
      self.actionDeviation = actionDeviation
    }
  }

  /// Thresholds, by the method that uses them.
  public struct Thresholds: Hashable, Sendable, Codable {
    /// ω: task uncertainty above which PATO asks.
    public var task: Double
    /// γ: policy uncertainty above which PATO asks.
    public var policy: Double
    /// The flat ensemble's disagreement above which it asks.
    public var flat: Double
    /// The flat ensemble's disagreement above which the ThriftyDAgger-style gate calls a state novel.
    public var novelty: Double
    /// The risk above which the ThriftyDAgger-style gate asks.
    public var risk: Double
    /// For how long a robot on its way must be above a threshold before it asks, s; nil for not at all.
    /// The thresholds were calibrated for this.
    public var confirmation: Double?

    /// Thresholds of these values.
    public init(
      task: Double, policy: Double, flat: Double, novelty: Double, risk: Double,
      confirmation: Double? = nil
    ) {
      self.task = task
      self.policy = policy
      self.flat = flat
      self.novelty = novelty
      self.risk = risk
      self.confirmation = confirmation
    }
  }

  /// How a policy came about.
  public struct Provenance: Hashable, Sendable, Codable {
    /// The command that trained it.
    public var command: String
    /// The version of Mallard.
    public var software: String
    /// The recordings, by file name.
    public var recordings: [String]
    /// Their sessions.
    public var sessions: [String]
    /// Episodes learnt from, held-out ones left out.
    public var episodes: Int
    /// Steps learnt from.
    public var steps: Int
    /// Seed of the training.
    public var seed: UInt64
    /// Figures measured on held-out episodes, by name.
    public var measures: [String: Double]
    /// How the thresholds were found, in words.
    public var calibration: String

    /// Provenance of these parts.
    public init(
      command: String, software: String, recordings: [String], sessions: [String], episodes: Int,
      steps: Int, seed: UInt64, measures: [String: Double], calibration: String
    ) {
      self.command = command
      self.software = software
      self.recordings = recordings
      self.sessions = sessions
      self.episodes = episodes
      self.steps = steps
      self.seed = seed
      self.measures = measures
      self.calibration = calibration
    }
  }

  /// A manifest of these parts.
  public init(
    name: String, robot: Robot, eye: Eye, architecture: Architecture,
    normalisation: Normalisation, thresholds: Thresholds, provenance: Provenance
  ) {
    format = Self.currentFormat
    self.name = name
    self.robot = robot
    self.eye = eye
    self.architecture = architecture
    self.normalisation = normalisation
    self.thresholds = thresholds
    self.provenance = provenance
  }
}
