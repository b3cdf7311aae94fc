/// What can be driven: a real robot, or a simulated one.
///
/// A body belongs to one thread; the endpoint that owns it calls everything from there.
public protocol RobotBody: AnyObject {
  /// What the body is.
  var description: RobotDescription { get }

  /// Brings the robot and its scene to the start of an episode.
  ///
  /// - Parameter seed: decides how a simulated scene is laid out; a real robot may ignore it.
  /// - Throws: an error that names what could not be reset; the episode does not start.
  func reset(seed: UInt64) throws

  /// Reads all sensors now.
  ///
  /// - Throws: an error that names the sensor; the endpoint reports a fault and holds.
  func observe() throws -> SensorReading

  /// Carries out `action` for one control period, within the robot's limits.
  ///
  /// A simulated body advances its physics by one period; a real one sets its velocity and
  /// returns at once.
  /// - Returns: what was really done, after speed, acceleration and workspace limits.
  /// - Throws: an error that names the fault; the endpoint stops the robot.
  func apply(_ action: Action) throws -> Action

  /// Brings the robot to rest as fast as it safely can, and keeps it there.
  func stop()
}
