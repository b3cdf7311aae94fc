// Aim: what a file, a socket, a variable or an option holds cannot end the process. Method: the sources
// are read as text for the three ways in which Swift lets it: GRDB's rows, conversions of numbers, and
// dictionaries that want unique keys. Each rule has few exceptions, which are counted.
import Foundation
import Testing

@Suite struct TrapTests {
  /// A row's subscript ends the process on NULL and on values of another type: rows are read through
  /// `CheckedRow`, which has no such subscript.
  @Test func `no row of a database is read but through CheckedRow`() {
    // The initializer of `RobotDescription`, which hands its row on at once.
    let known = ["Sources/Recording/RecordingStore/RecordingReader+Steps.swift": 1]
    var found: [String: Int] = [:]
    for file in swiftFiles(in: "Sources")
    where file.text.contains("import GRDB\n")
      && file.path != "Sources/Recording/RecordingStore/CheckedRow.swift"
    {
      for (number, line) in file.lines.enumerated() {
        let code = line.split(separator: "//", omittingEmptySubsequences: false)[0]
        if code.contains(/\bRow\b/) { found[file.path, default: 0] += 1 }
        #expect(!code.contains(/\b[rR]ow\[/), "\(file.path):\(number + 1): \(line)")
      }
    }
    #expect(found == known)
  }

  /// `Int(number)` ends the process where the number does not fit. Conversions of floating numbers are
  /// `Int(saturating:)` of the part Numbers; of integers, `Int(clamping:)` or `Int(exactly:)`. What is left
  /// without such a label widens, reads a text, or converts what this program made itself. There may be
  /// less of it in a part, and never more.
  @Test func `no conversion is added that can end the process`() {
    var found: [String: Int] = [:]
    for file in swiftFiles(in: "Sources") {
      let part = file.part
      for line in file.lines {
        let code = line.split(separator: "//", omittingEmptySubsequences: false)[0]
        found[part, default: 0] += code.matches(of: Self.conversion).count
      }
    }
    for (part, count) in found {
      #expect(
        count <= Self.conversions[part] ?? 0,
        "\(part) has \(count) conversions without a label; use saturating:, clamping: or exactly:")
    }
  }

  /// A conversion without a label.
  private static var conversion: Regex<Substring> {
    /\bU?Int(?:8|16|32|64)?\((?!exactly:|clamping:|truncatingIfNeeded:|bitPattern:|saturating:|ascii:|littleEndian:|bigEndian:|\))/
  }

  /// Of each part, on the day when the rule was made.
  private static let conversions: [String: Int] = [
    "CellPictures": 23, "Clocks": 2, "CommandLineKit": 7, "ConsoleScreen": 2, "DatasetExport": 20,
    "DatasetImport": 12, "Datasets": 5, "Digests": 4, "Encoders": 15, "Fleet": 3,
    "FleetSimulation": 1, "Gamepads": 12, "HDF5Files": 13, "ImageCodecs": 17, "McapFiles": 60,
    "MuJoCoRobots": 31, "ParquetFiles": 38, "Policy": 1, "PolicyFiles": 2, "PolicyTraining": 8,
    "RecordingStore": 50, "RobotData": 2, "SpaceMice": 12, "StrictFiles": 3, "TensorFiles": 9,
    "TensorKernels": 2,
    "Tensors": 5, "TerminalScreen": 21, "Torch": 33, "TrainedPolicies": 1, "VideoFiles": 4,
    "VisionTransformer": 17, "Wire": 7, "ZeroMQ": 16, "mallard": 32,
  ]

  /// `Duration.seconds` of a floating number ends the process where it does not fit, as a conversion does.
  @Test func `a duration is made of a number that was read by saturating`() {
    // Of constants.
    let known = ["RecordingStore": 2, "TrainedPolicies": 2, "Numbers": 1, "Coordinator": 1]
    var found: [String: Int] = [:]
    for file in swiftFiles(in: "Sources") {
      let part = file.part
      found[part, default: 0] +=
        file.text.matches(of: /\s\.seconds\((?![0-9_.]+\))|\(\.seconds\((?![0-9_.]+\))/).count
    }
    for (part, count) in found { #expect(count <= known[part] ?? 0, "\(part) has \(count)") }
  }

  /// The keys of a dictionary of what was read may be there twice: `Dictionary(_:uniquingKeysWith:)`.
  @Test func `no dictionary ends the process for a key that is there twice`() {
    // Of cases of an enumeration, names in the source, or keys of another dictionary.
    let known = [
      "Accelerator": 1, "Coordinator": 1, "CoordinatorSession": 1, "DatasetExport": 2,
      "DatasetImport": 1, "Fleet": 1, "PolicyTraining": 1,
    ]
    var found: [String: Int] = [:]
    for file in swiftFiles(in: "Sources") {
      let part = file.part
      found[part, default: 0] += file.text.matches(of: /uniqueKeysWithValues:/).count
    }
    for (part, count) in found { #expect(count <= known[part] ?? 0, "\(part) has \(count)") }
  }
}
