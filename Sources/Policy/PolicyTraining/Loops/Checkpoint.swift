internal import Foundation
internal import Numbers
internal import PlainErrors
internal import TensorFiles
internal import Tensors

/// What a training leaves on disk while it runs: each finished stage's result, and the state of the
/// stage that was interrupted.
struct Checkpoint {
  /// What later stages rely on; a checkpoint of another training must not be mixed in.
  struct Fingerprint: Hashable, Codable {
    var task: String
    var recordings: [String]
    var seed: UInt64
    var episodes: Int
    var steps: Int
    var eye: String
    var latent: Int

    /// What differs, in words; nil where nothing does.
    func difference(from other: Fingerprint) -> String? {
      let pairs: [(String, String, String)] = [
        ("task", task, other.task), ("seed", "\(seed)", "\(other.seed)"),
        (
          "recordings", recordings.joined(separator: ", "),
          other.recordings.joined(separator: ", ")
        ),
        ("episodes", "\(episodes)", "\(other.episodes)"), ("steps", "\(steps)", "\(other.steps)"),
        ("encoder", eye, other.eye), ("latent", "\(latent)", "\(other.latent)"),
      ]
      return pairs.first { $0.1 != $0.2 }.map { "\($0.0) \($0.1) then, \($0.2) now" }
    }
  }

  /// A stage in its midst.
  struct Running {
    var step: Int
    var seconds: Double
    var weights: [String: Tensor]
    var best: [String: Tensor]
    var optimiser: [String: Tensor]
    var history: StageHistory
  }

  let folder: URL

  init(output: String) {
    folder = URL(filePath: output).appending(path: "checkpoint")
  }

  private func file(_ name: String) -> URL { folder.appending(path: name) }

  /// What the training that is there is of; nil where there is none.
  func fingerprint() throws -> Fingerprint? {
    guard FileManager.default.fileExists(atPath: file("training.json").path) else { return nil }
    return try read(Fingerprint.self, "training.json")
  }

  /// Begins anew.
  func begin(_ fingerprint: Fingerprint) throws {
    do {
      if FileManager.default.fileExists(atPath: folder.path) {
        try FileManager.default.removeItem(at: folder)
      }
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw TrainingError.file(path: folder.path, reason: PlainError.reason(error))
    }
    try write(fingerprint, "training.json")
  }

  /// Forgets a stage and those after it.
  func forget(from stage: TrainingStage) {
    for later in TrainingStage.allCases where later.place >= stage.place {
      for suffix in [".safetensors", ".json", ".running.safetensors", ".running.json"] {
        try? FileManager.default.removeItem(at: file(later.rawValue + suffix))
      }
    }
  }

  /// Whether a stage has come to its end.
  func isFinished(_ stage: TrainingStage) -> Bool {
    FileManager.default.fileExists(atPath: file(stage.rawValue + ".safetensors").path)
  }

  /// What a finished stage made.
  func result(of stage: TrainingStage) throws -> [String: Tensor] {
    try Safetensors.read(file(stage.rawValue + ".safetensors"))
  }

  /// What a finished stage says besides.
  func note<Value: Decodable>(_ type: Value.Type, of stage: TrainingStage) throws -> Value {
    try read(type, stage.rawValue + ".json")
  }

  /// Keeps a stage's result; it counts as finished from then on.
  func finish(
    _ stage: TrainingStage, _ result: [String: Tensor], note: some Encodable
  ) throws {
    try write(note, stage.rawValue + ".json")
    try Safetensors.write(result, to: file(stage.rawValue + ".safetensors"))
    for suffix in [".running.safetensors", ".running.json"] {
      try? FileManager.default.removeItem(at: file(stage.rawValue + suffix))
    }
  }

  /// Keeps a stage in its midst.
  func save(_ running: Running) throws {
    let name = running.history.stage.rawValue + ".running"
    var tensors = [
      "step": Tensor(repeating: Float(running.step), shape: [1]),
      "seconds": Tensor(repeating: Float(running.seconds), shape: [1]),
    ]
    for (prefix, part) in [
      ("weights.", running.weights), ("best.", running.best), ("optimiser.", running.optimiser),
    ] {
      for (key, tensor) in part { tensors[prefix + key] = tensor }
    }
    try write(running.history, name + ".json")
    // The tensors last, whole or not at all: they say which part of the history counts.
    try Safetensors.write(tensors, to: file(name + ".safetensors"))
  }

  /// A stage in its midst; nil where it was not interrupted.
  func running(_ stage: TrainingStage) throws -> Running? {
    let name = stage.rawValue + ".running"
    guard FileManager.default.fileExists(atPath: file(name + ".safetensors").path) else {
      return nil
    }
    let tensors = try Safetensors.read(file(name + ".safetensors"))
    func part(_ prefix: String) -> [String: Tensor] {
      Dictionary(
        uniqueKeysWithValues: tensors.filter { $0.key.hasPrefix(prefix) }.map {
          (String($0.key.dropFirst(prefix.count)), $0.value)
        })
    }
    var history = try read(StageHistory.self, name + ".json")
    let step = Int(saturating: tensors["step"]?.values.first ?? 0)
    history.epochs.removeAll { $0.step > step }
    return Running(
      step: step, seconds: Double(tensors["seconds"]?.values.first ?? 0),
      weights: part("weights."), best: part("best."), optimiser: part("optimiser."),
      history: history)
  }

  /// Keeps what a stage that does not descend has so far.
  func savePart(_ stage: TrainingStage, _ part: [String: Tensor], note: some Encodable) throws {
    try write(note, stage.rawValue + ".running.json")
    try Safetensors.write(part, to: file(stage.rawValue + ".running.safetensors"))
  }

  /// What such a stage had when it was interrupted; nil where it was not.
  func part<Note: Decodable>(
    of stage: TrainingStage, _ type: Note.Type
  ) throws -> (tensors: [String: Tensor], note: Note)? {
    let tensors = file(stage.rawValue + ".running.safetensors")
    guard FileManager.default.fileExists(atPath: tensors.path) else { return nil }
    return (try Safetensors.read(tensors), try read(type, stage.rawValue + ".running.json"))
  }

  private func read<Value: Decodable>(_ type: Value.Type, _ name: String) throws -> Value {
    do {
      return try JSONDecoder().decode(type, from: Data(contentsOf: file(name)))
    } catch {
      throw TrainingError.file(
        path: file(name).path,
        reason: "cannot be read (\(PlainError.reason(error))); begin anew with --restart")
    }
  }

  private func write(_ value: some Encodable, _ name: String) throws {
    do {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
      try encoder.encode(value).write(to: file(name), options: .atomic)
    } catch {
      throw TrainingError.file(path: file(name).path, reason: PlainError.reason(error))
    }
  }
}
