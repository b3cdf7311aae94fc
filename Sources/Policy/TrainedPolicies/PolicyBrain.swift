internal import Encoders
internal import Foundation
internal import Policy
internal import PolicyFiles
internal import PolicyNetworks
internal import RobotData
internal import TensorKernels
internal import Tensors
internal import VisionTransformer

/// A bundle's networks, ready to run. For one thread.
final class PolicyBrain {
  /// One robot's input.
  struct Glance {
    /// Pixels of each camera, in the manifest's order.
    var pictures: [[UInt8]]
    /// Standardised proprioception, [16].
    var features: [Float]
    /// The index of the subtask that was named.
    var named: Int?
  }

  /// Which networks are asked.
  struct Wishes {
    var hierarchy: Bool
    var flat: Bool
    var risk: Bool

    init(_ method: PolicyMethod) {
      flat = method == .flat || method == .thrifty
      risk = method == .thrifty
      hierarchy = !flat
    }

    init(everythingOf bundle: PolicyBundle) {
      hierarchy = true
      flat = bundle.hasFlatEnsemble
      risk = flat && bundle.hasRiskNetwork
    }
  }

  let bundle: PolicyBundle
  let method: PolicyMethod
  let eye: PolicyEye
  private let latents: LatentProjection
  private let predictor: SubgoalPredictor
  /// Nil for a policy that knows nothing of subtasks.
  private let chooser: SubtaskChooser?
  private let ensemble: GoalReachingEnsemble
  private let flat: FlatEnsemble?
  private let risk: RiskNetwork?
  /// How long the eye and the networks took so far on this computer, s.
  private(set) var eyeSeconds = 0.0
  private(set) var networkSeconds = 0.0

  private var manifest: PolicyManifest { bundle.manifest }

  init(_ bundle: PolicyBundle, _ method: PolicyMethod, machines: String, execution: Execution)
    throws(TrainedPolicyError)
  {
    self.bundle = bundle
    self.method = method
    do { try bundle.check(method) } catch { throw .files(error) }
    eye = try PolicyEye(bundle, machines: machines, execution: execution)
    let kernels: Kernels
    do { kernels = try Kernels(execution) } catch { throw .kernels(error) }
    let (tensors, manifest) = (bundle.networks, bundle.manifest)
    do {
      latents = try LatentProjection(tensors, manifest, on: kernels)
      predictor = try SubgoalPredictor(tensors, manifest, on: kernels)
      chooser = bundle.hasChooser ? try SubtaskChooser(tensors, manifest, on: kernels) : nil
      ensemble = try GoalReachingEnsemble(tensors, manifest, on: kernels)
      flat = bundle.hasFlatEnsemble ? try FlatEnsemble(tensors, manifest, on: kernels) : nil
      risk = bundle.hasRiskNetwork ? try RiskNetwork(tensors, manifest, on: kernels) : nil
    } catch { throw .networks(policy: manifest.name, error) }
  }

  /// What the networks that `wishes` names make of each glance, all in one batch. `codes` appends this many
  /// random numbers for the robot of an index.
  func analyse(
    _ glances: [Glance], _ wishes: Wishes, codes: (Int, Int, inout [Float]) -> Void
  ) throws -> [PolicyAnalysis] {
    guard !glances.isEmpty else { return [] }
    let start = ProcessUse.nanoseconds
    let embeddings = try eye.embeddings(of: glances.flatMap(\.pictures))
    let seen = ProcessUse.nanoseconds
    defer {
      eyeSeconds += Double(seen - start) * 1e-9
      networkSeconds += Double(ProcessUse.nanoseconds - seen) * 1e-9
    }
    let states = try states(glances, embeddings)
    let ways = wishes.hierarchy ? try hierarchy(glances, states, codes) : nil
    let flats = wishes.flat ? try flat(states, askingRisk: wishes.risk) : nil
    let size = manifest.architecture.state
    return glances.indices.map { index in
      let (way, flat) = (ways?[index], flats?[index])
      return PolicyAnalysis(
        uncertainty: uncertainty(way, flat),
        state: Array(states.values[index * size..<(index + 1) * size]), hierarchy: way,
        flat: flat, actions: actions(way, flat))
    }
  }

  private func states(_ glances: [Glance], _ embeddings: [[Float]]) throws -> Tensor {
    let joined = try Tensor(
      shape: [glances.count, manifest.robot.cameras.count * manifest.eye.encoder.dimension],
      values: embeddings.flatMap { $0 })
    let latent = try latents.latents(of: joined)
    let size = manifest.architecture.latent
    var values: [Float] = []
    for (index, glance) in glances.enumerated() {
      values += latent.values[index * size..<(index + 1) * size] + glance.features
    }
    return try Tensor(shape: [glances.count, manifest.architecture.state], values: values)
  }

  // MARK: - The hierarchy

