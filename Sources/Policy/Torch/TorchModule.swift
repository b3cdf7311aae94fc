internal import CTorch
public import Tensors

/// One trained tensor of a network.
public struct Parameter {
  /// Its name in files.
  public var name: String
  /// The numbers, in place.
  public let tensor: TorchTensor
  /// Whether weight decay pulls it to zero: matrices yes; biases, norms and tokens no.
  public let decays: Bool

  /// A parameter; gradients are kept for it from now on.
  ///
  /// - Parameters:
  ///   - name: Its name in files.
  ///   - tensor: The first numbers.
  ///   - decays: Whether weight decay applies.
  /// - Throws: `TorchError` where an operation that is recorded made the tensor.
  public init(_ name: String, _ tensor: TorchTensor, decays: Bool) throws(TorchError) {
    self.name = name
    self.tensor = try tensor.requiringGradient()
    self.decays = decays
  }

  /// The same parameter under a longer name.
  ///
  /// - Parameter prefix: What stands before it, with a dot at the end if one is wanted.
  /// - Returns: The parameter.
  public func prefixed(_ prefix: String) -> Parameter {
    var changed = self
    changed.name = prefix + name
    return changed
  }
}

/// Something with parameters.
public protocol TorchModule {
  /// Each parameter once, always in the same order.
  var parameters: [Parameter] { get }
}

extension TorchModule {
  /// The parameters under longer names.
  ///
  /// - Parameter prefix: What stands before each, with its dot.
  /// - Returns: In the same order.
  public func parameters(prefix: String) -> [Parameter] {
    parameters.map { $0.prefixed(prefix) }
  }

  /// A copy of every parameter, as files hold it.
  ///
  /// - Returns: By name.
  /// - Throws: `TorchError`, should a device fail.
  public func state() throws(TorchError) -> [String: Tensor] {
    var all: [String: Tensor] = [:]
    for parameter in parameters { all[parameter.name] = try parameter.tensor.plain() }
    return all
  }

  /// Overwrites every parameter.
  ///
  /// - Parameter state: By name; names that are not parameters are ignored.
  /// - Throws: `TorchError` where one is missing, has another shape or is not finite. The parameters
  ///   before it have been overwritten then.
  public func load(state: [String: Tensor]) throws(TorchError) {
    for parameter in parameters {
      let wanted = parameter.tensor.shape
      guard let found = state[parameter.name] else {
        throw TorchError(
          operation: "load", shapes: [wanted], reason: "\(parameter.name) is missing")
      }
      try parameter.assign(found)
    }
  }

  /// Moves every parameter.
  ///
  /// - Parameter device: Where to.
  /// - Throws: `TorchError` where it is not available.
  public func move(to device: Device) throws(TorchError) {
    for parameter in parameters { try parameter.tensor.move(to: device) }
  }

  /// Forgets the gradients.
  ///
  /// - Throws: `TorchError`, should LibTorch refuse.
  public func clearGradients() throws(TorchError) {
    let tensors = parameters.map { $0.tensor }
    let handles = tensors.map { $0.handle as OpaquePointer? }
    try done("clear gradients", tensors, ctorch_clear_gradients(handles, Int32(handles.count)))
  }

  /// Shortens all gradients together where they are too long.
  ///
  /// - Parameter limit: The greatest joint norm.
  /// - Returns: The joint norm before.
  /// - Throws: `TorchError`, should LibTorch refuse.
  @discardableResult
  public func clipGradients(to limit: Double) throws(TorchError) -> Double {
    let tensors = parameters.map { $0.tensor }
    let handles = tensors.map { $0.handle as OpaquePointer? }
    var norm = 0.0
    try done(
      "clip gradients", tensors,
      ctorch_clip_gradients(handles, Int32(handles.count), limit, &norm))
    return norm
  }
}

extension Parameter {
  /// Overwrites the numbers.
  ///
  /// - Parameter found: Of the same shape, finite.
  /// - Throws: `TorchError` otherwise.
  public func assign(_ found: Tensor) throws(TorchError) {
    let wanted = tensor.shape
    guard found.shape == wanted else {
      throw TorchError(
        operation: "load", shapes: [found.shape, wanted],
        reason: "\(name) has the first shape, this network needs the second")
    }
    guard found.isFinite else {
      throw TorchError(
        operation: "load", shapes: [found.shape],
        reason: "\(name) holds a value that is not finite")
    }
    try tensor.assign(TorchTensor(found))
  }
}

/// Several networks that are trained together, as one.
public struct Joined: TorchModule {
  /// Those of each network, under its prefix.
  public let parameters: [Parameter]

  /// Networks, each with the prefix of its parameters' names.
  ///
  /// - Parameter modules: Prefixes with their dots, and networks.
  public init(_ modules: [(prefix: String, module: any TorchModule)]) {
    parameters = modules.flatMap { $0.module.parameters(prefix: $0.prefix) }
  }
}
