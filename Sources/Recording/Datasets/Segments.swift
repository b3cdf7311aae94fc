public import RobotData

/// The part of an episode that a step belongs to.
public enum Segment: String, Hashable, Sendable, CaseIterable, Codable {
  /// A person drives, and no policy has acted in the episode so far.
  case demonstration
  /// The policy drives.
  case policy
  /// The policy drives and a person will soon take over: what to avoid.
  case preIntervention = "pre-intervention"
  /// A person drives after the policy had: what to do instead.
  case intervention
  /// No one drives: the robot waits.
  case hold
}

/// Neighbouring steps of one segment.
public struct SegmentSpan: Hashable, Sendable, Codable {
  /// Which part it is.
  public var segment: Segment
  /// How many steps it has.
  public var count: Int

  /// A span of `count` steps.
  public init(segment: Segment, count: Int) {
    self.segment = segment
    self.count = count
  }
}

/// Finds the segments of an episode while its authors go by.
public struct SegmentFinder: Sendable {
  /// Steps under the policy before an intervention that are labelled `preIntervention`, unless
  /// the caller says otherwise.
  public static let usualWindow = 15

  private let window: Int
  private var spans: [SegmentSpan] = []
  private var policyHasActed = false

  /// Labels the last `window` policy steps before a person takes over.
  public init(window: Int = SegmentFinder.usualWindow) { self.window = max(window, 0) }

  /// Takes the next step's author.
  public mutating func add(_ author: Author) {
    switch author {
    case .hold: append(.hold)
    case .policy:
      policyHasActed = true
      append(.policy)
    case .human:
      if policyHasActed, spans.last?.segment != .intervention { markPreIntervention() }
      append(policyHasActed ? .intervention : .demonstration)
    }
  }

  /// The segments so far, in order.
  public var segments: [SegmentSpan] { spans }

  private mutating func append(_ segment: Segment) {
    if spans.last?.segment == segment {
      spans[spans.count - 1].count += 1
    } else {
      spans.append(SegmentSpan(segment: segment, count: 1))
    }
  }

  /// The policy's steps that led to this take-over; the robot may have held in between.
  private mutating func markPreIntervention() {
    guard let last = spans.lastIndex(where: { $0.segment != .hold }),
      spans[last].segment == .policy
    else { return }
    let marked = min(window, spans[last].count)
    guard marked > 0 else { return }
    let rest = spans[last].count - marked
    spans[last] = SegmentSpan(segment: .preIntervention, count: marked)
    if rest > 0 { spans.insert(SegmentSpan(segment: .policy, count: rest), at: last) }
  }
}

/// How much each segment counts in training on human corrections.
///
/// Interventions are made to weigh half of all, demonstrations keep their share, what led to an
/// intervention weighs nothing, the policy's own steps get the rest: the scheme of Sirius (Liu et
/// al., "Robot Learning on the Job", RSS 2023). Held steps weigh nothing. Where no one intervened
/// every driven step weighs 1. The mean over all driven steps is 1.
public struct SegmentWeights: Hashable, Sendable, Codable {
  private var weights: [Segment: Double] = [:]

  /// Weights for a dataset with this many steps of each segment.
  public init(counts: [Segment: Int]) {
    func count(_ segment: Segment) -> Double { Double(counts[segment] ?? 0) }
    let driven = [Segment.demonstration, .policy, .preIntervention, .intervention]
    let total = driven.reduce(0) { $0 + count($1) }
    for segment in driven { weights[segment] = 1 }
    weights[.hold] = 0
    guard count(.intervention) > 0, total > 0 else { return }
    let demonstrated = count(.demonstration) / total
    // Demonstrations of more than half leave no room for half interventions.
    let intervened = max(0.5, count(.intervention) / total)
    let rest = max(1 - demonstrated - intervened, 0)
    let wanted: [(Segment, Double)] = [
      (.demonstration, demonstrated), (.intervention, intervened), (.policy, rest),
    ]
    weights[.preIntervention] = 0
    let sum = wanted.reduce(0) { $0 + (count($1.0) > 0 ? $1.1 : 0) }
    for (segment, share) in wanted where count(segment) > 0 {
      weights[segment] = share / sum / (count(segment) / total)
    }
  }

  /// The weight of a step of this segment.
  public subscript(segment: Segment) -> Double { weights[segment] ?? 0 }
}
