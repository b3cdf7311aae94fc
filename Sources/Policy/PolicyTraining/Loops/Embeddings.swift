internal import Encoders
internal import Foundation
internal import ImageCodecs
internal import Policy
internal import TensorKernels
internal import Tensors
internal import Torch
internal import VisionTransformer

/// Every step that is learnt from, or may be a goal, as the eye's integers see it.
struct Embeddings {
  /// What the checkpoint keeps beside the tensors.
  struct Note: Codable {
    /// What the integers are scaled by.
    var ranges: EncoderRanges
    /// How close the integers come to LibTorch's float: mean cosine of some embeddings.
    var cosine: Double
  }

  /// Latents with mean 0 and deviation 1 [steps, latent]. Rows of steps that are not shown
  /// (`TrainingData.shownSteps`) mean nothing: no one reads them.
  var latents: [Float]
  /// Standardisation folded in: [latent, cameras · dimension].
  var weight: Tensor
  /// [latent].
  var bias: Tensor
  var note: Note

  /// Embeds pictures.
  ///
  /// - Parameters:
  ///   - data: The steps.
  ///   - recipe: Bits, and pictures to scale by.
  ///   - task: The trained encoder and the raw latent.
  ///   - threads: Of the integer encoder.
  ///   - events: Told how far it is; asked whether to stop.
  ///   - checkpoint: Where an interrupted run left its part.
  /// - Throws: `TrainingError.interrupted`, and what the libraries throw.
  init(
    _ data: TrainingData, _ recipe: TrainingRecipe, _ task: EncoderTask, threads: Int,
    _ events: TrainingEvents, checkpoint: Checkpoint
  ) throws {
    let weights = try task.encoder.toWeights()
    let codec = try CameraFrameCodec()
    let kept = try checkpoint.part(of: .embeddings, EncoderRanges.self)
    let ranges = try kept?.note ?? Self.ranges(weights, data, recipe, codec, events)
    let encoder = try IntegerEncoder(
      FixedPointEncoder(weights, ranges: ranges, width: recipe.bits == 8 ? .eight : .sixteen),
      execution: Execution(threads: threads))
    let (raw, bias) = (try task.latent.weight.tensor.plain(), try task.latent.bias.tensor.plain())
    var latents = kept?.tensors["latents"]?.values ?? []
    latents.reserveCapacity(data.count * recipe.latent)
    let (clock, done) = (ContinuousClock(), latents.count / recipe.latent)
    let isShown = data.shownSteps(horizon: recipe.horizon)
    let start = clock.now
    for first in stride(from: done, to: data.count, by: Self.batch) {
      if events.isCancelled() {
        let part = try Tensor(shape: [first, recipe.latent], values: latents)
        try checkpoint.savePart(.embeddings, ["latents": part], note: ranges)
        throw TrainingError.interrupted(checkpoint: checkpoint.folder.path)
      }
      let batch = first..<min(first + Self.batch, data.count)
      let rows = batch.filter { isShown[$0] }
      let embeddings =
        rows.isEmpty
        ? [] : try encoder.embeddings(of: data.pictures.pictures(of: rows, codec: codec))
      let cameras = data.robot.cameras.count
      var place = 0
      for row in batch {
        guard isShown[row] else {
          latents += [Float](repeating: 0, count: recipe.latent)
          continue
        }
        let joined = embeddings[place * cameras..<(place + 1) * cameras].flatMap { $0 }
        latents += Self.project(joined, raw, bias)
        place += 1
      }
      Self.report(events, batch.upperBound - done, of: data.count - done, since: start, clock)
    }
    let statistics = data.statistics(of: latents, width: recipe.latent)
    self.latents = TrainingData.standardised(latents, statistics)
    (weight, self.bias) = try Self.folded(raw, bias, statistics)
    let shown = isShown.indices.filter { isShown[$0] }
    let rows = stride(from: 0, to: shown.count, by: max(shown.count / 16, 1)).map { shown[$0] }
    let float = try task.latent(task.embeddings(of: rows)).floats()
    note = Note(
      ranges: ranges,
      cosine: Self.cosine(
        TrainingData.standardised(float, statistics), rows, self.latents, recipe.latent))
  }

