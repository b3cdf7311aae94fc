// Aim: a training gives a policy that can be read, the same for the same seed, also when it was
// interrupted. Method: whole trainings of tiny networks.
import Foundation
import MallardTesting
import Policy
import PolicyFiles
import PolicyTraining
import RobotData
import Synchronization
import Tensors
import Testing
import Torch

@Suite(.serialized, .oneAtATime) struct TrainerTests {
  let folder: TemporaryFolder
  let data: TrainingData

  init() throws {
    folder = try TemporaryFolder()
    let path = folder.path + "/a.sqlite"
    try Demonstrations().write(to: path)
    data = try TrainingData(
      TrainingData.Selection(recordings: [path], task: "reach", pictureSide: 16, seed: 3))
  }

  private var recipe: TrainingRecipe {
    var recipe = TrainingRecipe()
    (recipe.pictureSide, recipe.patchSide) = (16, 8)
    (recipe.dimension, recipe.depth, recipe.heads) = (16, 1, 2)
    (recipe.latent, recipe.code, recipe.members, recipe.samples) = (6, 2, 2, 8)
    (recipe.predictorWidth, recipe.predictorDepth, recipe.memberWidth) = (16, 1, 12)
    (recipe.horizon, recipe.executedSteps) = (6, 2)
    recipe.encoder.schedule.epochSteps = 4
    recipe.encoder.schedule.epochs = 3
    recipe.encoder.schedule.batch = 16
    recipe.encoder.rangePictures = 3
    recipe.predictor.schedule.epochs = 2
    recipe.ensemble.schedule.epochs = 2
    recipe.flat.schedule.epochs = 2
    recipe.risk.schedule.epochs = 2
    return recipe
  }

  /// Trains in a folder; stops before the step of this number, counted over all stages.
  @discardableResult private func train(
    _ name: String, seed: UInt64 = 5, _ beginning: TrainingOptions.Beginning = .anew,
    stopsAfter limit: Int = .max
  ) throws -> TrainingReport {
    var options = TrainingOptions(output: folder.path + "/" + name, seed: seed)
    options.beginning = beginning
    let asked = Counter()
    let events = TrainingEvents(isCancelled: { asked.next() > limit })
    return try Trainer(data, recipe: recipe, options: options, events: events).run()
  }

  private final class Counter: Sendable {
    private let count = Mutex(0)
    func next() -> Int {
      count.withLock {
        $0 += 1
        return $0
      }
    }
  }

  private func bundle(_ name: String) throws -> PolicyBundle {
    try PolicyBundle.read(folder.path + "/" + name)
  }

