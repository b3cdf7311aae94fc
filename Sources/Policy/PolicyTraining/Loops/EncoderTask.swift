internal import Foundation
internal import Policy
internal import Tensors
internal import Torch
internal import VisionTransformer

/// The encoder learns to see: where the objects are, what the demonstrator does, and which subtask is
/// being done, all from one latent. The heads that say so are thrown away.
final class EncoderTask: LearningTask {
  let stage: TrainingStage
  let schedule: TrainingRecipe.Schedule
  let module: Joined
  let encoder: EncoderModel
  /// [cameras · dimension] to the latent.
  let latent: Linear
  private let objects: Perceptron
  private let actions: Perceptron
  private let subtasks: Perceptron

  private let data: TrainingData
  private let recipe: TrainingRecipe
  private let seed: UInt64
  private let order: BatchOrder
  private let pictures: PictureBatches
  private let proprioception: TorchTensor
  private let velocities: TorchTensor
  private let targets: TorchTensor?
  private let scenePictures: PictureBatches
  /// Nil where there are no scenes.
  private let sceneOrder: BatchOrder?
  private let sceneTargets: TorchTensor?
  private let sceneProprioception: TorchTensor?
  private let targetDeviation: [Float]
  /// What it learns from besides; its latents are met.
  private let teacher: EncoderTask?
  /// Whether its attention begins with a sparse part, which fades while it learns.
  private let beginsSparse: Bool

  /// An untrained encoder with its heads.
  ///
  /// - Parameters:
  ///   - stage: `teacher` or `encoder`.
  ///   - data: What to learn from.
  ///   - recipe: How.
  ///   - attention: How tokens attend while it learns; a sparse part fades.
  ///   - seed: Draws first weights and the order of steps.
  ///   - teacher: Whose weights it begins with, and whose latents it is to meet.
  ///   - threads: That read pictures.
  /// - Throws: `TorchError`.
  init(
    _ stage: TrainingStage, _ data: TrainingData, _ recipe: TrainingRecipe,
    attention: TrainingAttention, seed: UInt64, teacher: EncoderTask? = nil,
    threads: Int = 1
  ) throws {
    self.stage = stage
    self.data = data
    self.recipe = recipe
    self.seed = Seed.mixed(seed, stage)
    self.teacher = teacher
    if case .taylorWithSparse = attention { beginsSparse = true } else { beginsSparse = false }
    var schedule = recipe.encoder.schedule
    if stage == .teacher { schedule.epochs = min(schedule.epochs, recipe.encoder.teacherEpochs) }
    self.schedule = schedule
    try setSeed(self.seed)
    let (eye, width) = (recipe.eye, recipe.encoder.headWidth)
    encoder = try EncoderModel(eye, attention: attention)
    latent = try Linear(data.robot.cameras.count * eye.dimension, recipe.latent)
    // Knowing where the hand is, the wrist's camera says where things are too.
    let seen = recipe.latent + ProprioceptionFeatures.count
    objects = try Perceptron([seen, width, max(data.objects.columns.count, 1)])
    actions = try Perceptron([seen, width, 9])
    subtasks = try Perceptron([seen, width, data.subtaskCount])
    module = Joined([
      ("encoder.", encoder), ("latent.", latent), ("objects.", objects), ("actions.", actions),
      ("subtasks.", subtasks),
    ])
    order = BatchOrder(
      data.steps(heldOut: false), size: recipe.encoder.schedule.batch, seed: self.seed)
    pictures = try PictureBatches(data.pictures, recipe.encoder, threads: threads)
    let scales = Standardisation(data, recipe)
    proprioception = try TorchTensor(
      scales.proprioception(data.proprioception), shape: [data.count, ProprioceptionFeatures.count])
    velocities = try TorchTensor(scales.velocities(of: data), shape: [data.count, 6])
    let columns = data.objects.columns.count
    let statistics = data.statistics(of: data.objects.values, width: columns)
    targetDeviation = statistics.deviation
    targets =
      columns == 0
      ? nil
      : try TorchTensor(
        TrainingData.standardised(data.objects.values, statistics), shape: [data.count, columns])
    scenePictures = try PictureBatches(data.scenes.pictures, recipe.encoder, threads: threads)
    let scenes = columns == 0 || recipe.encoder.sceneBatch == 0 ? 0 : data.scenes.count
    sceneOrder =
      scenes == 0
      ? nil
      : BatchOrder(
        Array(0..<scenes), size: recipe.encoder.sceneBatch, seed: Seed.mixed(self.seed, 3))
    sceneTargets =
      scenes == 0
      ? nil
      : try TorchTensor(
        TrainingData.standardised(data.scenes.objects, statistics), shape: [scenes, columns])
    sceneProprioception =
      scenes == 0
      ? nil
      : try TorchTensor(
        scales.proprioception(data.scenes.proprioception),
        shape: [scenes, ProprioceptionFeatures.count])
    if let teacher { try module.load(state: teacher.module.state()) }
  }

