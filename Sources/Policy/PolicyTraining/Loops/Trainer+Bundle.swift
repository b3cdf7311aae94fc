internal import Foundation
internal import PlainErrors
internal import Policy
internal import PolicyFiles
internal import Tensors
internal import VisionTransformer

extension Trainer {
  /// Joins what the stages made into a bundle, sets its first thresholds, and writes it.
  func write(_ task: EncoderTask, _ embeddings: Embeddings) throws -> TrainingReport {
    var tensors = ["latent.weight": embeddings.weight, "latent.bias": embeddings.bias]
    for (name, tensor) in try task.encoder.toWeights().tensors {
      tensors["encoder." + name] = tensor
    }
    for stage in [TrainingStage.predictor, .ensemble, .flat, .risk] {
      tensors.merge(try checkpoint.result(of: stage)) { $1 }
    }
    var manifest = manifest(embeddings, measures: measures)
    let calibration = try Calibration(
      PolicyBundle(manifest: manifest, tensors: tensors), data, recipe, embeddings,
      threads: options.threads, seed: options.seed)
    manifest.thresholds = calibration.thresholds
    manifest.provenance.calibration = calibration.wording
    let bundle = try PolicyBundle(manifest: manifest, tensors: tensors)
    try place(bundle)
    curves.draw(calibration)
    let report = TrainingReport(
      folder: options.output, measures: manifest.provenance.measures,
      stages: TrainingStage.allCases.compactMap { histories[$0] }, recipe: recipe,
      logitsOutsideShare: embeddings.note.ranges.logits.shareOutside)
    try write(report)
    return report
  }

  private var measures: [String: Double] {
    var measures: [String: Double] = [:]
    for (stage, history) in histories {
      for (name, value) in history.best?.heldOut ?? [:] {
        measures["\(stage.rawValue).\(name)"] = value
      }
    }
    return measures
  }

  private func manifest(_ embeddings: Embeddings, measures: [String: Double]) -> PolicyManifest {
    let learnt = data.episodes.filter { !$0.isHeldOut }
    var all = measures
    all["embeddings.cosine"] = embeddings.note.cosine
    all["embeddings.logitsOutsideShare"] = embeddings.note.ranges.logits.shareOutside
    return PolicyManifest(
      name: URL(filePath: options.output).lastPathComponent, robot: data.robot,
      eye: PolicyManifest.Eye(
        encoder: recipe.eye, bits: recipe.bits, machine: recipe.machine,
        ranges: embeddings.note.ranges),
      architecture: recipe.architecture,
      normalisation: Standardisation(data, recipe).normalisation,
      thresholds: PolicyManifest.Thresholds(task: 1, policy: 1, flat: 1, novelty: 1, risk: 1),
      provenance: PolicyManifest.Provenance(
        command: options.command, software: options.software,
        recordings: data.source.recordings, sessions: data.source.sessions,
        episodes: learnt.count, steps: learnt.reduce(0) { $0 + $1.steps.count },
        seed: options.seed, measures: all, calibration: "not calibrated"))
  }

  /// Writes the bundle into the output folder, which holds checkpoint and curves already.
  private func place(_ bundle: PolicyBundle) throws {
    let (files, output) = (FileManager.default, URL(filePath: options.output))
    if files.fileExists(atPath: output.appending(path: PolicyBundle.manifestName).path) {
      return try bundle.write(to: options.output)
    }
    let staging = output.appending(path: "checkpoint/policy")
    defer { try? files.removeItem(at: staging) }
    try bundle.write(to: staging.path)
    // The manifest last: whoever finds it finds the weights too.
    for name in [PolicyBundle.weightsName, PolicyBundle.manifestName] {
      do {
        try? files.removeItem(at: output.appending(path: name))
        try files.moveItem(at: staging.appending(path: name), to: output.appending(path: name))
      } catch {
        throw TrainingError.file(path: output.path, reason: PlainError.reason(error))
      }
    }
  }

  private func write(_ report: TrainingReport) throws {
    let file = URL(filePath: options.output).appending(path: "training.json")
    do {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      try encoder.encode(report).write(to: file, options: .atomic)
    } catch {
      throw TrainingError.file(path: file.path, reason: PlainError.reason(error))
    }
  }
}
