// Aim: sizes of every remainder of the kernels' tiles are right. Method: a plain reference, straight
// from the definitions, over manifests with random sizes.
import Foundation
import MallardTesting
import Policy
import PolicyFiles
import PolicyNetworks
import TensorKernels
import Tensors
import Testing

/// The networks in plain Swift, in double.
private struct Reference {
  let tensors: [String: Tensor]
  let sizes: PolicyManifest.Architecture

  func linear(_ name: String, _ x: [Double]) -> [Double] {
    let (weight, bias) = (tensors[name + ".weight"], tensors[name + ".bias"])
    return product(weight, bias, x)
  }

  func product(_ weight: Tensor?, _ bias: Tensor?, _ x: [Double]) -> [Double] {
    (bias?.values ?? []).enumerated().map { row, bias in
      x.indices.reduce(Double(bias)) { sum, column in
        sum + x[column] * Double(weight?.values[row * x.count + column] ?? .nan)
      }
    }
  }

  func gelu(_ x: [Double]) -> [Double] { x.map { 0.5 * $0 * (1 + erf($0 / 2.0.squareRoot())) } }

  func subgoal(_ state: [Double], _ named: Int?, _ code: [Double], subtasks: Int) -> [Double] {
    var x = state + (0..<subtasks).map { $0 == named ? 1 : 0 } + code
    for layer in 0..<sizes.predictorDepth { x = gelu(linear("predictor.\(layer)", x)) }
    return zip(state, linear("predictor.\(sizes.predictorDepth)", x)).map(+)
  }

  func actions(_ member: Int, _ state: [Double], _ subgoal: [Double]) -> [[Double]] {
    let name = "members.\(member)"
    let width = sizes.memberWidth
    let f = gelu(linear("\(name).fuse.1", gelu(linear("\(name).fuse.0", state + subgoal))))
    var (h, c) = ([Double](repeating: 0, count: width), [Double](repeating: 0, count: width))
    return (0..<sizes.horizon).map { _ in
      let lstm = "\(name).lstm."
      let gates = zip(
        product(tensors[lstm + "weight_ih"], tensors[lstm + "bias_ih"], f),
        product(tensors[lstm + "weight_hh"], tensors[lstm + "bias_hh"], h)
      ).map(+)
      func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
      for j in 0..<width {
        c[j] =
          sigmoid(gates[width + j]) * c[j] + sigmoid(gates[j]) * tanh(gates[2 * width + j])
        h[j] = sigmoid(gates[3 * width + j]) * tanh(c[j])
      }
      return linear("\(name).head.1", gelu(linear("\(name).head.0", h)))
    }
  }
}

@Suite struct ReferenceTests {
  @Test(arguments: 0..<12)
  func `sizes that fill no tile evenly`(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    var manifest = SmallPolicy.manifest()
    manifest.architecture = PolicyManifest.Architecture(
      horizon: random.integer(1...6), executedSteps: 1, latent: random.integer(1...50),
      code: random.integer(1...9), members: random.integer(1...3), samples: 4,
      predictorWidth: random.integer(1...70), predictorDepth: random.integer(1...4),
      memberWidth: random.integer(1...70))
    manifest.robot.subtasks = ["a", "b", "c"].prefix(random.integer(0...3)).map { $0 }
    let sizes = manifest.architecture
    let tensors = try SmallPolicy.randomBundle(for: manifest, seed: seed).networks
    let reference = Reference(tensors: tensors, sizes: sizes)
    let (robots, samples) = (random.integer(1...4), random.integer(1...27))
    func normal(_ rows: Int, _ columns: Int) throws -> Tensor {
      try Tensor(
        shape: [rows, columns],
        values: (0..<rows * columns).map { _ in Float.random(in: -2...2, using: &random) })
    }
    func row(_ tensor: Tensor, _ index: Int) -> [Double] {
      let count = tensor.shape[1]
      return tensor.values[index * count..<(index + 1) * count].map(Double.init)
    }
    let states = try normal(robots, sizes.state)
    let codes = try normal(robots * samples, sizes.code)
    let subtasks = manifest.robot.subtasks.count
    let named = (0..<robots).map { _ in
      subtasks == 0 ? nil : random.maybe { $0.integer(0...subtasks - 1) }
    }
    let kernels = try Kernels(Execution(threads: random.integer(1...3)))
    let drawn = try SubgoalPredictor(tensors, manifest, on: kernels)
      .sample(states: states, named: named, codes: codes)
    var worst = 0.0
    for index in 0..<robots * samples {
      let wanted = reference.subgoal(
        row(states, index / samples), named[index / samples], row(codes, index),
        subtasks: subtasks)
      worst = zip(row(drawn, index), wanted).reduce(worst) { max($0, abs($1.0 - $1.1)) }
    }
    #expect(worst < 2e-5, "seed \(seed)")
    let subgoals = try normal(robots, sizes.state)
    let rolled = try GoalReachingEnsemble(tensors, manifest, on: kernels)
      .rollOut(states: states, subgoals: subgoals, steps: sizes.horizon)
    for (member, actions) in rolled.enumerated() {
      for robot in 0..<robots {
        let wanted = reference.actions(member, row(states, robot), row(subgoals, robot))
          .flatMap { $0 }
        let found = actions.values[robot * wanted.count..<(robot + 1) * wanted.count]
        worst = zip(found, wanted).reduce(worst) { max($0, abs(Double($1.0) - $1.1)) }
      }
    }
    #expect(worst < 2e-5, "seed \(seed)")
  }
}
