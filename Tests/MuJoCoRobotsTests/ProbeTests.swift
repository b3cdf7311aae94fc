import Foundation
import MuJoCoRobots
import RobotData
import Testing

@Test(arguments: ["stack", "kitchen-table"]) func probe(task: String) throws {
  let robot = try makeRobot("bench-arm", task: task, rendersCameras: true)
  try robot.reset(seed: 1)
  for (name, camera) in [("scene", "scene"), ("wrist", "wrist")] as [(String, CameraName)] {
    let size = ImageSize(width: 480, height: 480)
    try Data(robot.render(camera: camera, size: size)).write(to: URL(filePath: "/tmp/probe-\(task)-\(name).rgb"))
  }
  let quick = try makeRobot("bench-arm", task: task, rendersCameras: false)
  var good = 0
  for seed in 0..<10 as Range<UInt64> {
    let start = Date()
    let result = try runEpisode(quick, seed: seed)
    if result.isSuccess { good += 1 }
    print(task, seed, result.isSuccess, result.steps, result.completed, Date().timeIntervalSince(start))
    if !result.isSuccess { print(result.last!.proprioception, result.last!.simulatedState!.objects) }
  }
  print(task, good)
}
