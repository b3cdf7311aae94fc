public import Policy
public import VisionTransformer

/// Every number that shapes a training. A JSON file may give any part of it, and the rest keeps these
/// defaults (`TrainingRecipe.reading`).
public struct TrainingRecipe: Hashable, Sendable, Codable {
  /// How long a stage learns.
  public struct Schedule: Hashable, Sendable, Codable {
    /// Steps of gradient descent between two looks at the held-out episodes; 0 is one pass over the
    /// data.
    public var epochSteps = 0
    /// At most this many epochs.
    public var epochs: Int
    /// Demonstration steps of one step of gradient descent.
    public var batch: Int
    /// The greatest step size, reached after the warm-up; it falls to zero along half a cosine.
    public var learningRate: Double
    /// AdamW's pull of matrices to zero.
    public var weightDecay: Double
    /// AdamW's memory of squared gradients.
    public var beta2 = 0.999
    /// Steps over which the step size rises from zero.
    public var warmUpSteps = 100
    /// Gradients are shortened to this joint norm.
    public var gradientLimit = 1.0
    /// Epochs without a better held-out loss after which the stage ends; 0 is never.
    public var patience = 8

    /// A schedule of these numbers.
    public init(epochs: Int, batch: Int, learningRate: Double, weightDecay: Double) {
      self.epochs = epochs
      self.batch = batch
      self.learningRate = learningRate
      self.weightDecay = weightDecay
    }
  }

  /// The encoder and what it learns from (ViTALiTy's recipe on robot pictures).
  public struct Encoder: Hashable, Sendable, Codable {
    /// How long the student learns; the teacher does so for fewer epochs.
    public var schedule: Schedule
    /// At most this many epochs for the softmax teacher.
    public var teacherEpochs = 40
    /// The share of `--encoder-minutes` that the softmax teacher gets.
    public var teacherShare = 0.5
    /// Predicted attention from which a place of the map counts as strong when training begins.
    public var sparseThreshold: Float = 0.02
    /// The share of the student's training over which the threshold rises to 1, where nothing is left of
    /// the sparse part: with a fixed one (ViTALiTy: 0.02, 0.002) a small encoder leans on what it will
    /// not have when it is used. 0: no sparse part at any time.
    public var sparseShare = 0.3
    /// How much the distance to the teacher's latent counts.
    public var distillationWeight = 0.5
    /// How much the objects' poses count.
    public var objectWeight = 3.0
    /// Standardised error at which the objects' loss turns from square to linear.
    public var objectBend = 0.3
    /// Scenes in each step of gradient descent, beside the demonstrations' steps; only where there are
    /// recordings of scenes.
    public var sceneBatch = 24
    /// How much the demonstrator's velocities count.
    public var velocityWeight = 0.5
    /// How much the demonstrator's gripper command counts.
    public var gripperWeight = 0.2
    /// How much the subtask counts.
    public var subtaskWeight = 0.1
    /// Width of the heads, which are thrown away.
    public var headWidth = 128
    /// Standard deviation of a picture's gain.
    public var contrast = 0.1
    /// Standard deviation of what is added to each colour of a picture, of 1.
    public var brightness = 0.05
    /// Standard deviation of what is added to each pixel, of 1.
    public var noise = 0.0
    /// Pictures are shifted by at most this many pixels. Never mirrored: left and right are different
    /// places.
    public var shift = 0
    /// Held-out steps that each epoch looks at.
    public var heldOutSteps = 512
    /// Pictures from which the integers' ranges are taken; each takes a good part of a second.
    public var rangePictures = 24

    init() {
      schedule = Schedule(epochs: 60, batch: 24, learningRate: 1.5e-3, weightDecay: 0.05)
      schedule.epochSteps = 100
      schedule.beta2 = 0.98
      schedule.warmUpSteps = 150
      schedule.patience = 0
    }
  }

  /// The subgoal predictor.
  public struct Predictor: Hashable, Sendable, Codable {
    /// How long it learns.
    public var schedule = Schedule(epochs: 20, batch: 512, learningRate: 1e-3, weightDecay: 1e-4)
    /// How exactly a subgoal is to be met, in standardised units: the reconstruction's deviation σ.
    public var deviation = 0.25
    /// How much the end effector's position counts in the reconstruction.
    public var positionWeight = 1.0
    /// How much every other number of the state counts.
    public var otherWeight = 0.03
    /// β: how much the divergence of the code from its prior counts.
    public var divergenceWeight = 1.0
    /// The share of the training over which β rises from zero.
    public var divergenceWarmUp = 0.3
    /// The probability that the subtask's name is withheld. None need be: where no one named one, a
    /// policy samples over those that may come.
    public var subtaskDropout = 0.0
    /// How much it counts that subgoals of any code are where demonstrators went, once the subtask is
    /// named.
    public var namedWeight = 0.2
    /// Standard deviation of noise on the latent that is looked at.
    public var latentNoise = 0.1
    /// How much it counts to foresee which subtask comes.
    public var choiceWeight = 1.0
    /// Standard deviation of noise on the latent that it is foreseen from: a few hundred layouts would be
    /// learnt by heart, with the choices that were made there.
    public var choiceNoise = 0.8