  @Test func `a policy comes of it, the same for the same seed`() throws {
    let report = try train("a")
    #expect(
      report.stages.map(\.stage) == [.teacher, .encoder, .predictor, .ensemble, .flat, .risk])
    let policy = try bundle("a")
    #expect(policy.hasFlatEnsemble && policy.hasRiskNetwork)
    #expect(policy.manifest.robot.subtasks == ["left", "right"])
    #expect(policy.manifest.provenance.episodes == 5 && policy.manifest.provenance.steps == 120)
    #expect(policy.manifest.thresholds.task > 0 && policy.manifest.thresholds.policy > 0)
    for name in ["curves/encoder.svg", "curves/task-uncertainty.svg", "training.json"] {
      #expect(FileManager.default.fileExists(atPath: folder.path + "/a/" + name), "\(name)")
    }
    try train("b")
    #expect(try bundle("b").tensors == policy.tensors)
    try train("c", seed: 6)
    #expect(try bundle("c").tensors != policy.tensors)
  }

  @Test(arguments: [2, 9, 15, 25, 28, 30, 34])
  func `what was interrupted continues as if it had not been`(step: Int) throws {
    try train("whole")
    #expect(throws: TrainingError.self) { try train("parts", stopsAfter: step) }
    try train("parts", .resuming)
    #expect(try bundle("parts").tensors == bundle("whole").tensors, "stopped after \(step)")
  }

  @Test func `several threads read the same pictures`() throws {
    func encoder(_ name: String, threads: Int) throws -> [String: Tensor] {
      var options = TrainingOptions(output: folder.path + "/" + name, seed: 5)
      options.threads = threads
      _ = try Trainer(data, recipe: recipe, options: options).run()
      return try bundle(name).tensors.filter { $0.key.hasPrefix("encoder.") }
    }
    let (alone, together) = (try encoder("alone", threads: 1), try encoder("three", threads: 3))
    setThreads(1)
    #expect(Set(alone.keys) == Set(together.keys))
    for (name, tensor) in alone {
      // Another order of summing is all that may differ.
      for (a, b) in zip(tensor.values, together[name]?.values ?? []) {
        #expect(abs(a - b) < 1e-4, "\(name)")
      }
    }
  }

  @Test(.enabled(if: !Device.cuda.isAvailable))
  func `a graphics card that is not there is refused before anything is written`() throws {
    var options = TrainingOptions(output: folder.path + "/a", seed: 5)
    options.device = .cuda
    #expect(throws: TrainingError.noDevice("cuda")) { try Trainer.check(options) }
    #expect(throws: TrainingError.noDevice("cuda")) {
      try Trainer(data, recipe: recipe, options: options)
    }
    #expect(!FileManager.default.fileExists(atPath: folder.path + "/a/checkpoint"))
    #expect(TrainingError.noDevice("cuda").description.contains("LIBTORCH"))
  }

  @Test func `late stages can be run anew`() throws {
    try train("a")
    let before = try bundle("a")
    try train("a", .from(.ensemble))
    #expect(try bundle("a").tensors == before.tensors)
    #expect(throws: TrainingError.self) { try train("a") }
    #expect(throws: TrainingError.self) { try train("a", seed: 9, .resuming) }
    #expect(throws: TrainingError.self) { try train("z", .resuming) }
  }

  @Test func `the eye learns from scenes too`() throws {
    let path = folder.path + "/scenes.sqlite"
    var scenes = Demonstrations()
    scenes.session = 2
    scenes.outcome = .discarded
    scenes.held = Set(0..<scenes.steps)
    try scenes.write(to: path)
    var selection = TrainingData.Selection(
      recordings: [folder.path + "/a.sqlite"], task: "reach", pictureSide: 16, seed: 3)
    selection.scenes = [path]
    let more = try TrainingData(selection)
    #expect(more.scenes.count == 144 && more.episodes == data.episodes)
    #expect(more.scenes.objects.count == 144 * more.objects.columns.count)
    func train(_ name: String, _ data: TrainingData) throws -> PolicyBundle {
      let options = TrainingOptions(output: folder.path + "/" + name, seed: 5)
      _ = try Trainer(data, recipe: recipe, options: options).run()
      return try bundle(name)
    }
    #expect(try train("with", more).tensors != train("without", data).tensors)
    let other = folder.path + "/other.sqlite"
    var elsewhere = Demonstrations()
    elsewhere.task = "elsewhere"
    try elsewhere.write(to: other)
    selection.scenes = [other]
    let error = #expect(throws: TrainingError.self) { try TrainingData(selection) }
    #expect(error?.description.contains("no scenes of reach") == true)
  }

  @Test func `a policy can take another's eye`() throws {
    try train("a")
    let first = try bundle("a")
    var options = TrainingOptions(output: folder.path + "/b", seed: 6)
    options.eye = folder.path + "/a"
    let report = try Trainer(data, recipe: recipe, options: options).run()
    #expect(report.stages.map(\.stage) == [.predictor, .ensemble, .flat, .risk])
    let second = try bundle("b")
    #expect(second.encoder == first.encoder)
    // Standardised on the same steps, the latent is the same but for rounding.
    let (old, new) = (first.networks["latent.weight"], second.networks["latent.weight"])
    let difference = zip(old?.values ?? [], new?.values ?? []).map { abs($0 - $1) }.max()
    #expect(try #require(difference) < 1e-3)
    #expect(second.networks["predictor.0.weight"] != first.networks["predictor.0.weight"])
    var wider = recipe
    wider.latent += 1
    options.output = folder.path + "/c"
    let error = #expect(throws: TrainingError.self) {
      try Trainer(data, recipe: wider, options: options).run()
    }
    #expect(error?.description.contains("--eye") == true)
  }

  @Test func `what a policy did far from any person changes nothing behind the eye`() throws {
    try train("a")
    func networks(_ name: String, changing steps: Range<Int>) throws -> [String: Tensor] {
      var mixed = Demonstrations()
      mixed.policy = Set(8..<24)
      mixed.elsewhere = Set(steps)
      let path = folder.path + "/\(name).sqlite"
      try mixed.write(to: path)
      let data = try TrainingData(
        TrainingData.Selection(recordings: [path], task: "reach", pictureSide: 16, seed: 3))
      var options = TrainingOptions(output: folder.path + "/" + name, seed: 6)
      options.eye = folder.path + "/a"
      _ = try Trainer(data, recipe: recipe, options: options).run()
      return try bundle(name).networks
    }
    // The horizon is 6: the last demonstrated step, 7, has its goal at 13.
    let plain = try networks("plain", changing: 0..<0)
    #expect(try networks("far", changing: 14..<24) == plain)
    #expect(try networks("near", changing: 13..<14) != plain)
  }

  @Test func `an eye that was taken can learn on`() throws {
    try train("a")
    try train("fresh", seed: 6)
    let (first, fresh) = (try bundle("a"), try bundle("fresh"))
    var options = TrainingOptions(output: folder.path + "/b", seed: 6)
    options.eye = folder.path + "/a"
    options.encoderMinutes = 0.001
    let report = try Trainer(data, recipe: recipe, options: options).run()
    #expect(report.stages.map(\.stage) == [.encoder, .predictor, .ensemble, .flat, .risk])
    let second = try bundle("b")
    #expect(second.encoder != first.encoder)
    // It began where the other ended, and not at the weights that its own seed draws.
    func distance(_ a: PolicyBundle, _ b: PolicyBundle) -> Float {
      a.tensors.filter { $0.key.hasPrefix("encoder.") }.map { name, tensor in
        zip(tensor.values, b.tensors[name]?.values ?? []).map { abs($0 - $1) }.reduce(0, +)
      }.reduce(0, +)
    }
    #expect(distance(second, first) > 0)
    #expect(distance(second, first) < distance(second, fresh) / 4)
    // Late stages that are run anew see with the eye that has learnt.
    options.beginning = .from(.ensemble)
    options.encoderMinutes = nil
    _ = try Trainer(data, recipe: recipe, options: options).run()
    #expect(try bundle("b").tensors == second.tensors)
  }

  @Test func `who is not to feel velocities learns the same of robots that move differently`()
    throws
  {
    func networks(_ name: String, swiftness: Double, feels: Bool) throws -> [String: Tensor] {
      var demonstrations = Demonstrations()
      demonstrations.swiftness = swiftness
      demonstrations.tilt = 0.01
      let path = folder.path + "/\(name).sqlite"
      try demonstrations.write(to: path)
      let data = try TrainingData(
        TrainingData.Selection(recordings: [path], task: "reach", pictureSide: 16, seed: 3))
      var changed = recipe
      changed.feelsVelocities = feels
      // A few steps of gradient descent are to show.
      (changed.predictor.schedule.learningRate, changed.predictor.schedule.warmUpSteps) = (0.02, 1)
      (changed.ensemble.schedule.learningRate, changed.ensemble.schedule.warmUpSteps) = (0.02, 1)
      // The eye's heads know what the robot feels; networks behind it are what this is about.
      var options = TrainingOptions(output: folder.path + "/" + name, seed: 6)
      options.eye = folder.path + "/a"
      _ = try Trainer(data, recipe: changed, options: options).run()
      let weights = try bundle(name).networks
      let deviations = try bundle(name).manifest.normalisation.proprioceptionDeviation
      #expect(deviations[9] < 10)
      #expect(deviations[8] == 0.05, "a tilt of 0.01 rad is not blown up to what varies")
      // Of the first layers, what is multiplied by nothing may be anything.
      return weights.filter {
        $0.key.hasPrefix("members.0.head.") || $0.key.hasPrefix("predictor.1.")
      }
    }
    try train("a")
    let calm = try networks("calm", swiftness: 0.2, feels: false)
    #expect(!calm.isEmpty)
    func distance(_ other: [String: Tensor]) -> Float {
      calm.flatMap { name, tensor in
        zip(tensor.values, other[name]?.values ?? []).map { abs($0 - $1) }
      }.max() ?? .infinity
    }
    #expect(distance(try networks("swift", swiftness: 0.9, feels: false)) < 1e-4)
    #expect(distance(try networks("felt", swiftness: 0.9, feels: true)) > 1e-3)
  }

  @Test func `goals that the predictor foresees are learnt from as far as the recipe says`() throws
  {
    func training(_ name: String, share: Double) throws -> (PolicyBundle, [String: Double]) {
      var changed = recipe
      changed.foreseenShare = share
      let options = TrainingOptions(output: folder.path + "/" + name, seed: 5)
      let report = try Trainer(data, recipe: changed, options: options).run()
      return (try bundle(name), report.measures)
    }
    let (none, measures) = try training("none", share: 0)
    let (all, foreseen) = try training("all", share: 1)
    #expect(all.networks["predictor.0.weight"] == none.networks["predictor.0.weight"])
    #expect(all.networks["members.0.fuse.0.weight"] != none.networks["members.0.fuse.0.weight"])
    for figures in [measures, foreseen] {
      #expect(figures["ensemble.velocityForeseen"] != nil)
    }
    // The loss that decides which epoch is best is that of the goals that are learnt from.
    func loss(_ name: String, _ figures: [String: Double]) throws -> Double {
      let velocity = try #require(figures["ensemble.velocity" + name])
      let gripper = try #require(figures["ensemble.gripper" + name])
      return velocity + recipe.ensemble.gripperWeight * gripper
    }
    #expect(abs(try loss("", measures) - (measures["ensemble.loss"] ?? 0)) < 1e-4)
    #expect(abs(try loss("Foreseen", foreseen) - (foreseen["ensemble.loss"] ?? 0)) < 1e-4)
  }

  @Test func `how long the student has a sparse part reaches its weights`() throws {
    func student(_ name: String, sparseShare: Double) throws -> PolicyBundle {
      var changed = recipe
      changed.encoder.sparseShare = sparseShare
      let options = TrainingOptions(output: folder.path + "/" + name, seed: 5)
      _ = try Trainer(data, recipe: changed, options: options).run()
      return try bundle(name)
    }
    let none = try student("none", sparseShare: 0)
    #expect(try student("half", sparseShare: 0.5).encoder != none.encoder)
  }

  @Test func `attentions are compared`() throws {
    let options = TrainingOptions(output: folder.path + "/t", seed: 5)
    let table = try Trainer(data, recipe: recipe, options: options).attentionTable()
    #expect(table.rows.count == 4)
    #expect(table.rows.allSatisfy { (0...1).contains($0.subtaskRight) && $0.objectErrorCm > 0 })
  }
}
