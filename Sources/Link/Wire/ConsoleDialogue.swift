public import RobotData

/// One side of the dialogue between a console and the coordinator, without socket or clock: a
/// person's console, or a modelled operator. A shell carries its messages.
public protocol ConsoleDialogue {
  /// The coordinator said something; returns what to answer.
  mutating func handle(
    _ message: CoordinatorToConsole, at now: FleetInstant
  ) -> [ConsoleToCoordinator]

  /// Time passed; returns what to say. To be called at least every 50 ms. `wall` is civil time.
  mutating func tick(at now: FleetInstant, wall: WallTime) -> [ConsoleToCoordinator]

  /// Why the dialogue is over, for people; nil while it continues.
  var ending: String? { get }
}
