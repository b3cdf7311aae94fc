// Aim: every endpoint, in whatever language, keeps the same rules. Method: the dialogues of
// Tests/Dialogues, which say what a robot sends and does and when, are played by the Swift endpoint;
// PythonKitTests has them played by the Python kit.
import Foundation
import Testing

let checkout = URL(filePath: #filePath).deletingLastPathComponent()
  .appending(path: "../../..").standardizedFileURL
let dialogueFolder = checkout.appending(path: "Tests/Dialogues")
let dialogueFiles =
  ((try? FileManager.default.contentsOfDirectory(atPath: dialogueFolder.path)) ?? [])
  .filter { $0.hasSuffix(".json") }.sorted()

@Suite struct DialogueTests {
  @Test func `there are dialogues for every message of the coordinator`() throws {
    var heard: Set<String> = []
    for file in dialogueFiles {
      let dialogue = try Dialogue(Data(contentsOf: dialogueFolder.appending(path: file)))
      heard.formUnion(dialogue.lines.compactMap { $0.text("hear") })
    }
    #expect(
      heard.isSuperset(of: [
        "welcome", "refused", "start-episode", "end-episode", "command", "stop", "release",
        "acknowledge", "heartbeat-reply", "goodbye", "bytes",
      ]))
  }

  @Test(arguments: dialogueFiles)
  func `the Swift endpoint plays each dialogue as it is written`(file: String) throws {
    var stage = DialogueStage(try Dialogue(Data(contentsOf: dialogueFolder.appending(path: file))))
    let difference = try stage.play()
    #expect(difference == nil)
  }
}
