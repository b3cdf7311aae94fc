// Aim: a bundle drives robots: plans in batches, continues by itself, and one robot's misfortune is its
// own. Method: small bundles of random weights.
import Foundation
import ImageCodecs
import MallardTesting
import Policy
import PolicyFiles
import RobotData
import Testing
import TrainedPolicies

private let machines = URL(filePath: #filePath).deletingLastPathComponent()
  .appending(path: "../../../Policies/accelerators").standardizedFileURL.path

private let episode = EpisodeID(session: SessionID(7), ordinal: 1)

private struct Stage {
  let manifest: PolicyManifest
  let bundle: PolicyBundle
  let robot: RobotDescription

  init(_ manifest: PolicyManifest = SmallPolicy.manifest()) throws {
    self.manifest = manifest
    bundle = try SmallPolicy.randomBundle(for: manifest)
    robot = try SmallPolicy.robot(for: manifest)
  }

  func policy(_ method: PolicyMethod = .pato, seed: UInt64 = 1, threads: Int = 2) throws
    -> TrainedPolicy
  {
    try TrainedPolicy(
      bundle: bundle, method: method, seed: seed, threads: threads, machines: machines)
  }

  /// What `robot` sees at `step`: always the same for the same pair.
  func question(_ id: RobotID, _ step: Int, subtask: SubtaskName? = nil) throws -> PolicyQuestion {
    let seed = id.name.utf8.reduce(UInt64(step) + 1) { $0 &* 31 &+ UInt64($1) }
    var random = SeededGenerator(seed: seed)
    return PolicyQuestion(
      robot: id, description: robot,
      observation: Observation(
        episode: episode, step: step,
        reading: try SmallPolicy.reading(for: manifest, using: &random)), subtask: subtask)
  }
}

@Suite struct TrainedPolicyTests {
  @Test func `a plan is made with pictures, and carried out without them`() throws {
    let stage = try Stage()
    var policy = try stage.policy()
    #expect(policy.name == "small-stack/pato")
    #expect(policy.wantsPictures(of: "a", at: 0))
    let first = try policy.decide([stage.question("a", 0)])[0].get()
    #expect(first.action.isFinite && first.uncertainty.task > 0 && first.uncertainty.policy > 0)
    #expect(first.subgoal?.samples.count == TrainedPolicy.shownSamples)
    for step in [1, 2] {
      #expect(!policy.wantsPictures(of: "a", at: step))
      var question = try stage.question("a", step)
      question.observation.reading.frames = []
      let next = try policy.decide([question])[0].get()
      #expect(next.uncertainty == first.uncertainty && next.subgoal == first.subgoal)
    }
    #expect(policy.wantsPictures(of: "a", at: 3))
    #expect(policy.accounts.frames == 2 && policy.accounts.batches == 1)
    _ = try policy.decide([stage.question("a", 3)])[0].get()
    #expect(policy.wantsPictures(of: "a", at: 3), "asked again for the same step, it plans anew")
    policy.reset("a")
    #expect(policy.wantsPictures(of: "a", at: 4))
  }

  @Test func `the modelled machine keeps accounts`() throws {
    let stage = try Stage()
    var policy = try stage.policy()
    _ = try policy.decide([stage.question("a", 0), stage.question("b", 0)])
    let accounts = policy.accounts
    #expect(accounts.machine == "vitality" && accounts.frames == 4 && accounts.batches == 1)
    #expect(accounts.modelledSeconds > 0 && accounts.modelledCycles > 0)
    #expect(accounts.millijoules > 0 && accounts.dramMillijoules > 0)
    #expect(policy.time.eye > .zero && policy.time.networks > .zero)
  }

  @Test func `eight bits run without a machine that fits, and report no energy`() throws {
    let stage = try Stage(SmallPolicy.manifest(bits: 8))
    var policy = try stage.policy()
    _ = try policy.decide([stage.question("a", 0)])[0].get()
    #expect(policy.accounts.machine == nil && policy.accounts.frames == 2)
    #expect(policy.accounts.millijoules == 0)
  }

  @Test(arguments: PolicyMethod.allCases)
  func `every method decides`(method: PolicyMethod) throws {
    let stage = try Stage()
    var policy = try stage.policy(method)
    let decision = try policy.decide([stage.question("a", 0)])[0].get()
    #expect(decision.action.isFinite && decision.uncertainty.isFinite)
    switch method {
    case .flat, .thrifty:
      #expect(decision.uncertainty.task == 0 && decision.uncertainty.policy > 0)
      #expect(decision.subgoal == nil)
      #expect(policy.wantsPictures(of: "a", at: 1), "flat cloning looks at each step")
    case .pato, .patoNamed, .withoutUncertainty, .ensembleOnly:
      #expect(decision.uncertainty.task > 0 && decision.subgoal != nil)
    }
  }

  @Test func `a robot that stands and waits is as unsure as it was, until it is helped`() throws {
    let stage = try Stage()
    var policy = try stage.policy()
    var question = try stage.question("a", 0)
    let first = try policy.decide([question])[0].get()
    for _ in 0..<3 { #expect(try policy.decide([question])[0].get() == first) }
    policy.reset("a")
    let helped = try policy.decide([question])[0].get()
    #expect(helped.uncertainty.task != first.uncertainty.task)
    question.observation.episode = EpisodeID(session: SessionID(7), ordinal: 2)
    let again = try policy.decide([question])[0].get()
    #expect(again.uncertainty.task != helped.uncertainty.task, "an episode has its own")
  }

  @Test func `a name is heard by the method that listens, and by no other`() throws {
    let stage = try Stage()
    for method in [PolicyMethod.pato, .patoNamed] {
      func subgoal(_ name: SubtaskName?) throws -> Subgoal? {
        var policy = try stage.policy(method)
        return try policy.decide([stage.question("a", 0, subtask: name)])[0].get().subgoal
      }
      let (none, left, right) = (try subgoal(nil), try subgoal("left"), try subgoal("right"))
      #expect((none != left) == (method == .patoNamed))
      #expect((left != right) == (method == .patoNamed))
      #expect(try subgoal("unheard-of") == none)
    }
  }

  @Test(arguments: PolicyMethod.allCases)
  func `the same seed gives the same bits, whoever shares the batch`(method: PolicyMethod) throws {
    let stage = try Stage()
    func run(_ batches: [[RobotID]], threads: Int) throws -> [RobotID: [PolicyDecision]] {
      var policy = try stage.policy(method, threads: threads)
      var all: [RobotID: [PolicyDecision]] = [:]
      for step in 0..<7 {
        for batch in batches {
          let questions = try batch.map { try stage.question($0, step) }
          for (id, answer) in zip(batch, policy.decide(questions)) {
            all[id, default: []].append(try answer.get())
          }
        }
      }
      return all
    }
    let together = try run([["a", "b", "c"]], threads: 2)
    #expect(together == (try run([["c"], ["b", "a"]], threads: 1)))
    #expect(try run([["b"]], threads: 3)["b"] == together["b"])
    var other = try stage.policy(method, seed: 2)
    let decision = try other.decide([stage.question("a", 0)])[0].get()
    let isDrawn = method != .flat && method != .thrifty
    #expect((decision != together["a"]?[0]) == isDrawn)
  }

  @Test func `one robot's misfortune leaves the others alone`() throws {
    let stage = try Stage()
    let alone = try { () throws -> PolicyDecision in
      var policy = try stage.policy()
      return try policy.decide([stage.question("good", 0)])[0].get()
    }()
    func spoil(_ body: (inout PolicyQuestion) throws -> Void) throws -> PolicyQuestion {
      var question = try stage.question("bad", 0)
      try body(&question)
      return question
    }
    let picture = ImageSize(width: 8, height: 16)
    let bad: [(String, PolicyQuestion)] = try [
      ("not finite", spoil { $0.observation.reading.proprioception.gripperOpening = .nan }),
      (
        "too large",
        spoil { $0.observation.reading.proprioception.endEffectorPose.position.x = 1e300 }
      ),
      ("\"wrist\" sent no picture", spoil { $0.observation.reading.frames.removeLast() }),
      (
        "8×16",
        spoil {
          $0.observation.reading.frames[0] = try CameraFrame(
            camera: "scene", size: picture, encoding: .rgb8,
            bytes: [UInt8](repeating: 1, count: picture.rgbBytes))
        }
      ),
      (
        "cannot be read",
        spoil {
          $0.observation.reading.frames[1] = try CameraFrame(
            camera: "wrist", size: ImageSize(width: 16, height: 16), encoding: .jpeg,
            bytes: [1, 2, 3])
        }
      ),
      ("does not fit: the robot runs at 20.0 Hz", spoil { $0.description.rate = 20 }),
    ]
    for (words, question) in bad {
      var policy = try stage.policy()
      let answers = policy.decide([question, try stage.question("good", 0)])
      #expect(try answers[1].get() == alone, "\(words)")
      guard case .failure(let failure) = answers[0] else {
        Issue.record("\(words): no failure")
        continue
      }
      #expect(failure.description.contains(words), "\(failure)")
      #expect(policy.wantsPictures(of: "bad", at: 1))
    }
  }

  @Test func `pictures may come in any order and encoding`() throws {
    let stage = try Stage()
    var policy = try stage.policy()
    let question = try stage.question("a", 0)
    let plain = try policy.decide([question])[0].get()
    var packed = question
    let codec = try CameraFrameCodec()
    packed.observation.reading.frames = try question.observation.reading.frames.reversed().map {
      try codec.encode(
        $0, as: CameraDescription(name: $0.camera, size: $0.size, encoding: .png, quality: 1))
    }
    var second = try stage.policy()
    #expect(try second.decide([packed])[0].get() == plain)
  }

  @Test func `a batch of none, and of robots in mid-sequence only`() throws {
    let stage = try Stage()
    var policy = try stage.policy()
    #expect(policy.decide([]).isEmpty)
    _ = try policy.decide([stage.question("a", 0)])
    _ = try policy.decide([stage.question("a", 1)])[0].get()
    #expect(policy.accounts.batches == 1)
  }

  @Test func `an analysis asks all networks and leaves plans alone`() throws {
    let stage = try Stage()
    var policy = try stage.policy()
    let question = try stage.question("a", 0)
    let decision = try policy.decide([question])[0].get()
    var sights = try (0..<3).map {
      PolicySight(
        reading: try stage.question("a", $0).observation.reading, subtask: nil)
    }
    sights[1].reading.frames = []
    let found = policy.analyse(sights, seed: 5)
    #expect(found == policy.analyse(sights, seed: 5))
    #expect(throws: PolicyFailure.self) { try found[1].get() }
    let first = try found[0].get()
    #expect(first.state.count == 22 && first.actions.count == 3)
    #expect(first.hierarchy?.positions.count == 40 && first.hierarchy?.members.count == 3)
    #expect(first.hierarchy?.task == first.uncertainty.task)
    #expect(first.flat?.risk.map { (0...1).contains($0) } == true)
    // Other codes, the same state: near the decision, and not the same.
    #expect(abs(first.uncertainty.task - decision.uncertainty.task) < 0.5)
    #expect(first.uncertainty != decision.uncertainty)
    #expect(!policy.wantsPictures(of: "a", at: 1))
  }

  @Test func `a bundle that cannot be used is refused`() throws {
    let stage = try Stage()
    let bare = try PolicyBundle(
      manifest: stage.manifest,
      tensors: stage.bundle.tensors.filter { !$0.key.hasPrefix("flat.") })
    let flat = #expect(throws: TrainedPolicyError.self) {
      try TrainedPolicy(bundle: bare, method: .flat, seed: 1, threads: 1, machines: machines)
    }
    #expect(flat?.description.contains("method flat") == true)
    var manifest = stage.manifest
    manifest.eye.machine = "nowhere"
    let lost = try PolicyBundle.untrained(manifest, seed: 1)
    let machine = #expect(throws: TrainedPolicyError.self) {
      try TrainedPolicy(bundle: lost, method: .pato, seed: 1, threads: 1, machines: machines)
    }
    #expect(machine?.description.contains("nowhere.yaml") == true)
  }
}

