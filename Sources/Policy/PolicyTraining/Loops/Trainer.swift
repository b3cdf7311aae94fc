internal import Foundation
internal import Numbers
internal import Policy
internal import PolicyFiles
internal import Tensors
public import Torch
internal import VisionTransformer

/// What a training is asked for besides data and recipe.
public struct TrainingOptions: Sendable {
  /// What to do with the checkpoint in the output folder.
  public enum Beginning: Hashable, Sendable {
    /// Begin anew; refused where there is a checkpoint.
    case anew
    /// Begin anew, and forget the checkpoint.
    case replacing
    /// Go on where it was interrupted.
    case resuming
    /// Keep the stages before this one, and run it and the later ones anew.
    case from(TrainingStage)
  }

  /// The folder of the policy.
  public var output: String
  /// Draws first weights, orders and noise.
  public var seed: UInt64
  /// Threads of LibTorch, of the integer encoder, and of what reads pictures for a graphics card.
  public var threads = 1
  /// What the networks learn on; nil is a graphics card where LibTorch can use one.
  public var device: Device?
  /// How long the encoder learns, teacher and student together; nil is the recipe's epochs, or not at all
  /// where an eye is taken.
  public var encoderMinutes: Double?
  /// The folder of a policy whose eye is taken, in place of training one; with `encoderMinutes` it learns
  /// on.
  public var eye: String?
  /// What to do with a checkpoint.
  public var beginning = Beginning.anew
  /// The command, for the policy's provenance.
  public var command = "mallard-train"
  /// The version of Mallard, for the policy's provenance.
  public var software = ""

  /// Options with their defaults.
  public init(output: String, seed: UInt64) {
    self.output = output
    self.seed = seed
  }
}

/// What came of a training.
public struct TrainingReport: Sendable, Codable {
  /// The policy's folder.
  public var folder: String
  /// Figures on held-out episodes, by stage and name.
  public var measures: [String: Double]
  /// What each stage went through.
  public var stages: [StageHistory]
  /// The recipe.
  public var recipe: TrainingRecipe
  /// The share of softmax's inputs outside [−1, 1), where first-order Taylor is coarse.
  public var logitsOutsideShare: Double
}

/// Trains a policy, stage after stage, and writes its bundle.
public final class Trainer {
  let data: TrainingData
  let recipe: TrainingRecipe
  let options: TrainingOptions
  let events: TrainingEvents
  let checkpoint: Checkpoint
  let curves: Curves
  var histories: [TrainingStage: StageHistory] = [:]

  /// Prepares the output folder.
  ///
  /// - Parameters:
  ///   - data: What to learn from.
  ///   - recipe: How; checked.
  ///   - options: Where to, and how to begin.
  ///   - events: How to speak to people.
  /// - Throws: `TrainingError`: the recipe makes no sense, or the checkpoint is of another training.
  public init(
    _ data: TrainingData, recipe: TrainingRecipe, options: TrainingOptions,
    events: TrainingEvents = TrainingEvents()
  ) throws {
    try recipe.validate()
    (self.data, self.recipe, self.options, self.events) = (data, recipe, options, events)
    checkpoint = Checkpoint(output: options.output)
    curves = Curves(output: options.output)
    setThreads(options.threads)
    let device = try Self.device(for: options)
    try setDevice(device)
    if device != .cpu { events.say("learning on \(device.rawValue)") }
    let fingerprint = Checkpoint.Fingerprint(
      task: data.robot.task, recordings: data.source.recordings, seed: options.seed,
      episodes: data.episodes.count, steps: data.count,
      eye: "\(recipe.pictureSide)/\(recipe.patchSide) \(recipe.dimension)×\(recipe.depth), "
        + "\(recipe.heads) heads", latent: recipe.latent)
    guard let found = try Self.checkpoint(for: options) else {
      try checkpoint.begin(fingerprint)
      return
    }
    if let difference = found.difference(from: fingerprint) {
      throw TrainingError.otherCheckpoint(path: checkpoint.folder.path, difference: difference)
    }
    if case .from(let stage) = options.beginning { checkpoint.forget(from: stage) }
  }

  /// Checks, before hours are spent on reading and learning, that the output folder's checkpoint is what
  /// the options take it for, and that there is the device to learn on.
  ///
  /// - Parameter options: Where to, on what, and how to begin.
  /// - Throws: `TrainingError`: there is a checkpoint in the way, or none to go on from, or no device.
  public static func check(_ options: TrainingOptions) throws {
    _ = try device(for: options)
    _ = try checkpoint(for: options)
  }

  /// What the networks will learn on.
  private static func device(for options: TrainingOptions) throws -> Device {
    let device = options.device ?? (Device.cuda.isAvailable ? .cuda : .cpu)
    guard device.isAvailable else { throw TrainingError.noDevice(device.rawValue) }
    return device
  }

  /// What the checkpoint to go on from is of; nil to begin anew.
  private static func checkpoint(
    for options: TrainingOptions
  ) throws -> Checkpoint.Fingerprint? {
    let checkpoint = Checkpoint(output: options.output)
    switch options.beginning {
    case .replacing: return nil
    case .anew:
      guard try checkpoint.fingerprint() == nil else {
        throw TrainingError.checkpointInTheWay(path: checkpoint.folder.path)
      }
      return nil
    case .resuming, .from:
      guard let found = try checkpoint.fingerprint() else {
        throw TrainingError.noCheckpoint(path: checkpoint.folder.path)
      }
      return found
    }
  }

