public import Policy
public import Tensors
public import Torch

/// What a network wants done, before it is turned into SI units.
public struct PredictedActions {
  /// Standardised: [..., 6].
  public let velocities: TorchTensor
  /// Logits in the order of `GripperCommand`'s raw values: [..., 3].
  public let grippers: TorchTensor

  init(_ output: TorchTensor) throws(TorchError) {
    velocities = try output.sliced(-1, 0..<6)
    grippers = try output.sliced(-1, 6..<9)
  }
}

/// The goal-reaching policies (PATO, section 3): an ensemble of LSTMs that predict the actions from
/// a state to a subgoal, all members in one batched product.
public struct EnsembleModel: Ensemble {
  /// How many.
  public let members: Int
  /// H, the actions that are predicted.
  public let horizon: Int

  let fuse: MemberPerceptron
  let lstm: LSTM
  let head: MemberPerceptron

  /// Untrained members, each drawn for itself.
  ///
  /// - Parameter architecture: The sizes.
  /// - Throws: `TorchError`, should LibTorch have no memory.
  public init(_ architecture: PolicyManifest.Architecture) throws(TorchError) {
    let width = architecture.memberWidth
    members = architecture.members
    horizon = architecture.horizon
    fuse = try MemberPerceptron(
      members: members, [2 * architecture.state, width, width], activatesLast: true)
    lstm = try LSTM(members: members, width, width)
    head = try MemberPerceptron(members: members, [width, width, 9])
  }

  /// Every member's in one tensor: `fuse.J`, `lstm`, `head.J`.
  public var parameters: [Parameter] {
    fuse.parameters(prefix: "fuse.") + lstm.parameters(prefix: "lstm.")
      + head.parameters(prefix: "head.")
  }

  /// The actions from states to goals.
  ///
  /// - Parameters:
  ///   - states: [members, batch, state], or [batch, state] for all members alike.
  ///   - goals: The same shape.
  /// - Returns: [members, batch, horizon, ...].
  /// - Throws: `TorchError` where shapes do not fit.
  public func callAsFunction(states: TorchTensor, goals: TorchTensor) throws(TorchError)
    -> PredictedActions
  {
    let input = try forEachMember(TorchTensor.concatenated([states, goals]), members)
    let hidden = try lstm.unrolled(fuse(input), steps: horizon)
    let shape = hidden.shape
    let output = try head(hidden.reshaped(members, horizon * shape[2], shape[3]))
    return try PredictedActions(
      output.reshaped(members, horizon, shape[2], 9).permuted(0, 2, 1, 3))
  }

  /// Every member, as a policy holds it.
  ///
  /// - Returns: `members.K.fuse.J.weight` and so on.
  /// - Throws: `TorchError`, should a device fail.
  public func exported() throws(TorchError) -> [String: Tensor] {
    try exported(prefix: "members.")
  }

  /// Takes up a policy's members.
  ///
  /// - Parameter tensors: By the names of `exported`; others are ignored.
  /// - Throws: `TorchError` where one is missing or has another shape.
  public func load(exported tensors: [String: Tensor]) throws(TorchError) {
    try load(exported: tensors, prefix: "members.")
  }
}

/// Flat behaviour cloning: an ensemble of perceptrons from a state to one action.
public struct FlatModel: Ensemble {
  /// How many.
  public let members: Int

  let perceptron: MemberPerceptron

  /// Untrained members, each drawn for itself.
  ///
  /// - Parameter architecture: The sizes.
  /// - Throws: `TorchError`, should LibTorch have no memory.
  public init(_ architecture: PolicyManifest.Architecture) throws(TorchError) {
    let width = architecture.memberWidth
    members = architecture.members
    perceptron = try MemberPerceptron(
      members: members, [architecture.state, width, width, 9])
  }

  /// Every member's in one tensor: `J`.
  public var parameters: [Parameter] { perceptron.parameters }

  /// The actions in states.
  ///
  /// - Parameter states: [members, batch, state], or [batch, state] for all members alike.
  /// - Returns: [members, batch, ...].
  /// - Throws: `TorchError` where shapes do not fit.
  public func callAsFunction(_ states: TorchTensor) throws(TorchError) -> PredictedActions {
    try PredictedActions(perceptron(forEachMember(states, members)))
  }

  /// Every member, as a policy holds it.
  ///
  /// - Returns: `flat.K.J.weight` and so on.
  /// - Throws: `TorchError`, should a device fail.
  public func exported() throws(TorchError) -> [String: Tensor] { try exported(prefix: "flat.") }

  /// Takes up a policy's members.
  ///
  /// - Parameter tensors: By the names of `exported`; others are ignored.
  /// - Throws: `TorchError` where one is missing or has another shape.
  public func load(exported tensors: [String: Tensor]) throws(TorchError) {
    try load(exported: tensors, prefix: "flat.")
  }
}

/// [members, batch, ...] as it is, [batch, ...] for every member alike.
private func forEachMember(_ input: TorchTensor, _ members: Int) throws(TorchError) -> TorchTensor {
  input.shape.count == 2 ? try input.unsqueezed(0).expanded(members, -1, -1) : input
}
