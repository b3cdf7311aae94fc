/// A run as a timeline.
public enum Trace {
  /// The timeline in the Trace Event format, which Perfetto opens. One microsecond is one cycle.
  /// Bursts of one step that follow one another on a unit are one event.
  ///
  /// - Parameter execution: What ran.
  /// - Returns: JSON.
  public static func perfetto(_ execution: ProgramRun) -> String {
    var events: [String] = []
    for unit in Resource.allCases {
      events.append(
        #"{"ph":"M","pid":1,"tid":\#(unit.rawValue),"name":"thread_name","args":{"name":"\#(unit.name)"}}"#
      )
    }
    let program = execution.program
    var open: [Resource: (instruction: Instruction, start: Int, end: Int, bursts: Int)] = [:]
    func close(_ unit: Resource) {
      guard let event = open[unit] else { return }
      let block = program.workload.layers[event.instruction.layer].block
      events.append(
        #"{"ph":"X","pid":1,"tid":\#(unit.rawValue),"ts":\#(event.start),"#
          + #""dur":\#(event.end - event.start),"name":"\#(program.steps[event.instruction.step])","#
          + #""cat":"\#(block)","args":{"block":"\#(block)","bursts":\#(event.bursts)}}"#)
    }
    for (instruction, span) in zip(program.instructions, execution.spans) {
      if let event = open[span.unit], event.instruction.layer == instruction.layer,
        event.instruction.step == instruction.step, span.start <= event.end
      {
        open[span.unit] = (
          event.instruction, event.start, max(event.end, span.end), event.bursts + 1
        )
      } else {
        close(span.unit)
        open[span.unit] = (instruction, span.start, span.end, 1)
      }
    }
    for unit in Resource.allCases { close(unit) }
    return "{\"traceEvents\":[\n" + events.joined(separator: ",\n") + "\n]}\n"
  }
}
