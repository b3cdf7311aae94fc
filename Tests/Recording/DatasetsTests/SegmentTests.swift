// Aim: every step gets the segment and the weight that its place among the authors gives it.
// Method: written-out examples; weights are checked by what they are to sum to.
import Datasets
import RobotData
import Testing

private func segments(_ authors: String, window: Int) -> String {
  var finder = SegmentFinder(window: window)
  for author in authors {
    finder.add(author == "h" ? .human("ann") : author == "p" ? .policy : .hold)
  }
  let letters: [Segment: String] = [
    .demonstration: "D", .policy: "P", .preIntervention: "-", .intervention: "I", .hold: ".",
  ]
  return finder.segments.map { String(repeating: letters[$0.segment] ?? "?", count: $0.count) }
    .joined()
}

@Suite struct SegmentTests {
  @Test(arguments: [
    ("hhhh", "DDDD"), ("pppp", "PPPP"), ("_hh_", ".DD."),
    ("pppphhpp", "PP--IIPP"), ("phh", "-II"), ("pppp__hh", "PP--..II"),
    // People before the policy ever acted demonstrate; after it they intervene.
    ("hhpphh", "DD--II"), ("pphhphh", "--II-II"),
    // A person who waits in between has not taken over anew from the policy.
    ("ppphh_hh", "P--II.II"), ("ppp___", "PPP..."), ("", ""),
  ])
  func `authors make segments`(authors: String, expected: String) {
    #expect(segments(authors, window: 2) == expected)
  }

  @Test func `without a window nothing is labelled as leading to an intervention`() {
    #expect(segments("pppphh", window: 0) == "PPPPII")
  }

  @Test func `interventions weigh half, demonstrations keep their share, the mean is one`() {
    let counts: [Segment: Int] = [
      .demonstration: 200, .policy: 600, .preIntervention: 100, .intervention: 100, .hold: 50,
    ]
    let weights = SegmentWeights(counts: counts)
    func total(_ segment: Segment) -> Double { weights[segment] * Double(counts[segment] ?? 0) }
    #expect(abs(total(.intervention) - 500) < 1e-9)
    #expect(abs(total(.demonstration) - 200) < 1e-9)
    #expect(abs(total(.policy) - 300) < 1e-9)
    #expect(weights[.preIntervention] == 0 && weights[.hold] == 0)
  }

  @Test(arguments: [
    [Segment.demonstration: 10], [.demonstration: 3, .policy: 4, .hold: 9],
    [.intervention: 10], [.intervention: 5, .demonstration: 90], [.intervention: 80, .policy: 20],
    [.policy: 10, .preIntervention: 5, .intervention: 5],
  ])
  func `driven steps weigh one in the mean`(counts: [Segment: Int]) {
    let weights = SegmentWeights(counts: counts)
    let driven = counts.filter { $0.key != .hold }
    let sum = driven.reduce(0) { $0 + weights[$1.key] * Double($1.value) }
    #expect(abs(sum - Double(driven.values.reduce(0, +))) < 1e-9, "\(counts)")
    #expect(Segment.allCases.allSatisfy { weights[$0] >= 0 })
  }
}