  /// Runs every stage that is not finished, and writes the policy.
  ///
  /// - Returns: Where it is, and how good.
  /// - Throws: `TrainingError`, and what the libraries throw.
  public func run() throws -> TrainingReport {
    let task = try trainedEncoder()
    let embeddings = try embeddings(task)
    let table = try StateTable(data, recipe, embeddings)
    try learn(.predictor) { try PredictorTask(table, seed: options.seed) }
    try learn(.ensemble) {
      try EnsembleTask(
        table, predictor: checkpoint.result(of: .predictor), seed: options.seed)
    }
    try learn(.flat) { try FlatTask(table, seed: options.seed) }
    try learn(.risk) { try RiskTask(table, seed: options.seed) }
    return try write(task, embeddings)
  }

  /// Runs a stage unless an earlier run has finished it.
  func learn(
    _ stage: TrainingStage, minutes: Double? = nil, _ make: () throws -> any LearningTask
  ) throws {
    if checkpoint.isFinished(stage) {
      histories[stage] = try checkpoint.note(StageHistory.self, of: stage)
      events.say("\(stage.rawValue): taken from the checkpoint")
      return
    }
    let history = try runner.run(make(), minutes: minutes)
    histories[stage] = history
    events.say("\(stage.rawValue): \(Self.summary(history))")
  }

  var runner: StageRunner {
    StageRunner(
      checkpoint: checkpoint, seed: options.seed, events: events,
      afterEpoch: { [curves] in curves.draw($0) })
  }

  /// The best epoch's figures in a line.
  static func summary(_ history: StageHistory) -> String {
    guard let best = history.best, let last = history.epochs.last else { return "no epoch" }
    let figures = best.heldOut.sorted { $0.key < $1.key }
      .map { "\($0.key) \(Double(Int(saturating: ($0.value * 1_000).rounded())) / 1_000)" }
    return "epoch \(best.epoch) of \(last.epoch), \(Int(saturating: last.seconds)) s; held out: "
      + figures.joined(separator: ", ")
  }

  /// The encoder in training's form, as an earlier run or this one has trained it.
  func trainedEncoder() throws -> EncoderTask {
    if let folder = options.eye { return try takenEncoder(from: folder) }
    let share = recipe.encoder.teacherShare
    var teacher: EncoderTask?
    if share > 0 {
      try learn(.teacher, minutes: options.encoderMinutes.map { $0 * share }) {
        try EncoderTask(
          .teacher, data, recipe, attention: .softmax, seed: options.seed, threads: options.threads)
      }
      teacher = try encoder(.teacher, .softmax)
    }
    let attention = TrainingAttention.taylorWithSparse(threshold: recipe.encoder.sparseThreshold)
    try learn(.encoder, minutes: options.encoderMinutes.map { $0 * (1 - share) }) {
      try EncoderTask(
        .encoder, data, recipe, attention: attention, seed: options.seed, teacher: teacher,
        threads: options.threads)
    }
    return try encoder(.encoder, .taylor)
  }

  /// The encoder of another policy, with its latent; its heads are not known.
  private func takenEncoder(from folder: String) throws -> EncoderTask {
    let bundle = try PolicyBundle.read(folder)
    // The sparse part has done its work.
    let task = try EncoderTask(
      .encoder, data, recipe, attention: .taylor, seed: options.seed, threads: options.threads)
    guard bundle.manifest.robot.cameras == data.robot.cameras,
      bundle.encoder.configuration == recipe.eye,
      bundle.manifest.architecture.latent == recipe.latent
    else { throw TrainingError.otherEye(folder: folder) }
    try task.encoder.load(bundle.encoder)
    try task.latent.load(
      state: [
        "weight": bundle.networks["latent.weight"], "bias": bundle.networks["latent.bias"],
      ].compactMapValues { $0 })
    events.say("encoder: taken from \(folder)")
    let hasBegun = try checkpoint.isFinished(.encoder) || checkpoint.running(.encoder) != nil
    guard options.encoderMinutes != nil || hasBegun else { return task }
    // Its heads were thrown away, and are learnt anew beside it.
    try learn(.encoder, minutes: options.encoderMinutes) { task }
    return try encoder(.encoder, .taylor)
  }

  /// A finished stage's encoder with its heads.
  func encoder(_ stage: TrainingStage, _ attention: TrainingAttention) throws -> EncoderTask {
    let task = try EncoderTask(stage, data, recipe, attention: attention, seed: options.seed)
    try task.module.load(state: checkpoint.result(of: stage))
    return task
  }

  private func embeddings(_ task: EncoderTask) throws -> Embeddings {
    if checkpoint.isFinished(.embeddings) {
      events.say("embeddings: taken from the checkpoint")
      return try Embeddings(
        checkpoint.result(of: .embeddings),
        note: checkpoint.note(Embeddings.Note.self, of: .embeddings))
    }
    let made = try withoutGradient {
      try Embeddings(
        data, recipe, task, threads: options.threads, events, checkpoint: checkpoint)
    }
    try checkpoint.finish(
      .embeddings, made.tensors(steps: data.count), note: made.note)
    events.say(
      "embeddings: \(data.count) steps in \(recipe.bits)-bit integers, cosine to float "
        + String(format: "%.5f", made.note.cosine)
        + String(
          format: ", %.1f %% of softmax's inputs outside [−1, 1)",
          100 * made.note.ranges.logits.shareOutside))
    return made
  }
}
