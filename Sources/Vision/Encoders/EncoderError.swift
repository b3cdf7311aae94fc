public import TensorKernels
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

extension EncoderError {
  init(_ error: KernelError) {
    self =
      switch error {
      case .outOfMemory(let bytes): .outOfMemory(bytes: bytes)
      case .threads(let wanted): .threads(wanted: wanted)
      case .instructions(let wanted, let best): .instructions(wanted: wanted, best: best)
      }
  }
}

/// Memory, or an encoder's error.
func buffer<Element: BitwiseCopyable>(_ count: Int) throws(EncoderError) -> Buffer<Element> {
  do { return try Buffer(count) } catch { throw EncoderError(error) }
}

func buffer<Element: BitwiseCopyable>(_ values: [Element]) throws(EncoderError)
  -> Buffer<Element>
{
  do { return try Buffer(values) } catch { throw EncoderError(error) }
}

extension Execution {
  func check(_ configuration: VisionTransformerConfiguration) throws(EncoderError) {
    do { try configuration.validate() } catch { throw .configuration(error) }
    do { try check() } catch { throw EncoderError(error) }
  }

  func startThreads() throws(EncoderError) -> ThreadPool {
    do { return try ThreadPool(threads: threads) } catch { throw EncoderError(error) }
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
