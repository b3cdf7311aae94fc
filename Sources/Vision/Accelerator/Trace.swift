/// A simulation as a timeline.
public enum Trace {
  /// The timeline in the Trace Event format, which Perfetto opens. One microsecond is one cycle.
  ///
  /// - Parameter simulation: What ran.
  /// - Returns: JSON.
  public static func perfetto(_ simulation: Simulation) -> String {
    var events: [String] = []
    for (index, unit) in Unit.allCases.enumerated() {
      events.append(
        #"{"ph":"M","pid":1,"tid":\#(index),"name":"thread_name","args":{"name":"\#(unit.rawValue)"}}"#
      )
    }
    let threads = Dictionary(
      uniqueKeysWithValues: Unit.allCases.enumerated().map { ($1, $0) })
    for (operation, span) in zip(simulation.schedule.operations, simulation.spans) {
      let block = simulation.schedule.workload.layers[operation.layer].block
      events.append(
        #"{"ph":"X","pid":1,"tid":\#(threads[operation.unit] ?? 0),"ts":\#(span.start),"#
          + #""dur":\#(span.end - span.start),"name":"\#(operation.step)","cat":"\#(block)","#
          + #""args":{"block":"\#(block)","folds":\#(operation.folds),"stalls":\#(span.stalls)}}"#)
    }
    return "{\"traceEvents\":[\n" + events.joined(separator: ",\n") + "\n]}\n"
  }
}
