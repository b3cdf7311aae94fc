// The table of parts in Package.swift, and the sources, as the tests of this folder read them.
import Foundation

let root = URL(filePath: #filePath).deletingLastPathComponent()
  .appending(path: "../..").standardizedFileURL

/// A part of the product, as Package.swift has it.
struct TablePart: Hashable, Sendable {
  var name: String
  var folder: String
  var layer: String
  var uses: Set<String>

  var path: String { "Sources/\(folder)/\(name)" }
}

/// What Package.swift says.
enum Table {
  /// Layers from the bottom.
  static let layers = ["values", "logic", "device", "shell", "command"]

  /// Names of packages' products in Package.swift, and what is imported of them.
  static let products = [
    "protobuf": "SwiftProtobuf", "grdb": "GRDB", "sqlite": "GRDBSQLite", "numerics": "RealModule",
    "yams": "Yams", "system": "SystemPackage", "arguments": "ArgumentParser",
  ]

  static let text =
    (try? String(contentsOf: root.appending(path: "Package.swift"), encoding: .utf8)) ?? ""

  /// All parts and programs.
  static let parts: [TablePart] = {
    let part =
      /Part\(\s*"([\w-]+)", \.(\w+), \.(\w+)(?:,\s*uses: \[([^\]]*)\])?/
    let program = /\.executableTarget\(\s*name: "([\w-]+)",\s*dependencies: \[([^\]]*)\]/
    return text.matches(of: part).map { match in
      TablePart(
        name: String(match.1), folder: folder(String(match.2)), layer: String(match.3),
        uses: uses(match.4 ?? ""))
    }
      + text.matches(of: program).map { match in
        TablePart(
          name: String(match.1), folder: "Commands", layer: "command", uses: uses(match.2))
      }
  }()

  /// The C shims.
  static let shims: Set<String> = Set(
    text.matches(of: /path: "Sources\/System\/(\w+)"/).map { String($0.1) })

  private static func folder(_ word: String) -> String {
    let cases = text.matches(of: /case (\w+) = "(\w+)"/)
    return cases.first { $0.1 == word }.map { String($0.2) } ?? word
  }

  private static func uses(_ text: Substring) -> Set<String> {
    Set(
      text.split(separator: ",").map { $0.trimmingCharacters(in: .whitespacesAndNewlines) }
        .filter { !$0.isEmpty }
        .map { $0.hasPrefix("\"") ? $0.replacing("\"", with: "") : products[$0] ?? $0 })
  }

  static func part(_ name: String) -> TablePart? { parts.first { $0.name == name } }
}

struct SourceFile: Sendable {
  let path: String
  let text: String
  var lines: [Substring] { text.split(separator: "\n", omittingEmptySubsequences: false) }

  /// What the file imports.
  var imports: Set<String> {
    Set(
      text.matches(
        of: /(?m)^(?:@\w+(?:\(\w+\))? +)*(?:\w+ +)?import +(?:struct +|class +|enum +|func +)?(\w+)/
      )
      .map { String($0.1) })
  }

  /// The part of Sources that the file belongs to; empty elsewhere.
  var part: String {
    let folders = path.split(separator: "/")
    return folders.count > 3 && folders[0] == "Sources" ? String(folders[2]) : ""
  }
}

func swiftFiles(in folder: String) -> [SourceFile] {
  let start = root.appending(path: folder)
  guard let files = FileManager.default.enumerator(at: start, includingPropertiesForKeys: nil)
  else { return [] }
  return files.compactMap { entry -> SourceFile? in
    guard let file = entry as? URL, file.pathExtension == "swift",
      !file.path.contains("/Generated/"),
      let text = try? String(contentsOf: file, encoding: .utf8)
    else { return nil }
    return SourceFile(path: String(file.path.dropFirst(root.path.count + 1)), text: text)
  }.sorted { $0.path < $1.path }
}
