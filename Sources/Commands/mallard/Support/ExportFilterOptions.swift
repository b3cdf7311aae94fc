import ArgumentParser
import Datasets
import Foundation
import Numbers

/// Which episodes are wanted, as options of a command.
struct ExportFilterOptions: ParsableArguments {
  @Flag(help: "Only episodes that succeeded; short for --outcome success.")
  var success = false

  @Option(
    help: """
      Only these: success, failure, interrupted, discarded; may be given several times. [default: \
      all that ended, but discarded ones]
      """)
  var outcome: [String] = []

  @Option(help: "Only this task; may be given several times.")
  var task: [String] = []

  @Option(help: "Only this robot; may be given several times.")
  var robot: [String] = []

  @Option(help: "Only episodes in which this person drove; may be given several times.")
  var `operator`: [String] = []

  @Option(help: "Only episodes that people, the policy or both drove: human, policy, mixed.")
  var author: String?

  @Option(help: "Only episodes with this tag; may be given several times: then with all of them.")
  var tag: [String] = []

  @Option(help: "No episode with this tag; may be given several times.")
  var withoutTag: [String] = []

  @Option(help: "Only episodes begun on this day (2026-03-01) or moment (ISO 8601), or later.")
  var since: String?

  @Option(help: "Only episodes begun before this day or moment.")
  var until: String?

  /// The filter.
  ///
  /// - Throws: `ValidationError` naming the option, what was given and what is allowed.
  func filter() throws -> DatasetFilter {
    var filter = DatasetFilter()
    let allowed = ["success", "failure", "interrupted", "discarded"]
    for word in outcome where !allowed.contains(word) {
      throw ValidationError("--outcome is \(word); allowed: \(allowed.joined(separator: ", "))")
    }
    filter.outcomes = Set(outcome + (success ? ["success"] : []))
    filter.tasks = Set(task)
    filter.robots = Set(robot)
    filter.operators = Set(self.operator)
    filter.tags = Set(tag)
    filter.unwantedTags = Set(withoutTag)
    if let author {
      guard let driver = DatasetDriver(rawValue: author) else {
        throw ValidationError("--author is \(author); allowed: human, policy, mixed")
      }
      filter.driver = driver
    }
    filter.since = try since.map { try Self.moment($0, of: "--since") }
    filter.until = try until.map { try Self.moment($0, of: "--until") }
    return filter
  }

  private static func moment(_ text: String, of option: String) throws -> Int64 {
    let day = Date.ISO8601FormatStyle(timeZone: .gmt).year().month().day()
    guard let date = (try? Date(text, strategy: .iso8601)) ?? (try? Date(text, strategy: day))
    else {
      throw ValidationError(
        "\(option) is \(text); write a day as 2026-03-01, or a moment as 2026-03-01T14:00:00Z")
    }
    // Nanoseconds reach to the year 2262: what is later is after all episodes all the same.
    let (moment, overflow) = Int64(saturating: date.timeIntervalSince1970)
      .multipliedReportingOverflow(by: 1_000_000_000)
    return overflow ? (date.timeIntervalSince1970 < 0 ? .min : .max) : moment
  }
}
