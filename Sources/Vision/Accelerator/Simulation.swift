internal import Numbers

/// Executes a schedule cycle by cycle: fold after fold on the array, waiting for weights from DRAM
/// where they are late, and lane after lane beside it.
public struct Simulation: Hashable, Sendable {
  /// When an operation ran.
  public struct Span: Hashable, Sendable {
    /// First cycle.
    public var start: Int
    /// One past the last.
    public var end: Int
    /// Cycles of these in which the unit had to wait for weights.
    public var stalls: Int
  }

  /// What was run.
  public let schedule: Schedule
  /// One for each operation.
  public let spans: [Span]
  /// Cycles from the first to the last.
  public let cycles: Int

  /// Runs a schedule.
  ///
  /// - Parameter schedule: Compiled for its machine.
  public init(_ schedule: Schedule) {
    self.schedule = schedule
    var state = State(machine: schedule.machine)
    var spans: [Span] = []
    spans.reserveCapacity(schedule.operations.count)
    for operation in schedule.operations {
      var start = state.free[operation.unit] ?? 0
      var end = 0
      for dependency in operation.dependencies {
        let before = spans[dependency.on]
        guard dependency.streams else {
          start = max(start, before.end)
          continue
        }
        let producer = schedule.operations[dependency.on]
        start = max(
          start, before.start + 1, Self.first(of: producer, ran: before, for: operation))
        end = max(end, before.end + Self.tail(of: operation, after: producer))
      }
      var span = state.run(operation, from: start)
      span.end = max(span.end, end)
      spans.append(span)
      if !operation.unit.isArray { state.free[operation.unit] = span.end }
    }
    self.spans = spans
    cycles = spans.map(\.end).max() ?? 0
  }

  /// The first cycle in which a consumer finds results of a producer that it streams from.
  private static func first(of producer: Operation, ran span: Span, for consumer: Operation)
    -> Int
  {
    if producer.unit.isArray {
      // Tiles of columns are finished one after the other; lanes begin with the first of them.
      if consumer.unit.isArray { return span.end - min(consumer.stream, producer.stream) }
      return span.end - producer.drain
        - (span.end - span.start - producer.drain) * (producer.tiles - 1) / producer.tiles
        - min(producer.stream, span.end - span.start)
    }
    // An array takes a row each cycle, so it begins when lanes will stay ahead of it.
    return consumer.unit.isArray
      ? max(span.start + 1, span.end - consumer.stream) : span.start + 1
  }

  /// Cycles that a consumer needs after its producer's last result.
  private static func tail(of consumer: Operation, after producer: Operation) -> Int {
    guard producer.unit.isArray, !consumer.unit.isArray else { return 1 }
    return max(1, consumer.stream / producer.tiles - producer.stream)
  }

  /// What the units are up to.
  private struct State {
    let machine: Machine
    var free: [Unit: Int] = [:]
    var memory: WeightMemory
    /// When the shadow registers of SA-General can take the next fold's weights.
    var registersFree = 0

    init(machine: Machine) {
      self.machine = machine
      memory = WeightMemory(machine)
    }

    mutating func run(_ operation: Operation, from start: Int) -> Span {
      guard operation.unit.isArray else {
        return Span(start: start, end: start + operation.stream, stalls: 0)
      }
      let overlaps = machine.doubleBuffersWeights && operation.unit == .general
      var time = start
      var stalls = 0
      for _ in 0..<operation.folds {
        let ready = memory.arrival(of: operation.weightBytes)
        if overlaps {
          // Trained weights may load before the layer's input is there; G and V may not.
          let operand = operation.weightBytes > 0 ? ready : start
          let loaded = max(registersFree, operand) + operation.load
          stalls += max(0, loaded - time)
          registersFree = max(time, loaded)
          time = registersFree + operation.stream
        } else {
          stalls += max(0, ready - time)
          time = max(time, ready) + operation.load + operation.stream + operation.drain
        }
        memory.used(operation.weightBytes, at: time)
      }
      // With shadow registers the skew of the last fold hides behind the next operation.
      free[operation.unit] = time
      return Span(start: start, end: overlaps ? time + operation.drain : time, stalls: stalls)
    }
  }
}

/// Weights on their way from DRAM into SRAM: one transfer after the other, as far ahead as the
/// buffer has room.
private struct WeightMemory {
  private let bytesPerCycle: Double
  private let capacity: Double
  private var transferred = 0.0
  private var held: [(bytes: Double, released: Int)] = []
  private var head = 0
  private var occupied = 0.0

  init(_ machine: Machine) {
    bytesPerCycle = machine.memory.dramBandwidth.value * 1e9 / (machine.clock.value * 1e6)
    capacity = machine.memory.weights.value * 1024
  }

  /// The cycle in which the next fold's weights are there. Transfers began long before where there
  /// was room; none can begin before its room was released.
  mutating func arrival(of bytes: Double) -> Int {
    guard bytes > 0 else { return 0 }
    var earliest = transferred
    occupied += bytes
    while occupied > capacity, head < held.count {
      occupied -= held[head].bytes
      earliest = max(earliest, Double(held[head].released))
      head += 1
    }
    transferred = earliest + bytes / bytesPerCycle
    return Int(saturating: transferred)
  }

  mutating func used(_ bytes: Double, at time: Int) {
    guard bytes > 0 else { return }
    held.append((bytes, time))
  }
}
