import Foundation
import MuJoCoRobots
import RobotData
import RobotProfiles
import ScriptedExpert
import SimulatedTasks

/// The folder Robots of this checkout.
let robotsFolder = URL(filePath: #filePath).deletingLastPathComponent()
  .appending(path: "../../../Robots").standardizedFileURL.path

/// A simulated robot of a profile, ready for a task.
func makeRobot(
  _ profileName: String, task: String, rendersCameras: Bool
) throws -> SimulatedRobot {
  let profile = try RobotProfile.named(profileName, in: robotsFolder)
  return try SimulatedRobot(profile: profile, task: task, rendersCameras: rendersCameras)
}

/// What came of an episode under the scripted expert.
struct EpisodeResult {
  var isSuccess = false
  var steps = 0
  var completed: [SubtaskName] = []
  var last: SensorReading?
}

/// One episode under the scripted expert, which chooses the subtasks itself.
func runEpisode(
  _ robot: SimulatedRobot, seed: UInt64, skill: HumanSkill = HumanSkill(), stepLimit: Int = 600,
  watch: (SensorReading, Action) -> Void = { _, _ in }
) throws -> EpisodeResult {
  var result = EpisodeResult()
  guard
    var expert = ScriptedExpert(
      task: robot.description.task.name, skill: skill, seed: seed)
  else {
    return result
  }
  try robot.reset(seed: seed)
  var subtask: SubtaskName?
  while result.steps < stepLimit {
    let reading = try robot.observe()
    result.last = reading
    let progress = reading.progress
    result.completed = progress?.completed ?? []
    if progress?.isSuccess == true, expert.isFree {
      result.isSuccess = true
      return result
    }
    if subtask.map({ progress?.available.contains($0) != true }) ?? true, expert.isFree {
      subtask = expert.choose(from: progress?.available ?? [])
    }
    var action = Action.hold
    if let subtask {
      action = expert.action(
        for: reading, subtask: subtask, limits: robot.description.limits,
        period: robot.description.period)
    }
    let executed = try robot.apply(action)
    watch(reading, executed)
    result.steps += 1
  }
  return result
}
