internal import Numbers
package import RobotData
internal import Wire

extension ConsoleMachine {
  /// The session at its end, in lines.
  package func summary(at now: FleetInstant) -> [String] {
    guard let status else { return ["nothing was seen of a fleet"] }
    func number(_ value: Double?, _ places: Int = 1) -> String {
      value.map { Wording.fixed($0, places: places) } ?? "-"
    }
    return [
      "time                      \(Wording.time(elapsed(at: now)))",
      "demonstrations            \(tally.successes), and \(tally.failures) failed episodes",
      "per hour                  \(number(tally.demonstrationsPerHour))",
      "per operator hour         \(number(tally.demonstrationsPerOperatorHour))",
      "robots taken by you       \(tally.taken), driven for \(Wording.time(.saturating(seconds: tally.ownSeconds)))",
      "human control             \(tally.humanShare.map { Wording.share($0) } ?? "-")",
      "requests                  \(tally.requests), "
        + "\(number(tally.requestsPerDemonstration)) per demonstration",
      "queue, mean               \(number(tally.meanQueue))",
      "robots waited             \(Wording.time(.saturating(seconds: tally.waitingSeconds))) in all",
      "recording                 \(Wording.bytes(status.recordingBytes)), "
        + "\(status.committedSteps) steps",
    ]
  }

  func drawLeaving(_ grid: inout Grid, _ form: WorkloadForm, at now: FleetInstant) {
    grid.write("Before you leave", row: 2, column: 2, ink: .strong)
    let summary = summary(at: now)
    for (index, line) in summary.enumerated() { grid.write(line, row: 3 + index, column: 4) }
    var row = 4 + summary.count
    let width = grid.size.columns - 4
    grid.write("How was it? (NASA-TLX, kept in the recording)", row: row, column: 2, ink: .strong)
    row += 1
    for (index, scale) in WorkloadForm.scales.enumerated() {
      let isHere = index == form.row
      let answer = form.answers[index]
      let filled = (answer ?? 0) / 5
      let bar =
        answer == nil
        ? String(repeating: "·", count: 20)
        : String(repeating: "█", count: filled) + String(repeating: "·", count: 20 - filled)
      let value = answer.map { "\($0)" } ?? "-"
      let text =
        (isHere ? "> " : "  ") + Wording.column(scale.name, 16) + " \(bar) "
        + Self.right(value, 3) + "  " + (isHere ? "\(scale.question) \(scale.ends)" : scale.ends)
      grid.write(text, row: row, column: 2, ink: isHere ? .strong : .plain, width: width)
      row += 1
    }
    let enter =
      form.ratings == nil ? "enter: leave without answers" : "enter: keep the answers and leave"
    grid.fill(
      row: grid.size.rows - 1,
      with: " arrows: answer  \(enter)  q: leave  escape: go on working", ink: .bar)
  }
}
