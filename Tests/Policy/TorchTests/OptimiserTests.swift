// Aim: AdamW takes the steps of its definition, and continues where it stopped. Method: its formula in
// double precision, and a training that is cut in two.
import Tensors
import Testing
import Torch

extension TorchTests {
  @Suite struct OptimiserTests {
    @Test func `steps are those of the definition`() throws {
      try setSeed(5)
      let layer = try Linear(3, 2)
      let input = try TorchTensor.normal([4, 3])
      let optimiser = try AdamW(layer, learningRate: 0.01, weightDecay: 0.1)
      var expected: [String: [Double]] = [:]
      for (name, tensor) in try layer.state() { expected[name] = tensor.values.map(Double.init) }
      var (first, second): ([String: [Double]], [String: [Double]]) = ([:], [:])
      for step in 1...5 {
        try layer(input).square().mean().backward()
        for parameter in layer.parameters {
          let gradient = try #require(parameter.tensor.gradient).floats().map(Double.init)
          let zeros = [Double](repeating: 0, count: gradient.count)
          var (m, v) = (first[parameter.name] ?? zeros, second[parameter.name] ?? zeros)
          var weights = try #require(expected[parameter.name])
          let (a, b) = (1 - power(0.9, step), 1 - power(0.999, step))
          for i in gradient.indices {
            m[i] = 0.9 * m[i] + 0.1 * gradient[i]
            v[i] = 0.999 * v[i] + 0.001 * gradient[i] * gradient[i]
            if parameter.decays { weights[i] *= 1 - 0.01 * 0.1 }
            weights[i] -= 0.01 * (m[i] / a) / ((v[i] / b).squareRoot() + 1e-8)
          }
          (first[parameter.name], second[parameter.name], expected[parameter.name]) = (
            m, v, weights
          )
        }
        try optimiser.step()
        for parameter in layer.parameters {
          #expect(parameter.tensor.gradient == nil)
          for (a, b) in zip(try parameter.tensor.floats(), expected[parameter.name] ?? []) {
            #expect(abs(Double(a) - b) < 1e-5, "\(parameter.name), step \(step)")
          }
        }
      }
    }

    @Test func `a parameter whose numbers do not lie in a row takes the same steps`() throws {
      try setSeed(7)
      let (input, start) = (try TorchTensor.normal([4, 3]), try TorchTensor.normal([3, 2]))
      var ends: [[Float]] = []
      for isTurned in [false, true] {
        let weight = try isTurned ? start.copy().transposed() : start.transposed().contiguous()
        let bias = try TorchTensor.zeros([2])
        let both = Joined([
          ("", One(parameter: try Parameter("weight", weight, decays: true))),
          ("", One(parameter: try Parameter("bias", bias, decays: false))),
        ])
        let optimiser = try AdamW(both, learningRate: 0.01, weightDecay: 0.1)
        for _ in 0..<5 {
          try input.linear(weight, bias).square().mean().backward()
          try both.clipGradients(to: 0.5)
          try optimiser.step()
        }
        ends.append(try weight.floats() + bias.floats())
      }
      for (plain, turned) in zip(ends[0], ends[1]) { #expect(abs(plain - turned) < 1e-5) }
      #expect(zip(ends[0], try start.transposed().floats()).allSatisfy { abs($0 - $1) > 0.01 })
    }

    @Test func `a training that is cut in two ends where the whole one ends`() throws {
      let input = try TorchTensor([0.1, -0.4, 0.7, 0.2, 0.9, -0.3], shape: [2, 3])
      func train(_ layer: Linear, _ optimiser: AdamW, steps: Int) throws {
        for _ in 0..<steps {
          try (layer(input) - 1.0).square().mean().backward()
          try optimiser.step()
        }
      }
      try setSeed(6)
      let whole = try Linear(3, 2)
      let cut = try Linear(3, 2)
      try cut.load(state: whole.state())
      try train(whole, AdamW(whole, learningRate: 0.05), steps: 9)
      let before = try AdamW(cut, learningRate: 0.05)
      try train(cut, before, steps: 4)
      let resumed = try Linear(3, 2)
      try resumed.load(state: cut.state())
      let after = try AdamW(resumed, learningRate: 0.05)
      try after.load(state: before.state())
      #expect(after.steps == 4)
      try train(resumed, after, steps: 5)
      #expect(try resumed.state() == whole.state())
      #expect(throws: TorchError.self) { try after.load(state: [:]) }
    }

    @Test func `gradients are shortened together`() throws {
      let layer = try Linear(3, 2)
      try (layer(TorchTensor.full(3, [4, 3])) * 10).sum().backward()
      let before = try layer.clipGradients(to: 1)
      #expect(before > 1)
      #expect(abs(try layer.clipGradients(to: 1) - 1) < 1e-4)
      try layer.clearGradients()
      #expect(layer.weight.tensor.gradient == nil)
    }

    @Test func `nothing is recorded without gradients, and recording returns after an error`()
      throws
    {
      let layer = try Linear(2, 1)
      let input = try TorchTensor.full(1, [1, 2])
      #expect(try withoutGradient { try layer(input) }.requiresGradient == false)
      #expect(throws: TorchError.self) { try withoutGradient { _ = try input.reshaped(7) } }
      #expect(try layer(input).requiresGradient)
    }
  }
}

/// A network of one parameter.
private struct One: TorchModule {
  let parameter: Parameter
  var parameters: [Parameter] { [parameter] }
}

private func power(_ base: Double, _ exponent: Int) -> Double {
  (0..<exponent).reduce(1) { result, _ in result * base }
}
