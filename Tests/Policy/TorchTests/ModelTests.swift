// Aim: the networks that are trained are those that policies run. Method: the encoder against its
// definition; every model's exported tensors by name and shape, and back again.
import Policy
import PolicyTraining
import Tensors
import Testing
import Torch
import VisionTransformer

private let small = VisionTransformerConfiguration(
  imageSide: 20, patchSide: 5, dimension: 24, depth: 2, heads: 3)

private let architecture = PolicyManifest.Architecture(
  horizon: 4, executedSteps: 2, latent: 5, code: 3, members: 3, samples: 8, predictorWidth: 7,
  predictorDepth: 2, memberWidth: 6)

private func pictures(_ count: Int) -> [[UInt8]] {
  (0..<count).map { picture in
    (0..<small.imageBytes).map { UInt8(truncatingIfNeeded: ($0 * (37 + picture) + $0 / 7) % 251) }
  }
}

extension TorchTests {
  @Suite struct EncoderModelTests {
    @Test(arguments: [(AttentionKind.softmax, TrainingAttention.softmax), (.taylor, .taylor)])
    func `embeddings are those of the definition`(kind: AttentionKind, training: TrainingAttention)
      throws
    {
      let weights = try VisionTransformerWeights.untrained(small.attending(kind), seed: 3)
      let model = try EncoderModel(weights.configuration, attention: training)
      try model.load(weights)
      #expect(try model.toWeights() == weights)
      let images = pictures(3)
      let side = small.imageSide
      let found = try model(TorchTensor(bytes: images.flatMap { $0 }, shape: [3, side, side, 3]))
      #expect(found.shape == [3, small.dimension])
      let wanted = try images.flatMap { try ReferenceEncoder(weights).embedding(of: $0) }
      for (a, b) in zip(try found.floats(), wanted) { #expect(abs(a - b) < 1e-4) }
    }

    @Test(arguments: [Float(0), 0.02, 0.06, 0.2, 2])
    func `sparse attention is that of the definition`(threshold: Float) throws {
      let (heads, n, d) = (3, 17, 8)
      try setSeed(7)
      let parts = try (0..<3).map { _ in try TorchTensor.normal([1, heads, n, d]) }
      let (output, share) = try Attention(queries: parts[0], keys: parts[1], values: parts[2])
        .taylorWithSparse(threshold: threshold)
      let numbers = try parts.map { try $0.floats() }
      var (wanted, density): ([Float], Float) = ([], 0)
      for head in 0..<heads {
        let range = head * n * d..<(head + 1) * n * d
        let result = ReferenceAttention.taylorWithSparse(
          queries: Array(numbers[0][range]), keys: Array(numbers[1][range]),
          values: Array(numbers[2][range]), tokens: n, dimension: d, threshold: threshold)
        wanted += result.output
        density += result.density / Float(heads)
      }
      for (a, b) in zip(try output.floats(), wanted) { #expect(abs(a - b) < 1e-4) }
      #expect(abs(Float(try #require(share).number()) - density) < 1e-6)
      #expect(threshold > 0 || density == 1)
      #expect(threshold < 2 || density == 0)
    }

    /// All places are strong where the threshold is zero; otherwise the mask, which is no function to
    /// differentiate, could change between two points.
    @Test(
      arguments: [TrainingAttention.softmax, .taylor, .taylorWithSparse(threshold: 0)])
    func `an encoder has the gradients of its loss`(attention: TrainingAttention) throws {
      try setSeed(8)
      let model = try EncoderModel(small, attention: attention)
      try model.load(VisionTransformerWeights.untrained(small, seed: 9))
      let side = small.imageSide
      let input = try TorchTensor(bytes: pictures(2).flatMap { $0 }, shape: [2, side, side, 3])
      try expectGradients(of: model.parameters, step: 3e-3, tolerance: 0.04) {
        try model(input).sigmoid().square().mean()
      }
    }

    @Test func `an encoder learns to tell two pictures apart`() throws {
      try setSeed(10)
      let model = try EncoderModel(small, attention: .taylorWithSparse(threshold: 0.02))
      let head = try Linear(small.dimension, 2)
      let network = Joined([("", model), ("head.", head)])
      let optimiser = try AdamW(network, learningRate: 3e-3)
      let side = small.imageSide
      let input = try TorchTensor(bytes: pictures(2).flatMap { $0 }, shape: [2, side, side, 3])
      let classes = try TorchTensor(indices: [0, 1])
      for _ in 0..<40 {
        try head(model(input)).crossEntropy(with: classes).backward()
        try network.clipGradients(to: 1)
        try optimiser.step()
      }
      #expect(try head(model(input)).crossEntropy(with: classes).number() < 0.05)
      #expect(model.strongShares.count == small.depth)
    }

    @Test func `pictures of another size are refused`() throws {
      let model = try EncoderModel(small, attention: .taylor)
      #expect(throws: TorchError.self) {
        _ = try model(TorchTensor(bytes: [UInt8](repeating: 0, count: 12), shape: [1, 2, 2, 3]))
      }
    }
  }
}

extension TorchTests {
  @Suite struct PolicyModelTests {
    private let m = architecture.state

