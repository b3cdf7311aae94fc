// Layers of an ensemble: the members' weights lie in one tensor, so that one batched product serves
// all of them. Inputs are [members, batch, ...].

internal import CTorch
public import Tensors

/// A linear layer of each member.
public struct MemberLinear: TorchModule {
  /// [members, outputs, inputs].
  public let weight: Parameter
  /// [members, outputs].
  public let bias: Parameter

  /// Untrained layers, each drawn for itself.
  ///
  /// - Parameters:
  ///   - members: How many.
  ///   - inputs: Numbers that come in.
  ///   - outputs: Numbers that go out.
  ///   - bound: Weights and biases are evenly spread within ±bound; 1/√inputs if left out.
  /// - Throws: `TorchError`, should LibTorch have no memory.
  public init(members: Int, _ inputs: Int, _ outputs: Int, bound: Double? = nil)
    throws(TorchError)
  {
    let bound = bound ?? 1 / Double(max(inputs, 1)).squareRoot()
    weight = try Parameter(
      "weight", TorchTensor.uniform(-bound...bound, [members, outputs, inputs]), decays: true)
    bias = try Parameter(
      "bias", TorchTensor.uniform(-bound...bound, [members, outputs]), decays: false)
  }

  /// Weight, bias.
  public var parameters: [Parameter] { [weight, bias] }

  /// Of [members, batch, inputs], [members, batch, outputs].
  public func callAsFunction(_ input: TorchTensor) throws(TorchError) -> TorchTensor {
    try TorchTensor.products(
      adding: bias.tensor.unsqueezed(1), input, weight.tensor.transposed())
  }
}

/// A perceptron of each member.
public struct MemberPerceptron: TorchModule {
  /// In the order in which they are applied.
  public let layers: [MemberLinear]
  /// Whether GELU follows the last layer too.
  public let activatesLast: Bool

  /// Untrained perceptrons.
  ///
  /// - Parameters:
  ///   - members: How many.
  ///   - widths: Inputs, hidden layers, outputs.
  ///   - activatesLast: Whether GELU follows the last layer too.
  /// - Throws: `TorchError`, should LibTorch have no memory.
  public init(members: Int, _ widths: [Int], activatesLast: Bool = false) throws(TorchError) {
    var made: [MemberLinear] = []
    for (inputs, outputs) in zip(widths, widths.dropFirst()) {
      made.append(try MemberLinear(members: members, inputs, outputs))
    }
    layers = made
    self.activatesLast = activatesLast
  }

  /// `J.weight` and `J.bias` of layer J.
  public var parameters: [Parameter] {
    layers.enumerated().flatMap { $1.parameters(prefix: "\($0).") }
  }

  /// Of [members, batch, inputs], [members, batch, outputs].
  public func callAsFunction(_ input: TorchTensor) throws(TorchError) -> TorchTensor {
    var x = input
    for (index, layer) in layers.enumerated() {
      x = try layer(x)
      if activatesLast || index + 1 < layers.count { x = try x.gelu() }
    }
    return x
  }
}

/// An LSTM of each member, in torch's order of gates (input, forget, cell, output). One member makes
/// an ordinary LSTM.
public struct LSTM: TorchModule {
  /// From the input: [members, 4·width, inputs] and [members, 4·width].
  public let input: MemberLinear
  /// From the hidden state: [members, 4·width, width] and [members, 4·width].
  public let hidden: MemberLinear
  /// Numbers of a hidden state.
  public let width: Int

  /// Untrained: evenly spread within ±1/√width, as torch's.
  ///
  /// - Parameters:
  ///   - members: How many.
  ///   - inputs: Numbers that come in at each step.
  ///   - width: Numbers of a hidden state.
  /// - Throws: `TorchError`, should LibTorch have no memory.
  public init(members: Int = 1, _ inputs: Int, _ width: Int) throws(TorchError) {
    let bound = 1 / Double(max(width, 1)).squareRoot()
    input = try MemberLinear(members: members, inputs, 4 * width, bound: bound)
    hidden = try MemberLinear(members: members, width, 4 * width, bound: bound)
    self.width = width
  }

  /// Torch's names.
  public var parameters: [Parameter] {
    var all = [input.weight, hidden.weight, input.bias, hidden.bias]
    for (index, name) in ["weight_ih", "weight_hh", "bias_ih", "bias_hh"].enumerated() {
      all[index].name = name
    }
    return all
  }

