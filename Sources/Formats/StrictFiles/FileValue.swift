/// A value of a file, with the line on which it begins. Classes of YAML and JSON alike.
struct FileValue: Hashable, Sendable {
  /// A key and what stands under it.
  struct Entry: Hashable, Sendable {
    var key: String
    var line: Int
    var value: FileValue
  }

  /// How a single value was written.
  enum Kind: Hashable, Sendable {
    /// In quotes, or as a block: a text.
    case quoted
    /// YAML without quotes: a text, a number or a truth value, as is asked for.
    case plain
    /// A number or a truth value of JSON: never a text.
    case literal
  }

  indirect enum Content: Hashable, Sendable {
    case mapping([Entry])
    case list([FileValue])
    case single(String, Kind)
    case null
  }

  var line: Int
  var content: Content

  /// The deepest that groups and lists may stand in each other; our own files need six.
  static let deepest = 64

  var entries: [Entry]? {
    if case .mapping(let entries) = content { entries } else { nil }
  }

  var list: [FileValue]? { if case .list(let values) = content { values } else { nil } }

  var isNull: Bool { content == .null }

  func entry(_ key: String) -> Entry? { entries?.first { $0.key == key } }

  /// What it is, for the sentence of an error.
  var wording: String {
    switch content {
    case .mapping: "a group of keys"
    case .list: "a list"
    case .null: "empty"
    case .single(let text, let kind):
      kind == .literal
        ? String(text.prefix(40))
        : (String(text.prefix(40)) + (text.count > 40 ? "…" : ""))
          .debugDescription
    }
  }

  /// The first key that comes twice in a group, here or below.
  var duplicate: (first: Entry, second: Entry)? {
    switch content {
    case .mapping(let entries):
      var seen: [String: Entry] = [:]
      for entry in entries {
        if let first = seen.updateValue(entry, forKey: entry.key) { return (first, entry) }
        if let found = entry.value.duplicate { return found }
      }
      return nil
    case .list(let values):
      for value in values { if let found = value.duplicate { return found } }
      return nil
    case .single, .null: return nil
    }
  }
}
