/// Where a look at an observation was taken.
public enum Situation: String, Hashable, Sendable, Codable, CaseIterable {
  /// At a branch point: the hand can go on in two ways that lead it apart.
  case branch
  /// On a stretch with one way, in states like those that were learnt from.
  case familiar
  /// In a state moved outside what was learnt from.
  case unfamiliar
}

/// What a policy says of one observation whose situation is known.
public struct SituationLook: Hashable, Sendable, Codable {
  /// Where it was taken.
  public var situation: Situation
  /// The visit of a branch point, the familiar stretch, or the kind of moved state: looks with
  /// the same text belong together.
  public var visit: String
  /// The recorded step; nil for a moved state.
  public var step: Int?
  /// Task uncertainty of the hierarchy.
  public var task: Double
  /// Task uncertainty once the subtask that the demonstrator was at is named; nil where it was not
  /// asked for.
  public var namedTask: Double?
  /// Policy uncertainty of the hierarchy.
  public var policy: Double
  /// The flat ensemble's disagreement; nil for a bundle without one.
  public var flat: Double?
  /// One less the chance of reaching the end of the subtask; nil for a bundle that cannot tell.
  public var risk: Double?

  /// What an analysis says.
  init(
    _ situation: Situation, visit: String, step: Int? = nil, _ analysis: PolicyAnalysisFigures
  ) {
    self.situation = situation
    self.visit = visit
    self.step = step
    task = analysis.task
    policy = analysis.policy
    flat = analysis.flat
    risk = analysis.risk
  }
}

/// The four figures that thresholds are compared with.
struct PolicyAnalysisFigures: Hashable, Sendable {
  var task: Double
  var policy: Double
  var flat: Double?
  var risk: Double?
}
