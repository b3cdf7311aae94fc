internal import Foundation
internal import Policy
internal import Torch

/// States and actions of every step as tensors, for the networks behind the eye.
struct StateTable {
  let data: TrainingData
  let recipe: TrainingRecipe
  /// Latent, then proprioception: [steps, state].
  let states: TorchTensor
  /// Standardised: [steps, 6].
  let velocities: TorchTensor
  let latent: Int

  init(_ data: TrainingData, _ recipe: TrainingRecipe, _ embeddings: Embeddings) throws {
    self.data = data
    self.recipe = recipe
    latent = recipe.latent
    let scales = Standardisation(data, recipe)
    states = try TorchTensor.concatenated([
      TorchTensor(embeddings.latents, shape: [data.count, recipe.latent]),
      TorchTensor(
        scales.proprioception(data.proprioception),
        shape: [data.count, ProprioceptionFeatures.count]),
    ])
    velocities = try TorchTensor(scales.velocities(of: data), shape: [data.count, 6])
  }

  /// Numbers in a state.
  var width: Int { latent + ProprioceptionFeatures.count }

  /// The states of some steps [rows, state], with noise on the latent.
  func states(_ rows: [Int], noise: Double = 0) throws -> TorchTensor {
    let chosen = try states.gathered(rows)
    guard noise > 0 else { return chosen }
    return try TorchTensor.concatenated([
      chosen.sliced(-1, 0..<latent) + TorchTensor.normal([rows.count, latent]) * noise,
      chosen.sliced(-1, latent..<width),
    ])
  }

  /// One-hot subtasks [rows, subtasks]; zeros where `isNamed` is false or there is none.
  func subtasks(_ rows: [Int], isNamed: (Int) -> Bool) throws -> TorchTensor {
    let count = data.subtaskCount
    var values = [Float](repeating: 0, count: rows.count * count)
    for (place, row) in rows.enumerated() where data.subtasks[row] >= 0 && isNamed(place) {
      values[place * count + data.subtasks[row]] = 1
    }
    return try TorchTensor(values, shape: [rows.count, count])
  }

  /// How much each gripper command counts: 1 on average; rare ones more, as `balance` says.
  func gripperWeights(balance: Double) -> [Float] {
    var counts = [Double](repeating: 1, count: 3)
    for step in data.demonstratedSteps(heldOut: false) { counts[data.grippers[step]] += 1 }
    let whole = counts.reduce(0, +)
    let raw = counts.map { pow(whole / (3 * $0), balance) }
    let mean = zip(raw, counts).reduce(0) { $0 + $1.0 * $1.1 } / whole
    return raw.map { Float($0 / mean) }
  }

  /// One-hot commands times their weights [rows, 3].
  func grippers(_ rows: [Int], weights: [Float]) throws -> TorchTensor {
    var values = [Float](repeating: 0, count: rows.count * 3)
    for (place, row) in rows.enumerated() {
      values[place * 3 + data.grippers[row]] = weights[data.grippers[row]]
    }
    return try TorchTensor(values, shape: [rows.count, 3])
  }

  /// Held-out steps, evenly spread, at most this many.
  func heldOutRows(_ limit: Int) -> [Int] {
    let all = data.demonstratedSteps(heldOut: true)
    let count = min(limit, all.count)
    return (0..<count).map { all[$0 * all.count / count] }
  }
}