@Suite struct PolicyTeamTests {
  @Test func `each robot is driven by the policy of its task, and a stranger by none`() throws {
    let stack = try Stage()
    var manifest = SmallPolicy.manifest(task: "table", cameras: ["scene"])
    manifest.thresholds.task = 0.4
    let table = try Stage(manifest)
    var team = PolicyTeam([try stack.policy(), try table.policy()])
    #expect(team.name == "small-stack/pato + small-table/pato")
    #expect(team.thresholds == UncertaintyThresholds(task: 0.2, policy: 0.1))
    var stranger = try stack.question("c", 0)
    stranger.description.task.name = "sort"
    #expect(team.refusal(of: stack.robot) == nil && team.refusal(of: table.robot) == nil)
    #expect(team.refusal(of: stranger.description)?.contains("\"sort\"") == true)
    let answers = team.decide([
      try stack.question("a", 0), try table.question("b", 0), stranger,
    ])
    var (one, two) = (try stack.policy(), try table.policy())
    #expect(try answers[0].get() == one.decide([stack.question("a", 0)])[0].get())
    let alone = try two.decide([table.question("b", 0)])[0].get()
    // Its threshold is twice the team's, so its uncertainty counts half.
    #expect(try answers[1].get().uncertainty.task == alone.uncertainty.task / 2)
    #expect(try answers[1].get().action == alone.action)
    #expect(throws: PolicyFailure.self) { try answers[2].get() }
    #expect(!team.wantsPictures(of: "a", at: 1) && !team.wantsPictures(of: "b", at: 1))
    #expect(team.wantsPictures(of: "c", at: 1))
    team.reset("a")
    #expect(team.wantsPictures(of: "a", at: 1))
    #expect(team.accounts.map(\.frames) == [2, 1])
  }
}
