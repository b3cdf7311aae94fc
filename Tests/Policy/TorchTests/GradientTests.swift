// Aim: gradients are those of the function, and wrong shapes are refused by name. Method: composed
// networks against differences of the loss at two near points.
import MallardTesting
import Tensors
import Testing
import Torch

/// One test at a time: LibTorch has one source of random numbers, and a seed is to give the same
/// numbers whatever else is tested.
@Suite(.serialized, .oneAtATime) struct TorchTests {}

/// Whether the gradient of a loss agrees with the loss's differences, for some numbers of each
/// parameter. Both are of float32: the step is large and the tolerance wide.
func expectGradients(
  of parameters: [Parameter], step: Float = 1e-2, tolerance: Double = 2e-2,
  loss: () throws -> TorchTensor
) throws {
  for parameter in parameters { #expect(parameter.tensor.gradient == nil) }
  try loss().backward()
  for parameter in parameters {
    let gradient = try #require(parameter.tensor.gradient, "\(parameter.name)").floats()
    let values = try parameter.tensor.plain()
    let scale = max(Double(gradient.map(abs).max() ?? 0), 1e-2)
    for index in stride(from: 0, to: values.values.count, by: max(1, values.values.count / 24)) {
      var sides: [Double] = []
      for sign in [Float(1), -1] {
        var moved = values
        moved.values[index] += sign * step
        try parameter.assign(moved)
        sides.append(try withoutGradient { try loss().number() })
      }
      try parameter.assign(values)
      let difference = (sides[0] - sides[1]) / (2 * Double(step))
      #expect(
        abs(difference - Double(gradient[index])) < tolerance * scale,
        "\(parameter.name)[\(index)]: \(gradient[index]), by differences \(difference)")
    }
  }
}

extension TorchTests {
  @Suite struct GradientTests {
    @Test func `a perceptron with norm and losses has the gradients of its loss`() throws {
      try setSeed(1)
      let (first, norm) = (try Linear(5, 8), try LayerNorm(8))
      let second = try Perceptron([8, 6, 3])
      let network = Joined([("first.", first), ("norm.", norm), ("second.", second)])
      let input = try TorchTensor.normal([7, 5])
      let classes = try TorchTensor(indices: [0, 1, 2, 0, 1, 2, 2])
      let weights = try TorchTensor([0.5, 1, 2], shape: [3])
      try expectGradients(of: network.parameters) {
        let output = try second(norm(first(input).tanh()))
        let squares = try output.sigmoid().meanSquaredError(to: TorchTensor.full(0.3, [7, 3]))
        return try output.crossEntropy(with: classes, weights: weights) + squares
      }
    }

    @Test func `an ensemble of LSTMs has the gradients of its loss`() throws {
      try setSeed(2)
      let lstm = try LSTM(members: 3, 4, 5)
      let input = try TorchTensor.normal([3, 2, 4])
      try expectGradients(of: lstm.parameters) {
        try lstm.unrolled(input, steps: 4).square().sum()
      }
    }

    @Test func `an LSTM is what its definition says`() throws {
      try setSeed(3)
      let (members, batch, steps, inputs, width) = (2, 3, 4, 5, 6)
      let lstm = try LSTM(members: members, inputs, width)
      let sequence = try TorchTensor.normal([members, batch, steps, inputs])
      let found = try lstm(sequence)
      #expect(found.shape == [members, batch, steps, width])
      let (x, y) = (try sequence.floats(), try found.floats())
      let state = try lstm.state().mapValues(\.values)
      let parts = ["weight_ih", "weight_hh", "bias_ih", "bias_hh"].compactMap { state[$0] }
      try #require(parts.count == 4)
      for member in 0..<members {
        for row in 0..<batch {
          var (hidden, cell) = (
            [Double](repeating: 0, count: width), [Double](repeating: 0, count: width)
          )
          for step in 0..<steps {
            var gates: [Double] = []
            let start = ((member * batch + row) * steps + step) * inputs
            for gate in 0..<4 * width {
              let place = member * 4 * width + gate
              var sum = Double(parts[2][place]) + Double(parts[3][place])
              for i in 0..<inputs { sum += Double(parts[0][place * inputs + i] * x[start + i]) }
              for i in 0..<width { sum += Double(parts[1][place * width + i]) * hidden[i] }
              gates.append(sum)
            }
            for i in 0..<width {
              cell[i] =
                sigmoid(gates[width + i]) * cell[i] + sigmoid(gates[i]) * tanh(gates[2 * width + i])
              hidden[i] = sigmoid(gates[3 * width + i]) * tanh(cell[i])
              let place = ((member * batch + row) * steps + step) * width + i
              #expect(abs(Double(y[place]) - hidden[i]) < 1e-5)
            }
          }
        }
      }
    }

    @Test func `the same input at each step is a sequence of it`() throws {
      try setSeed(4)
      let lstm = try LSTM(members: 2, 3, 4)
      let input = try TorchTensor.normal([2, 5, 3])
      let sequence = try input.unsqueezed(2).expanded(-1, -1, 6, -1)
      let difference = try lstm(sequence) - lstm.unrolled(input, steps: 6).permuted(0, 2, 1, 3)
      #expect(try difference.magnitude().largest().number() < 1e-6)
    }

    @Test func `wrong shapes are refused with the operation and both shapes`() throws {
      let (a, b) = (try TorchTensor.zeros([2, 3]), try TorchTensor.zeros([2, 4]))
      let error = #expect(throws: TorchError.self) { _ = try a + b }
      #expect(error?.operation == "+")
      #expect(error?.shapes == [[2, 3], [2, 4]])
      #expect(
        error?.reason.contains("size of tensor a (3)") == true, "\(String(describing: error))")
      #expect(throws: TorchError.self) { _ = try a.matmul(b) }
      #expect(throws: TorchError.self) { _ = try a.reshaped(4, 2) }
      #expect(throws: TorchError.self) { _ = try a.meanSquaredError(to: b) }
      #expect(throws: TorchError.self) { _ = try a.number() }
      #expect(throws: TorchError.self) { try a.backward() }
      #expect(throws: TorchError.self) { _ = try a.chunked(2) }
      #expect(throws: TorchError.self) { _ = try TorchTensor([1, 2], shape: [3]) }
      #expect(throws: TorchError.self) { _ = try Linear(4, 2)(a) }
      #expect(throws: TorchError.self) {
        try Linear(4, 2).load(state: ["weight": Tensor(repeating: 0, shape: [4, 2])])
      }
      #expect(throws: TorchError.self) { _ = try a.gathered([2]) }
    }
  }
}

private func sigmoid(_ x: Double) -> Double { 1 / (1 + exponential(-x)) }
private func tanh(_ x: Double) -> Double { 2 * sigmoid(2 * x) - 1 }

/// eˣ without a library: a series at x/1024, squared ten times.
private func exponential(_ x: Double) -> Double {
  let small = x / 1024
  var power = 1 + small * (1 + small / 2 * (1 + small / 3 * (1 + small / 4)))
  for _ in 0..<10 { power *= power }
  return power
}
