import CommandLineKit
import FleetSimulation
import Foundation

/// The runs of one method with one number of robots, together.
struct StudyRow: Codable {
  var method: String
  var robots: Int
  var runs: Int
  /// Mean and standard deviation over the runs, by the measure's name.
  var measures: [String: Spread]
  /// Demonstrations of this method and number of robots for each one of one robot with the main
  /// method: means.
  var perAssistedRobot: Double?
  /// The same for each one of one unassisted robot.
  var perUnassistedRobot: Double?
}

/// What came out of a study, for people and scripts.
struct StudyTable: Codable {
  var settings: StudySettings
  var rows: [StudyRow]

  init(_ results: [StudyResult], settings: StudySettings, main: String?) {
    self.settings = settings
    let groups = Dictionary(grouping: results) {
      Key(method: $0.cell.method, robots: $0.cell.robots)
    }
    func demonstrations(_ method: String?, _ robots: Int) -> Double? {
      guard let method, let group = groups[Key(method: method, robots: robots)] else { return nil }
      return Spread(of: group.map { Double($0.measures.demonstrations) })?.mean
    }
    let (assisted, unassisted) = (demonstrations(main, 1), demonstrations("unassisted", 1))
    rows = groups.sorted { $0.key < $1.key }.map { key, group in
      let mean = demonstrations(key.method, key.robots)
      func ratio(_ base: Double?) -> Double? {
        guard let mean, let base, base > 0 else { return nil }
        return mean / base
      }
      return StudyRow(
        method: key.method, robots: key.robots, runs: group.count,
        measures: Self.spreads(group.map(\.measures)), perAssistedRobot: ratio(assisted),
        perUnassistedRobot: ratio(unassisted))
    }
  }

  private struct Key: Hashable, Comparable {
    var method: String
    var robots: Int

    static func < (a: Key, b: Key) -> Bool { (a.method, a.robots) < (b.method, b.robots) }
  }

  /// The measures that the table shows: name, heading, decimals.
  private static let columns: [(name: String, heading: String, decimals: Int)] = [
    ("demonstrations", "demonstrations", 1), ("successRate", "success %", 0),
    ("operatorBusyShare", "busy %", 0), ("idleShare", "idle %", 0),
    ("requestsPerDemonstration", "requests/demo", 1), ("interventions", "taken", 1),
    ("handoverLatencyMean", "latency s", 1), ("handoverLatency95", "95 % s", 1),
    ("humanStepShare", "human %", 0), ("returnOnHumanEffort", "ROHE", 1),
    ("handoversPerMinute", "handovers/min", 1), ("chatterPerMinute", "chatter/min", 2),
    ("requestRateAtBranchPoints", "asked at branch %", 0),
    ("requestRateOnFamiliarStretches", "asked/100 familiar", 2),
    ("stretchSuccess", "alone %", 0),
  ]

  private static func values(_ measures: StudyMeasures) -> [String: Double?] {
    [
      "demonstrations": Double(measures.demonstrations),
      "failures": Double(measures.failures),
      "successRate": measures.successRate.map { 100 * $0 },
      "operatorBusyShare": 100 * measures.operatorBusyShare,
      "idleShare": 100 * measures.idleShare,
      "requests": Double(measures.requests.values.reduce(0, +)),
      "taskRequests": Double(measures.requests[StudyReason.taskUncertainty.rawValue] ?? 0),
      "policyRequests": Double(measures.requests[StudyReason.policyUncertainty.rawValue] ?? 0),
      "noProgressRequests": Double(measures.requests[StudyReason.noProgress.rawValue] ?? 0),
      "requestsPerDemonstration": measures.requestsPerDemonstration,
      "interventions": Double(measures.interventions),
      "unaskedInterventions": Double(measures.unaskedInterventions),
      "handoverLatencyMean": measures.handoverLatencyMean,
      "handoverLatency95": measures.handoverLatency95,
      "humanStepShare": measures.humanStepShare.map { 100 * $0 },
      "returnOnHumanEffort": measures.returnOnHumanEffort,
      "handoversPerMinute": measures.handoversPerMinute,
      "chatterPerMinute": measures.chatterPerMinute,
      "requestRateAtBranchPoints": measures.requestRateAtBranchPoints.map { 100 * $0 },
      "requestRateOnFamiliarStretches": measures.requestRateOnFamiliarStretches,
      "stretchesAsked": measures.stretchesAsked.map { 100 * $0 },
      "stretchSuccess": measures.stretchSuccess.map { 100 * $0 },
      "policySubtasks": Double(measures.policySubtasks),
      "humanSubtasks": Double(measures.humanSubtasks),
    ]
  }

  private static func spreads(_ all: [StudyMeasures]) -> [String: Spread] {
    let values = all.map(Self.values)
    let names = Set(values.flatMap(\.keys))
    return names.reduce(into: [:]) { spreads, name in
      spreads[name] = Spread(of: values.compactMap { $0[name] ?? nil })
    }
  }

  /// The table for people: mean ± standard deviation.
  var text: TextBlock {
    let heading =
      ["method", "robots", "runs"] + Self.columns.map(\.heading)
      + ["× assisted single", "× unassisted single"]
    let lines = rows.map { row in
      let cells = Self.columns.map { column in
        guard let spread = row.measures[column.name] else { return "–" }
        let format = "%.\(column.decimals)f"
        return String(format: "\(format) ± \(format)", spread.mean, spread.deviation)
      }
      func ratio(_ value: Double?) -> String { value.map { String(format: "%.2f", $0) } ?? "–" }
      return [row.method, "\(row.robots)", "\(row.runs)"] + cells
        + [ratio(row.perAssistedRobot), ratio(row.perUnassistedRobot)]
    }
    return PlainText.table([heading] + lines)
      + TextBlock(
        own: "busy: share of the operator's time with a robot; idle: share of the robots' time "
          + "waiting; latency: from a request to the person's first movement; human: share of steps; "
          + "ROHE: demonstrations for 1000 steps in which a person moved a robot; alone: subtasks done "
          + "by the policy where it did not ask")
  }
}
