// Aim: a branch point is where the hand can go on in two ways that lead it apart, and is one no
// longer when it has chosen. Method: hands that are moved by the test through scenes of a task.
import RobotData
import SimulatedTasks
import Testing

@Suite struct BranchPointsTests {
  let task = StackTask()

  /// A scene with blocks where they are told to lie, and the places left and right.
  private func scene(_ blocks: [String: Vector3]) -> SceneState {
    var objects: [String: Pose] = [
      "left": Pose(position: Vector3(0.54, 0.22, 0), orientation: .identity),
      "right": Pose(position: Vector3(0.54, -0.22, 0), orientation: .identity),
    ]
    for (name, place) in blocks { objects[name] = Pose(position: place, orientation: .identity) }
    return SceneState(objects: objects, touched: [])
  }

  private let apart = [
    "red": Vector3(0.35, 0.12, 0.021), "green": Vector3(0.35, -0.12, 0.021),
    "blue": Vector3(0.46, 0, 0.021),
  ]

  private func flags(
    _ scene: SceneState, _ hands: [Vector3], opening: Double = 1, horizon: Int = 0
  ) -> [Bool] {
    var branches = BranchPoints(task: task, horizon: horizon, period: .milliseconds(100))
    let progress = task.progress(in: scene, after: [])
    return hands.map {
      branches.isBranchPoint(scene, progress, hand: $0, gripperOpening: opening)
    }
  }

  @Test func `an empty hand among three blocks is at a branch point until it has chosen`() {
    let way = (0...12).map { Vector3(0.35, 0.12 * Double($0) / 12, 0.2) }
    let flags = flags(scene(apart), way)
    #expect(flags.first == true && flags.last == false)
    // Chosen once, and not again: the flags fall once.
    #expect(flags.sorted { $0 && !$1 } == flags, "\(flags)")
  }

  @Test func `lifting straight up chooses no place, going to one does`() {
    var blocks = apart
    blocks["red"] = Vector3(0.45, 0, 0.1)
    let up = (0...5).map { Vector3(0.45, 0, 0.1 + 0.004 * Double($0)) }
    #expect(flags(scene(blocks), up, opening: 0.5) == [Bool](repeating: true, count: 6))
    let aside = [Vector3(0.45, 0, 0.1), Vector3(0.45, 0.02, 0.1)]
    #expect(flags(scene(blocks), aside, opening: 0.5) == [true, true])
  }

  @Test func `a way on that is the only one is no branch point`() {
    // Two on the left, one left over: it can only go to the right.
    let scene = scene([
      "red": Vector3(0.54, 0.22, 0.021), "green": Vector3(0.54, 0.22, 0.063),
      "blue": Vector3(0.4, 0, 0.021),
    ])
    #expect(task.progress(in: scene, after: []).available == ["blue-right"])
    #expect(flags(scene, [Vector3(0.45, 0, 0.2), Vector3(0.4, 0, 0.021)]) == [false, false])
  }

  @Test func `a branch is near when the object is nearly reached and can go to two places`() {
    let scene = scene([
      "red": Vector3(0.54, 0.22, 0.021), "green": Vector3(0.54, -0.22, 0.021),
      "blue": Vector3(0.4, 0, 0.021),
    ])
    let hands = [Vector3(0.4, 0, 0.2), Vector3(0.4, 0, 0.06)]
    #expect(flags(scene, hands, horizon: 16) == [false, true])
    #expect(flags(scene, hands, horizon: 10) == [false, false])
  }

  @Test func `a branch that is near opens when the object is taken`() {
    let scene = scene([
      "red": Vector3(0.54, 0.22, 0.021), "green": Vector3(0.54, -0.22, 0.021),
      "blue": Vector3(0.4, 0, 0.021),
    ])
    var branches = BranchPoints(task: task, horizon: 16, period: .milliseconds(100))
    let progress = task.progress(in: scene, after: [])
    let seen = [(0.2, 1.0), (0.03, 1), (0.021, 0.5)].map { height, opening in
      branches.nearness(
        scene, progress, hand: Vector3(0.4, 0, height), gripperOpening: opening)
    }
    #expect(seen == [.away, .near, .open])
  }

  @Test func `what is let go of where it belongs is on no way, though it is between the fingers`() {
    // The block rests in the bowl on the plate; what comes next is done with the same block.
    let task = KitchenTableTask()
    var scene = SceneState(objects: task.layout(seed: 1), touched: [])
    scene.objects["plate"] = Pose(position: Vector3(0.56, 0, 0), orientation: .identity)
    scene.objects["bowl"] = Pose(position: Vector3(0.56, 0, 0.008), orientation: .identity)
    scene.objects["block"] = Pose(position: Vector3(0.56, 0, 0.033), orientation: .identity)
    let done = task.progress(in: scene, after: [])
    #expect(done.available == ["block-in-oven", "block-on-shelf"])
    let before = TaskProgress(
      completed: ["bowl-on-plate"], available: ["block-in-bowl"], isSuccess: false)
    var branches = BranchPoints(task: task, horizon: 12, period: .milliseconds(100))
    // Lowered, let go of, opening, open; then taken once more.
    let seen = [(before, 0.5), (done, 0.5), (done, 0.8), (done, 1), (done, 0.5)].map {
      branches.nearness(
        scene, $0.0, hand: Vector3(0.56, 0, 0.033), gripperOpening: $0.1)
    }
    #expect(seen[1] != .open && seen[2] != .open && seen[4] == .open, "\(seen)")
  }

  @Test func `two places that lie together count as one`() {
    let near = scene([
      "red": Vector3(0.35, 0.02, 0.021), "green": Vector3(0.35, -0.02, 0.021),
      "blue": Vector3(0.39, 0, 0.021),
    ])
    #expect(flags(near, [Vector3(0.5, 0, 0.2)]) == [false])
  }
}
