internal import CTorch
internal import Numbers
public import Tensors

/// AdamW (Loshchilov and Hutter 2019): Adam with weight decay apart from the gradient.
public final class AdamW {
  /// Changed by schedules between steps.
  public var learningRate: Double
  /// How strongly matrices are pulled to zero, times the learning rate.
  public var weightDecay: Double
  /// How slowly the mean of gradients follows.
  public let beta1: Double
  /// How slowly the mean of their squares follows.
  public let beta2: Double
  /// Added to the divisor.
  public let epsilon: Double
  /// Steps taken.
  public private(set) var steps = 0

  private let parameters: [Parameter]
  private let tensors: [TorchTensor]
  private let first: [TorchTensor]
  private let second: [TorchTensor]

  /// An optimiser that has taken no step.
  ///
  /// - Parameters:
  ///   - module: Whose parameters it changes; they must lie on their device already.
  ///   - learningRate: Size of a step.
  ///   - weightDecay: How strongly matrices are pulled to zero, times the learning rate.
  ///   - beta1: How slowly the mean of gradients follows.
  ///   - beta2: How slowly the mean of their squares follows.
  ///   - epsilon: Added to the divisor.
  /// - Throws: `TorchError`, should LibTorch have no memory.
  public init(
    _ module: some TorchModule, learningRate: Double, weightDecay: Double = 0.01,
    beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8
  ) throws(TorchError) {
    self.learningRate = learningRate
    self.weightDecay = weightDecay
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    parameters = module.parameters
    tensors = parameters.map { $0.tensor }
    var moments: [TorchTensor] = []
    for tensor in tensors + tensors {
      moments.append(try TorchTensor.zeros(tensor.shape).moved(to: tensor.device))
    }
    first = Array(moments[..<tensors.count])
    second = Array(moments[tensors.count...])
  }

  /// Changes every parameter that has a gradient, and forgets the gradients.
  ///
  /// - Throws: `TorchError`, should LibTorch refuse.
  public func step() throws(TorchError) {
    steps += 1
    let constants = ctorch_adamw_constants(
      learning_rate: learningRate, beta1: beta1, beta2: beta2, epsilon: epsilon,
      weight_decay: weightDecay, step: Int64(steps))
    let handles = tensors.map { $0.handle as OpaquePointer? }
    let count = Int32(handles.count)
    try done(
      "AdamW", first + second + tensors,
      ctorch_adamw(
        handles, first.map { $0.handle as OpaquePointer? },
        second.map { $0.handle as OpaquePointer? }, parameters.map { $0.decays }, count,
        constants))
    try done("clear gradients", tensors, ctorch_clear_gradients(handles, count))
  }

  /// All that it remembers, so that training can go on later.
  ///
  /// - Returns: `steps` [1], and `first.` and `second.` before each parameter's name.
  /// - Throws: `TorchError`, should a device fail.
  public func state() throws(TorchError) -> [String: Tensor] {
    // A float counts to 2^24 exactly, which is far more steps than are taken.
    var all = ["steps": Tensor(repeating: Float(steps), shape: [1])]
    for (index, parameter) in parameters.enumerated() {
      all["first." + parameter.name] = try first[index].plain()
      all["second." + parameter.name] = try second[index].plain()
    }
    return all
  }

  /// Takes up what `state` gave.
  ///
  /// - Parameter state: From an optimiser of the same parameters.
  /// - Throws: `TorchError` where something is missing or has another shape.
  public func load(state: [String: Tensor]) throws(TorchError) {
    guard let taken = state["steps"]?.values.first, (0...16_777_216).contains(taken) else {
      throw TorchError(operation: "load AdamW", shapes: [], reason: "the steps are missing")
    }
    for (index, parameter) in parameters.enumerated() {
      for (prefix, moment) in [("first.", first[index]), ("second.", second[index])] {
        guard let found = state[prefix + parameter.name] else {
          throw TorchError(
            operation: "load AdamW", shapes: [moment.shape],
            reason: "\(prefix)\(parameter.name) is missing")
        }
        try moment.assign(TorchTensor(found))
      }
    }
    steps = Int(saturating: taken)
  }
}
