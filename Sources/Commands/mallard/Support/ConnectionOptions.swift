import ArgumentParser
import RobotData
import ZeroMQ

/// How robots and consoles reach their coordinator.
struct ConnectionOptions: ParsableArguments {
  @Option(help: "The coordinator's address.")
  var connect = "tcp://127.0.0.1:7447"

  @Option(
    help: ArgumentHelp(
      "A folder with this program's secret key and the coordinator's public key.",
      discussion: "See `mallard keys --help`. Without it nothing is encrypted.",
      valueName: "folder"))
  var keys: String?

  @Flag(help: .hidden)
  var supervised = false

  @Option(help: .hidden)
  var fleetId: FleetID?

  func validate() throws { try EndpointAddress.check(connect, option: "--connect") }

  /// The security of a connection of `owner`, for example `robot/arm-1`.
  func security(of owner: String) throws -> Security {
    guard let keys else { return .plain }
    let folder = KeyFolder(keys)
    return .client(try folder.pair(of: owner), server: try folder.publicKey(of: "coordinator"))
  }
}