  /// Steps that are embedded at once.
  private static let batch = 64

  /// What an earlier run kept.
  init(_ kept: [String: Tensor], note: Note) throws {
    guard let latents = kept["latents"], let weight = kept["latent.weight"],
      let bias = kept["latent.bias"]
    else { throw TrainingError.missingStage(stage: "predictor", needs: "embeddings") }
    (self.latents, self.weight, self.bias, self.note) = (latents.values, weight, bias, note)
  }

  /// What is kept.
  func tensors(steps: Int) throws -> [String: Tensor] {
    [
      "latents": try Tensor(shape: [steps, latents.count / max(steps, 1)], values: latents),
      "latent.weight": weight, "latent.bias": bias,
    ]
  }

  /// How large the numbers inside get on pictures from all over the training episodes.
  private static func ranges(
    _ weights: VisionTransformerWeights, _ data: TrainingData, _ recipe: TrainingRecipe,
    _ codec: CameraFrameCodec, _ events: TrainingEvents
  ) throws -> EncoderRanges {
    var ranges = EncoderRanges(weights.configuration)
    let reference = ReferenceEncoder(weights)
    let steps = data.demonstratedSteps(heldOut: false)
    let cameras = data.robot.cameras.count
    let count = max(recipe.encoder.rangePictures, 1)
    for index in 0..<count {
      let step = steps[index * steps.count / count]
      let pictures = try data.pictures.pictures(of: [step], codec: codec)
      _ = try reference.embedding(of: pictures[index % cameras], ranges: &ranges)
      events.progress(
        TrainingProgress(
          stage: .embeddings, share: 0, done: index + 1, unit: "pictures to scale by", rate: 0,
          secondsLeft: nil, losses: [:]))
    }
    return ranges
  }

  private static func report(
    _ events: TrainingEvents, _ done: Int, of whole: Int, since start: ContinuousClock.Instant,
    _ clock: ContinuousClock
  ) {
    let passed = (clock.now - start).components
    let seconds = max(Double(passed.seconds) + Double(passed.attoseconds) * 1e-18, 1e-3)
    let rate = Double(done) / seconds
    events.progress(
      TrainingProgress(
        stage: .embeddings, share: Double(done) / Double(whole), done: done, unit: "steps",
        rate: rate, secondsLeft: Double(whole - done) / rate, losses: [:]))
  }

  private static func project(_ input: [Float], _ weight: Tensor, _ bias: Tensor) -> [Float] {
    bias.values.indices.map { row in
      var sum = bias.values[row]
      let start = row * input.count
      for column in input.indices { sum += weight.values[start + column] * input[column] }
      return sum
    }
  }

  private static func folded(
    _ weight: Tensor, _ bias: Tensor, _ statistics: (mean: [Float], deviation: [Float])
  ) throws -> (Tensor, Tensor) {
    let inputs = weight.shape[1]
    let scaled = weight.values.indices.map { weight.values[$0] / statistics.deviation[$0 / inputs] }
    let moved = bias.values.indices.map {
      (bias.values[$0] - statistics.mean[$0]) / statistics.deviation[$0]
    }
    return (
      try Tensor(shape: weight.shape, values: scaled), try Tensor(shape: bias.shape, values: moved)
    )
  }

  private static func cosine(
    _ float: [Float], _ rows: [Int], _ latents: [Float], _ width: Int
  ) -> Double {
    let cosines = rows.indices.map { place in
      var (dot, a, b) = (0.0, 0.0, 0.0)
      for column in 0..<width {
        let (x, y) = (
          Double(float[place * width + column]), Double(latents[rows[place] * width + column])
        )
        (dot, a, b) = (dot + x * y, a + x * x, b + y * y)
      }
      return dot / max((a * b).squareRoot(), 1e-12)
    }
    return cosines.reduce(0, +) / Double(max(cosines.count, 1))
  }
}
