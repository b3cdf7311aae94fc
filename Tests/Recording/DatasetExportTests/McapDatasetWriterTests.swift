// Aim: Foxglove shows an exported episode, and every value of it is the recorded one. Method: the
// real `mcap` package reads what was written from random episodes, and its JSON is compared.
import DatasetExport
import Datasets
import Foundation
import MallardTesting
import McapFiles
import RobotData
import Testing

@Suite struct McapDatasetWriterTests {
  private struct Report: Decodable {
    struct Message: Decodable {
      var topic: String
      var schema: String
      var log: Int64
      var data: String
    }
    var messages: [Message]
    var metadata: [String: String]
    var robots: [String]
  }

  private struct Stamp: Decodable {
    var sec: Int64
    var nsec: Int64
  }

  private struct XYZ: Decodable {
    var x, y, z: Double
    var w: Double?
    var numbers: [Double] { [x, y, z] }
  }

  private struct PoseMessage: Decodable {
    var position: XYZ
    var orientation: XYZ
    var numbers: [Double] {
      position.numbers + [orientation.w ?? .nan] + orientation.numbers
    }
  }

  private struct Command: Decodable {
    var linear: XYZ
    var angular: XYZ
    var gripper: Double?
    var numbers: [Double] { linear.numbers + angular.numbers + (gripper.map { [$0] } ?? []) }
  }

  /// Whatever any kind of message holds.
  private struct Content: Decodable {
    var timestamp: Stamp
    var frame_id: String?
    var data: String?
    var format: String?
    var encoding: String?
    var width: Int?
    var pose: PoseMessage?
    var twist: Command?
    var gripper_opening: Double?
    var name: Names?
    var position: [Double]?
    var velocity: [Double]?
    var requested: Command?
    var executed: Command?
    var index: Int?
    var recorded_step: Int?
    var receive_time_ns: Int64?
    var author: String?
    var `operator`: String?
    var handover_cause: String?
    var handover_reason: String?
    var subtask: String?
    var segment: String?
    var is_intervention: Bool?
    var training_weight: Double?
    var reward: Double?
    var is_last: Bool?
    var is_success: Bool?
    var is_late: Bool?
    var command_sequence: UInt64?
    var task: Double?
    var policy: Double?
    var completed: [String]?
    var available: [String]?
    var time: Double?
    var positions: [Double]?
    var velocities: [Double]?
    var objects: [Object]?
    var step: Int?
    var cause: String?
    var waited_ns: Int64?
    var message: String?
    var facts: EpisodeFacts?
    var instruction: String?
    var session: DatasetSession?
  }

  private enum Names: Decodable {
    case one(String)
    case many([String])

    init(from decoder: any Decoder) throws {
      let value = try decoder.singleValueContainer()
      if let one = try? value.decode(String.self) {
        self = .one(one)
      } else {
        self = .many(try value.decode([String].self))
      }
    }
  }

  private struct Object: Decodable {
    var name: String
    var pose: PoseMessage
  }

