// Aim: what is learnt from is what was recorded. Method: small recordings of known contents, and bad
// ones.
import Foundation
import Policy
import PolicyTraining
import RecordingStore
import RobotData
import Testing

@Suite struct TrainingDataTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func load(
    _ demonstrations: Demonstrations..., task: String = "reach", side: Int = 16
  ) throws -> TrainingData {
    let place = folder.path + "/\(UInt64.random(in: 0 ... .max))"
    try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
    let paths = try demonstrations.enumerated().map { index, one in
      let path = place + "/\(index).sqlite"
      try one.write(to: path)
      return path
    }
    return try TrainingData(
      TrainingData.Selection(recordings: paths, task: task, pictureSide: side, seed: 3))
  }

  @Test func `labels are known in hindsight`() throws {
    let one = Demonstrations()
    let data = try load(one)
    #expect(data.count == 6 * 24 && data.episodes.count == 6)
    #expect(data.episodes.filter { $0.isHeldOut }.count == 1)
    let names = data.robot.subtasks
    for (number, episode) in data.episodes.enumerated() {
      for (step, row) in episode.steps.enumerated() {
        // Where none was chosen, the next one that was.
        #expect(names[data.subtasks[row]] == one.subtask(number, step).name, "\(number) \(step)")
        #expect(data.stepsToEnd[row] == (step < 12 ? 12 - step : 23 - step))
        // Ten steps after the choice at step 2 it shows; at 12 there is only one subtask left.
        #expect(data.isBranch[row] == (step < 12), "\(step)")
        #expect(data.grippers[row] == (step < 12 ? 1 : 2))
      }
    }
  }

  @Test func `goals stay within their episode`() throws {
    let data = try load(Demonstrations())
    let goals = data.goals(horizon: 10)
    for episode in data.episodes {
      for row in episode.steps {
        #expect(goals[row] == min(row + 10, episode.steps.upperBound - 1))
      }
    }
  }

  @Test func `steps that no one drove are left out`() throws {
    var one = Demonstrations()
    one.held = [3, 4, 20]
    let data = try load(one)
    #expect(data.count == 6 * 21)
  }

  @Test func `what a policy did is no demonstration, and what it did is known in hindsight`() throws
  {
    var one = Demonstrations()
    one.policy = Set(0..<14)
    one.unnamed = Set(0..<14)
    let data = try load(one)
    #expect(data.count == 6 * 24)
    let shown = Set(data.demonstratedSteps(heldOut: false) + data.demonstratedSteps(heldOut: true))
    for (number, episode) in data.episodes.enumerated() {
      for (step, row) in episode.steps.enumerated() {
        #expect(shown.contains(row) == (step >= 14))
        #expect(data.robot.subtasks[data.subtasks[row]] == one.subtask(number, step).name)
      }
    }
    one.policy = Set(0..<24)
    let all = try load(one)
    #expect(all.demonstratedSteps(heldOut: false).count == 5 * 24, "better than nothing")
  }

  @Test func `of what a policy did only the goals of demonstrated steps are shown`() throws {
    var one = Demonstrations()
    one.policy = Set(0..<6).union(12..<24)
    let data = try load(one)
    let shown = data.shownSteps(horizon: 4)
    for episode in data.episodes {
      for (step, row) in episode.steps.enumerated() {
        #expect(shown[row] == (step >= 6 && step <= 15), "\(step)")
      }
    }
    // Means are of what is learnt from: each step's number, say.
    var values = [Float](repeating: 0, count: data.count)
    for episode in data.episodes {
      for (step, row) in episode.steps.enumerated() { values[row] = Float(step) }
    }
    #expect(data.statistics(of: values, width: 1).mean == [8.5])
  }

  @Test func `blocks have a place and a yaw, fixed things a place on the table`() throws {
    let data = try load(Demonstrations())
    #expect(
      data.objects.columns.map { "\($0.object).\($0.quantity)" } == [
        "red.x", "red.y", "red.z", "red.near-x", "red.near-y", "red.cos", "red.sin", "left.x",
        "left.y",
      ])
    #expect(data.objects.values.count == data.count * 9)
    // The hand is 10 cm behind the block.
    let near = Float(tanh((0.5 - 0.4) / 0.06))
    #expect(Array(data.objects.values[3...8]) == [near, 0, 1, 0, 0.5, 0.2])
  }

  @Test func `episodes of several recordings come together, those that failed do not`() throws {
    var (second, failed) = (Demonstrations(session: 2), Demonstrations(session: 3))
    (second.episodes, failed.outcome) = (2, .failure)
    let data = try load(Demonstrations(), second, failed)
    #expect(data.episodes.count == 8)
    #expect(data.source.recordings == ["0.sqlite", "1.sqlite", "2.sqlite"])
    #expect(Set(data.episodes.map(\.id)).count == 8)
  }

  @Test func `what cannot be learnt from is said`() throws {
    func message(_ body: () throws -> TrainingData) -> String {
      do {
        _ = try body()
        return "no error"
      } catch { return "\(error)" }
    }
    #expect(message { try load(Demonstrations(), task: "stack") }.contains("there are: reach"))
    #expect(message { try load(Demonstrations(outcome: .failure)) }.contains("none of the 6"))
    #expect(message { try load(Demonstrations(hasPictures: false)) }.contains("no pictures"))
    #expect(message { try load(Demonstrations(), side: 96) }.contains("16×16"))
    #expect(message { try load(Demonstrations(episodes: 1)) }.contains("at least 2"))
    let other = Demonstrations(session: 2, cameras: ["scene"])
    #expect(message { try load(Demonstrations(), other) }.contains("cameras: scene, wrist before"))
  }
}

@Suite struct RecipeTests {
  @Test func `a file changes what it names and nothing else`() throws {
    let text = #"{"horizon": 12, "encoder": {"schedule": {"batch": 16}}}"#
    let recipe = try TrainingRecipe.reading(Data(text.utf8), path: "r.json")
    var expected = TrainingRecipe()
    expected.horizon = 12
    expected.encoder.schedule.batch = 16
    #expect(recipe == expected)
    #expect(try TrainingRecipe.reading(recipe.json, path: "r.json") == recipe)
  }

  @Test(arguments: [
    ("[1]", "must be a group of keys"), ("{", "no JSON"),
    (#"{"horizom": 1}"#, "r.json:1: unknown key \"horizom\"; did you mean \"horizon\"?"),
    (#"{"risk": {"gamma": 1}}"#, "unknown key \"gamma\""),
    (#"{"horizon": "ten"}"#, "horizon is \"ten\", but must be a number"),
    (#"{"executedSteps": 13, "horizon": 12}"#, "executedSteps is 1 to horizon"),
    (#"{"members": 1}"#, "at least 2"), (#"{"bits": 12}"#, "8 or 16"),
    (#"{"patchSide": 7}"#, "not a multiple"), (#"{"encoder": {"shift": 5}}"#, "0 to 2"),
  ])
  func `a recipe that makes no sense is refused`(text: String, wording: String) throws {
    do {
      _ = try TrainingRecipe.reading(Data(text.utf8), path: "r.json")
      Issue.record("\(text) was taken")
    } catch { #expect("\(error)".contains(wording), "\(error)") }
  }
}