    init() {}
  }

  /// The goal-reaching ensemble and flat behaviour cloning.
  public struct Actions: Hashable, Sendable, Codable {
    /// How long it learns.
    public var schedule = Schedule(epochs: 10, batch: 128, learningRate: 1e-3, weightDecay: 1e-3)
    /// How much the gripper's cross-entropy counts beside the velocities' squared error.
    public var gripperWeight = 0.3
    /// 0: every command counts alike; 1: rare commands count as much as frequent ones together.
    public var gripperBalance = 0.5
    /// Standard deviation of noise on the latents of state and goal.
    public var latentNoise = 0.05

    init() {}
  }

  /// The risk network (ThriftyDAgger's Q).
  public struct Risk: Hashable, Sendable, Codable {
    /// How long it learns.
    public var schedule = Schedule(epochs: 10, batch: 256, learningRate: 1e-3, weightDecay: 1e-3)
    /// γ: a subtask that ends in n steps is worth γⁿ.
    public var discount = 0.98

    init() {}
  }

  // The eye.

  /// Pixels along each side of a camera's picture.
  public var pictureSide = 96
  /// Pixels along each side of a patch.
  public var patchSide = 12
  /// Numbers in a token.
  public var dimension = 64
  /// Blocks.
  public var depth = 4
  /// Heads.
  public var heads = 4
  /// Width of the perceptron's hidden layer, in tokens' widths.
  public var hiddenShare = 2
  /// Integer bits of the execution: 8 or 16.
  public var bits = 16
  /// The modelled machine.
  public var machine = "vitality"

  // The networks.

  /// H: steps to a subgoal.
  public var horizon = 12
  /// Actions that are executed before a new subgoal is drawn.
  public var executedSteps = 4
  /// Numbers in a picture latent.
  public var latent = 48
  /// Numbers in the predictor's code.
  public var code = 8
  /// The share of the ensemble's goals that are not where demonstrators came but what the predictor
  /// foresees, as when the policy is used. On `stack` 3/4 made much worse robots (Policies/README.md).
  public var foreseenShare = 0.0
  /// K: members of the ensembles.
  public var members = 5
  /// N: subgoals that are sampled.
  public var samples = 128
  /// Width of the predictor.
  public var predictorWidth = 256
  /// Hidden layers of the predictor.
  public var predictorDepth = 3
  /// Width of the ensembles.
  public var memberWidth = 160

  // How numbers are standardised.

  /// What the end effector's position is divided by, m; 0: its own deviation. A fixed one keeps task
  /// uncertainties of different trainings comparable.
  public var positionDeviation: Float = 0.1
  /// Whether policies feel how fast the end effector moves. Who does may learn to go on as before, and to
  /// stay at rest (causal confusion: de Haan, Jayaraman, Levine 2019); on `stack` robots without it stayed
  /// as often and collected no more (Policies/README.md).
  public var feelsVelocities = true
  /// No number of the orientation (of a rotation matrix, without a unit; about rad where small) is divided
  /// by less than this: a hand that is tilted a little while it
  /// presses on something must not look like no hand that was ever seen.
  public var leastOrientationDeviation: Float = 0.05
  /// No velocity is divided by less than this, m/s or rad/s.
  public var leastVelocityDeviation: Float = 0.02

  // What is measured.

  /// The share of episodes that is kept to measure on.
  public var heldOutShare = 0.1
  /// Steps after a choice in which it may not show yet what was chosen: which block shows soon, where it
  /// goes only when it is lifted.
  public var branchSteps = 60
  /// Thresholds are first set at this quantile of held-out uncertainties away from choices.
  public var thresholdQuantile = 0.98

  // The stages.

  /// The encoder.
  public var encoder = Encoder()
  /// The subgoal predictor.
  public var predictor = Predictor()
  /// The goal-reaching ensemble.
  public var ensemble = Actions()
  /// Flat behaviour cloning.
  public var flat = Actions()
  /// The risk network.
  public var risk = Risk()

  /// The defaults.
  public init() {}

  /// The encoder's shape.
  public var eye: VisionTransformerConfiguration {
    var eye = VisionTransformerConfiguration(
      imageSide: pictureSide, patchSide: patchSide, dimension: dimension, depth: depth,
      heads: heads, attention: .taylor)
    eye.hidden = hiddenShare * dimension
    return eye
  }

  /// The networks' sizes.
  public var architecture: PolicyManifest.Architecture {
    PolicyManifest.Architecture(
      horizon: horizon, executedSteps: executedSteps, latent: latent, code: code,
      members: members, samples: samples, predictorWidth: predictorWidth,
      predictorDepth: predictorDepth, memberWidth: memberWidth)
  }
}
