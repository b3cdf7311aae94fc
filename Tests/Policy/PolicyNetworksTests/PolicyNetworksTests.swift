// Aim: the networks compute what LibTorch computes, on every instruction set, and the same for a robot
// whoever shares its batch. Method: weights, inputs and results that Fixtures/torch_networks.py wrote
// with torch in float64, and a plain reference for sizes that are drawn at random.
import Foundation
import MallardTesting
import Policy
import PolicyNetworks
import TensorFiles
import TensorKernels
import Tensors
import Testing

private struct Oracle {
  let tensors: [String: Tensor]

  init() throws {
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "Fixtures/networks.safetensors")
    tensors = try Safetensors.read(file)
  }

  subscript(name: String) -> Tensor {
    get throws { try #require(tensors[name]) }
  }
}

private func difference(_ a: Tensor, _ b: Tensor) -> Float {
  a.shape == b.shape
    ? zip(a.values, b.values).map { abs($0 - $1) }.max() ?? 0 : .infinity
}

@Suite struct TorchTests {
  private let manifest = SmallPolicy.manifest()

  private func kernels(_ instructions: InstructionSet, threads: Int = 2) throws -> Kernels {
    try Kernels(Execution(threads: threads, instructions: instructions))
  }

  @Test(arguments: InstructionSet.available)
  func `all networks meet torch`(instructions: InstructionSet) throws {
    let oracle = try Oracle()
    let kernels = try kernels(instructions)
    let (tensors, states) = (oracle.tensors, try oracle["in.states"])
    let latents = try LatentProjection(tensors, manifest, on: kernels)
      .latents(of: oracle["in.embeddings"])
    #expect(try difference(latents, oracle["out.latents"]) < 1e-5)
    let named = try oracle["in.named"].values.map { $0 >= 0 && $0 < 2 ? Int($0) : nil }
    let samples = try SubgoalPredictor(tensors, manifest, on: kernels)
      .sample(states: states, named: named, codes: oracle["in.codes"])
    #expect(try difference(samples, oracle["out.samples"]) < 1e-5)
    let ensemble = try GoalReachingEnsemble(tensors, manifest, on: kernels)
    let rolled = try ensemble.rollOut(states: states, subgoals: oracle["in.subgoals"], steps: 5)
    let flat = try FlatEnsemble(tensors, manifest, on: kernels).actions(states: states)
    for member in 0..<3 {
      #expect(try difference(rolled[member], oracle["out.actions.\(member)"]) < 1e-5)
      #expect(try difference(flat[member], oracle["out.flat.\(member)"]) < 1e-5)
    }
    let logits = try RiskNetwork(tensors, manifest, on: kernels)
      .logits(states: states, actions: oracle["in.actions"])
    let wanted = try oracle["out.logits"]
    #expect(difference(try Tensor(shape: [5], values: logits), wanted) < 1e-5)
  }

  @Test func `a shorter sequence is the beginning of the longer one`() throws {
    let oracle = try Oracle()
    let ensemble = try GoalReachingEnsemble(oracle.tensors, manifest, on: kernels(.best))
    let (states, subgoals) = (try oracle["in.states"], try oracle["in.subgoals"])
    let whole = try ensemble.rollOut(states: states, subgoals: subgoals, steps: 5)
    for steps in 0...5 {
      let part = try ensemble.rollOut(states: states, subgoals: subgoals, steps: steps)
      for member in 0..<3 {
        for robot in 0..<5 {
          let long = whole[member].values[robot * 45..<robot * 45 + steps * 9]
          let short = part[member].values[robot * steps * 9..<(robot + 1) * steps * 9]
          #expect(Array(long) == Array(short), "\(steps) steps, member \(member), robot \(robot)")
        }
      }
    }
  }

