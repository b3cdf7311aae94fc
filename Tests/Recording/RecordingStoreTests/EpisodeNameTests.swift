// Aim: a short name of an episode means one episode, or is refused with those that it may mean; an
// empty one is always refused. Method: every part of every identifier, in recordings of chosen
// sessions and numbers.
import Foundation
import RecordingStore
import RobotData
import Testing

@Suite struct EpisodeNameTests {
  let folder: TemporaryFolder
  let path: String

  init() throws {
    folder = try TemporaryFolder()
    path = folder.path + "/test.sqlite"
    try SmallRecording().write(path)
  }

  /// The episodes of the recording get these identifiers; what is left over is removed.
  private func rename(_ identifiers: [String]) throws -> RecordingReader {
    let ids = try RecordingReader(path: path).episodes(EpisodeFilter()).map(\.id)
    try #require(identifiers.count <= ids.count)
    for (index, id) in ids.enumerated() {
      let change =
        index < identifiers.count
        ? "UPDATE episode SET id = '\(identifiers[index])' WHERE id = '\(id)'"
        : "DELETE FROM episode WHERE id = '\(id)'"
      _ = try shell(path, "PRAGMA foreign_keys = OFF; " + change)
    }
    return try RecordingReader(path: path)
  }

  private func found(_ text: String, _ reader: RecordingReader) -> String? {
    try? reader.episode(text).id
  }

  @Test(arguments: ["", " ", "\t\n", "\u{a0}"])
  func `an empty name is refused, also where there is one episode`(text: String) throws {
    let reader = try rename(["8f00000000000007-1"])
    #expect(throws: RecordingError.emptyEpisodeName) { try reader.episode(text) }
  }

  @Test func `a number is whole, and is not the beginning of a session`() throws {
    let reader = try rename(["8f00000000000007-10"])
    #expect(found("10", reader) != nil && found("8f00-10", reader) != nil)
    for text in ["1", "8", "8f", "8f0", "-10", "0", "8f00-1", "8f00-", "-", "7-10"] {
      #expect(throws: RecordingError.unknownEpisode(text)) { try reader.episode(text) }
    }
  }

  @Test func `what may be a number or a session names both and is refused`() throws {
    let all = ["1234000000000007-5", "8f00000000000007-1234"]
    let reader = try rename(all)
    #expect(throws: RecordingError.ambiguousEpisode("1234", all)) { try reader.episode("1234") }
    #expect(found("1234-5", reader) == all[0] && found("8f00", reader) == all[1])
  }

  @Test func `every part of an identifier means that episode alone, or is refused`() throws {
    let all = ["8f00000000000007-1", "8f10000000000007-10"]
    let reader = try rename(all)
    for id in all {
      let letters = Array(id)
      for start in letters.indices {
        for end in start..<letters.count {
          let text = String(letters[start...end])
          guard let meant = found(text, reader) else { continue }
          let isWhole = meant == text
          let isNumber = meant.hasSuffix("-" + text)
          let isSession = text.count >= 4 && meant.hasPrefix(text)
          #expect(isWhole || isNumber || isSession, "\(text) became \(meant)")
          #expect(all.filter { $0 != meant && $0.hasPrefix(text) }.isEmpty || isNumber, "\(text)")
        }
      }
    }
  }
}
