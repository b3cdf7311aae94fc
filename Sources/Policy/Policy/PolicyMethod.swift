/// How a trained bundle is used: PATO, or one of the policies that it is compared with. All use the
/// same data and the same encoder.
public enum PolicyMethod: String, CaseIterable, Hashable, Sendable, Codable {
  /// PATO as published: asks when its subgoals or its ensemble disagree; what operators name is
  /// not looked at.
  case pato
  /// PATO whose subgoal predictor is told the subtask that the operator named, where they named
  /// one: a choice in a word instead of a nudge.
  case patoNamed = "pato-named"
  /// PATO that never asks: the operator must notice (PATO, section 5, without uncertainty).
  case withoutUncertainty = "without-uncertainty"
  /// Flat behaviour cloning: an ensemble without subgoals, asks when it disagrees (PATO, section 5,
  /// without hierarchy).
  case flat
  /// PATO's hierarchy that asks by policy uncertainty alone.
  case ensembleOnly = "ensemble-only"
  /// Gated by novelty and risk in the manner of ThriftyDAgger (Hoque et al. 2021), over the flat
  /// ensemble.
  case thrifty
}
