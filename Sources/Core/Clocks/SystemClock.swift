internal import Glibc
public import RobotData

/// This machine's clocks. Logic is told the time; only shells read it.
public enum SystemClock {
  /// The monotonic clock, for durations within this process.
  public static var now: FleetInstant { FleetInstant(nanoseconds: read(CLOCK_MONOTONIC)) }

  /// Civil time, for people, recordings and other machines.
  public static var wall: WallTime { WallTime(nanosecondsSinceEpoch: read(CLOCK_REALTIME)) }

  private static func read(_ clock: clockid_t) -> Int64 {
    var time = timespec()
    clock_gettime(clock, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }
}
