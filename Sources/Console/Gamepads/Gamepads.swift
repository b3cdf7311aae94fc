package import ConsoleScreen
internal import Glibc
internal import PlainErrors

/// The gamepad of this machine, whenever it comes and goes. Belongs to one thread.
package final class Gamepads {
  private let folder: String
  private var current: Gamepad?
  /// Paths that were looked at and are none of ours, until they vanish.
  private var refused: Set<String> = []
  private var waiting: [SteeringInput] = []

  /// Looks for devices in `folder`.
  package init(folder: String = "/dev/input") { self.folder = folder }

  /// What a poller watches; nil while there is no gamepad.
  package var descriptor: Int32? { current?.descriptor }

  /// Looks for a gamepad, unless there is one; to be called every second or so. What it finds
  /// comes with `inputs()`.
  package func search() {
    guard current == nil else { return }
    let paths = eventFiles()
    refused.formIntersection(paths)
    for path in paths.sorted() where !refused.contains(path) {
      do throws(GamepadError) {
        let found = try Gamepad(path: path)
        current = found
        waiting.append(.connected(.gamepad, found.name))
        return
      } catch {
        refused.insert(path)
        // A person with a gamepad wants to know; of other devices no one asks.
        if case .notAllowed = error, !waiting.contains(where: { $0.isUnusable }) {
          waiting.append(.unusable(.gamepad, PlainError.sentence(error)))
        }
      }
    }
  }

  /// What it said since the last call; never waits.
  package func inputs() -> [SteeringInput] {
    var inputs = waiting
    waiting = []
    guard let current else { return inputs }
    if let said = current.inputs() {
      inputs += said
    } else {
      self.current = nil
      inputs.append(.lost(.gamepad))
    }
    return inputs
  }

  private func eventFiles() -> [String] {
    guard let handle = opendir(folder) else { return [] }
    defer { closedir(handle) }
    var paths: [String] = []
    while let entry = readdir(handle) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name.hasPrefix("event") { paths.append(folder + "/" + name) }
    }
    return paths
  }
}

extension SteeringInput {
  fileprivate var isUnusable: Bool { if case .unusable = self { true } else { false } }
}
