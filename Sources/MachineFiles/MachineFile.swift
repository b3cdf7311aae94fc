public import Accelerator
internal import Foundation
internal import PlainErrors
internal import Yams

/// Machines as YAML files describe them: each parameter with its value and source.
public enum MachineFile {
  /// Reads a machine.
  ///
  /// - Parameter path: The file.
  /// - Returns: The machine, checked.
  /// - Throws: `MachineFileError`.
  public static func read(_ path: String) throws(MachineFileError) -> Machine {
    let machine: Machine = try decode(path)
    do { try machine.validate() } catch {
      throw .invalid(path: path, reason: PlainError.reason(error))
    }
    return machine
  }

  /// Reads a Sanger-like baseline.
  ///
  /// - Parameter path: The file.
  /// - Returns: The baseline, checked.
  /// - Throws: `MachineFileError`.
  public static func readSanger(_ path: String) throws(MachineFileError) -> SangerMachine {
    let machine: SangerMachine = try decode(path)
    do { try machine.validate() } catch {
      throw .invalid(path: path, reason: PlainError.reason(error))
    }
    return machine
  }

  private static func decode<Value: Codable>(_ path: String) throws(MachineFileError) -> Value {
    let text: String
    do { text = try String(contentsOfFile: path, encoding: .utf8) } catch {
      throw .unreadable(path: path, reason: PlainError.reason(error))
    }
    do {
      let value = try YAMLDecoder().decode(Value.self, from: text)
      // A misspelt parameter must not be passed over: the figures would be of another machine.
      let known = try Yams.compose(yaml: YAMLEncoder().encode(value))
      if let stranger = stranger(in: try Yams.compose(yaml: text), known: known, at: "") {
        throw Unknown(key: stranger)
      }
      return value
    } catch let error as Unknown {
      throw .invalid(path: path, reason: "there is no parameter \(error.key)")
    } catch {
      throw .invalid(path: path, reason: wording(error))
    }
  }

  private struct Unknown: Error {
    var key: String
  }

  private static func stranger(in node: Node?, known: Node?, at place: String) -> String? {
    guard let mapping = node?.mapping else { return nil }
    for (key, value) in mapping {
      guard let name = key.string else { continue }
      guard let counterpart = known?.mapping?[key] else { return place + name }
      if let found = stranger(in: value, known: counterpart, at: place + name + ".") {
        return found
      }
    }
    return nil
  }

  private static func wording(_ error: any Error) -> String {
    guard let error = error as? DecodingError else { return PlainError.sentence(error) }
    func place(_ context: DecodingError.Context) -> String {
      let path = context.codingPath.map(\.stringValue).joined(separator: ".")
      return path.isEmpty ? "the file" : path
    }
    switch error {
    case .keyNotFound(let key, let context):
      return "\(place(context)): \(key.stringValue) is missing"
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      return "\(place(context)): not a value of the kind wanted"
    case .dataCorrupted(let context): return "\(place(context)): \(context.debugDescription)"
    @unknown default: return PlainError.sentence(error)
    }
  }
}

/// Why a machine's file is of no use.
public enum MachineFileError: Error, Hashable, Sendable, CustomStringConvertible {
  /// It is not there, or may not be read.
  case unreadable(path: String, reason: String)
  /// What it says is not a machine.
  case invalid(path: String, reason: String)

  /// In words.
  public var description: String {
    switch self {
    case .unreadable(let path, let reason): "cannot read the machine \(path): \(reason)"
    case .invalid(let path, let reason): "the machine \(path) cannot be built: \(reason)"
    }
  }
}