  /// The hidden states of some steps from zero, with the same input at each.
  ///
  /// - Parameters:
  ///   - repeated: [members, batch, inputs].
  ///   - steps: At least 1.
  /// - Returns: [members, steps, batch, width]: steps before batch, so that each member's states lie
  ///   together as a matrix.
  /// - Throws: `TorchError` where shapes do not fit.
  public func unrolled(_ repeated: TorchTensor, steps: Int) throws(TorchError) -> TorchTensor {
    let (gates, weight) = (try fixedGates(repeated), hidden.weight.tensor)
    return try made(
      "LSTM", [gates, weight], ctorch_lstm(gates.handle, weight.handle, Int64(steps)))
  }

  /// The hidden states of a sequence from zero.
  ///
  /// - Parameter sequence: [members, batch, steps, inputs].
  /// - Returns: [members, batch, steps, width].
  /// - Throws: `TorchError` where shapes do not fit.
  public func callAsFunction(_ sequence: TorchTensor) throws(TorchError) -> TorchTensor {
    let shape = sequence.shape
    guard shape.count == 4 else {
      throw TorchError(
        operation: "LSTM", shapes: [shape],
        reason: "a sequence has the dimensions [members, batch, steps, inputs]")
    }
    let flat = try fixedGates(sequence.reshaped(shape[0], shape[1] * shape[2], shape[3]))
    let gates = try flat.reshaped(shape[0], shape[1], shape[2], 4 * width)
    var (states, cell): ([TorchTensor], TorchTensor?) = ([], nil)
    for index in 0..<shape[2] {
      cell = try step(gates.selected(2, index), &states, cell)
    }
    return try TorchTensor.stacked(states, dimension: 2)
  }

  /// What the input and both biases give to the gates: [members, batch, 4·width].
  private func fixedGates(_ x: TorchTensor) throws(TorchError) -> TorchTensor {
    let bias = try input.bias.tensor + hidden.bias.tensor
    return try TorchTensor.products(
      adding: bias.unsqueezed(1), x, input.weight.tensor.transposed())
  }

  /// One step; without a state before it, that state is zero and gives nothing to the gates.
  private func step(_ fixed: TorchTensor, _ states: inout [TorchTensor], _ cell: TorchTensor?)
    throws(TorchError) -> TorchTensor
  {
    var gates = fixed
    if let last = states.last {
      gates = try TorchTensor.products(adding: fixed, last, hidden.weight.tensor.transposed())
    }
    let open = try gates.sliced(2, 0..<2 * width).sigmoid()
    let candidate = try gates.sliced(2, 2 * width..<3 * width).tanh()
    let output = try gates.sliced(2, 3 * width..<4 * width).sigmoid()
    var next = try open.sliced(2, 0..<width) * candidate
    if let cell { next = try open.sliced(2, width..<2 * width) * cell + next }
    states.append(try output * next.tanh())
    return next
  }
}

/// A network whose parameters hold all members in their first dimension.
public protocol Ensemble: TorchModule {
  /// How many.
  var members: Int { get }
}

extension Ensemble {
  /// Every member's parameters as files hold them: `<prefix>K.<name>` without the first dimension.
  ///
  /// - Parameter prefix: With its dot, such as `members.`.
  /// - Returns: By name.
  /// - Throws: `TorchError`, should a device fail.
  public func exported(prefix: String) throws(TorchError) -> [String: Tensor] {
    var all: [String: Tensor] = [:]
    for parameter in parameters {
      for member in 0..<members {
        all["\(prefix)\(member).\(parameter.name)"] =
          try parameter.tensor.selected(0, member).plain()
      }
    }
    return all
  }

  /// Overwrites every member's parameters.
  ///
  /// - Parameters:
  ///   - tensors: By the names of `exported`; others are ignored.
  ///   - prefix: With its dot.
  /// - Throws: `TorchError` where one is missing, has another shape or is not finite.
  public func load(exported tensors: [String: Tensor], prefix: String) throws(TorchError) {
    for parameter in parameters {
      let shape = parameter.tensor.shape
      var values: [Float] = []
      for member in 0..<members {
        let name = "\(prefix)\(member).\(parameter.name)"
        guard let found = tensors[name] else {
          throw TorchError(
            operation: "load", shapes: [Array(shape.dropFirst())], reason: "\(name) is missing")
        }
        guard found.shape == Array(shape.dropFirst()) else {
          throw TorchError(
            operation: "load", shapes: [found.shape, Array(shape.dropFirst())],
            reason: "\(name) has the first shape, this network needs the second")
        }
        values += found.values
      }
      try parameter.assign(TorchTensor(values, shape: shape).plain())
    }
  }
}
