internal import ParquetFiles

/// The steps of a dataset in its data files, some at a time.
final class LeRobotRows {
  private let columns: [String]
  private var reader: ParquetReader?
  private var places: [String: Int] = [:]
  private var (count, row) = (0, 0)
  private var isAtStart = true

  /// Of these columns, and those by which episodes are told apart.
  init(columns: [String]) { self.columns = columns + ["episode_index", "frame_index"] }

  /// Gives each step of an episode, in order.
  ///
  /// - Throws: `ParquetError`, `ImportError`, and what `take` throws.
  func read(
    _ episode: LeRobotEpisode, _ take: (_ step: Int, LeRobotRow) throws -> Void
  ) throws {
    if reader?.path != episode.data { try open(episode.data) }
    // Episodes lie in order: what was passed over is looked for only when it is not ahead.
    var found = try readAhead(episode, take)
    if found == 0, !isAtStart {
      try open(episode.data)
      found = try readAhead(episode, take)
    }
    guard found == episode.length else {
      throw ImportError.unfit(
        path: episode.data, object: "episode \(episode.index)",
        reason: "it has \(found) steps there, and \(episode.length) in meta/episodes")
    }
  }

  private func readAhead(
    _ episode: LeRobotEpisode, _ take: (Int, LeRobotRow) throws -> Void
  ) throws -> Int {
    guard let reader else { return 0 }
    var found = 0
    while found < episode.length {
      if row == count {
        count = try reader.nextRows()
        row = 0
        if count == 0 { return found }
      }
      let current = LeRobotRow(reader: reader, places: places, row: row)
      if try current.integer("episode_index") == Int64(episode.index) {
        try take(found, current)
        found += 1
      } else if found > 0 {
        return found
      }
      row += 1
      isAtStart = false
    }
    return found
  }

  private func open(_ path: String) throws {
    let reader = try ParquetReader(path: path)
    let chosen = reader.columns.indices.filter { columns.contains(reader.columns[$0].name) }
    try reader.select(chosen, rowsAtOnce: 64)
    places = Dictionary(
      chosen.enumerated().map { (reader.columns[$0.element].name, $0.offset) },
      uniquingKeysWith: { first, _ in first })
    self.reader = reader
    (count, row, isAtStart) = (0, 0, true)
  }
}

/// One step in a data file.
struct LeRobotRow {
  fileprivate let reader: ParquetReader
  fileprivate let places: [String: Int]
  fileprivate let row: Int

  /// The numbers of a column, all finite.
  func numbers(_ name: String, count: Int? = nil) throws -> [Double] {
    guard let place = places[name], let numbers = reader.numbers(place, row: row),
      count == nil || numbers.count == count, numbers.allSatisfy(\.isFinite)
    else { throw unfit(name, count.map { "\($0) finite numbers" } ?? "finite numbers") }
    return numbers
  }

  func integer(_ name: String) throws -> Int64 {
    guard let place = places[name], let number = reader.integers(place, row: row)?.first else {
      throw unfit(name, "an integer")
    }
    return number
  }

  func flags(_ name: String) throws -> [Bool] {
    guard let place = places[name], let numbers = reader.integers(place, row: row) else {
      throw unfit(name, "true or false")
    }
    return numbers.map { $0 != 0 }
  }

  func text(_ name: String) throws -> String {
    guard let place = places[name], let text = reader.text(place, row: row) else {
      throw unfit(name, "a text")
    }
    return text
  }

  func picture(_ name: String) throws -> [UInt8] {
    guard let place = places[name], let bytes = reader.bytes(place, row: row) else {
      throw unfit(name, "a picture's bytes")
    }
    return bytes
  }

  func has(_ name: String) -> Bool { places[name] != nil }

  func unfit(_ name: String, _ expected: String) -> ImportError {
    let episode = (try? integer("episode_index")) ?? -1
    let step = (try? integer("frame_index")) ?? -1
    return .unfit(
      path: reader.path, object: "\(name) of episode \(episode) step \(step)",
      reason: "\(expected) were expected")
  }
}
