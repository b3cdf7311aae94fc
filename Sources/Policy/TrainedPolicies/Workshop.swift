internal import Foundation
internal import ImageCodecs
internal import PlainErrors
internal import Policy
internal import PolicyFiles
internal import RobotData
internal import Synchronization
internal import TensorKernels

/// What copies of a trained policy share: networks, a decoder of pictures, and accounts.
// Unchecked: an AssistivePolicy is used by one thread, to which it is sent; what other threads may read
// meanwhile (the accounts) is behind a lock.
final class Workshop: @unchecked Sendable {
  private struct Figures {
    var accounts = PolicyAccounts()
    var eye = Duration.zero
    var networks = Duration.zero
  }

  private let brain: PolicyBrain
  private let codec: CameraFrameCodec
  private let figures: Mutex<Figures>

  init(_ bundle: PolicyBundle, _ method: PolicyMethod, machines: String, execution: Execution)
    throws(TrainedPolicyError)
  {
    brain = try PolicyBrain(bundle, method, machines: machines, execution: execution)
    do { codec = try CameraFrameCodec() } catch { throw .pictures(error) }
    figures = Mutex(Figures(accounts: brain.eye.accounts))
  }

  var accounts: PolicyAccounts { figures.withLock(\.accounts) }

  var time: (eye: Duration, networks: Duration) { figures.withLock { ($0.eye, $0.networks) } }

  /// One robot's input, checked and decoded.
  func glance(at sight: PolicySight) throws(PolicyFailure) -> PolicyBrain.Glance {
    let manifest = brain.bundle.manifest
    guard sight.reading.proprioception.isFinite else {
      throw PolicyFailure("the proprioception holds a number that is not finite")
    }
    let numbers = manifest.normalisation
    var features = ProprioceptionFeatures.values(of: sight.reading.proprioception)
    for index in features.indices {
      features[index] =
        (features[index] - numbers.proprioceptionMean[index])
        / numbers.proprioceptionDeviation[index]
    }
    guard features.allSatisfy(\.isFinite) else {
      throw PolicyFailure("the proprioception holds a number that is too large for the policy")
    }
    var pictures: [[UInt8]] = []
    for name in manifest.robot.cameras {
      pictures.append(try picture(of: name, in: sight.reading, side: manifest.robot.pictureSide))
    }
    return PolicyBrain.Glance(
      pictures: pictures, features: features,
      named: sight.subtask.flatMap { manifest.robot.subtasks.firstIndex(of: $0.name) })
  }

  private func picture(of camera: String, in reading: SensorReading, side: Int)
    throws(PolicyFailure) -> [UInt8]
  {
    guard let frame = reading.frames.first(where: { $0.camera.name == camera }) else {
      throw PolicyFailure("the camera \"\(camera)\" sent no picture")
    }
    let size: ImageSize
    let rgb: [UInt8]
    do { (size, rgb) = try codec.decode(frame) } catch {
      throw PolicyFailure(
        "the picture of the camera \"\(camera)\" cannot be read: \(PlainError.sentence(error))")
    }
    guard size == ImageSize(width: side, height: side) else {
      throw PolicyFailure(
        "the camera \"\(camera)\" sent a \(size) picture, the policy looks at \(side)×\(side)")
    }
    return rgb
  }

  /// What the networks make of each glance; nil wishes ask all networks of the bundle.
  func analyse(
    _ glances: [PolicyBrain.Glance], _ wishes: PolicyBrain.Wishes?,
    codes: (Int, Int, inout [Float]) -> Void
  ) -> [Result<PolicyAnalysis, PolicyFailure>] {
    let found: [PolicyAnalysis]
    do {
      found = try brain.analyse(
        glances, wishes ?? PolicyBrain.Wishes(everythingOf: brain.bundle), codes: codes)
    } catch { return glances.map { _ in .failure(PolicyFailure(PlainError.sentence(error))) } }
    figures.withLock { figures in
      figures.accounts = brain.eye.accounts
      figures.eye = .seconds(brain.eyeSeconds)
      figures.networks = .seconds(brain.networkSeconds)
    }
    return found.map { analysis in
      analysis.isFinite
        ? .success(analysis)
        : .failure(PolicyFailure("the networks gave a number that is not finite"))
    }
  }
}
