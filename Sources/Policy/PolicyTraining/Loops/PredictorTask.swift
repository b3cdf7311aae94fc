internal import Policy
internal import Tensors
internal import Torch

/// The subgoal predictor learns where demonstrators were a little later.
final class PredictorTask: LearningTask {
  let stage = TrainingStage.predictor
  let schedule: TrainingRecipe.Schedule
  let module: Joined
  private let model: SubgoalModel
  private let table: StateTable
  private let recipe: TrainingRecipe.Predictor
  private let order: BatchOrder
  private let goals: [Int]
  private let middles: [Int]
  private let weights: TorchTensor
  private let heldOutRows: [Int]

  init(_ table: StateTable, seed: UInt64) throws {
    self.table = table
    recipe = table.recipe.predictor
    schedule = recipe.schedule
    let seed = Seed.mixed(seed, stage)
    try setSeed(seed)
    model = try SubgoalModel(table.recipe.architecture, subtasks: table.data.subtaskCount)
    module = Joined([("", model)])
    order = BatchOrder(
      table.data.demonstratedSteps(heldOut: false), size: schedule.batch, seed: seed)
    goals = table.data.goals(horizon: table.recipe.horizon)
    middles = table.data.goals(horizon: table.recipe.horizon / 2)
    var weights = [Float](repeating: Float(recipe.otherWeight), count: table.width)
    for index in ProprioceptionFeatures.position {
      weights[table.latent + index] = Float(recipe.positionWeight)
    }
    self.weights = try TorchTensor(weights, shape: [table.width])
    heldOutRows = table.heldOutRows(4_096)
  }

  var batchesPerPass: Int { order.batchesPerPass }

  func losses(at step: Int, share: Double) throws -> Losses {
    let rows = order.batch(at: step)
    // Torch's generator was seeded for this step; what it draws here is the same each time.
    let kept = try TorchTensor.uniform(0...1, [rows.count]).floats()
    let isNamed = { Double(kept[$0]) >= self.recipe.subtaskDropout }
    let parts = try parts(rows, noise: recipe.latentNoise, isNamed: isNamed)
    let warm =
      recipe.divergenceWarmUp > 0 ? min(1, 0.02 + share / recipe.divergenceWarmUp) : 1
    var losses = Losses(
      total: try parts.reconstruction + parts.divergence * (warm * recipe.divergenceWeight),
      parts: ["reconstruction": parts.reconstruction, "divergence": parts.divergence])
    let named = rows.indices.filter { isNamed($0) && table.data.subtasks[rows[$0]] >= 0 }
    if recipe.namedWeight > 0, !named.isEmpty {
      let told = try told(named.map { rows[$0] })
      losses.total = try losses.total + told * recipe.namedWeight
      losses.parts["told"] = told
    }
    let labelled = rows.filter { table.data.subtasks[$0] >= 0 }
    if recipe.choiceWeight > 0, !labelled.isEmpty {
      let choice = try choice(labelled, noise: recipe.choiceNoise)
      losses.total = try losses.total + choice * recipe.choiceWeight
      losses.parts["choice"] = choice
    }
    return losses
  }

  /// How far subgoals are from where demonstrators went, when the subtask is named and the code is drawn
  /// from the prior: what the code says besides is not to outweigh the name.
  private func told(_ rows: [Int]) throws -> TorchTensor {
    let code = try TorchTensor.normal([rows.count, table.recipe.code])
    let subgoal = try model.subgoal(
      state: table.states(rows, noise: recipe.latentNoise),
      subtask: table.subtasks(rows) { _ in true }, code: code)
    let goal = try table.states(rows.map { goals[$0] })
    let errors = try ((subgoal - goal).square() * weights).sum(-1).mean()
    return try errors / (2 * recipe.deviation * recipe.deviation)
  }

  /// How surprising the subtasks are that came.
  private func choice(_ rows: [Int], noise: Double) throws -> TorchTensor {
    try model.choice(state: table.states(rows, noise: noise))
      .crossEntropy(with: TorchTensor(indices: rows.map { table.data.subtasks[$0] }))
  }

