internal import Numbers

/// Words on their way between DRAM and the chip. One engine takes transfers in program order. Those to
/// the chip run as far ahead as there is room: weights in the weight memory, activations in the staging
/// memory; room is free again when the instruction that they were for has taken them. Results wait in a
/// write buffer while operands of the next instructions come in.
struct Transfers {
  private var weights: Room
  private var staging: Room
  private let bytesPerCycle: Double
  private let latency: Double
  private var free = 0.0
  /// Results that wait: the bytes of an instruction, its place in the program, and when they came.
  private var leaving: [(bytes: Double, place: Int, from: Int)] = []
  private var next = 0
  private var place = 0

  /// Instructions for which results wait in the write buffer.
  private static let delay = 256
  /// Cycles in which words moved.
  private(set) var busy = 0.0

  init(_ rates: Rates) {
    weights = Room(capacity: rates.weightCapacity)
    staging = Room(capacity: rates.stagingCapacity)
    bytesPerCycle = rates.dramBytes
    latency = rates.dramLatency
  }

  /// The cycle in which an instruction's words are there.
  mutating func arrival(of demand: Demand, notBefore ready: Int) -> Int {
    guard bytesPerCycle < .infinity else { return 0 }
    var arrived = 0.0
    if demand.fetchedBytes > 0 {
      arrived = move(demand.fetchedBytes, from: weights.take(demand.fetchedBytes))
    }
    if demand.stagedBytes > 0 {
      let room = max(Double(ready), staging.take(demand.stagedBytes))
      arrived = max(arrived, move(demand.stagedBytes, from: room))
    }
    return Int(saturating: (arrived + latency).rounded(.up))
  }

  /// Notes that an instruction ran: its operands' room is free, and its results leave.
  mutating func release(_ demand: Demand, from start: Int, to stop: Int) {
    if demand.fetchedBytes > 0 { weights.release(demand.fetchedBytes, at: stop) }
    if demand.stagedBytes > 0 { staging.release(demand.stagedBytes, at: stop) }
    place += 1
    if demand.leavingBytes > 0 { leaving.append((demand.leavingBytes, place, start)) }
    // The order must not depend on how much leaves, or more memory could cost a cycle.
    while next < leaving.count, leaving[next].place + Self.delay <= place {
      _ = move(leaving[next].bytes, from: Double(leaving[next].from))
      next += 1
    }
  }

  private mutating func move(_ bytes: Double, from earliest: Double) -> Double {
    let duration = bytes / bytesPerCycle
    free = max(free, earliest) + duration
    busy += duration
    return free
  }

  /// A memory that is filled and emptied in one order.
  private struct Room {
    let capacity: Double
    private var held: [(bytes: Double, released: Int)] = []
    private var head = 0
    private var occupied = 0.0
    /// When the last room that had to be waited for was released.
    private var latest = 0.0

    init(capacity: Double) { self.capacity = capacity }

    /// The cycle from which there is room.
    mutating func take(_ bytes: Double) -> Double {
      occupied += bytes
      while occupied > capacity, head < held.count {
        occupied -= held[head].bytes
        latest = max(latest, Double(held[head].released))
        head += 1
      }
      return latest
    }

    mutating func release(_ bytes: Double, at time: Int) { held.append((bytes, time)) }
  }
}
