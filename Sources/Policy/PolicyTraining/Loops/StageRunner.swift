internal import Foundation
internal import Tensors
internal import Torch

/// Something that learns by gradient descent.
protocol LearningTask: AnyObject {
  /// What it is.
  var stage: TrainingStage { get }
  /// How long it learns, and how fast.
  var schedule: TrainingRecipe.Schedule { get }
  /// All that changes.
  var module: Joined { get }
  /// Steps of one pass over the data.
  var batchesPerPass: Int { get }
  /// What is minimised at a step, with its parts; `share` of the training is done.
  func losses(at step: Int, share: Double) throws -> Losses
  /// On held-out episodes, by name; `loss` decides what is best.
  func heldOut() throws -> [String: Double]
  /// The result.
  func exported() throws -> [String: Tensor]
}

/// What a step minimises.
struct Losses {
  /// The sum, through which gradients flow.
  var total: TorchTensor
  /// What it is made of, by name.
  var parts: [String: TorchTensor]
}

extension TrainingRecipe.Schedule {
  /// The step size: up along a line, down along half a cosine.
  func rate(at step: Int, share: Double) -> Double {
    let warm = min(1, Double(step + 1) / Double(max(warmUpSteps, 1)))
    return learningRate * warm * 0.5 * (1 + cos(.pi * min(max(share, 0), 1)))
  }
}

/// Runs a learning task to its end, with checkpoints.
struct StageRunner {
  let checkpoint: Checkpoint
  let seed: UInt64
  let events: TrainingEvents
  /// Called after each epoch, for curves.
  let afterEpoch: (StageHistory) -> Void

  /// What changes while a stage runs.
  private struct State {
    var step = 0
    var seconds = 0.0
    var best: [String: Tensor] = [:]
    var history: StageHistory
    var sums: [String: Double] = [:]
    var summed = 0

    var sinceBest: Int {
      history.epochs.count - (history.best?.epoch ?? history.epochs.count)
    }
  }

  /// Runs a stage, or what is left of it.
  ///
  /// - Parameters:
  ///   - task: What learns; at the end it holds its best weights.
  ///   - minutes: How long; nil is the schedule's epochs.
  /// - Returns: What it went through.
  /// - Throws: `TrainingError.interrupted` after leaving a checkpoint, `TrainingError.diverged`, and
  ///   what the task throws.
  func run(_ task: some LearningTask, minutes: Double? = nil) throws -> StageHistory {
    let schedule = task.schedule
    let optimiser = try AdamW(
      task.module, learningRate: schedule.learningRate, weightDecay: schedule.weightDecay,
      beta2: schedule.beta2)
    var state = State(history: StageHistory(stage: task.stage))
    try resume(task, optimiser, &state)
    let epochSteps = schedule.epochSteps > 0 ? schedule.epochSteps : task.batchesPerPass
    let steps = minutes == nil ? epochSteps * schedule.epochs : Int.max
    let clock = ContinuousClock()
    let (before, start, first) = (state.seconds, clock.now, state.step)
    while true {
      state.seconds = before + Self.seconds(clock.now - start)
      let share = minutes.map { state.seconds / ($0 * 60) } ?? Double(state.step) / Double(steps)
      if share >= 1 && (state.step > 0 || minutes == nil) { break }
      if events.isCancelled() {
        try save(task, optimiser, state)
        throw TrainingError.interrupted(checkpoint: checkpoint.folder.path)
      }
      try descend(task, optimiser, &state, share: share)
      let rate = Double(state.step - first) / max(state.seconds - before, 1e-3)
      report(task, state, share: share, rate: rate, steps: steps, minutes: minutes)
      guard state.step % epochSteps == 0 else { continue }
      try look(task, &state)
      try save(task, optimiser, state)
      if schedule.patience > 0 && state.sinceBest >= schedule.patience { break }
    }
    if state.history.epochs.last?.step != state.step { try look(task, &state) }
    try task.module.load(state: state.best)
    try checkpoint.finish(task.stage, task.exported(), note: state.history)
    return state.history
  }

  private static func seconds(_ duration: Duration) -> Double {
    Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
  }

  private func resume(
    _ task: some LearningTask, _ optimiser: AdamW, _ state: inout State
  ) throws {
    guard let running = try checkpoint.running(task.stage) else { return }
    try task.module.load(state: running.weights)
    try optimiser.load(state: running.optimiser)
    (state.step, state.seconds) = (running.step, running.seconds)
    (state.best, state.history) = (running.best, running.history)
    events.say("\(task.stage.rawValue): going on at step \(running.step)")
  }

  private func save(_ task: some LearningTask, _ optimiser: AdamW, _ state: State) throws {
    try checkpoint.save(
      Checkpoint.Running(
        step: state.step, seconds: state.seconds, weights: task.module.state(), best: state.best,
        optimiser: optimiser.state(), history: state.history))
  }

  /// One step. Its random numbers depend on the seed and the step alone.
  private func descend(
    _ task: some LearningTask, _ optimiser: AdamW, _ state: inout State, share: Double
  ) throws {
    optimiser.learningRate = task.schedule.rate(at: state.step, share: share)
    try setSeed(Seed.mixed(Seed.mixed(seed, task.stage), UInt64(state.step)))
    let losses = try task.losses(at: state.step, share: share)
    let total = try losses.total.number()
    guard total.isFinite else {
      throw TrainingError.diverged(
        stage: task.stage.rawValue, epoch: state.history.epochs.count + 1)
    }
    try losses.total.backward()
    try task.module.clipGradients(to: task.schedule.gradientLimit)
    try optimiser.step()
    state.step += 1
    state.summed += 1
    state.sums["loss", default: 0] += total
    for (name, part) in losses.parts { state.sums[name, default: 0] += try part.number() }
  }

  /// Looks at the held-out episodes, and keeps the weights where they are the best so far.
  private func look(_ task: some LearningTask, _ state: inout State) throws {
    try setSeed(Seed.mixed(seed, UInt64(task.stage.place)))
    let heldOut = try withoutGradient { try task.heldOut() }
    let count = Double(max(state.summed, 1))
    state.history.epochs.append(
      EpochRecord(
        epoch: state.history.epochs.count + 1, step: state.step, seconds: state.seconds,
        training: state.sums.mapValues { $0 / count }, heldOut: heldOut))
    (state.sums, state.summed) = ([:], 0)
    if state.best.isEmpty || state.history.best?.epoch == state.history.epochs.count {
      state.best = try task.module.state()
    }
    afterEpoch(state.history)
  }

  private func report(
    _ task: some LearningTask, _ state: State, share: Double, rate: Double, steps: Int,
    minutes: Double?
  ) {
    let left = minutes.map { $0 * 60 - state.seconds } ?? Double(steps - state.step) / rate
    let count = Double(max(state.summed, 1))
    events.progress(
      TrainingProgress(
        stage: task.stage, share: share, done: state.step, unit: "steps", rate: rate,
        secondsLeft: max(left, 0), losses: state.sums.mapValues { $0 / count }))
  }
}
