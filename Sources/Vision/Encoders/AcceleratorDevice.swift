public import Accelerator
internal import Numbers
internal import Tensors
public import TensorKernels
public import VisionTransformer

/// The modelled accelerator: images go in, embeddings come out, bit for bit those of its integers, with
/// the time and energy that the machine would have taken. Time is the model's own and simulated; nothing
/// waits for it. Not for use by two threads at once; `AcceleratorDevice` is.
public final class ModelledAccelerator {
  /// What came of one batch.
  public struct Completion: Sendable {
    /// [dimension] for each image, in their order.
    public var embeddings: [[Float]]
    /// Modelled seconds from submission to the last result, the queue included.
    public var latency: Double
    /// Of these, seconds in the queue.
    public var waited: Double
    /// Modelled energy of the chip, J; DRAM is apart.
    public var joules: Double
    /// Modelled energy of DRAM, J.
    public var dramJoules: Double
    /// Modelled cycles.
    public var cycles: Int
  }

  /// What one image alone takes.
  public let frame: Estimate
  private let workload: Workload
  private let machine: Machine
  /// What batches of each size take. Cycles do not depend on the data, so each is executed once.
  private var runs: [Int: Cost]
  private let encoder: IntegerEncoder
  /// When the machine has finished what it was given, in the caller's seconds.
  private var free = -Double.infinity

  /// A machine that runs one encoder.
  ///
  /// - Parameters:
  ///   - encoder: Taylor attention, rounded to the machine's width.
  ///   - machine: What is modelled.
  ///   - execution: How this computer finds the results.
  /// - Throws: `AcceleratorDeviceError`.
  public init(_ encoder: FixedPointEncoder, on machine: Machine, execution: Execution = Execution())
    throws(AcceleratorDeviceError)
  {
    let shape = encoder.configuration
    guard encoder.width.rawValue == Int(saturating: machine.bits.value) else {
      throw .width(encoder: encoder.width.rawValue, machine: Int(saturating: machine.bits.value))
    }
    guard shape.attention != .softmax else { throw .softmax }
    let collapsed = shape.attention == .taylorCollapsed
    guard collapsed == (machine.denominator == .collapsed) else {
      throw .denominator(encoder: shape.attention.rawValue, machine: machine.denominator.rawValue)
    }
    workload = Workload(shape, name: "encoder")
    self.machine = machine
    do { frame = try Estimate(workload, on: machine) } catch { throw .machine(error) }
    runs = [1: Cost(frame)]
    do { self.encoder = try IntegerEncoder(encoder, execution: execution) } catch {
      throw .encoder(error)
    }
  }

  /// Encodes a batch.
  ///
  /// - Parameters:
  ///   - images: RGB bytes [side, side, 3] each.
  ///   - now: When it is submitted, in seconds of any clock that does not go back.
  /// - Returns: The embeddings, and what they cost on the modelled machine.
  /// - Throws: `AcceleratorDeviceError.encoder` where an image has the wrong size; the queue is then
  ///   as it was.
  public func submit(_ images: [[UInt8]], at now: Double) throws(AcceleratorDeviceError)
    -> Completion
  {
    let embeddings: [[Float]]
    do { embeddings = try encoder.embeddings(of: images) } catch { throw .encoder(error) }
    let start = max(now, free)
    var done = Completion(
      embeddings: embeddings, latency: 0, waited: start - now, joules: 0, dramJoules: 0, cycles: 0)
    var cost = Cost()
    for size in Self.sizes(images.count) { cost += try estimate(size) }
    free = start + cost.seconds
    done.latency = free - now
    done.joules = cost.joules
    done.dramJoules = cost.dramJoules
    done.cycles = cost.cycles
    return done
  }

  /// A batch as runs of at most 16 images, in powers of two, so that few programs serve all batches.
  private static func sizes(_ count: Int) -> [Int] {
    var rest = count
    var sizes: [Int] = []
    for size in [16, 8, 4, 2, 1] {
      while rest >= size {
        sizes.append(size)
        rest -= size
      }
    }
    return sizes
  }

  /// All at once, or one half after the other where that takes less time: activations of many images
  /// may not fit in SRAM.
  private func estimate(_ size: Int) throws(AcceleratorDeviceError) -> Cost {
    if let known = runs[size] { return known }
    var cost: Cost
    do { cost = Cost(try Estimate(workload, on: machine, batch: size)) } catch {
      throw .machine(error)
    }
    if size > 1 {
      var halves = try estimate(size / 2)
      halves += halves
      if halves.cycles < cost.cycles { cost = halves }
    }
    runs[size] = cost
    return cost
  }

  private struct Cost {
    var cycles = 0
    var seconds = 0.0
    var joules = 0.0
    var dramJoules = 0.0

    init() {}

    init(_ estimate: Estimate) {
      cycles = estimate.cycles
      seconds = estimate.seconds
      joules = estimate.joules
      dramJoules = estimate.dramPicojoules * 1e-12
    }

    static func += (a: inout Self, b: Self) {
      a.cycles += b.cycles
      a.seconds += b.seconds
      a.joules += b.joules
      a.dramJoules += b.dramJoules
    }
  }
}

/// A modelled accelerator with a queue that all threads may use.
public actor AcceleratorDevice {
  /// What one image takes.
  public nonisolated let frame: Estimate
  private let core: ModelledAccelerator

  /// A device that runs one encoder.
  ///
  /// - Parameters:
  ///   - encoder: Taylor attention, rounded to the machine's width.
  ///   - machine: What is modelled.
  ///   - execution: How this computer finds the results.
  /// - Throws: `AcceleratorDeviceError`.
  public init(_ encoder: FixedPointEncoder, on machine: Machine, execution: Execution = Execution())
    throws(AcceleratorDeviceError)
  {
    core = try ModelledAccelerator(encoder, on: machine, execution: execution)
    frame = core.frame
  }

  /// Encodes a batch.
  ///
  /// - Parameters:
  ///   - images: RGB bytes [side, side, 3] each.
  ///   - now: When it is submitted, in seconds of any clock that does not go back.
  /// - Returns: The embeddings, and what they cost on the modelled machine.
  /// - Throws: `AcceleratorDeviceError.encoder` where an image has the wrong size; the queue is then
  ///   as it was.
  public func submit(_ images: [[UInt8]], at now: Double) throws(AcceleratorDeviceError)
    -> ModelledAccelerator.Completion
  {
    try core.submit(images, at: now)
  }
}

/// Why the modelled accelerator cannot run an encoder.
public enum AcceleratorDeviceError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The encoder was rounded to another width than the machine's.
  case width(encoder: Int, machine: Int)
  /// The machine has no exponentials.
  case softmax
  /// One divides by t_D, the other by n√d.
  case denominator(encoder: String, machine: String)
  /// The machine's description is wrong.
  case machine(MachineError)
  /// The encoder refused.
  case encoder(EncoderError)

  /// In words.
  public var description: String {
    switch self {
    case .width(let encoder, let machine):
      "the encoder was rounded to \(encoder) bit, the machine has \(machine)"
    case .softmax: "the accelerator runs Taylor attention only; this encoder uses softmax"
    case .denominator(let encoder, let machine):
      "the encoder's attention is \(encoder), but the machine's denominator is \(machine)"
    case .machine(let error): error.description
    case .encoder(let error): error.description
    }
  }
}
