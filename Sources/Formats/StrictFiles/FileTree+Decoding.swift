internal import PlainErrors

extension FileTree {
  /// The file as a value of a type. Each key of the file must be one that the type knows, each key that
  /// the type needs must be there, and each value of the kind that is needed.
  ///
  /// - Parameters:
  ///   - type: The type.
  ///   - defaults: Where keys that the file leaves out are taken from.
  ///   - advice: What is added to the refusal of an unknown key.
  /// - Returns: The value.
  /// - Throws: `StrictFileError`, the first fault, with its line.
  public func decode<Value: Decodable>(
    _ type: Value.Type = Value.self, defaults: FileTree? = nil, advice: String? = nil
  ) throws(StrictFileError) -> Value {
    var context = StrictDecoder.Context(path: path, advice: advice)
    context.known = { KeySurvey(of: type).keys(at: $0) }
    return try decode(type, defaults, context)
  }

  /// The few keys of a type, whatever else the file holds; for what tells its version.
  ///
  /// - Parameter type: The type.
  /// - Returns: The value.
  /// - Throws: `StrictFileError`.
  public func glimpse<Value: Decodable>(_ type: Value.Type) throws(StrictFileError) -> Value {
    try decode(type, nil, StrictDecoder.Context(path: path, passesOver: true))
  }

  private func decode<Value: Decodable>(
    _ type: Value.Type, _ defaults: FileTree?, _ context: StrictDecoder.Context
  ) throws(StrictFileError) -> Value {
    do {
      return try StrictDecoder(
        value: root, fallback: defaults?.root, place: [], context: context
      ).decode(type)
    } catch let error as StrictFileError {
      throw error
    } catch {
      throw StrictFileError(path: path, line: nil, reason: PlainError.reason(error))
    }
  }
}

/// All keys that a type knows, place by place: what it asks for when it may have everything.
private final class KeySurvey {
  private var found: [[String]: [String]] = [:]

  init<Value: Decodable>(of type: Value.Type) {
    var context = StrictDecoder.Context(path: "")
    context.note = { [unowned self] place, key in
      if found[place, default: []].contains(key) || place.count > FileValue.deepest { return }
      found[place, default: []].append(key)
    }
    // A type that takes no made-up value has noted what it asked for before.
    _ = try? StrictDecoder(value: nil, fallback: nil, place: [], context: context).decode(type)
  }

  func keys(at place: [String]) -> [String] { found[place] ?? [] }
}
