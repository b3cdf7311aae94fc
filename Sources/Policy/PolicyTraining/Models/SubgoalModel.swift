public import Policy
public import Tensors
public import Torch

/// The subgoal predictor (PATO, section 3): a conditional variational autoencoder of the state
/// `horizon` steps ahead. The decoder and the chooser are kept in a policy.
///
/// What is sampled has two parts: which subtask comes, drawn from p(subtask | s_t), which demonstrations
/// with named subtasks teach; and a code, for everything else in which ways differ. A code alone had
/// half-hearted subgoals between two ways.
public struct SubgoalModel: TorchModule {
  /// The sizes.
  public let architecture: PolicyManifest.Architecture
  /// How many subtasks there are names for.
  public let subtasks: Int

  let posterior: Perceptron
  let predictor: Perceptron
  let chooser: Perceptron

  /// What a posterior says of the code z of a stretch of demonstration.
  public struct Code {
    /// [batch, code].
    public let mean: TorchTensor
    /// [batch, code], within ±10.
    public let logVariance: TorchTensor

    /// A code drawn from it, through which gradients flow: mean + deviation · noise.
    public func sample() throws(TorchError) -> TorchTensor {
      let noise = try TorchTensor.normal(mean.shape).moved(to: mean.device)
      return try mean + (logVariance * 0.5).exp() * noise
    }

    /// The divergence from the prior N(0, I), summed over the code: [batch], nats.
    public func divergences() throws(TorchError) -> TorchTensor {
      try (mean.square() + logVariance.exp() - logVariance - 1).sum(-1) * 0.5
    }
  }

  /// An untrained predictor.
  ///
  /// - Parameters:
  ///   - architecture: The sizes.
  ///   - subtasks: How many subtasks there are names for.
  /// - Throws: `TorchError`, should LibTorch have no memory.
  public init(_ architecture: PolicyManifest.Architecture, subtasks: Int) throws(TorchError) {
    self.architecture = architecture
    self.subtasks = subtasks
    let (state, code) = (architecture.state, architecture.code)
    let hidden = [Int](
      repeating: architecture.predictorWidth, count: architecture.predictorDepth)
    posterior = try Perceptron([3 * state + subtasks] + hidden + [2 * code])
    predictor = try Perceptron([state + subtasks + code] + hidden + [state])
    chooser = try Perceptron([state, architecture.memberWidth, subtasks])
  }

  /// `posterior.J`, `predictor.J` and `chooser.J`.
  public var parameters: [Parameter] {
    posterior.parameters(prefix: "posterior.") + predictor.parameters(prefix: "predictor.")
      + chooser.parameters(prefix: "chooser.")
  }

  /// q(z | s_t, s_{t+H/2}, s_{t+H}, subtask): knowing what the decoder is told, it need not say that
  /// again, and the decoder learns to listen to the name.
  ///
  /// - Parameters:
  ///   - state: [batch, state].
  ///   - middle: [batch, state], half way.
  ///   - goal: [batch, state].
  ///   - subtask: One-hot [batch, subtasks], zeros where none is named.
  /// - Returns: Mean and variance of the code.
  /// - Throws: `TorchError` where shapes do not fit.
  public func code(
    state: TorchTensor, middle: TorchTensor, goal: TorchTensor, subtask: TorchTensor
  ) throws(TorchError) -> Code {
    let parts = try posterior(TorchTensor.concatenated([state, middle, goal, subtask])).chunked(2)
    return Code(mean: parts[0], logVariance: try parts[1].clamped(-10, 10))
  }

  /// p(s_g | s_t, z).
  ///
  /// - Parameters:
  ///   - state: [batch, state].
  ///   - subtask: One-hot [batch, subtasks], zeros where none is named.
  ///   - code: [batch, code].
  /// - Returns: The subgoal [batch, state].
  /// - Throws: `TorchError` where shapes do not fit.
  public func subgoal(state: TorchTensor, subtask: TorchTensor, code: TorchTensor)
    throws(TorchError) -> TorchTensor
  {
    try state + predictor(TorchTensor.concatenated([state, subtask, code]))
  }

  /// Which subtask comes, as far as the state tells: p(subtask | s_t).
  ///
  /// - Parameter state: [batch, state].
  /// - Returns: Logits [batch, subtasks].
  /// - Throws: `TorchError` where shapes do not fit.
  public func choice(state: TorchTensor) throws(TorchError) -> TorchTensor { try chooser(state) }

  /// Subgoals of codes drawn from the prior.
  ///
  /// - Parameters:
  ///   - state: [batch, state].
  ///   - subtask: One-hot [batch, samples, subtasks].
  /// - Returns: [batch, samples, state].
  /// - Throws: `TorchError` where shapes do not fit.
  public func samples(state: TorchTensor, subtask: TorchTensor) throws(TorchError) -> TorchTensor {
    let (batch, samples) = (state.shape.first ?? 0, subtask.shape.count > 1 ? subtask.shape[1] : 0)
    let code = try TorchTensor.normal([batch, samples, architecture.code]).moved(to: state.device)
    return try subgoal(
      state: state.unsqueezed(1).expanded(-1, samples, -1), subtask: subtask, code: code)
  }

  /// The decoder and the chooser, as a policy holds them.
  ///
  /// - Returns: `predictor.J` and `chooser.J`, each with `.weight` and `.bias`.
  /// - Throws: `TorchError`, should a device fail.
  public func exported() throws(TorchError) -> [String: Tensor] {
    try state().filter { !$0.key.hasPrefix("posterior.") }
  }

  /// Takes up a policy's decoder and chooser; the posterior stays as it is.
  ///
  /// - Parameter tensors: By the names of `exported`; others are ignored.
  /// - Throws: `TorchError` where one is missing or has another shape.
  public func load(exported tensors: [String: Tensor]) throws(TorchError) {
    try Joined([("predictor.", predictor), ("chooser.", chooser)]).load(state: tensors)
  }
}
