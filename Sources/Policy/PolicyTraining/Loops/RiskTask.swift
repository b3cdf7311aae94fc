internal import Foundation
internal import Tensors
internal import Torch

/// The risk network learns how soon a demonstrator's action led to the end of the subtask: γⁿ, n
/// steps ahead.
final class RiskTask: LearningTask {
  let stage = TrainingStage.risk
  let schedule: TrainingRecipe.Schedule
  let module: Joined
  private let model: RiskModel
  private let table: StateTable
  private let order: BatchOrder
  private let values: [Float]

  init(_ table: StateTable, seed: UInt64) throws {
    self.table = table
    schedule = table.recipe.risk.schedule
    let seed = Seed.mixed(seed, stage)
    try setSeed(seed)
    model = try RiskModel(table.recipe.architecture)
    module = Joined([("", model)])
    order = BatchOrder(
      table.data.demonstratedSteps(heldOut: false), size: schedule.batch, seed: seed)
    let discount = table.recipe.risk.discount
    values = table.data.stepsToEnd.map { Float(pow(discount, Double($0))) }
  }

  var batchesPerPass: Int { order.batchesPerPass }

  private func logits(_ rows: [Int]) throws -> TorchTensor {
    try model(
      states: table.states(rows), velocities: table.velocities.gathered(rows),
      grippers: table.grippers(rows, weights: [1, 1, 1]))
  }

  private func targets(_ rows: [Int]) throws -> TorchTensor {
    try TorchTensor(rows.map { values[$0] }, shape: [rows.count])
  }

  func losses(at step: Int, share: Double) throws -> Losses {
    let rows = order.batch(at: step)
    return Losses(
      total: try logits(rows).binaryCrossEntropy(with: targets(rows)), parts: [:])
  }

  func heldOut() throws -> [String: Double] {
    let rows = table.heldOutRows(4_096)
    let (logits, wanted) = (try logits(rows), try targets(rows))
    return [
      "loss": try logits.binaryCrossEntropy(with: wanted).number(),
      "error": try (logits.sigmoid() - wanted).magnitude().mean().number(),
    ]
  }

  func exported() throws -> [String: Tensor] { try model.exported() }
}
