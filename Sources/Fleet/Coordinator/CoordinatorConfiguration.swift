public import Fleet
public import RobotData
public import ZeroMQ

/// What a coordinator is told before it starts.
public struct CoordinatorConfiguration: Sendable {
  /// Where robots and consoles connect.
  public var address = "tcp://127.0.0.1:7447"
  /// Where viewers subscribe to the fleet's status; nil for none.
  public var telemetryAddress: String? = "tcp://127.0.0.1:7448"
  /// The recording's file.
  public var recordingPath: String
  /// Bytes of a file after which the next episode begins a new one; nil for one file.
  public var rotateSize: Int?
  /// The fleet's rules.
  public var fleet: FleetConfiguration
  /// The fleet that started the coordinator; nil for none. Where earlier coordinators of it wrote into
  /// the same recording, this one continues their counts; `settings` names it.
  public var fleetID: FleetID?
  /// Whether robots wait for each answer instead of pacing themselves by the clock.
  public var isLockstep = false
  /// How often the fleet's status is sent to consoles and viewers.
  public var statusInterval = Duration.milliseconds(150)
  /// Keys of the coordinator; nil for connections without encryption.
  public var keys: KeyPair?
  /// Who may connect, where there are keys: the role and the name (`robot/arm-1`) of each key.
  public var allowedKeys: [PublicKey: String] = [:]
  /// Whether connections without encryption are taken from other machines too.
  public var allowsPlaintextOnNetwork = false
  /// The version of Mallard, for the recording.
  public var software: String
  /// Everything that was set, as JSON, for the recording.
  public var settings = "{}"
  /// Whether to end when all episodes of `fleet.episodeLimit` have ended.
  public var endsWithLastEpisode = false

  /// A configuration with the defaults that `mallard coordinator --help` shows.
  public init(recordingPath: String, fleet: FleetConfiguration, software: String) {
    self.recordingPath = recordingPath
    self.fleet = fleet
    self.software = software
  }
}

/// Why a coordinator cannot start.
public enum CoordinatorError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The address can be reached from other machines, and nothing is encrypted.
  case plaintextOnNetwork(address: String)

  /// What is wrong, and what to do.
  public var description: String {
    switch self {
    case .plaintextOnNetwork(let address):
      "\(address) can be reached from other machines, and without keys anybody could drive the "
        + "robots; use --keys (see `mallard keys --help`), or --allow-plaintext in a network "
        + "that you trust"
    }
  }
}

/// What a coordinator did, when it has ended.
public struct CoordinatorResult: Sendable {
  /// Its run.
  public var session: SessionID
  /// Ended episodes by outcome.
  public var outcomes: [EpisodeOutcome: Int]
  /// Episodes that were begun.
  public var begunEpisodes: Int
  /// Steps committed to disk.
  public var committedSteps: Int
  /// Steps of which the robot's loop began late, by robot, and all its steps.
  public var lateSteps: [RobotID: (late: Int, all: Int)]
  /// Messages that could not be read.
  public var malformedMessages: Int
  /// Entries that are not in the recording: it refused them, or its disk stayed full.
  public var unwrittenEntries: Int
  /// Those entries by kind and where they are kept, for people; empty where there are none.
  public var unwritten: String
  /// Bytes of the recording.
  public var recordingBytes: Int
  /// Rules of the fleet that were found broken: zero, or a fault of Mallard's.
  public var contradictions: [String]
  /// How fast the policy answered; nil without one.
  public var policyTiming: PolicyTiming?
}
