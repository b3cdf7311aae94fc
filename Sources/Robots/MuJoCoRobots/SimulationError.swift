public import RobotData

/// Why a robot cannot be simulated.
public enum SimulationError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The scene could not be loaded; `reason` is MuJoCo's text.
  case scene(path: String, reason: String)
  /// The scene lacks a thing that the profile or the task names.
  case missing(kind: String, name: String, path: String)
  /// No picture can be rendered on this machine.
  case rendering(reason: String)
  /// The task is not one that can be simulated.
  case unknownTask(TaskName, known: [TaskName])
  /// An action holds a number that is not finite.
  case notFinite(Action)
  /// The physics has become unstable.
  case unstable(time: Double, reason: String)
  /// A state to restore does not fit the scene.
  case stateSize(expected: Int, got: Int)

  /// What is wrong with which scene, and what to do.
  public var description: String {
    switch self {
    case .scene(let path, let reason): "the scene \(path) cannot be loaded: \(reason)"
    case .missing(let kind, let name, let path):
      "the scene \(path) has no \(kind) \"\(name)\", which the profile names"
    case .rendering(let reason): "no picture can be rendered: \(reason)"
    case .unknownTask(let task, let known):
      "no simulated task \"\(task)\"; there are \(known.map(\.name).joined(separator: ", "))"
    case .notFinite(let action): "the action \(action.components) holds a number that is not finite"
    case .unstable(let time, let reason):
      "the physics became unstable at \(time) s (\(reason)); the scene must be reset"
    case .stateSize(let expected, let got):
      "the state has \(got) positions, the scene \(expected): it is another scene's"
    }
  }
}