  @Test(arguments: [1, 3])
  func `who shares the batch changes no bit`(threads: Int) throws {
    let oracle = try Oracle()
    let kernels = try kernels(.best, threads: threads)
    let predictor = try SubgoalPredictor(oracle.tensors, manifest, on: kernels)
    let ensemble = try GoalReachingEnsemble(oracle.tensors, manifest, on: kernels)
    let (states, subgoals) = (try oracle["in.states"], try oracle["in.subgoals"])
    let codes = try oracle["in.codes"]
    let samples = try predictor.sample(
      states: states, named: [0, nil, 1, nil, 0], codes: codes)
    let rolled = try ensemble.rollOut(states: states, subgoals: subgoals, steps: 3)
    for (robot, named) in [0, nil, 1, nil, 0].enumerated() {
      func row(_ tensor: Tensor, _ count: Int = 1) throws -> Tensor {
        let size = tensor.shape[1] * count
        return try Tensor(
          shape: [count, tensor.shape[1]],
          values: Array(tensor.values[robot * size..<(robot + 1) * size]))
      }
      let alone = try predictor.sample(
        states: row(states), named: [named], codes: row(codes, 7))
      #expect(try alone == row(samples, 7))
      let actions = try ensemble.rollOut(
        states: row(states), subgoals: row(subgoals), steps: 3)
      for member in 0..<3 {
        #expect(
          actions[member].values == Array(rolled[member].values[robot * 27..<(robot + 1) * 27]))
      }
    }
  }

  @Test func `samples of one robot may be for several subtasks`() throws {
    let oracle = try Oracle()
    let predictor = try SubgoalPredictor(oracle.tensors, manifest, on: kernels(.best))
    let (states, codes) = (try oracle["in.states"], try oracle["in.codes"])
    typealias Group = SubgoalPredictor.Group
    let mixed =
      [Group(subtask: 1, samples: 2), .init(subtask: 0, samples: 0)]
      + [Group(subtask: nil, samples: 1), .init(subtask: 0, samples: 4)]
    let found = try predictor.sample(
      states: states, groups: [[Group]](repeating: mixed, count: 5), codes: codes)
    let alike = try [1, nil, 0].map { name in
      try predictor.sample(states: states, named: [Int?](repeating: name, count: 5), codes: codes)
    }
    for row in 0..<35 {
      let whose = row % 7 < 2 ? 0 : row % 7 < 3 ? 1 : 2
      let range = row * 22..<(row + 1) * 22
      #expect(found.values[range] == alike[whose].values[range], "sample \(row)")
    }
    var short = [[Group]](repeating: mixed, count: 5)
    short[3] = [Group(subtask: 0, samples: 6)]
    #expect(throws: NetworkError.self) {
      try predictor.sample(states: states, groups: short, codes: codes)
    }
  }

  @Test func `no robots, and inputs of other shapes`() throws {
    let oracle = try Oracle()
    let kernels = try kernels(.best)
    let predictor = try SubgoalPredictor(oracle.tensors, manifest, on: kernels)
    let ensemble = try GoalReachingEnsemble(oracle.tensors, manifest, on: kernels)
    let none = Tensor(repeating: 0, shape: [0, 22])
    #expect(
      try predictor.sample(states: none, named: [], codes: Tensor(repeating: 0, shape: [0, 3]))
        .shape == [0, 22])
    #expect(try ensemble.rollOut(states: none, subgoals: none, steps: 2)[0].shape == [0, 2, 9])
    let states = try oracle["in.states"]
    let codes = try oracle["in.codes"]
    let wrong = Tensor(repeating: 0, shape: [5, 21])
    #expect(throws: NetworkError.input(name: "states", found: [5, 21], wanted: [5, 22])) {
      try predictor.sample(states: wrong, named: [nil, nil, nil, nil, nil], codes: codes)
    }
    #expect(throws: NetworkError.self) {
      try predictor.sample(states: states, named: [nil], codes: codes)
    }
    #expect(throws: NetworkError.subtask(found: 2, known: 2)) {
      try predictor.sample(states: states, named: [nil, nil, nil, nil, 2], codes: codes)
    }
    #expect(throws: NetworkError.self) {
      try predictor.sample(
        states: states, named: [nil, nil, nil, nil, nil],
        codes: Tensor(repeating: 0, shape: [34, 3]))
    }
    #expect(throws: NetworkError.self) {
      try ensemble.rollOut(states: states, subgoals: wrong, steps: 1)
    }
    #expect(throws: NetworkError.self) {
      try ensemble.rollOut(states: states, subgoals: states, steps: 6)
    }
  }

  @Test func `a tensor that is missing or misshapen is named`() throws {
    let oracle = try Oracle()
    let kernels = try kernels(.best)
    for name in oracle.tensors.keys.sorted() where name.hasPrefix("members.1.") {
      var tensors = oracle.tensors
      tensors[name] = Tensor(repeating: 0, shape: [3])
      let error = #expect(throws: NetworkError.self) {
        try GoalReachingEnsemble(tensors, manifest, on: kernels)
      }
      #expect(error?.description.contains(name) == true)
      tensors[name] = nil
      #expect(throws: NetworkError.self) {
        try GoalReachingEnsemble(tensors, manifest, on: kernels)
      }
    }
  }
}
