package import Wire

/// The six scales of NASA's Task Load Index while a person fills them in.
package struct WorkloadForm: Hashable, Sendable {
  /// A scale: what it is called, what is asked, what its ends mean.
  package struct Scale: Hashable, Sendable {
    package var name: String
    package var question: String
    package var ends: String
  }

  /// In the order of the questionnaire (Hart and Staveland, 1988).
  package static let scales = [
    Scale(
      name: "Mental demand", question: "How mentally demanding was it?", ends: "very low - high"),
    Scale(
      name: "Physical demand", question: "How physically demanding was it?",
      ends: "very low - high"),
    Scale(
      name: "Temporal demand", question: "How hurried or rushed was the pace?",
      ends: "very low - high"),
    Scale(
      name: "Performance", question: "How successful were you?", ends: "perfect - failure"),
    Scale(
      name: "Effort", question: "How hard did you have to work for it?", ends: "very low - high"),
    Scale(
      name: "Frustration", question: "How insecure, irritated or stressed were you?",
      ends: "very low - high"),
  ]

  /// From 0 to 100 in steps of 5; nil while it is not answered.
  package private(set) var answers: [Int?] = Array(repeating: nil, count: scales.count)
  /// The scale that the keys change.
  package private(set) var row = 0

  /// Nothing is answered.
  package init() {}

  /// The next or the last scale.
  package mutating func move(by rows: Int) {
    row = min(max(row + rows, 0), Self.scales.count - 1)
  }

  /// Changes the answer by this many steps of 5; the first change begins in the middle.
  package mutating func change(by steps: Int) {
    answers[row] = min(max((answers[row] ?? 50) + 5 * steps, 0), 100)
  }

  /// The answers, when all are given.
  package var ratings: WorkloadRatings? {
    let given = answers.compactMap { $0 }
    guard given.count == Self.scales.count else { return nil }
    return WorkloadRatings(
      mentalDemand: given[0], physicalDemand: given[1], temporalDemand: given[2],
      performance: given[3], effort: given[4], frustration: given[5])
  }
}
