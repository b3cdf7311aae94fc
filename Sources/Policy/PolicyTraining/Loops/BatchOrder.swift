internal import RobotData

/// Which rows each step of gradient descent looks at: all of them in random order, pass after pass. It
/// is a function of the seed and the step alone, so that an interrupted training continues exactly.
final class BatchOrder {
  let rows: [Int]
  let size: Int
  private let seed: UInt64
  private var pass = -1
  private var order: [Int] = []

  /// - Parameters:
  ///   - rows: What there is to look at; at least one.
  ///   - size: Rows of a batch; fewer where there are fewer rows.
  ///   - seed: Draws the order.
  init(_ rows: [Int], size: Int, seed: UInt64) {
    self.rows = rows
    self.size = min(size, rows.count)
    self.seed = seed
  }

  /// Batches of one pass; what remains of the rows comes in another pass.
  var batchesPerPass: Int { max(rows.count / max(size, 1), 1) }

  /// The rows of a step.
  func batch(at step: Int) -> [Int] {
    let wanted = step / batchesPerPass
    if wanted != pass {
      var random = SplitMix64(seed: Seed.mixed(seed, UInt64(wanted)))
      order = rows.shuffled(using: &random)
      pass = wanted
    }
    let start = step % batchesPerPass * size
    return Array(order[start..<start + size])
  }
}

/// Seeds of parts from the seed of the whole.
enum Seed {
  static func mixed(_ seed: UInt64, _ part: UInt64) -> UInt64 {
    var random = SplitMix64(seed: seed ^ (part &* 0x9E37_79B9_7F4A_7C15))
    return random.next()
  }

  static func mixed(_ seed: UInt64, _ stage: TrainingStage) -> UInt64 {
    mixed(seed, UInt64(stage.place) + 1_000)
  }
}
