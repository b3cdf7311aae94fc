// Aim: a manifest that contradicts itself or a robot is told so, in words. Method: one change at a time.
import MallardTesting
import Policy
import RobotData
import Testing
import VisionTransformer

@Suite struct ManifestTests {
  @Test func `the small manifest is valid, and each spoilt one names what is wrong`() throws {
    try SmallPolicy.manifest().validate()
    let faults: [(String, (inout PolicyManifest) -> Void)] = [
      ("version is 7", { $0.format = 7 }),
      ("horizon is 0", { $0.architecture.horizon = 0 }),
      ("samples is 999999999", { $0.architecture.samples = 999_999_999 }),
      ("executedSteps is 6", { $0.architecture.executedSteps = 6 }),
      ("executedSteps is 0", { $0.architecture.executedSteps = 0 }),
      ("12 bits", { $0.eye.bits = 12 }),
      ("pictureSide is 17", { $0.robot.pictureSide = 17 }),
      ("pictureSide", { $0.robot.pictureSide = -1 }),
      ("ranges", { $0.eye.ranges.blocks = [] }),
      ("rate is 0.0", { $0.robot.rate = 0 }),
      ("linearSpeed is nan", { $0.robot.linearSpeed = .nan }),
      ("no cameras", { $0.robot.cameras = [] }),
      ("scene is twice", { $0.robot.cameras = ["scene", "scene"] }),
      ("proprioceptionMean holds 2", { $0.normalisation.proprioceptionMean = [1, 2] }),
      ("actionDeviation[1] is 0.0", { $0.normalisation.actionDeviation[1] = 0 }),
      ("actionMean[5] is inf", { $0.normalisation.actionMean[5] = .infinity }),
      ("threshold risk", { $0.thresholds.risk = -1 }),
      ("threshold task", { $0.thresholds.task = .nan }),
    ]
    for (words, spoil) in faults {
      var manifest = SmallPolicy.manifest()
      spoil(&manifest)
      let error = #expect(throws: PolicyManifestError.self) { try manifest.validate() }
      #expect(error?.description.contains(words) == true, "\(words): \(String(describing: error))")
    }
  }

  @Test func `a robot that fits, and one misfit at a time`() throws {
    let manifest = SmallPolicy.manifest()
    let robot = try SmallPolicy.robot(for: manifest)
    #expect(manifest.mismatches(with: robot) == [])
    let misfits: [(String, (inout RobotDescription) -> Void)] = [
      ("joints are elbow, shoulder", { $0.joints.reverse() }),
      ("joints are none", { $0.joints = [] }),
      ("20.0 Hz", { $0.rate = 20 }),
      ("\"wrist\", the robot has scene", { $0.cameras.removeLast() }),
      ("32×16 pictures", { $0.cameras[1].size = ImageSize(width: 32, height: 16) }),
      ("slower", { $0.limits.linearSpeed = 0.4 }),
      ("faster", { $0.limits.angularSpeed = 3 }),
      ("rad/s", { $0.limits.angularSpeed = 3 }),
      ("\"sort\"", { $0.task.name = "sort" }),
      ("subtasks are left", { $0.task.subtasks.removeLast() }),
    ]
    for (words, spoil) in misfits {
      var other = robot
      spoil(&other)
      let found = manifest.mismatches(with: other)
      #expect(found.count == 1 && found[0].description.contains(words), "\(words): \(found)")
    }
  }

  @Test func `further cameras, other orders and another name do no harm`() throws {
    let manifest = SmallPolicy.manifest()
    var robot = try SmallPolicy.robot(for: manifest)
    robot.profile = "another"
    robot.cameras.reverse()
    robot.cameras.append(
      CameraDescription(
        name: "third", size: ImageSize(width: 9, height: 9), encoding: .png, quality: 1))
    robot.task.subtasks.reverse()
    robot.limits.linearSpeed += 1e-9
    #expect(manifest.mismatches(with: robot) == [])
  }

  @Test func `each method has its thresholds, and all are finite`() {
    let manifest = SmallPolicy.manifest()
    #expect(manifest.thresholds(for: .pato) == UncertaintyThresholds(task: 0.2, policy: 0.1))
    #expect(manifest.thresholds(for: .patoNamed) == manifest.thresholds(for: .pato))
    #expect(manifest.thresholds(for: .flat).policy == 0.3)
    #expect(manifest.thresholds(for: .ensembleOnly).policy == 0.1)
    #expect(manifest.thresholds(for: .thrifty).policy == 1)
    for method in [PolicyMethod.withoutUncertainty, .flat, .ensembleOnly, .thrifty] {
      #expect(manifest.thresholds(for: method).task == PolicyManifest.unreachable)
    }
    for method in PolicyMethod.allCases {
      let thresholds = manifest.thresholds(for: method)
      #expect(thresholds.task.isFinite && thresholds.policy.isFinite)
    }
  }
}