  @Test(.enabled(if: DatasetPeers.areInstalled, "make dataset-peers"))
  func `the mcap package reads every value as it was recorded`() throws {
    let data = try RandomDataset(seed: 8, steps: [25, 2])
    let folder = try TemporaryFolder()
    try data.write({ McapDatasetWriter() }, in: folder.path)
    #expect(
      try folder.content().keys.sorted()
        == ["dataset.json", "episode_000000.mcap", "episode_000001.mcap"])
    for (head, steps) in data.episodes {
      let path = folder.path + "/" + McapDatasetWriter.fileName(head.index)
      let report = try JSONDecoder().decode(
        Report.self, from: DatasetPeers.run(script, [path]))
      #expect(report.metadata["id"] == head.facts.id)
      #expect(report.metadata["tags"] == "a,good")
      #expect(Set(report.robots) == [head.facts.robot])
      var topics: [String: [(log: Int64, schema: String, content: Content)]] = [:]
      for message in report.messages {
        let content = try JSONDecoder().decode(Content.self, from: Data(message.data.utf8))
        #expect(content.timestamp.sec * 1_000_000_000 + content.timestamp.nsec == message.log)
        topics[message.topic, default: []].append((message.log, message.schema, content))
      }
      try expect(topics.mapValues { $0.map { ($0.log, $0.schema, $0.content) } }, head, steps)
    }
  }

  private func expect(
    _ topics: [String: [(log: Int64, schema: String, content: Content)]], _ head: DatasetEpisode,
    _ steps: [DatasetStep]
  ) throws {
    let episode = try #require(topics["/episode"]?.first?.content)
    #expect(episode.facts == head.facts && episode.session == head.session)
    #expect(episode.instruction == head.instruction)
    let handovers = try #require(topics["/handovers"])
    #expect(handovers.map(\.log) == head.handovers.map(\.time))
    #expect(handovers.map(\.content.cause) == head.handovers.map(\.cause))
    #expect(handovers.map(\.content.step) == head.handovers.map(\.step))
    #expect(handovers.map(\.content.waited_ns) == head.handovers.map(\.waited))
    let log = try #require(topics["/log"])
    #expect(log.count == head.handovers.count + 1)
    #expect(log.last?.content.message == "episode ended: \(head.facts.outcome ?? "")")
    for (camera, name) in ["scene", "wrist"].enumerated() {
      let frames = steps.compactMap { step in step.frames[camera].map { (step, $0) } }
      let found = (topics["/camera/\(name)"] ?? [])
      try #require(found.count == frames.count)
      for ((step, frame), message) in zip(frames, found) {
        #expect(message.log == step.recorded.captureTime.nanosecondsSinceEpoch)
        #expect(message.content.frame_id == name)
        #expect(Data(base64Encoded: message.content.data ?? "") == Data(frame.bytes))
        if frame.encoding == .rgb8 {
          #expect(message.schema == "foxglove.RawImage" && message.content.encoding == "rgb8")
          #expect(message.content.width == frame.size.width)
        } else {
          #expect(message.schema == "foxglove.CompressedImage")
          #expect(message.content.format == "\(frame.encoding)")
        }
      }
    }
    func content(_ topic: String) throws -> [Content] {
      let found = try #require(topics[topic])
      try #require(found.count == steps.count, "\(topic)")
      #expect(found.map(\.log) == steps.map(\.recorded.captureTime.nanosecondsSinceEpoch))
      return found.map(\.content)
    }
    try expectSteps(
      steps, poses: content("/robot/end_effector"), joints: content("/robot/joints"),
      felt: content("/robot/proprioception"), actions: content("/action"), notes: content("/step"))
    let known = steps.compactMap(\.recorded.uncertainty)
    #expect(topics["/uncertainty"]?.map(\.content.task) ?? [] == known.map(\.task))
    #expect(topics["/uncertainty"]?.map(\.content.policy) ?? [] == known.map(\.policy))
    let progress = steps.compactMap(\.recorded.progress)
    #expect(
      topics["/progress"]?.map(\.content.completed) ?? []
        == progress.map { $0.completed.map(\.name) })
    #expect(topics["/progress"]?.map(\.content.is_success) ?? [] == progress.map(\.isSuccess))
    for (step, found) in zip(steps, try content("/simulated_state")) {
      #expect(found.time == step.recorded.simulatedState?.time)
      #expect(found.positions == step.recorded.simulatedState?.positions)
      #expect(found.velocities == step.recorded.simulatedState?.velocities)
      #expect(found.objects?.map(\.name) == ["red", "blue"])
      #expect(
        found.objects?.map(\.pose.numbers)
          == step.recorded.simulatedState?.objects.map {
            $0.pose.position.components + $0.pose.orientation.components
          })
    }
  }

  private func expectSteps(
    _ steps: [DatasetStep], poses: [Content], joints: [Content], felt: [Content],
    actions: [Content], notes: [Content]
  ) {
    for (index, step) in steps.enumerated() {
      let body = step.recorded.proprioception
      let pose =
        body.endEffectorPose.position.components
        + body.endEffectorPose.orientation.components
      #expect(poses[index].pose?.numbers == pose && felt[index].pose?.numbers == pose)
      #expect(joints[index].position == body.jointPositions)
      #expect(joints[index].velocity == body.jointVelocities)
      #expect(felt[index].gripper_opening == body.gripperOpening)
      #expect(
        felt[index].twist?.numbers == body.endEffectorTwist.linear.components
          + body.endEffectorTwist.angular.components)
      #expect(actions[index].requested?.numbers == step.recorded.requestedAction.components)
      #expect(actions[index].executed?.numbers == step.recorded.executedAction.components)
      let note = notes[index]
      #expect(note.index == step.index && note.recorded_step == step.recorded.index)
      #expect(note.receive_time_ns == step.recorded.receivedAt.nanosecondsSinceEpoch)
      #expect(
        note.author == step.recorded.author.kind
          && note.operator == step.recorded.author.operatorName)
      #expect(
        note.handover_cause == step.recorded.cause.word
          && note.handover_reason == step.recorded.cause.reasonWord)
      #expect(note.subtask == step.recorded.subtask?.name && note.segment == step.segment.rawValue)
      #expect(note.training_weight == step.weight && note.reward == step.reward)
      #expect(note.is_last == step.isLast && note.is_success == step.isSuccess)
      #expect(
        note.is_late == step.recorded.isLate
          && note.command_sequence == step.recorded.commandSequence)
      #expect(note.is_intervention == (step.segment == .intervention))
    }
  }

  @Test func `an export that was killed continues and ends with the same bytes`() throws {
    let data = try RandomDataset(seed: 4, steps: [5, 9, 3])
    let (whole, resumed) = (try TemporaryFolder(), try TemporaryFolder())
    try data.write({ McapDatasetWriter() }, in: whole.path)
    try data.write({ McapDatasetWriter() }, in: resumed.path, killedAfter: 1)
    #expect(try whole.content() == resumed.content())
    let finished = try TemporaryFolder()
    try data.write({ McapDatasetWriter() }, in: finished.path, killedAtEnd: true)
    #expect(try whole.content() == finished.content())
  }
}

/// Reads a file by the package with all of its checks.
private let script = """
  import sys, json
  from mcap.reader import make_reader, NonSeekingReader
  path = sys.argv[1]
  every = list(NonSeekingReader(
    open(path, "rb"), validate_crcs=True).iter_messages(log_time_order=False))
  reader = make_reader(open(path, "rb"), validate_crcs=True)
  ordered = list(reader.iter_messages())
  assert len(every) == len(ordered) == reader.get_summary().statistics.message_count
  for schema, channel, message in every:
    assert schema.encoding == "jsonschema" and channel.message_encoding == "json"
    properties = json.loads(schema.data)["properties"]
    assert set(json.loads(message.data)) <= set(properties), (schema.name, message.data)
  print(json.dumps({
    "messages": [{"topic": c.topic, "schema": s.name, "log": m.log_time, "data": m.data.decode()}
      for s, c, m in every],
    "metadata": next(reader.iter_metadata()).metadata,
    "robots": [c.metadata["robot"] for c in reader.get_summary().channels.values()]}))
  """
