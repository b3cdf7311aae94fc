internal import RobotData

/// How many steps of an episode are on disk without a gap from the first: what may be
/// acknowledged.
struct CommittedSteps: Hashable, Sendable {
  /// Every step below this index is on disk.
  private(set) var contiguous = 0
  /// Steps beyond a gap that are on disk.
  private var beyond: Set<Int> = []

  /// The steps that a file holds already.
  init(_ steps: some Sequence<Int>) {
    for step in steps { insert(step) }
  }

  mutating func insert(_ step: Int) {
    guard step >= contiguous else { return }
    beyond.insert(step)
    while beyond.remove(contiguous) != nil { contiguous += 1 }
  }
}