  private func parts(
    _ rows: [Int], noise: Double, isNamed: (Int) -> Bool
  ) throws -> (reconstruction: TorchTensor, divergence: TorchTensor) {
    let state = try table.states(rows, noise: noise)
    let goal = try table.states(rows.map { goals[$0] })
    let subtask = try table.subtasks(rows, isNamed: isNamed)
    let code = try model.code(
      state: state, middle: table.states(rows.map { middles[$0] }), goal: goal, subtask: subtask)
    let subgoal = try model.subgoal(state: state, subtask: subtask, code: code.sample())
    let errors = try ((subgoal - goal).square() * weights).sum(-1).mean()
    return (
      try errors / (2 * recipe.deviation * recipe.deviation), try code.divergences().mean()
    )
  }

  func heldOut() throws -> [String: Double] {
    var sums: [String: Double] = [:]
    for start in stride(from: 0, to: heldOutRows.count, by: 512) {
      let rows = Array(heldOutRows[start..<min(start + 512, heldOutRows.count)])
      let share = Double(rows.count) / Double(heldOutRows.count)
      let parts = try parts(rows, noise: 0) { _ in true }
      let labelled = rows.filter { table.data.subtasks[$0] >= 0 }
      let choice = try labelled.isEmpty ? 0 : self.choice(labelled, noise: 0).number()
      sums["choice", default: 0] += choice * share
      let reconstruction = try parts.reconstruction.number()
      let divergence = try parts.divergence.number()
      sums["reconstruction", default: 0] += reconstruction * share
      sums["divergence", default: 0] += divergence * share
      sums["loss", default: 0] +=
        (reconstruction + divergence * recipe.divergenceWeight + choice * recipe.choiceWeight)
        * share
      for (name, isNamed) in [("spread", false), ("spreadNamed", true)] {
        let spread = try spread(rows, isNamed: isNamed)
        sums[name, default: 0] += spread.deviation * share
        sums[name + "NearestCm", default: 0] += spread.nearest * share
      }
    }
    return sums
  }

  /// How far sampled subgoals lie apart (the task uncertainty), and how near the nearest of them
  /// comes to where the demonstrator went, cm.
  private func spread(
    _ rows: [Int], isNamed: Bool
  ) throws -> (deviation: Double, nearest: Double) {
    let samples = min(table.recipe.samples, 32)
    let states = try table.states(rows)
    let subtask =
      isNamed
      ? try table.subtasks(rows) { _ in true }.unsqueezed(1).expanded(-1, samples, -1)
      : try drawnSubtasks(states, samples)
    let drawn = try model.samples(state: states, subtask: subtask)
    let first = table.latent + ProprioceptionFeatures.position.lowerBound
    let positions = try drawn.sliced(-1, first..<first + 3)
    let deviation = try positions.deviation(1).mean().number()
    let goal = try table.states(rows.map { goals[$0] }).sliced(-1, first..<first + 3)
    let distances = try (positions - goal.unsqueezed(1)).square().sum(-1)
    let nearest = try (-distances).largest(1).clamped(-.infinity, 0)
    let unit =
      table.recipe.positionDeviation > 0 ? Double(table.recipe.positionDeviation) : 1
    return (deviation, try (-nearest).squareRoot().mean().number() * unit * 100)
  }

  /// One-hot subtasks for samples of unnamed states [rows, samples, subtasks], as a policy splits them.
  private func drawnSubtasks(_ states: TorchTensor, _ samples: Int) throws -> TorchTensor {
    let (rows, count) = (states.shape[0], table.data.subtaskCount)
    let chances = try model.choice(state: states).softmax().floats().map(Double.init)
    var values = [Float](repeating: 0, count: rows * samples * count)
    for row in 0..<rows {
      let counts = SubtaskShares.counts(
        of: samples, Array(chances[row * count..<(row + 1) * count]))
      var sample = row * samples
      for (subtask, share) in counts.enumerated() {
        for _ in 0..<share {
          values[sample * count + subtask] = 1
          sample += 1
        }
      }
    }
    return try TorchTensor(values, shape: [rows, samples, count])
  }

  func exported() throws -> [String: Tensor] { try model.exported() }
}
