// Aim: a part of an episode's name means one episode, or none: nothing is guessed, so that `delete` never
// takes another. Method: a recording of episodes whose identifiers begin and end alike.
import RecordingStore
import RobotData
import Testing

@Suite struct EpisodeNamesTests {
  private let folder: TemporaryFolder
  private let reader: RecordingReader
  private let names: [String]

  init() throws {
    folder = try TemporaryFolder()
    let path = folder.path + "/names.sqlite"
    let recorder = try Ledger().recorder(path)
    let episodes: [EpisodeID] = [
      (0x9000_0000_0000_0001, 1), (0x9000_0000_0000_0001, 2), (0x12AB_0000_0000_0002, 1),
      (0x7777_0000_0000_0003, 12),
    ].map { (session: UInt64, ordinal: UInt32) in
      EpisodeID(session: SessionID(session), ordinal: ordinal)
    }
    for episode in episodes {
      _ = recorder.offer(
        .episodeStarted(
          episode, "r", task: "stack", seed: nil, at: WallTime(nanosecondsSinceEpoch: 1)))
    }
    _ = recorder.close()
    names = episodes.map(\.description)
    reader = try RecordingReader(path: path)
  }

  @Test func `the whole name, its number, and four characters or more of its run are enough`()
    throws
  {
    for (text, index) in [(names[0], 0), ("2", 1), ("12ab", 2), ("7777", 3), ("12", 3)] {
      #expect(try reader.episode(text).id == names[index], "\(text)")
    }
  }

  @Test(arguments: ["", "9", "7", "77", "777", "3", "-1", "1-", " ", "%", "9000000000000001-3"])
  func `what names no episode is unknown, also where an identifier begins with it`(text: String) {
    #expect(throws: RecordingError.unknownEpisode(text)) { try reader.episode(text) }
  }

  @Test(arguments: ["1", "9000", "9000000000000001"])
  func `what may be several is refused with their names`(text: String) throws {
    let error = #expect(throws: RecordingError.self) { try reader.episode(text) }
    guard case .ambiguousEpisode(_, let all) = try #require(error) else {
      Issue.record("\(text): \(String(describing: error))")
      return
    }
    #expect(all.count == 2)
  }
}
