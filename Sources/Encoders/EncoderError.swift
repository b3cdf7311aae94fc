public import VisionTransformer

/// Why an encoder did not encode.
public enum EncoderError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The encoder's description makes no sense.
  case configuration(ConfigurationError)
  /// One of the images is not what the encoder takes.
  case image(index: Int, ImageError)
  /// No memory.
  case outOfMemory(bytes: Int)
  /// No threads.
  case threads(wanted: Int)
  /// This processor lacks the instructions that were asked for.
  case instructions(wanted: InstructionSet, best: InstructionSet)

  /// In words.
  public var description: String {
    switch self {
    case .configuration(let error): "the encoder cannot be built: \(error)"
    case .image(let index, let error): "image \(index): \(error)"
    case .outOfMemory(let bytes): "no memory for \(bytes) bytes of the encoder"
    case .threads(let wanted): "the encoder cannot start \(wanted) threads"
    case .instructions(let wanted, let best):
      "this processor has no \(wanted) instructions; the best that it has is \(best)"
    }
  }
}

/// How an encoder uses the machine.
public struct Execution: Hashable, Sendable {
  /// Threads, the caller's own included.
  public var threads: Int
  /// Which kernels.
  public var instructions: InstructionSet

  /// - Parameters:
  ///   - threads: The caller's own included.
  ///   - instructions: Which kernels; the strongest by default.
  public init(threads: Int = 2, instructions: InstructionSet = .best) {
    self.threads = threads
    self.instructions = instructions
  }

  func check(_ configuration: VisionTransformerConfiguration) throws(EncoderError) {
    do { try configuration.validate() } catch { throw .configuration(error) }
    guard instructions.rawValue <= InstructionSet.best.rawValue else {
      throw .instructions(wanted: instructions, best: .best)
    }
  }
}

extension VisionTransformerConfiguration {
  /// Images that are encoded together: as many as keep the numbers of a layer in the cache.
  var group: Int { max(1, 400 / tokens) }

  func check(_ images: [[UInt8]]) throws(EncoderError) {
    for (index, image) in images.enumerated() where image.count != imageBytes {
      throw .image(
        index: index, .size(bytes: image.count, wanted: imageBytes, side: imageSide))
    }
  }
}
