public import Accelerator
public import StrictFiles

/// Machines as YAML files describe them: each parameter with its value and source.
public enum MachineFile {
  /// Reads a machine.
  ///
  /// - Parameter path: The file.
  /// - Returns: The machine, checked.
  /// - Throws: `MachineFileError`.
  public static func read(_ path: String) throws(MachineFileError) -> Machine {
    try read(path) { machine throws(MachineError) in try machine.validate() }
  }

  /// Reads a Sanger-like baseline.
  ///
  /// - Parameter path: The file.
  /// - Returns: The baseline, checked.
  /// - Throws: `MachineFileError`.
  public static func readSanger(_ path: String) throws(MachineFileError) -> SangerMachine {
    try read(path) { machine throws(MachineError) in try machine.validate() }
  }

  private static func read<Value: Decodable>(
    _ path: String, check: (Value) throws(MachineError) -> Void
  ) throws(MachineFileError) -> Value {
    let tree: FileTree
    let value: Value
    do throws(StrictFileError) {
      tree = try FileTree(path: path, format: .yaml)
      value = try tree.decode()
    } catch {
      throw .file(error)
    }
    do { try check(value) } catch {
      throw .file(tree.fault(at: error.place, error.description))
    }
    return value
  }
}

/// Why a machine's file is of no use.
public enum MachineFileError: Error, Hashable, Sendable, CustomStringConvertible {
  /// It cannot be read, or what it says is not a machine.
  case file(StrictFileError)

  /// In words.
  public var description: String {
    switch self {
    case .file(let error): "the machine cannot be built: \(error)"
    }
  }
}

extension MachineError {
  fileprivate var place: String {
    switch self {
    case .outOfRange(_, let parameter, _, _): parameter
    case .noExponentials: "exponentLanes"
    // Of networks, not of a machine's file.
    case .network, .tooLong, .noMapping: "name"
    }
  }
}