    @Test func `members are exported one by one and come back`() throws {
      try setSeed(11)
      let model = try EnsembleModel(architecture)
      let tensors = try model.exported()
      let w = architecture.memberWidth
      #expect(tensors.count == 3 * 12)
      #expect(tensors["members.2.fuse.0.weight"]?.shape == [w, 2 * m])
      #expect(tensors["members.0.lstm.weight_ih"]?.shape == [4 * w, w])
      #expect(tensors["members.0.lstm.bias_hh"]?.shape == [4 * w])
      #expect(tensors["members.1.head.1.bias"]?.shape == [9])
      #expect(tensors["members.0.fuse.0.weight"] != tensors["members.1.fuse.0.weight"])
      let other = try EnsembleModel(architecture)
      try other.load(exported: tensors)
      let (states, goals) = (try TorchTensor.normal([4, m]), try TorchTensor.normal([4, m]))
      let (a, b) = (
        try model(states: states, goals: goals), try other(states: states, goals: goals)
      )
      #expect(a.velocities.shape == [3, 4, 4, 6])
      #expect(a.grippers.shape == [3, 4, 4, 3])
      #expect(try a.velocities.plain() == b.velocities.plain())
      var torn = tensors
      torn["members.2.lstm.bias_ih"] = nil
      #expect(throws: TorchError.self) { try other.load(exported: torn) }
    }

    @Test func `a member alone does what it does among others`() throws {
      try setSeed(12)
      let model = try FlatModel(architecture)
      let states = try TorchTensor.normal([4, m])
      let all = try model(states).velocities
      let tensors = try model.exported()
      var x = states
      for layer in 0..<3 {
        let weight = try TorchTensor(#require(tensors["flat.1.\(layer).weight"]))
        x = try x.linear(weight, TorchTensor(#require(tensors["flat.1.\(layer).bias"])))
        if layer < 2 { x = try x.gelu() }
      }
      let difference = try all.selected(0, 1) - x.sliced(1, 0..<6)
      #expect(try difference.magnitude().largest().number() < 1e-5)
    }

    @Test func `a subgoal is the state and what the decoder adds`() throws {
      try setSeed(13)
      let model = try SubgoalModel(architecture, subtasks: 2)
      let tensors = try model.exported()
      #expect(
        tensors.keys.sorted()
          == (0...1).flatMap { ["chooser.\($0).bias", "chooser.\($0).weight"] }
          + (0...2).flatMap { ["predictor.\($0).bias", "predictor.\($0).weight"] })
      #expect(tensors["predictor.0.weight"]?.shape == [7, m + 2 + 3])
      let (state, subtask) = (try TorchTensor.normal([4, m]), try TorchTensor.zeros([4, 2]))
      let samples = try model.samples(
        state: state, subtask: subtask.unsqueezed(1).expanded(-1, 8, -1))
      #expect(samples.shape == [4, 8, m])
      let code = try model.code(state: state, middle: state, goal: state, subtask: subtask)
      #expect(try code.divergences().floats().allSatisfy { $0 >= 0 })
      try model.load(exported: tensors.mapValues { Tensor(repeating: 0, shape: $0.shape) })
      let still = try model.subgoal(state: state, subtask: subtask, code: code.sample())
      #expect(try still.plain() == state.plain())
      #expect(try model.choice(state: state).floats() == [Float](repeating: 0, count: 8))
    }

    @Test func `risk is one logit a state and action`() throws {
      let model = try RiskModel(architecture)
      let logits = try model(
        states: TorchTensor.zeros([4, m]), velocities: TorchTensor.zeros([4, 6]),
        grippers: TorchTensor.zeros([4, 3]))
      #expect(logits.shape == [4])
      #expect(try model.exported()["risk.2.weight"]?.shape == [1, architecture.memberWidth])
    }
  }
}
