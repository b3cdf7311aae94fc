internal import Foundation
internal import PlainErrors
internal import Tensors
internal import Torch

/// How well encoders of different attention see, on held-out episodes: the ablation of ViTALiTy's
/// training on robot pictures.
public struct AttentionTable: Sendable, Codable {
  /// One encoder.
  public struct Row: Sendable, Codable {
    /// How it was trained, and how it runs.
    public var name: String
    /// Seconds of training.
    public var seconds: Double
    /// The share of steps whose subtask a linear probe on its frozen embeddings names.
    public var subtaskRight: Double
    /// Root mean square error of the demonstrator's velocities by a linear probe, in standard
    /// deviations.
    public var velocityError: Double
    /// Mean distance in the plane of the table at which its own head sees the objects, cm.
    public var objectErrorCm: Double
  }

  /// The encoders.
  public var rows: [Row]
}

extension Trainer {
  /// Trains the encoders that are not trained yet, and compares them. The networks behind the eye are
  /// not trained.
  ///
  /// - Returns: The comparison, which is also written to `attention.json` in the output folder.
  /// - Throws: `TrainingError`, and what the libraries throw.
  public func attentionTable() throws -> AttentionTable {
    guard recipe.encoder.teacherShare > 0 else {
      throw TrainingError.recipe("encoder.teacherShare must be above 0 to compare attentions")
    }
    let student = try trainedEncoder()
    try learn(.taylorOnly, minutes: options.encoderMinutes) {
      try EncoderTask(.taylorOnly, data, recipe, attention: .taylor, seed: options.seed)
    }
    let seconds = TrainingStage.allCases.reduce(into: [:]) { all, stage in
      all[stage] = histories[stage]?.epochs.last?.seconds ?? 0
    }
    let both = (seconds[.teacher] ?? 0) + (seconds[.encoder] ?? 0)
    let encoders: [(String, Double, () throws -> EncoderTask)] = [
      ("softmax", seconds[.teacher] ?? 0, { try self.encoder(.teacher, .softmax) }),
      (
        "trained with softmax, run with Taylor", seconds[.teacher] ?? 0,
        { try self.encoder(.teacher, .taylor) }
      ),
      ("Taylor only", seconds[.taylorOnly] ?? 0, { try self.encoder(.taylorOnly, .taylor) }),
      ("Taylor, trained with sparse and teacher", both, { student }),
    ]
    var rows: [AttentionTable.Row] = []
    for (name, seconds, make) in encoders {
      events.say("attention table: \(name)")
      let task = try make()
      let probe = try Probe(task, data, recipe, seed: options.seed, isCancelled: events.isCancelled)
      let measures = try withoutGradient { try task.heldOut() }
      rows.append(
        AttentionTable.Row(
          name: name, seconds: seconds, subtaskRight: probe.subtaskRight,
          velocityError: probe.velocityError, objectErrorCm: measures["objectErrorCm"] ?? 0))
    }
    let table = AttentionTable(rows: rows)
    let file = URL(filePath: options.output).appending(path: "attention.json")
    do {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
      try encoder.encode(table).write(to: file, options: .atomic)
    } catch {
      throw TrainingError.file(path: file.path, reason: PlainError.reason(error))
    }
    return table
  }
}

/// Linear layers on frozen embeddings: what they find is there to be found.
private struct Probe {
  var subtaskRight = 0.0
  var velocityError = 0.0

  private static let learntSteps = 3_000
  private static let heldOutSteps = 1_000
  private static let descents = 400

  init(
    _ task: EncoderTask, _ data: TrainingData, _ recipe: TrainingRecipe, seed: UInt64,
    isCancelled: () -> Bool
  ) throws {
    let learnt = Self.spread(data.steps(heldOut: false), Self.learntSteps, data)
    let tested = Self.spread(data.steps(heldOut: true), Self.heldOutSteps, data)
    let (first, second) = try withoutGradient {
      (
        try Self.embeddings(task, learnt, isCancelled),
        try Self.embeddings(task, tested, isCancelled)
      )
    }
    let (mean, deviation) = (
      try first.mean(0, keeping: true), try first.deviation(0, keeping: true) + 1e-4
    )
    let (inputs, others) = (try (first - mean) / deviation, try (second - mean) / deviation)
    try setSeed(Seed.mixed(seed, 99))
    let width = inputs.shape[1]
    let (named, moved) = (try Linear(width, data.subtaskCount), try Linear(width, 6))
    let scales = Standardisation(data, recipe)
    let velocities = try TorchTensor(scales.velocities(of: data), shape: [data.count, 6])
    let classes = try TorchTensor(indices: learnt.map { data.subtasks[$0] })
    let wanted = try velocities.gathered(learnt)
    let optimiser = try AdamW(
      Joined([("a.", named), ("b.", moved)]), learningRate: 0.01, weightDecay: 0.05)
    for step in 0..<Self.descents {
      optimiser.learningRate = 0.01 * (1 - Double(step) / Double(Self.descents))
      let loss =
        try named(inputs).crossEntropy(with: classes) + moved(inputs).meanSquaredError(to: wanted)
      try loss.backward()
      try optimiser.step()
    }
    try withoutGradient {
      let found = try named(others).indexOfLargest().integers()
      let right = zip(found, tested).filter { $0 == data.subtasks[$1] }.count
      subtaskRight = Double(right) / Double(max(tested.count, 1))
      velocityError = try moved(others).meanSquaredError(to: velocities.gathered(tested)).number()
        .squareRoot()
    }
  }

  /// Steps with a subtask, evenly spread.
  private static func spread(_ steps: [Int], _ limit: Int, _ data: TrainingData) -> [Int] {
    let named = steps.filter { data.subtasks[$0] >= 0 }
    let count = min(limit, named.count)
    return (0..<count).map { named[$0 * named.count / count] }
  }

  private static func embeddings(
    _ task: EncoderTask, _ rows: [Int], _ isCancelled: () -> Bool
  ) throws -> TorchTensor {
    var parts: [TorchTensor] = []
    for start in stride(from: 0, to: rows.count, by: 64) {
      if isCancelled() { throw TrainingError.interrupted(checkpoint: "the output folder") }
      parts.append(try task.embeddings(of: Array(rows[start..<min(start + 64, rows.count)])))
    }
    return try TorchTensor.concatenated(parts, dimension: 0)
  }
}