  var batchesPerPass: Int { order.batchesPerPass }

  /// What the heads say: of objects, for steps and then scenes; of the rest, for steps.
  private struct Outputs {
    var objects: TorchTensor
    var actions: TorchTensor
    var subtasks: TorchTensor
  }

  /// The embeddings of all cameras, joined: [rows, cameras · dimension].
  func embeddings(of rows: [Int]) throws -> TorchTensor {
    try encoder(pictures.tensor(of: rows, augmentedBy: nil)).reshaped(rows.count, -1)
  }

  /// Of the latents of steps, and of scenes after them.
  private func outputs(
    _ seen: TorchTensor, _ rows: [Int], _ scenes: [Int] = []
  ) throws -> Outputs {
    var felt = try proprioception.gathered(rows)
    if let sceneProprioception, !scenes.isEmpty {
      felt = try TorchTensor.concatenated(
        [felt, sceneProprioception.gathered(scenes)], dimension: 0)
    }
    let all = try TorchTensor.concatenated([seen, felt])
    let state = try all.sliced(0, 0..<rows.count)
    return Outputs(
      objects: try objects(all), actions: try actions(state), subtasks: try subtasks(state))
  }

  /// How a student attends when `share` of its training is done: less and less of the sparse part.
  private func attention(at share: Double) -> TrainingAttention {
    guard share < recipe.encoder.sparseShare else { return .taylor }
    let left = 1 - share / recipe.encoder.sparseShare
    return .taylorWithSparse(
      threshold: Float(pow(Double(recipe.encoder.sparseThreshold), left)))
  }

  func losses(at step: Int, share: Double) throws -> Losses {
    if beginsSparse { encoder.attention = attention(at: share) }
    let (rows, noise) = (order.batch(at: step), Seed.mixed(seed, UInt64(step)))
    let scenes = sceneOrder?.batch(at: step) ?? []
    var input = try pictures.tensor(of: rows, augmentedBy: noise)
    if !scenes.isEmpty {
      let more = try scenePictures.tensor(of: scenes, augmentedBy: Seed.mixed(noise, 1))
      input = try TorchTensor.concatenated([input, more], dimension: 0)
    }
    let seen = try latent(encoder(input).reshaped(rows.count + scenes.count, -1))
    var losses = try losses(outputs(seen, rows, scenes), rows, scenes)
    guard let teacher else { return losses }
    let wanted = try withoutGradient {
      try teacher.latent(teacher.encoder(input).reshaped(rows.count + scenes.count, -1))
    }
    // In units of the teacher's own spread: a latent has no scale of its own yet.
    let distance = try seen.meanSquaredError(to: wanted) / wanted.variance(0).mean()
    losses.total = try losses.total + distance * recipe.encoder.distillationWeight
    losses.parts["distillation"] = distance
    return losses
  }

