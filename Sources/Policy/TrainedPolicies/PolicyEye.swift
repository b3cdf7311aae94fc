internal import Accelerator
internal import Encoders
internal import MachineFiles
internal import Policy
internal import PolicyFiles
internal import TensorKernels
internal import Tensors
internal import VisionTransformer

/// What a policy's eye has seen, and what that would have cost on the modelled machine.
public struct PolicyAccounts: Hashable, Sendable, Codable {
  /// The machine; nil where none fits the encoder, and all figures of it are then zero.
  public var machine: String?
  /// Batches of pictures.
  public var batches = 0
  /// Pictures.
  public var frames = 0
  /// Modelled seconds that the machine was busy.
  public var modelledSeconds = 0.0
  /// Modelled cycles.
  public var modelledCycles = 0
  /// Modelled energy of the chip, mJ.
  public var millijoules = 0.0
  /// Modelled energy of DRAM, mJ.
  public var dramMillijoules = 0.0
}

/// A policy's encoder in integers, on the modelled accelerator where there is one that fits.
final class PolicyEye {
  private enum Runner {
    case machine(ModelledAccelerator)
    case integers(IntegerEncoder)
  }

  private let runner: Runner
  private(set) var accounts = PolicyAccounts()

  /// The eye of `bundle`, whose manifest says which integers, and which machine of the folder `machines`.
  init(_ bundle: PolicyBundle, machines: String, execution: Execution) throws(TrainedPolicyError) {
    let (eye, name) = (bundle.manifest.eye, bundle.manifest.name)
    let encoder: FixedPointEncoder
    do {
      encoder = try FixedPointEncoder(
        bundle.encoder, ranges: eye.ranges, width: eye.bits == 8 ? .eight : .sixteen)
    } catch { throw .integers(policy: name, error) }
    let machine: Machine
    do { machine = try MachineFile.read("\(machines)/\(eye.machine).yaml") } catch {
      throw .machine(policy: name, error)
    }
    do {
      runner = .machine(try ModelledAccelerator(encoder, on: machine, execution: execution))
      accounts.machine = machine.name
      return
    } catch {
      switch error {
      // The integers are the same without the machine; only its figures are missing.
      case .width, .softmax, .denominator: break
      case .machine, .encoder: throw .eye(policy: name, error)
      }
    }
    do { runner = .integers(try IntegerEncoder(encoder, execution: execution)) } catch {
      throw .eye(policy: name, .encoder(error))
    }
  }

  /// The embeddings of pictures, [dimension] each.
  func embeddings(of pictures: [[UInt8]]) throws(AcceleratorDeviceError) -> [[Float]] {
    guard !pictures.isEmpty else { return [] }
    let embeddings: [[Float]]
    switch runner {
    case .machine(let machine):
      // The machine's own clock: a batch is given to it when it has finished the one before.
      let done = try machine.submit(pictures, at: accounts.modelledSeconds)
      embeddings = done.embeddings
      accounts.modelledSeconds += done.latency - done.waited
      accounts.modelledCycles += done.cycles
      accounts.millijoules += 1e3 * done.joules
      accounts.dramMillijoules += 1e3 * done.dramJoules
    case .integers(let encoder):
      do { embeddings = try encoder.embeddings(of: pictures) } catch { throw .encoder(error) }
    }
    accounts.batches += 1
    accounts.frames += pictures.count
    return embeddings
  }
}
