// Aim: the house is the one that Package.swift's table and ARCHITECTURE.md draw: parts lie in the folders
// of their subjects, arrows point down, pure parts are pure, and nothing is declared that is not used.
// Method: the table and the sources are read as text.
import Foundation
import Testing

/// Of Swift and its toolchain: what a pure part does without.
private let toolchain: Set<String> = [
  "Foundation", "Glibc", "Synchronization", "Dispatch", "FoundationNetworking", "Swift",
]

@Suite struct LayoutTests {
  @Test func `the table is read whole`() {
    #expect(Table.parts.count > 50 && Table.shims.count > 12)
    #expect(Set(Table.parts.map(\.name)).count == Table.parts.count)
    let declared = Table.text.matches(of: /\bPart\(\s*"/).count
    #expect(Table.parts.count == declared + 2, "two programs, and every part")
    for part in Table.parts { #expect(Table.layers.contains(part.layer), "\(part)") }
  }

  @Test func `every folder of Sources is a part of the table`() throws {
    var wanted = Dictionary(grouping: Table.parts, by: \.folder).mapValues {
      Set($0.map(\.name))
    }
    wanted["System"] = Table.shims
    for folder in try FileManager.default.contentsOfDirectory(
      atPath: root.appending(path: "Sources").path)
    where !folder.hasPrefix(".") {
      let names = try FileManager.default.contentsOfDirectory(
        atPath: root.appending(path: "Sources/\(folder)").path)
      #expect(Set(names.filter { !$0.hasPrefix(".") }) == wanted[folder], "Sources/\(folder)")
    }
  }

  @Test func `arrows point down`() {
    var count = 0
    for part in Table.parts {
      for use in part.uses {
        guard let other = Table.part(use) else { continue }
        count += 1
        let (from, to) = (
          Table.layers.firstIndex(of: part.layer) ?? 0,
          Table.layers.firstIndex(of: other.layer) ?? 9
        )
        #expect(to <= from, "\(part.name) (\(part.layer)) uses \(use) (\(other.layer))")
      }
    }
    #expect(count > 150, "\(count) arrows were looked at")
  }

  @Test(arguments: Table.parts)
  func `a part declares what it imports, and imports what it declares`(part: TablePart) {
    let files = swiftFiles(in: part.path)
    #expect(!files.isEmpty)
    let imported = files.reduce(into: Set<String>()) { $0.formUnion($1.imports) }
    let own = imported.subtracting(toolchain).subtracting([part.name])
    #expect(own.subtracting(part.uses).isEmpty, "imported and not declared")
    let generated = part.name == "Wire" ? ["SwiftProtobuf"] : []
    #expect(part.uses.subtracting(own).subtracting(generated).isEmpty, "declared and not imported")
  }

  @Test(arguments: Table.parts.filter { ["values", "logic"].contains($0.layer) })
  func `a pure part imports nothing but its arrows`(part: TablePart) {
    for file in swiftFiles(in: part.path) {
      #expect(file.imports.isDisjoint(with: toolchain), "\(file.path)")
    }
    // Numbers' functions, and what writes bytes.
    let outside = part.uses.filter { Table.part($0) == nil }
    #expect(outside.isSubset(of: ["RealModule", "SwiftProtobuf"]), "\(outside)")
  }

  /// Which folders a folder uses.
  private static let arrows: [String: Set<String>] = {
    var arrows: [String: Set<String>] = [:]
    for part in Table.parts {
      for use in part.uses {
        if let other = Table.part(use), other.folder != part.folder {
          arrows[part.folder, default: []].insert(other.folder)
        }
      }
    }
    return arrows
  }()

  /// Folders, those first that use the least.
  private static let order: [String] = {
    var left = Set(Table.parts.map(\.folder))
    var order: [String] = []
    while !left.isEmpty {
      let free = left.filter { (arrows[$0] ?? []).isDisjoint(with: left.subtracting([$0])) }
      guard !free.isEmpty else { return order }
      order += free.sorted()
      left.subtract(free)
    }
    return order
  }()

  @Test func `no folder is used by one that it uses`() {
    #expect(Set(Self.order) == Set(Table.parts.map(\.folder)), "a circle among the others")
  }

  /// The drawing of ARCHITECTURE.md: a line for each folder, from the top.
  private static var drawing: String {
    order.reversed().map { folder in
      let parts = Table.parts.filter { $0.folder == folder }.map(\.name).joined(separator: "  ")
      let uses = order.filter { arrows[folder]?.contains($0) == true }
      let name = folder.padding(toLength: 10, withPad: " ", startingAt: 0)
      return "\(name) \(parts)\n"
        + (uses.isEmpty ? "" : "           > \(uses.joined(separator: ", "))\n")
    }.joined()
  }

  @Test func `ARCHITECTURE draws what is there`() throws {
    let page = try String(contentsOf: root.appending(path: "ARCHITECTURE.md"), encoding: .utf8)
    #expect(
      page.contains("```\n\(Self.drawing)```"),
      "the drawing is to be\n\(Self.drawing)")
    // Each file that a walk names is there.
    let names = page.matches(of: /`([A-Z]\w+\/[\w+\/]+\.swift)`/).map { String($0.1) }
    #expect(names.count > 20)
    for name in names {
      #expect(
        FileManager.default.fileExists(atPath: root.appending(path: "Sources/\(name)").path),
        "\(name)")
    }
  }
}
