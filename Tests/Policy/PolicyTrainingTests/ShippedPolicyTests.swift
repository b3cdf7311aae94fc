// Aim: what a shipped policy computes without LibTorch is what LibTorch computes with the same bundle.
// Method: the networks of the training library take up the bundle's weights; random states and
// subgoals go through both.
import Foundation
import MallardTesting
import Policy
import PolicyFiles
import PolicyNetworks
import PolicyTraining
import TensorKernels
import Tensors
import Testing
import Torch
import VisionTransformer

private let policies = URL(filePath: #filePath).deletingLastPathComponent()
  .appending(path: "../../../Policies").standardizedFileURL.path

private struct Stage {
  let bundle: PolicyBundle
  let sizes: PolicyManifest.Architecture
  let kernels: Kernels
  private var random = SeededGenerator(seed: 5)

  init(_ name: String) throws {
    bundle = try PolicyBundle.read(policies + "/" + name)
    sizes = bundle.manifest.architecture
    kernels = try Kernels(Execution(threads: 1))
  }

  mutating func numbers(_ rows: Int, _ width: Int) throws -> Tensor {
    try Tensor(
      shape: [rows, width],
      values: (0..<rows * width).map { _ in Float.random(in: -1.5...1.5, using: &random) })
  }
}

/// The largest difference, of numbers that are about 1.
private func distance(_ a: [Float], _ b: [Float]) -> Float {
  #expect(a.count == b.count)
  return zip(a, b).map { abs($0 - $1) }.max() ?? 0
}

// Among the trainer's tests, which run one after another: LibTorch has one generator of random numbers
// for the whole process, and a network that is made here would draw from it in the midst of a training.
extension TrainerTests {
  @Suite struct ShippedPolicyTests {
    @Test(arguments: ["stack", "kitchen-table"])
    func `subgoals agree with LibTorch`(name: String) throws {
      var stage = try Stage(name)
      let (sizes, manifest) = (stage.sizes, stage.bundle.manifest)
      let (states, codes) = (try stage.numbers(3, sizes.state), try stage.numbers(12, sizes.code))
      let mine = try SubgoalPredictor(stage.bundle.networks, manifest, on: stage.kernels)
        .sample(states: states, named: [nil, 0, 1], codes: codes)
      let theirs = try SubgoalModel(sizes, subtasks: manifest.robot.subtasks.count)
      try theirs.load(exported: stage.bundle.networks)
      var labels = [Float](repeating: 0, count: 12 * manifest.robot.subtasks.count)
      for row in 4..<12 { labels[row * manifest.robot.subtasks.count + row / 4 - 1] = 1 }
      var rows: [Float] = []
      for row in 0..<12 {
        let first = row / 4 * sizes.state
        rows += states.values[first..<first + sizes.state]
      }
      let subgoals = try withoutGradient {
        try theirs.subgoal(
          state: TorchTensor(rows, shape: [12, sizes.state]),
          subtask: TorchTensor(labels, shape: [12, manifest.robot.subtasks.count]),
          code: TorchTensor(codes)
        ).floats()
      }
      #expect(distance(mine.values, subgoals) < 1e-4)
      let chances = try SubtaskChooser(stage.bundle.networks, manifest, on: stage.kernels)
        .chances(states: states)
      let wanted = try withoutGradient {
        try theirs.choice(state: TorchTensor(states)).softmax().floats()
      }
      #expect(distance(chances.joined().map { Float($0) }, wanted) < 1e-5)
    }

    @Test(arguments: ["stack", "kitchen-table"])
    func `actions agree with LibTorch`(name: String) throws {
      var stage = try Stage(name)
      let (sizes, manifest) = (stage.sizes, stage.bundle.manifest)
      let (states, goals) = (try stage.numbers(4, sizes.state), try stage.numbers(4, sizes.state))
      let mine = try GoalReachingEnsemble(stage.bundle.networks, manifest, on: stage.kernels)
        .rollOut(states: states, subgoals: goals, steps: sizes.horizon)
      let theirs = try EnsembleModel(sizes)
      try theirs.load(exported: stage.bundle.networks)
      let flat = try FlatModel(sizes)
      try flat.load(exported: stage.bundle.networks)
      let (predicted, flatly) = try withoutGradient {
        (
          try theirs(states: TorchTensor(states), goals: TorchTensor(goals)),
          try flat(TorchTensor(states))
        )
      }
      let flatMine = try FlatEnsemble(stage.bundle.networks, manifest, on: stage.kernels)
        .actions(states: states)
      for member in 0..<sizes.members {
        let all = try TorchTensor.concatenated(
          [predicted.velocities.selected(0, member), predicted.grippers.selected(0, member)])
        #expect(distance(mine[member].values, try all.floats()) < 1e-4)
        let one = try TorchTensor.concatenated(
          [flatly.velocities.selected(0, member), flatly.grippers.selected(0, member)])
        #expect(distance(flatMine[member].values, try one.floats()) < 1e-4)
      }
    }

    @Test(arguments: ["stack", "kitchen-table"])
    func `the encoder agrees with LibTorch`(name: String) throws {
      let stage = try Stage(name)
      let weights = stage.bundle.encoder
      let side = weights.configuration.imageSide
      var random = SeededGenerator(seed: 8)
      let pixels = (0..<side * side * 3).map { _ in UInt8.random(in: 0...255, using: &random) }
      let mine = try ReferenceEncoder(weights).embedding(of: pixels)
      let theirs = try EncoderModel(weights.configuration, attention: .taylor)
      try theirs.load(weights)
      let embedding = try withoutGradient {
        try theirs(TorchTensor(bytes: pixels, shape: [1, side, side, 3])).floats()
      }
      #expect(distance(mine, embedding) < 1e-3)
    }
  }
}
