import Foundation
import Policy
import PolicyFiles
import RobotData
import TrainedPolicies

/// What drives the robots of one run, and above what it asks.
struct StudyPolicy {
  var driver: (any AssistivePolicy)?
  var thresholds = UncertaintyThresholds(task: 0, policy: 0)

  init(_ method: StudyMethod, _ settings: StudySettings, seed: UInt64) throws {
    guard case .policy(let way) = method else { return }
    guard let folder = settings.policy else { throw StudyFailure.noPolicy(method: method.name) }
    // One thread: other runs use the other cores.
    let policy = try TrainedPolicy(
      bundle: try PolicyBundle.read(folder), method: way, seed: seed, threads: 1,
      machines: Places.accelerators)
    driver = policy
    thresholds = policy.thresholds
  }

  /// Tells one bundle from another in the same folder: FNV-1a of the manifest, and the weights'
  /// size.
  static func digest(of folder: String) -> String? {
    let url = URL(filePath: folder)
    guard let manifest = try? Data(contentsOf: url.appending(path: PolicyBundle.manifestName)),
      let weights = try? FileManager.default.attributesOfItem(
        atPath: url.appending(path: PolicyBundle.weightsName).path)[.size] as? Int
    else { return nil }
    let hash = manifest.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { hash, byte in
      (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
    }
    return String(hash, radix: 16) + "-\(weights)"
  }
}
