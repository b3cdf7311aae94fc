internal import Dispatch
internal import ImageCodecs
internal import RobotData
internal import Synchronization
internal import Torch

/// Pictures of training steps as tensors, changed a little at random.
final class PictureBatches {
  private let store: PictureStore
  private let recipe: TrainingRecipe.Encoder
  private let codec: CameraFrameCodec
  private let threads: Int

  /// - Parameters:
  ///   - store: The pictures.
  ///   - recipe: How they are changed.
  ///   - threads: That read them. A graphics card learns from pictures faster than one thread reads them.
  /// - Throws: `ImageCodecError`.
  init(_ store: PictureStore, _ recipe: TrainingRecipe.Encoder, threads: Int = 1) throws {
    self.store = store
    self.recipe = recipe
    self.threads = threads
    codec = try CameraFrameCodec()
  }

  /// The pictures of some steps, read by all threads.
  private func pictures(of rows: [Int]) throws -> [[UInt8]] {
    let parts = min(threads, rows.count)
    guard parts > 1 else { return try store.pictures(of: rows, codec: codec) }
    let read = Mutex([Int: Result<[[UInt8]], any Error>]())
    DispatchQueue.concurrentPerform(iterations: parts) { [store] part in
      let share = rows[rows.count * part / parts..<rows.count * (part + 1) / parts]
      // A codec belongs to a thread.
      let pictures = Result { try store.pictures(of: Array(share), codec: CameraFrameCodec()) }
      read.withLock { $0[part] = pictures }
    }
    let found = read.withLock { $0 }
    return try (0..<parts).flatMap { try found[$0]?.get() ?? [] }
  }

  /// The pictures of some steps.
  ///
  /// - Parameters:
  ///   - rows: The steps.
  ///   - seed: Draws the changes; nil changes nothing.
  /// - Returns: [steps · cameras, side, side, 3], 0 to 255.
  /// - Throws: `ImageCodecError` where a picture is damaged.
  func tensor(of rows: [Int], augmentedBy seed: UInt64?) throws -> TorchTensor {
    let pictures = try pictures(of: rows)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(pictures.count * store.pictureBytes)
    var random = SplitMix64(seed: seed ?? 0)
    let reach = seed == nil ? 0 : recipe.shift
    for picture in pictures {
      guard reach > 0 else {
        bytes += picture
        continue
      }
      let dx = Int.random(in: -reach...reach, using: &random)
      let dy = Int.random(in: -reach...reach, using: &random)
      Self.append(picture, side: store.side, dx: dx, dy: dy, to: &bytes)
    }
    let (count, side) = (pictures.count, store.side)
    let tensor = try TorchTensor(bytes: bytes, shape: [count, side, side, 3])
    return seed == nil ? tensor : try changed(tensor.toFloat(), count)
  }

  /// Brighter or darker, with more or less contrast, with noise. Torch's generator was seeded for this
  /// step.
  private func changed(_ pictures: TorchTensor, _ count: Int) throws -> TorchTensor {
    let gain = try TorchTensor.normal([count, 1, 1, 1]) * recipe.contrast + 1
    let offset = try TorchTensor.normal([count, 1, 1, 3]) * (255 * recipe.brightness)
    var result = try pictures * gain + offset
    if recipe.noise > 0 {
      result = try result + TorchTensor.normal(pictures.shape) * (255 * recipe.noise)
    }
    return try result.clamped(0, 255)
  }

  /// A picture moved to the right and down; its edge is repeated.
  static func append(_ picture: [UInt8], side: Int, dx: Int, dy: Int, to bytes: inout [UInt8]) {
    for y in 0..<side {
      let row = min(max(y - dy, 0), side - 1) * side
      for x in 0..<side {
        let at = (row + min(max(x - dx, 0), side - 1)) * 3
        bytes.append(picture[at])
        bytes.append(picture[at + 1])
        bytes.append(picture[at + 2])
      }
    }
  }
}
