internal import Tensors
internal import Torch

/// What both kinds of behaviour cloning minimise.
struct ActionLoss {
  let velocity: TorchTensor
  let gripper: TorchTensor

  /// - Parameters:
  ///   - predicted: [..., 6] and [..., 3].
  ///   - velocities: [..., 6].
  ///   - grippers: One-hot commands times their weights: [..., 3].
  ///   - mask: [..., 1]: 1 where there is an action, 0 after an episode's end; nil is 1.
  /// - Throws: `TorchError`.
  init(
    _ predicted: PredictedActions, velocities: TorchTensor, grippers: TorchTensor,
    mask: TorchTensor? = nil
  ) throws {
    let errors = try (predicted.velocities - velocities).square()
    let logs = try predicted.grippers.logSoftmax() * grippers
    guard let mask else {
      velocity = try errors.mean()
      gripper = try -logs.sum() / grippers.sum()
      return
    }
    velocity = try (errors * mask).sum() / (mask.sum() * 6)
    gripper = try -(logs * mask).sum() / (grippers * mask).sum()
  }

  func losses(gripperWeight: Double) throws -> Losses {
    Losses(
      total: try velocity + gripper * gripperWeight,
      parts: ["velocity": velocity, "gripper": gripper])
  }
}

/// The goal-reaching ensemble learns how demonstrators got from a state to one a little later. Members
/// see the steps in different orders.
///
/// A part of the goals may be what the subgoal predictor makes of the state, once the subtask is named
/// (`TrainingRecipe.foreseenShare`): when the policy is used there are no others, and those are centimetres
/// beside where demonstrators went. Held-out figures of both kinds of goals are taken at any share.
final class EnsembleTask: LearningTask {
  let stage = TrainingStage.ensemble
  let schedule: TrainingRecipe.Schedule
  let module: Joined
  private let model: EnsembleModel
  private let predictor: SubgoalModel
  private let table: StateTable
  private let recipe: TrainingRecipe.Actions
  private let orders: [BatchOrder]
  private let goals: [Int]
  private let lasts: [Int]
  private let gripperWeights: [Float]

  /// - Parameters:
  ///   - table: What to learn from.
  ///   - predictor: The subgoal predictor, trained; by the names of `SubgoalModel.exported`.
  ///   - seed: Draws first weights, orders and noise.
  /// - Throws: `TorchError` where the predictor is of other sizes.
  init(_ table: StateTable, predictor: [String: Tensor], seed: UInt64) throws {
    self.table = table
    let architecture = table.recipe.architecture
    self.predictor = try SubgoalModel(architecture, subtasks: table.data.subtaskCount)
    try self.predictor.load(exported: predictor)
    recipe = table.recipe.ensemble
    schedule = recipe.schedule
    let seed = Seed.mixed(seed, stage)
    try setSeed(seed)
    model = try EnsembleModel(architecture)
    module = Joined([("", model)])
    let rows = table.data.demonstratedSteps(heldOut: false)
    let size = recipe.schedule.batch
    orders = (0..<model.members).map {
      BatchOrder(rows, size: size, seed: Seed.mixed(seed, UInt64($0)))
    }
    goals = table.data.goals(horizon: table.recipe.horizon)
    lasts = table.data.lastSteps
    gripperWeights = table.gripperWeights(balance: recipe.gripperBalance)
  }

  var batchesPerPass: Int { orders[0].batchesPerPass }

  func losses(at step: Int, share: Double) throws -> Losses {
    let batches = orders.map { $0.batch(at: step) }
    let rows = batches.flatMap { $0 }
    let shape = [model.members, batches[0].count, table.width]
    return try loss(
      rows, states: table.states(rows, noise: recipe.latentNoise).reshaped(shape),
      goals: mixedGoals(rows).reshaped(shape)
    ).losses(gripperWeight: recipe.gripperWeight)
  }

  /// The goals of some steps [rows, state]: foreseen ones, and where demonstrators came.
  private func mixedGoals(_ rows: [Int]) throws -> TorchTensor {
    let reached = try table.states(rows.map { goals[$0] }, noise: recipe.latentNoise)
    let share = table.recipe.foreseenShare
    guard share > 0 else { return reached }
    let foreseen = try foreseenGoals(rows, noise: table.recipe.predictor.latentNoise)
    // Torch's generator was seeded for this step; what it draws here is the same each time.
    let isForeseen = try TorchTensor.uniform(0...1, [rows.count]).floats().map {
      Float(Double($0) < share ? 1 : 0)
    }
    let mask = try TorchTensor(isForeseen, shape: [rows.count, 1])
    return try reached + (foreseen - reached) * mask
  }

  /// A subgoal that the predictor draws for each step [rows, state], knowing the subtask that came.
  private func foreseenGoals(_ rows: [Int], noise: Double = 0) throws -> TorchTensor {
    try withoutGradient {
      try predictor.subgoal(
        state: table.states(rows, noise: noise), subtask: table.subtasks(rows) { _ in true },
        code: TorchTensor.normal([rows.count, table.recipe.code]))
    }
  }

