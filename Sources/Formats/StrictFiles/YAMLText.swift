internal import PlainErrors
internal import Yams

/// YAML as a tree of values with lines. Yams reads it; what Yams would take silently, or could be made to
/// spend all its time on, is refused here.
struct YAMLText {
  let text: String
  let path: String

  init(_ text: String, path: String) {
    self.text = text
    self.path = path
  }

  /// Put before a key that comes twice, so that Yams reads on and the second can be found. It belongs to
  /// no script, and to no key.
  private static let mark: Character = "\u{E000}"

  /// Words with a star that may be aliases. Yams compares keys by all that is in them, so that a few
  /// dozen aliases in a key keep it busy for ever; with so few it is done at once, and they are then
  /// refused exactly.
  private static let mostStars = 16

  func parsed() throws(StrictFileError) -> FileValue {
    try refuseManyStars()
    let parser: Parser
    let root: Node?
    do {
      // It owns the anchors, which nodes refer to weakly.
      parser = try Parser(yaml: text)
      root = try parser.singleRoot()
    } catch {
      throw fault(error)
    }
    guard let root else { throw StrictFileError(path: path, line: nil, reason: "it is empty") }
    return try withExtendedLifetime(parser) { () throws(StrictFileError) in
      try convert(root, depth: 0)
    }
  }

  private func refuseManyStars() throws(StrictFileError) {
    var stars = 0
    var firstLine = 1
    for (number, line) in text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false)
      .enumerated()
    {
      let found = line.indices.count {
        let next = line.index(after: $0)
        return line[$0] == 0x2A && next < line.endIndex && line[next] > 0x20
      }
      if stars == 0, found > 0 { firstLine = number + 1 }
      stars += found
    }
    guard stars <= Self.mostStars else { throw alias(firstLine) }
  }

  private func alias(_ line: Int?) -> StrictFileError {
    StrictFileError(
      path: path, line: line,
      reason: "anchors and aliases (&name, *name) are not allowed; write the value out each time")
  }

  private func convert(_ node: Node, depth: Int) throws(StrictFileError) -> FileValue {
    let line = node.mark?.line ?? 1
    guard depth < FileValue.deepest else {
      throw StrictFileError(
        path: path, line: line, reason: "more than \(FileValue.deepest) levels in each other")
    }
    guard node.anchor == nil else { throw alias(line) }
    switch node {
    case .scalar(let scalar):
      let isPlain = scalar.style == .plain || scalar.style == .any
      let isNull = isPlain && ["", "~", "null", "Null", "NULL"].contains(scalar.string)
      return FileValue(
        line: line,
        content: isNull ? .null : .single(scalar.string, isPlain ? .plain : .quoted))
    case .sequence(let sequence):
      var values: [FileValue] = []
      for element in sequence { values.append(try convert(element, depth: depth + 1)) }
      return FileValue(line: line, content: .list(values))
    case .mapping(let mapping):
      var entries: [FileValue.Entry] = []
      for (key, value) in mapping {
        let keyLine = key.mark?.line ?? line
        guard key.anchor == nil else { throw alias(keyLine) }
        guard case .scalar(let name) = key else {
          throw StrictFileError(path: path, line: keyLine, reason: "a key must be a single word")
        }
        entries.append(
          .init(key: name.string, line: keyLine, value: try convert(value, depth: depth + 1)))
      }
      return FileValue(line: line, content: .mapping(entries))
    case .alias: throw alias(line)
    }
  }

  private func fault(_ error: any Error) -> StrictFileError {
    func at(_ mark: Mark, _ problem: String, _ context: YamlError.Context?) -> StrictFileError {
      let around = context.map { " \($0.text) that begins in line \($0.mark.line)" } ?? ""
      return StrictFileError(
        path: path, line: mark.line, reason: "it is no YAML: \(problem)\(around)")
    }
    return switch error as? YamlError {
    case .scanner(let context, let problem, let mark, _),
      .parser(let context, let problem, let mark, _):
      at(mark, problem, context)
    case .composer(_, let problem, let mark, _): at(mark, problem, nil)
    case .duplicatedKeysInMapping(let keys, let context):
      FileTree.twice(
        keys.first ?? "", first: context.mark.line,
        second: Self.second(keys.first ?? "", after: context.mark, in: text), path)
    default: StrictFileError(path: path, line: nil, reason: PlainError.reason(error))
    }
  }

  /// The line on which a key comes for the second time in its group; Yams tells the first alone.
  ///
  /// - Parameters:
  ///   - key: The key.
  ///   - first: Where it is for the first time.
  ///   - text: The file.
  /// - Returns: The line; nil where it is not found.
  private static func second(_ key: String, after first: Mark, in text: String) -> Int? {
    var changed = marked(text, at: first)
    // Other keys may come twice as well; each round marks one.
    for _ in 0..<16 {
      do {
        let root = try Yams.compose(yaml: changed)
        return root.flatMap { line(of: key, beside: String(mark) + key, in: $0) }
      } catch YamlError.duplicatedKeysInMapping(let keys, let context) {
        // Three times: the second is the first that is left.
        if keys.first == key { return context.mark.line }
        changed = marked(changed, at: context.mark)
      } catch {
        return nil
      }
    }
    return nil
  }

  private static func marked(_ text: String, at place: Mark) -> String {
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    guard lines.indices.contains(place.line - 1) else { return text }
    var scalars = lines[place.line - 1].unicodeScalars
    guard
      var index = scalars.index(
        scalars.startIndex, offsetBy: place.column - 1, limitedBy: scalars.endIndex),
      index < scalars.endIndex
    else { return text }
    if scalars[index] == "\"" || scalars[index] == "'" { index = scalars.index(after: index) }
    scalars.insert(contentsOf: String(mark).unicodeScalars, at: index)
    lines[place.line - 1] = String(scalars)
    return lines.joined(separator: "\n")
  }

  private static func line(of key: String, beside other: String, in node: Node) -> Int? {
    switch node {
    case .mapping(let mapping):
      if mapping.contains(where: { $0.key.string == other }),
        let found = mapping.first(where: { $0.key.string == key })
      {
        return found.key.mark?.line
      }
      for (_, value) in mapping {
        if let found = line(of: key, beside: other, in: value) { return found }
      }
      return nil
    case .sequence(let sequence):
      for value in sequence {
        if let found = line(of: key, beside: other, in: value) { return found }
      }
      return nil
    case .scalar, .alias: return nil
    }
  }
}
