import Foundation
import MachineFiles
import PlanFiles
import PolicyFiles
import PolicyTraining
import RobotProfiles
import StrictFiles
import Testing

let repository = URL(filePath: #filePath).deletingLastPathComponent()
  .appending(path: "../../..").standardizedFileURL.path

/// A kind of file that a person may write, with a good one to spoil.
struct WrittenFile: CustomTestStringConvertible, Sendable {
  let name: String
  /// A file that ships, below the repository; nil where `text` is one.
  var shipped: String?
  var text = ""
  /// The groups in which any key may stand, by the line that opens them.
  var free: [String] = []
  /// Writes the text where the reader looks for it, and reads it.
  let read: @Sendable (_ text: Data, _ folder: String) throws -> Void

  var testDescription: String { name }

  var good: String {
    get throws {
      guard let shipped else { return text }
      return try String(contentsOfFile: repository + "/" + shipped, encoding: .utf8)
    }
  }

  /// The sentence of the reader's error; nil where it takes the text.
  func refusal(of text: String) throws -> String? { try refusal(of: Data(text.utf8)) }

  func refusal(of data: Data) throws -> String? {
    let folder = NSTemporaryDirectory() + "mallard-strict-\(UInt64.random(in: 0 ... .max))"
    try FileManager.default.createDirectory(
      atPath: folder + "/mine", withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    do { try read(data, folder) } catch { return "\(error)" }
    return nil
  }

  private static func put(_ data: Data, _ path: String) throws -> String {
    try data.write(to: URL(filePath: path))
    return path
  }

  /// Every kind there is. A reader of another kind belongs here.
  static let all: [WrittenFile] = [
    profile("bench-arm"), profile("jaco"),
    machine("vitality"), machine("overlapped"), machine("systolic-softmax"),
    WrittenFile(name: "sanger.yaml", shipped: "Policies/accelerators/sanger.yaml") {
      _ = try MachineFile.readSanger(put($0, $1 + "/file"))
    },
    WrittenFile(name: "plan", text: "# Mondays\norders:\n- [a, b]\n- [b, a]\n") {
      _ = try PlanFile.read(put($0, $1 + "/file"))
    },
    policy("stack"), policy("kitchen-table"),
    recipe("stack"), recipe("kitchen-table"),
    WrittenFile(
      name: "whole recipe",
      text: String(decoding: (try? TrainingRecipe().json) ?? Data(), as: UTF8.self)
    ) { _ = try TrainingRecipe.read(put($0, $1 + "/file")) },
  ]

  private static func profile(_ name: String) -> WrittenFile {
    WrittenFile(name: name, shipped: "Robots/\(name)/robot.yaml", free: ["tasks:"]) {
      _ = try put($0, $1 + "/mine/robot.yaml")
      _ = try RobotProfile.named("mine", in: $1)
    }
  }

  private static func machine(_ name: String) -> WrittenFile {
    WrittenFile(name: name, shipped: "Policies/accelerators/\(name).yaml") {
      _ = try MachineFile.read(put($0, $1 + "/file"))
    }
  }

  private static func policy(_ name: String) -> WrittenFile {
    WrittenFile(
      name: "policy of \(name)", shipped: "Policies/\(name)/policy.json", free: ["\"measures\""]
    ) {
      _ = try put($0, $1 + "/policy.json")
      _ = try PolicyBundle.readManifest($1)
    }
  }

  private static func recipe(_ name: String) -> WrittenFile {
    WrittenFile(name: "recipe of \(name)", shipped: "Policies/recipes/\(name).json") {
      _ = try TrainingRecipe.read(put($0, $1 + "/file"))
    }
  }
}

/// A key of a text, found without a parser, so that the parsers are held against it.
struct WrittenKey {
  let name: String
  let line: Int
  let range: Range<String.Index>

  /// The keys of a text but those of groups in which any key may stand. Of a key that stands in many
  /// like groups, such as the heads of an encoder, the first two and the last.
  static func all(in file: WrittenFile) throws -> [WrittenKey] {
    var chosen: [WrittenKey] = []
    for (_, keys) in Dictionary(grouping: try whole(file), by: \.name) {
      chosen += keys.count < 4 ? keys : keys.prefix(2) + keys.suffix(1)
    }
    return chosen.sorted { $0.range.lowerBound < $1.range.lowerBound }
  }

  private static func whole(_ file: WrittenFile) throws -> [WrittenKey] {
    let text = try file.good
    let isJSON = text.first == "{"
    var keys: [WrittenKey] = []
    var number = 0
    var freeIndent: Int?
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      number += 1
      let indent = line.prefix { $0 == " " }.count
      if let free = freeIndent, !line.isEmpty, indent <= free { freeIndent = nil }
      guard freeIndent == nil else { continue }
      let found =
        isJSON
        ? line.matches(of: /"(?<key>\w+)"\s*:/).map { $0.output.key }
        : line.matches(of: /(?:^|[{,]) *(?:- )?(?<key>[A-Za-z][\w-]*):(?: |$)/).map {
          $0.output.key
        }.filter { key in
          // Within the quotes of a source there may be words with a colon.
          line[..<key.startIndex].count { $0 == "\"" } % 2 == 0
            && !line[..<key.startIndex].contains("#")
        }
      keys += found.map {
        WrittenKey(name: String($0), line: number, range: $0.startIndex..<$0.endIndex)
      }
      if file.free.contains(where: { line.drop { $0 == " " }.hasPrefix($0) }) {
        freeIndent = indent
      }
    }
    return keys
  }
}