  /// How far predicted actions are from those that followed. `rows` are the steps of all members, one
  /// member after another.
  private func loss(
    _ rows: [Int], states: TorchTensor, goals: TorchTensor
  ) throws -> ActionLoss {
    let horizon = model.horizon
    var (steps, mask): ([Int], [Float]) = ([], [])
    for row in rows {
      for ahead in 0..<horizon {
        steps.append(min(row + ahead, lasts[row]))
        mask.append(isShown(row + ahead, in: row) ? 1 : 0)
      }
    }
    let (members, batch) = (model.members, rows.count / model.members)
    return try ActionLoss(
      model(states: states, goals: goals),
      velocities: table.velocities.gathered(steps).reshaped(members, batch, horizon, 6),
      grippers: table.grippers(steps, weights: gripperWeights)
        .reshaped(members, batch, horizon, 3),
      mask: TorchTensor(mask, shape: [members, batch, horizon, 1]))
  }

  /// Whether what was done at `step` is to be learnt, by one who began at `row`: it was in the same
  /// episode, and a person did it.
  private func isShown(_ step: Int, in row: Int) -> Bool {
    step <= lasts[row] && (table.data.isHuman[step] || !table.data.isHuman[row])
  }

  func heldOut() throws -> [String: Double] {
    let all = table.heldOutRows(2_048)
    var sums: [String: Double] = [:]
    for start in stride(from: 0, to: all.count, by: 256) {
      let rows = Array(all[start..<min(start + 256, all.count)])
      let share = Double(rows.count) / Double(all.count)
      let (states, ends) = (try table.states(rows), try table.states(rows.map { goals[$0] }))
      let every = [[Int]](repeating: rows, count: model.members).flatMap { $0 }
      for (name, goals, part) in [
        ("", ends, 1 - table.recipe.foreseenShare),
        ("Foreseen", try foreseenGoals(rows), table.recipe.foreseenShare),
      ] {
        let loss = try loss(every, states: states, goals: goals)
          .losses(gripperWeight: recipe.gripperWeight)
        sums["loss", default: 0] += try loss.total.number() * part * share
        for (kind, value) in loss.parts {
          sums[kind + name, default: 0] += try value.number() * share
        }
      }
      let predicted = try model(states: states, goals: ends)
      let spread = try predicted.velocities.sliced(2, 0..<table.recipe.executedSteps)
      sums["disagreement", default: 0] += try spread.deviation(0).mean().number() * share
      let gripper = try predicted.grippers.selected(2, 0).softmax().mean(0).indexOfLargest()
      let right = zip(try gripper.integers(), rows).filter { $0 == table.data.grippers[$1] }
      sums["gripperRight", default: 0] += Double(right.count) / Double(all.count)
    }
    return sums
  }

  func exported() throws -> [String: Tensor] { try model.exported() }
}

/// Flat behaviour cloning learns the next action from the state alone.
final class FlatTask: LearningTask {
  let stage = TrainingStage.flat
  let schedule: TrainingRecipe.Schedule
  let module: Joined
  private let model: FlatModel
  private let table: StateTable
  private let recipe: TrainingRecipe.Actions
  private let orders: [BatchOrder]
  private let gripperWeights: [Float]

  init(_ table: StateTable, seed: UInt64) throws {
    self.table = table
    recipe = table.recipe.flat
    schedule = recipe.schedule
    let seed = Seed.mixed(seed, stage)
    try setSeed(seed)
    model = try FlatModel(table.recipe.architecture)
    module = Joined([("", model)])
    let rows = table.data.demonstratedSteps(heldOut: false)
    let size = recipe.schedule.batch
    orders = (0..<model.members).map {
      BatchOrder(rows, size: size, seed: Seed.mixed(seed, UInt64($0)))
    }
    gripperWeights = table.gripperWeights(balance: recipe.gripperBalance)
  }

  var batchesPerPass: Int { orders[0].batchesPerPass }

  func losses(at step: Int, share: Double) throws -> Losses {
    let rows = orders.flatMap { $0.batch(at: step) }
    let states = try table.states(rows, noise: recipe.latentNoise)
      .reshaped(model.members, -1, table.width)
    return try loss(rows, states).losses(gripperWeight: recipe.gripperWeight)
  }

  private func loss(_ rows: [Int], _ states: TorchTensor) throws -> ActionLoss {
    try ActionLoss(
      model(states),
      velocities: table.velocities.gathered(rows).reshaped(model.members, -1, 6),
      grippers: table.grippers(rows, weights: gripperWeights).reshaped(model.members, -1, 3))
  }

  func heldOut() throws -> [String: Double] {
    let rows = table.heldOutRows(4_096)
    let states = try table.states(rows)
    let every = [[Int]](repeating: rows, count: model.members).flatMap { $0 }
    let losses = try loss(every, states).losses(gripperWeight: recipe.gripperWeight)
    let predicted = try model(states)
    let gripper = try predicted.grippers.softmax().mean(0).indexOfLargest().integers()
    var measures = try losses.parts.mapValues { try $0.number() }
    measures["loss"] = try losses.total.number()
    measures["disagreement"] = try predicted.velocities.deviation(0).mean().number()
    measures["gripperRight"] =
      Double(zip(gripper, rows).filter { $0 == table.data.grippers[$1] }.count)
      / Double(max(rows.count, 1))
    return measures
  }

  func exported() throws -> [String: Tensor] { try model.exported() }
}
