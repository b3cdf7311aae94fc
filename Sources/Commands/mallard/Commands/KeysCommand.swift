import ArgumentParser
import CommandLineKit
import ZeroMQ

struct KeysCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "keys",
    abstract: "Make the keys with which robots and operators of other machines connect.",
    discussion: """
      Each owner has a pair of CURVE keys, two files in a folder. The coordinator lets in whoever's \
      public key lies in its folder, under that name and no other.

        mallard keys create coordinator
        mallard keys create robot/arm-1
        mallard keys create operator/ann

      Then copy robot-arm-1.secret, robot-arm-1.public and coordinator.public to arm-1's machine, \
      and remove robot-arm-1.secret from the coordinator's.
      """,
    subcommands: [Create.self, List.self])

  struct Create: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Make a pair of keys.")

    @Argument(help: "coordinator, robot/NAME, operator/NAME or viewer/NAME.")
    var owner: String

    @Option(help: "The folder of keys.")
    var folder = "keys"

    func run() throws {
      let pair = try KeyFolder(folder).create(owner)
      Terminal.say("\(owner): \(pair.publicKey) in \(folder)")
    }
  }

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Whose public keys there are.")

    @Option(help: "The folder of keys.")
    var folder = "keys"

    func run() throws {
      let keys = KeyFolder(folder)
      Terminal.result(
        PlainText.table(
          [["owner", "public key"]]
            + (try keys.owners().map { [$0, try keys.publicKey(of: $0).text] })))
    }
  }
}