  private func losses(_ outputs: Outputs, _ rows: [Int], _ scenes: [Int]) throws -> Losses {
    let weights = recipe.encoder
    let velocity = try outputs.actions.sliced(-1, 0..<6)
      .meanSquaredError(to: velocities.gathered(rows))
    let gripper = try outputs.actions.sliced(-1, 6..<9)
      .crossEntropy(with: TorchTensor(indices: rows.map { data.grippers[$0] }))
    var total = try velocity * weights.velocityWeight + gripper * weights.gripperWeight
    var parts = ["velocity": velocity, "gripper": gripper]
    if let targets {
      var wanted = try targets.gathered(rows)
      if let sceneTargets, !scenes.isEmpty {
        wanted = try TorchTensor.concatenated(
          [wanted, sceneTargets.gathered(scenes)], dimension: 0)
      }
      let loss = try Self.bent(outputs.objects - wanted, at: weights.objectBend)
      total = try total + loss * weights.objectWeight
      parts["objects"] = loss
    }
    let named = rows.indices.filter { data.subtasks[rows[$0]] >= 0 }
    if !named.isEmpty {
      let loss = try outputs.subtasks.gathered(named)
        .crossEntropy(with: TorchTensor(indices: named.map { data.subtasks[rows[$0]] }))
      total = try total + loss * weights.subtaskWeight
      parts["subtask"] = loss
    }
    return Losses(total: total, parts: parts)
  }

  /// Smooth L1: square up to `bend`, linear beyond it.
  private static func bent(_ difference: TorchTensor, at bend: Double) throws -> TorchTensor {
    let size = try difference.magnitude()
    let near = try size.clamped(0, bend)
    return try (near.square() * (0.5 / bend) + size - near).mean()
  }

  /// Held-out steps, evenly spread.
  var heldOutRows: [Int] {
    let all = data.steps(heldOut: true)
    let count = min(recipe.encoder.heldOutSteps, all.count)
    return (0..<count).map { all[$0 * all.count / count] }
  }

  func heldOut() throws -> [String: Double] {
    let rows = heldOutRows
    // Unhelped: the sparse part is gone when the encoder is used.
    let attention = encoder.attention
    defer { encoder.attention = attention }
    if case .taylorWithSparse = attention { encoder.attention = .taylor }
    var sums: [String: Double] = [:]
    for start in stride(from: 0, to: rows.count, by: schedule.batch) {
      let part = Array(rows[start..<min(start + schedule.batch, rows.count)])
      let seen = try latent(embeddings(of: part))
      let outputs = try outputs(seen, part)
      let losses = try losses(outputs, part, [])
      let share = Double(part.count) / Double(rows.count)
      sums["loss", default: 0] += try losses.total.number() * share
      for (name, loss) in losses.parts { sums[name, default: 0] += try loss.number() * share }
      for (name, value) in try measures(outputs, part) { sums[name, default: 0] += value * share }
    }
    return sums
  }

  /// What people understand: errors in cm, shares that are right.
  private func measures(_ outputs: Outputs, _ rows: [Int]) throws -> [String: Double] {
    let gripper = try outputs.actions.sliced(-1, 6..<9).indexOfLargest().integers()
    let subtask = try outputs.subtasks.indexOfLargest().integers()
    let named = rows.indices.filter { data.subtasks[rows[$0]] >= 0 }
    var measures = [
      "gripperRight": Self.share(rows.indices) { gripper[$0] == data.grippers[rows[$0]] },
      "subtaskRight": Self.share(named) { subtask[$0] == data.subtasks[rows[$0]] },
    ]
    if let targets {
      let errors = try (outputs.objects - targets.gathered(rows)).floats()
      measures["objectErrorCm"] = objectError(errors, rows: rows.count)
    }
    return measures
  }

  private static func share(_ places: some Collection<Int>, _ isRight: (Int) -> Bool) -> Double {
    places.isEmpty ? 1 : Double(places.filter(isRight).count) / Double(places.count)
  }

  /// Mean distance in the plane of the table, over the objects, in cm.
  private func objectError(_ errors: [Float], rows: Int) -> Double {
    let columns = data.objects.columns
    let xs = columns.indices.filter { columns[$0].quantity == "x" }
    guard !xs.isEmpty, rows > 0 else { return 0 }
    var sum = 0.0
    for row in 0..<rows {
      for x in xs {
        let dx = Double(errors[row * columns.count + x] * targetDeviation[x])
        let dy = Double(errors[row * columns.count + x + 1] * targetDeviation[x + 1])
        sum += (dx * dx + dy * dy).squareRoot()
      }
    }
    return 100 * sum / Double(rows * xs.count)
  }

  func exported() throws -> [String: Tensor] { try module.state() }
}
