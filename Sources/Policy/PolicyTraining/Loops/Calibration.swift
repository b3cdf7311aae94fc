internal import Foundation
internal import Numbers
internal import Plots
internal import Policy
internal import PolicyFiles
internal import PolicyNetworks
internal import TensorKernels
internal import Tensors
internal import Torch

/// First thresholds: a quantile of what the policy's own networks say on held-out steps at which there
/// is nothing to choose. `mallard evaluate` sets better ones.
struct Calibration {
  /// What was measured, one number a step.
  struct Figures {
    var task: [Double] = []
    var policy: [Double] = []
    var flat: [Double] = []
    var risk: [Double] = []
  }

  /// Where the operator had a choice.
  let branch: Figures
  /// Where there was nothing to choose.
  let other: Figures
  let thresholds: PolicyManifest.Thresholds
  let wording: String

  /// At most this many held-out steps.
  private static let limit = 3_000

  init(
    _ bundle: PolicyBundle, _ data: TrainingData, _ recipe: TrainingRecipe,
    _ embeddings: Embeddings, threads: Int, seed: UInt64
  ) throws {
    let networks = try Networks(bundle, threads: threads)
    let table = try StateTable(data, recipe, embeddings)
    try setSeed(Seed.mixed(seed, 77))
    let rows = table.heldOutRows(Self.limit)
    var (branch, other) = (Figures(), Figures())
    for start in stride(from: 0, to: rows.count, by: 32) {
      let part = Array(rows[start..<min(start + 32, rows.count)])
      try networks.measure(table.states(part).plain()) { place, task, policy, flat, risk in
        if data.isBranch[part[place]] {
          branch.add(task, policy, flat, risk)
        } else {
          other.add(task, policy, flat, risk)
        }
      }
    }
    (self.branch, self.other) = (branch, other)
    let quantile = recipe.thresholdQuantile
    let base = other.task.isEmpty ? branch : other
    thresholds = PolicyManifest.Thresholds(
      task: Self.quantile(base.task, quantile), policy: Self.quantile(base.policy, quantile),
      flat: Self.quantile(base.flat, quantile), novelty: Self.quantile(base.flat, quantile),
      risk: Self.quantile(base.risk, quantile))
    wording =
      "\(Int(saturating: (100 * quantile).rounded())) % quantiles of \(base.task.count) held-out steps away "
      + "from choices; recalibrate with `mallard evaluate`"
  }

  /// The value below which a share of the values lies.
  static func quantile(_ values: [Double], _ share: Double) -> Double {
    let sorted = values.sorted()
    guard !sorted.isEmpty else { return 1 }
    return sorted[min(Int(saturating: share * Double(sorted.count)), sorted.count - 1)]
  }
}

extension Calibration.Figures {
  fileprivate mutating func add(_ task: Double, _ policy: Double, _ flat: Double, _ risk: Double) {
    self.task.append(task)
    self.policy.append(policy)
    self.flat.append(flat)
    self.risk.append(risk)
  }
}

/// The networks that a coordinator runs, without the eye: the states are there already.
private struct Networks {
  let manifest: PolicyManifest
  let predictor: SubgoalPredictor
  let chooser: SubtaskChooser
  let ensemble: GoalReachingEnsemble
  let flat: FlatEnsemble
  let risk: RiskNetwork

  init(_ bundle: PolicyBundle, threads: Int) throws {
    let kernels = try Kernels(Execution(threads: threads))
    manifest = bundle.manifest
    predictor = try SubgoalPredictor(bundle.networks, manifest, on: kernels)
    chooser = try SubtaskChooser(bundle.networks, manifest, on: kernels)
    ensemble = try GoalReachingEnsemble(bundle.networks, manifest, on: kernels)
    flat = try FlatEnsemble(bundle.networks, manifest, on: kernels)
    risk = try RiskNetwork(bundle.networks, manifest, on: kernels)
  }

  /// Task uncertainty, policy uncertainty, the flat ensemble's disagreement and the risk of each
  /// state.
  func measure(
    _ states: Tensor, _ tell: (Int, Double, Double, Double, Double) -> Void
  ) throws {
    let sizes = manifest.architecture
    let count = states.shape[0]
    let codes = try TorchTensor.normal([count * sizes.samples, sizes.code]).plain()
    let groups = try chooser.groups(of: sizes.samples, states: states)
    let drawn = try predictor.sample(states: states, groups: groups, codes: codes)
    var (tasks, subgoals): ([Double], [Float]) = ([], [])
    for state in 0..<count {
      let rows = (state * sizes.samples..<(state + 1) * sizes.samples)
      let positions = rows.map { row in
        let at = row * sizes.state + sizes.latent + ProprioceptionFeatures.position.lowerBound
        return SIMD3(drawn.values[at], drawn.values[at + 1], drawn.values[at + 2])
      }
      tasks.append(
        UncertaintyMeasures.task(positions, ofSubtasks: groups[state].map(\.samples)))
      let row = rows.lowerBound + (SubgoalChoice.medoid(of: positions) ?? 0)
      subgoals += drawn.values[row * sizes.state..<(row + 1) * sizes.state]
    }
    let steps = sizes.executedSteps
    let rolled = try ensemble.rollOut(
      states: states, subgoals: Tensor(shape: [count, sizes.state], values: subgoals),
      steps: steps)
    let flats = try flat.actions(states: states)
    let members = (0..<count).map { state in flats.map { Self.rows($0, state, 1)[0] } }
    let logits = try risk.logits(
      states: states,
      actions: Tensor(
        shape: [count, ActionNumbers.count], values: members.flatMap(ActionNumbers.riskInput)))
    for state in 0..<count {
      tell(
        state, tasks[state], UncertaintyMeasures.policy(rolled.map { Self.rows($0, state, steps) }),
        UncertaintyMeasures.policy(members[state].map { [$0] }),
        1 / (1 + exp(Double(logits[state]))))
    }
  }

  private static func rows(_ tensor: Tensor, _ state: Int, _ steps: Int) -> [[Float]] {
    (state * steps..<(state + 1) * steps).map { row in
      Array(tensor.values[row * ActionNumbers.count..<(row + 1) * ActionNumbers.count])
    }
  }
}

extension Curves {
  /// Draws how the uncertainties are spread, at choices and elsewhere, with their thresholds.
  func draw(_ calibration: Calibration) {
    let (branch, other) = (calibration.branch, calibration.other)
    let plots: [(String, [Double], [Double], Double)] = [
      ("task uncertainty", branch.task, other.task, calibration.thresholds.task),
      ("policy uncertainty", branch.policy, other.policy, calibration.thresholds.policy),
      ("flat disagreement", branch.flat, other.flat, calibration.thresholds.flat),
      ("risk", branch.risk, other.risk, calibration.thresholds.risk),
    ]
    for (name, first, second, threshold) in plots {
      var plot = Histogram(
        title: "Held-out steps: \(name)", x: name,
        series: [
          Histogram.Series(name: "with a choice", values: first),
          Histogram.Series(name: "without", values: second),
        ])
      plot.marks = [Mark(name: "threshold", value: threshold)]
      try? Data(plot.svg.utf8).write(
        to: folder.appending(path: name.replacing(" ", with: "-") + ".svg"), options: .atomic)
    }
  }
}
