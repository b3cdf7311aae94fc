public import RobotData

/// How an endpoint paces itself and how long it waits for whom.
public struct EndpointConfiguration: Hashable, Sendable {
  /// The fleet that started the robot; nil for none.
  public var fleet: FleetID?
  /// The share of a control period for which the robot waits for the command that answers its
  /// observation, from 0 to 1; after that it takes the newest command that is still valid.
  public var responseShare: Double
  /// In lockstep: how long the robot waits for an answer before it looks again, because its observation
  /// or the answer was lost. Longer than 0.5 s, after which a coordinator answers by a hold where its
  /// policy does not.
  public var lockstepPatience: Duration
  /// How often the endpoint says that it is alive.
  public var heartbeatInterval: Duration
  /// Silence of the coordinator after which the robot holds and joins anew.
  public var linkTimeout: Duration
  /// How often a hello is repeated while no one answers.
  public var helloInterval: Duration
  /// How long a step may stay unacknowledged before it is sent again, whole.
  public var resendAfter: Duration
  /// How many steps are sent again at once, so that a long backlog does not flood the link.
  public var resendBurst: Int
  /// Bytes of unacknowledged steps at which the robot holds instead of collecting more.
  public var spoolBytesLimit: Int
  /// How long a robot that is to end waits for its last acknowledgements.
  public var drainTime: Duration

  /// The defaults: half a period, 2 s, 0.5 s, 1.5 s, 1 s, 2 s, 32 steps, 256 MiB, 3 s.
  public init() {
    responseShare = 0.5
    lockstepPatience = .seconds(2)
    heartbeatInterval = .milliseconds(500)
    linkTimeout = .milliseconds(1_500)
    helloInterval = .seconds(1)
    resendAfter = .seconds(2)
    resendBurst = 32
    spoolBytesLimit = 256 << 20
    drainTime = .seconds(3)
  }
}
