// Aim: steps are joined from the right halves, and ages are told across clocks that disagree.
// Method: values by hand and random delays.
import CoordinatorSession
import MallardTesting
import RobotData
import Testing
import Wire

@Suite struct StepAssemblerTests {
  @Test func `an outcome is joined with the newest look at its step, and with no other`() {
    var random = SeededGenerator(seed: 1)
    var assembler = StepAssembler()
    var record = random.record()
    let first = record.observation
    record.observation.reading.captureTime = WallTime(nanosecondsSinceEpoch: 99)
    assembler.note(first, from: "r", at: WallTime(nanosecondsSinceEpoch: 1))
    assembler.note(record.observation, from: "r", at: WallTime(nanosecondsSinceEpoch: 2))
    let joined = assembler.join(StepOutcome(of: record), from: "r")
    #expect(joined?.record == record && joined?.receivedAt.nanosecondsSinceEpoch == 2)
    #expect(assembler.join(StepOutcome(of: record), from: "other") == nil)
    var later = record
    later.observation.step += 1
    #expect(assembler.join(StepOutcome(of: later), from: "r") == nil)
    assembler.forget("r")
    #expect(assembler.join(StepOutcome(of: record), from: "r") == nil)
  }
}

@Suite struct LinkClockTests {
  @Test(arguments: 0..<20)
  func `a late observation is told from a clock that is wrong`(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    var clock = LinkClock()
    // The robot's clock is up to an hour off; messages take 1 to 5 ms.
    let offset = Int64(random.integer(-3_600_000...3_600_000)) * 1_000_000
    var now: Int64 = 1_000_000_000_000
    for _ in 0..<50 {
      now += 100_000_000
      let delay = Int64(random.integer(1_000_000...5_000_000))
      clock.note(
        sent: WallTime(nanosecondsSinceEpoch: now + offset),
        received: WallTime(nanosecondsSinceEpoch: now + delay))
    }
    let captured = WallTime(nanosecondsSinceEpoch: now + offset)
    let age = clock.age(of: captured, at: WallTime(nanosecondsSinceEpoch: now + 700_000_000))
    #expect((.milliseconds(694)...(.milliseconds(700))).contains(age), "\(age), seed \(seed)")
  }

  @Test func `nothing is known of a clock that was never heard, and old offsets are forgotten`() {
    var clock = LinkClock()
    let time = WallTime(nanosecondsSinceEpoch: 5_000_000_000)
    #expect(clock.age(of: WallTime(nanosecondsSinceEpoch: 0), at: time) == .zero)
    // The robot's clock is set back by ten seconds; after two windows that is the truth.
    for second in 0..<200 as Range<Int64> {
      let now = second * 1_000_000_000
      let jump: Int64 = second < 20 ? 0 : -10_000_000_000
      clock.note(
        sent: WallTime(nanosecondsSinceEpoch: now + jump),
        received: WallTime(nanosecondsSinceEpoch: now))
    }
    let now: Int64 = 200_000_000_000
    let age = clock.age(
      of: WallTime(nanosecondsSinceEpoch: now - 10_000_000_000),
      at: WallTime(nanosecondsSinceEpoch: now))
    #expect(age == .zero)
  }
}
