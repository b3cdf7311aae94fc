internal import RobotData
public import RobotProfiles
internal import SimulatedTasks

extension SimulatedRobot {
  /// The robot that a profile describes, in the scene of one of its tasks.
  ///
  /// - Parameters:
  ///   - profile: The profile, of a simulated robot.
  ///   - task: One of its tasks.
  ///   - rendersCameras: Whether it gives pictures.
  ///   - disturbance: How strongly the hand is moved besides what it is told, m/s (`HandDisturbance`).
  /// - Throws: `ProfileError` or `SimulationError` naming what is missing.
  public convenience init(
    profile: RobotProfile, task: String, rendersCameras: Bool = true, disturbance: Double = 0
  ) throws {
    guard profile.driver == .simulated else { throw ProfileError.external(profile: profile.name) }
    let scenePath = try profile.scenePath(of: task)
    let name = try TaskName(task)
    guard let simulated = SimulatedTasks.named(name) else {
      throw SimulationError.unknownTask(
        name, known: SimulatedTasks.all.map(\.description.name))
    }
    try self.init(
      profile.description(task: simulated.description),
      arm: SimulatedArm(
        scenePath: scenePath,
        attachments: profile.attachments.map {
          SimulatedArm.Attachment(path: $0.path, body: $0.body, site: $0.site)
        }, endEffectorSite: "end_effector", home: profile.home,
        workspaceLower: profile.workspaceLower, workspaceUpper: profile.workspaceUpper,
        fingers: profile.fingers, closed: profile.fingersClosed, open: profile.fingersOpen,
        fingerSpeed: profile.fingerSpeed),
      rendersCameras: rendersCameras, disturbance: disturbance)
  }
}
