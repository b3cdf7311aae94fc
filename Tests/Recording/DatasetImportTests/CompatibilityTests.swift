// Aim: one rule says which episodes may go together, and resuming, merging, importing and exporting all
// follow it. Method: a table of robots that differ from a first one in one property each, and what is to
// become of them; every way in which episodes come together is tried with each row.
import DatasetExport
import DatasetImport
import Datasets
import Foundation
import MallardTesting
import RecordingStore
import RobotData
import Testing

/// A robot beside the first, and where its episodes may go.
private struct Case: CustomTestStringConvertible, Sendable {
  var name: String
  var inRecording: Bool
  var inDataset: Bool
  var change: @Sendable (inout RobotDescription) -> Void
  var testDescription: String { name }

  var robot: RobotDescription {
    var robot = RandomDataset.robot
    change(&robot)
    return robot
  }
}

private let cases: [Case] = [
  Case(name: "nothing", inRecording: true, inDataset: true) { _ in },
  Case(name: "rate", inRecording: false, inDataset: false) { $0.rate = 30 },
  Case(name: "joints", inRecording: false, inDataset: false) { $0.joints = ["j0", "j1", "j9"] },
  Case(name: "number of joints", inRecording: false, inDataset: false) { $0.joints = ["j0"] },
  Case(name: "a camera's name", inRecording: false, inDataset: false) {
    $0.cameras[0].name = "hand"
  },
  Case(name: "a camera's size", inRecording: false, inDataset: false) {
    $0.cameras[0].size = ImageSize(width: 20, height: 16)
  },
  Case(name: "a camera fewer", inRecording: false, inDataset: false) { $0.cameras.removeLast() },
  Case(name: "order of cameras", inRecording: true, inDataset: true) { $0.cameras.reverse() },
  Case(name: "encoding", inRecording: true, inDataset: true) { $0.cameras[0].encoding = .png },
  Case(name: "quality", inRecording: true, inDataset: true) { $0.cameras[0].quality = 50 },
  Case(name: "limits", inRecording: true, inDataset: true) { $0.limits.linearSpeed = 1 },
  Case(name: "instruction", inRecording: false, inDataset: false) {
    $0.task.instruction = "Undo it."
  },
  Case(name: "subtasks", inRecording: false, inDataset: false) { $0.task.subtasks = ["b", "a"] },
  Case(name: "another task", inRecording: true, inDataset: true) {
    $0.task = TaskDescription(name: "sort", instruction: "Sort it.", subtasks: ["c"])
  },
  Case(name: "physics", inRecording: true, inDataset: false) { $0.isSimulated = false },
  Case(name: "another profile", inRecording: true, inDataset: false) { $0.profile = "jaco" },
  Case(name: "another profile and body", inRecording: true, inDataset: false) {
    ($0.profile, $0.rate, $0.joints, $0.cameras) = ("jaco", 10, ["a"], [])
  },
  Case(name: "another profile's instruction", inRecording: false, inDataset: false) {
    ($0.profile, $0.task.instruction) = ("jaco", "Undo it.")
  },
]

@Suite struct CompatibilityTests {
  private let folder: TemporaryFolder
  private let (first, second): (String, String)
  private let options = ExportOptions(software: "mallard test")

  init() throws {
    folder = try TemporaryFolder()
    (first, second) = (folder.path + "/a.sqlite", folder.path + "/b.sqlite")
    try SplitRecording.write(to: first)
  }

  private func expect(_ mayPass: Bool, _ way: String, _ body: () throws -> Void) {
    do {
      try body()
      #expect(mayPass, "\(way) took what does not go together")
    } catch {
      #expect(!mayPass, "\(way) refused what goes together: \(error)")
      #expect("\(error)".contains(", not "), "\(way) does not say what differs: \(error)")
    }
  }

  private func refuse(_ reason: String?) throws {
    if let reason { throw ImportError.mismatch(path: "-", episode: "-", reason: reason) }
  }

  @Test(arguments: cases)
  private func `one rule for all ways`(example: Case) throws {
    let robot = example.robot
    try SplitRecording.write(to: second, session: 2, robots: [("arm-2", robot)])
    let both = try [first, second].map { try RecordingReader(path: $0) }
    expect(example.inDataset, "export of two") { _ = try ExportPlanner(both, options).plan() }
    expect(example.inRecording, "merge") {
      _ = try RecordingMerge.run([first, second], into: folder.path + "/merged.sqlite")
    }
    if example.inRecording {
      let merged = [try RecordingReader(path: folder.path + "/merged.sqlite")]
      expect(example.inDataset, "export of one") { _ = try ExportPlanner(merged, options).plan() }
    }

    // What was exported of the second is imported beside the first.
    let planned = try ExportPlanner([both[1]], options).plan()
    _ = try DatasetExporter([both[1]], options).run(
      planned, with: RobomimicWriter(), format: "robomimic", to: folder.path + "/dataset")
    expect(example.inRecording, "import") {
      let copy = folder.path + "/copy.sqlite"
      try FileManager.default.copyItem(atPath: first, toPath: copy)
      _ = try DatasetImporter(recording: copy).run(
        DatasetReaders.open(folder.path + "/dataset"))
    }

    // A robot joins a session that continues a recording, and one beside another robot.
    let resumed = try Recorder(
      path: first, session: SplitRecording.session(3), onCommit: { _ in }, onTrouble: { _ in })
    expect(example.inRecording, "resume") { try refuse(resumed.refusal(of: "arm-2", robot)) }
    _ = resumed.close()
    let fresh = try Recorder(
      path: folder.path + "/fresh.sqlite", session: SplitRecording.session(4),
      onCommit: { _ in }, onTrouble: { _ in })
    _ = fresh.offer(.robotJoined("arm-1", RandomDataset.robot))
    expect(example.inRecording, "join") { try refuse(fresh.refusal(of: "arm-2", robot)) }
    _ = fresh.close()
  }

  @Test func `a robot does not change its task within a session`() throws {
    let recorder = try Recorder(
      path: folder.path + "/c.sqlite", session: SplitRecording.session(5), onCommit: { _ in },
      onTrouble: { _ in })
    var robot = RandomDataset.robot
    _ = recorder.offer(.robotJoined("arm-1", robot))
    #expect(recorder.refusal(of: "arm-1", robot) == nil)
    robot.task = TaskDescription(name: "sort", instruction: "Sort it.", subtasks: [])
    #expect(recorder.refusal(of: "arm-1", robot)?.contains("the task stack") == true)
    #expect(recorder.refusal(of: "arm-2", robot) == nil)
    _ = recorder.close()
  }

  @Test func `an episode whose task is not its robot's is not labelled with the robot's`() throws {
    let database = SpawnedProcess(
      URL(filePath: "/usr/bin/sqlite3"), [first, "UPDATE robot SET task = 'other'"])
    try database.run()
    database.waitUntilExit()
    let reader = try RecordingReader(path: first)
    #expect {
      try ExportPlanner([reader], options).plan()
    } throws: { "\($0)".contains("of unknown tasks") }
  }
}