  private func hierarchy(
    _ glances: [Glance], _ states: Tensor, _ draw: (Int, Int, inout [Float]) -> Void
  ) throws -> [PolicyAnalysis.Hierarchy] {
    let sizes = manifest.architecture
    let (robots, samples, size) = (glances.count, sizes.samples, sizes.state)
    var codes: [Float] = []
    codes.reserveCapacity(robots * samples * sizes.code)
    for robot in 0..<robots { draw(robot, samples * sizes.code, &codes) }
    let groups = try groups(glances, states)
    let drawn = try predictor.sample(
      states: states, groups: groups,
      codes: Tensor(shape: [robots * samples, sizes.code], values: codes))
    var choices: [(positions: [SIMD3<Float>], chosen: Int)] = []
    var subgoals: [Float] = []
    for robot in 0..<robots {
      let positions = (robot * samples..<(robot + 1) * samples).map { row in
        let at = row * size + sizes.latent + ProprioceptionFeatures.position.lowerBound
        return SIMD3(drawn.values[at], drawn.values[at + 1], drawn.values[at + 2])
      }
      let chosen = SubgoalChoice.medoid(of: positions) ?? 0
      let row = robot * samples + chosen
      subgoals += drawn.values[row * size..<(row + 1) * size]
      choices.append((positions, chosen))
    }
    let steps = sizes.executedSteps
    let rolled = try ensemble.rollOut(
      states: states, subgoals: Tensor(shape: [robots, size], values: subgoals), steps: steps)
    return (0..<robots).map { robot in
      let members = rolled.map { Self.actions(of: robot, steps, in: $0) }
      return PolicyAnalysis.Hierarchy(
        task: Self.taskUncertainty(choices[robot].positions, groups[robot]),
        policy: UncertaintyMeasures.policy(members),
        positions: choices[robot].positions.map(metres), chosen: choices[robot].chosen,
        subgoal: Array(subgoals[robot * size..<(robot + 1) * size]), members: members,
        actions: (0..<steps).map { step in
          ActionNumbers.action(members.map { $0[step] }, manifest.normalisation)
        })
    }
  }

  /// Where subtasks are known, what lies between them; else the whole spread.
  private static func taskUncertainty(
    _ positions: [SIMD3<Float>], _ groups: [SubgoalPredictor.Group]
  ) -> Double {
    groups.contains { $0.subtask == nil }
      ? UncertaintyMeasures.task(positions)
      : UncertaintyMeasures.task(positions, ofSubtasks: groups.map(\.samples))
  }

  /// What each robot's samples are for: the subtask that was named, or all that may come.
  private func groups(
    _ glances: [Glance], _ states: Tensor
  ) throws -> [[SubgoalPredictor.Group]] {
    let samples = manifest.architecture.samples
    let possible = try chooser?.groups(of: samples, states: states)
    return glances.indices.map { robot in
      if method == .patoNamed, let named = glances[robot].named {
        return [SubgoalPredictor.Group(subtask: named, samples: samples)]
      }
      return possible?[robot] ?? [SubgoalPredictor.Group(subtask: nil, samples: samples)]
    }
  }

  private static func actions(of robot: Int, _ steps: Int, in rolled: Tensor) -> [[Float]] {
    (robot * steps..<(robot + 1) * steps).map { row in
      Array(rolled.values[row * ActionNumbers.count..<(row + 1) * ActionNumbers.count])
    }
  }

  /// A standardised position in the robot's base frame.
  private func metres(_ position: SIMD3<Float>) -> Vector3 {
    let numbers = manifest.normalisation
    let first = ProprioceptionFeatures.position.lowerBound
    let axes = (0..<3).map { axis in
      Double(
        position[axis] * numbers.proprioceptionDeviation[first + axis]
          + numbers.proprioceptionMean[first + axis])
    }
    return Vector3(axes[0], axes[1], axes[2])
  }

  // MARK: - Flat behaviour cloning

  private func flat(_ states: Tensor, askingRisk: Bool) throws -> [PolicyAnalysis.Flat] {
    guard let flat else { return [] }
    let numbers = try flat.actions(states: states)
    let robots = states.shape[0]
    let members = (0..<robots).map { robot in
      numbers.map { Self.actions(of: robot, 1, in: $0)[0] }
    }
    var logits: [Float]?
    if askingRisk, let risk {
      logits = try risk.logits(
        states: states,
        actions: Tensor(
          shape: [robots, ActionNumbers.count], values: members.flatMap(ActionNumbers.riskInput)))
    }
    return (0..<robots).map { robot in
      PolicyAnalysis.Flat(
        disagreement: UncertaintyMeasures.policy(members[robot].map { [$0] }),
        // 1 − σ(x) = σ(−x)
        risk: logits.map { 1 / (1 + exp(Double($0[robot]))) }, members: members[robot],
        action: ActionNumbers.action(members[robot], manifest.normalisation))
    }
  }

  // MARK: - What the method makes of both

  private func uncertainty(_ way: PolicyAnalysis.Hierarchy?, _ flat: PolicyAnalysis.Flat?)
    -> Uncertainty
  {
    switch method {
    case .pato, .patoNamed, .withoutUncertainty, .ensembleOnly:
      return Uncertainty(task: way?.task ?? 0, policy: way?.policy ?? 0)
    case .flat: return Uncertainty(task: 0, policy: flat?.disagreement ?? 0)
    case .thrifty:
      let excess = UncertaintyMeasures.thrifty(
        novelty: flat?.disagreement ?? 0, risk: flat?.risk ?? 0, thresholds: manifest.thresholds)
      return Uncertainty(task: 0, policy: excess)
    }
  }

  private func actions(_ way: PolicyAnalysis.Hierarchy?, _ flat: PolicyAnalysis.Flat?) -> [Action] {
    switch method {
    case .pato, .patoNamed, .withoutUncertainty, .ensembleOnly: way?.actions ?? []
    // Flat behaviour cloning looks anew at each step.
    case .flat, .thrifty: flat.map { [$0.action] } ?? []
    }
  }
}
