internal import Datasets
internal import ParquetFiles

/// Statistics of all columns and cameras of a dataset, or of one of its episodes.
struct LeRobotStatistics: Codable {
  private var features: [RunningStatistics?]
  var pictures: [PictureStatistics]

  /// Of nothing yet.
  init(_ layout: LeRobotLayout) {
    features = layout.columns.map { feature in
      feature.type == .string ? nil : RunningStatistics(numbers: feature.count)
    }
    pictures = layout.cameraKeys.map { _ in PictureStatistics() }
  }

  mutating func add(_ value: DatasetValue, of column: Int) { features[column]?.add(value) }

  mutating func add(_ other: LeRobotStatistics) {
    for index in features.indices {
      guard let theirs = other.features[index] else { continue }
      features[index]?.add(theirs)
    }
    for index in pictures.indices { pictures[index].add(other.pictures[index]) }
  }

  /// Column by column, those without statistics left out.
  func entries(
    _ layout: LeRobotLayout
  ) -> [(name: String, type: DatasetType?, statistics: FeatureStatistics)] {
    let counted = zip(layout.columns, features).compactMap { feature, running in
      running.map { (name: feature.name, type: Optional(feature.type), statistics: $0.statistics) }
    }
    let cameras = zip(layout.cameraKeys, pictures).map { key, running in
      (name: key, type: DatasetType?.none, statistics: running.statistics)
    }
    return counted + cameras
  }

  static let names = ["min", "max", "mean", "std", "count", "q01", "q10", "q50", "q90", "q99"]

  /// The columns of an episodes file for these statistics.
  static func columns(_ layout: LeRobotLayout) -> [ParquetColumn] {
    LeRobotStatistics(layout).entries(layout).flatMap { entry in
      names.map { name in
        let column = "stats/\(entry.name)/\(name)"
        guard name != "count" else { return ParquetColumn(column, .int64, .list) }
        guard let type = entry.type else { return ParquetColumn(column, .channels) }
        guard name == "min" || name == "max" else { return ParquetColumn(column, .float64, .list) }
        switch type {
        case .int64: return ParquetColumn(column, .int64, .list)
        case .bool: return ParquetColumn(column, .bool, .list)
        default: return ParquetColumn(column, .float64, .list)
        }
      }
    }
  }

  /// Appends the values for `columns`.
  ///
  /// - Returns: The number of the column after the last.
  func append(
    to writer: ParquetWriter, from first: Int, _ layout: LeRobotLayout
  ) throws -> Int {
    var column = first
    for entry in entries(layout) {
      let statistics = entry.statistics
      for numbers in [statistics.min, statistics.max] {
        switch entry.type {
        case .int64: try writer.append(numbers.map { Int64(Self.whole($0)) }, to: column)
        case .bool: try writer.append(numbers.map { $0 > 0 }, to: column)
        default: try writer.append(numbers, to: column)
        }
        column += 1
      }
      try writer.append(statistics.mean, to: column)
      try writer.append(statistics.std, to: column + 1)
      try writer.append([Int64(statistics.count)], to: column + 2)
      for part in statistics.quantiles.indices {
        try writer.append(statistics.quantiles[part], to: column + 3 + part)
      }
      column += 3 + statistics.quantiles.count
    }
    return column
  }

  /// A statistic of integers as an integer; those beyond 2^53 were rounded when they were taken.
  private static func whole(_ number: Double) -> Int {
    Int(exactly: number.rounded()) ?? (number > 0 ? .max : .min)
  }

  /// meta/stats.json
  func json(_ layout: LeRobotLayout) -> OrderedJSON {
    .object(
      entries(layout).map { entry in
        let statistics = entry.statistics
        let values = [statistics.min, statistics.max, statistics.mean, statistics.std]
        var members = zip(Self.names, values).map { name, numbers in
          (name, Self.list(numbers, entry.type, isExtreme: name == "min" || name == "max"))
        }
        members.append(("count", .list([.integer(statistics.count)])))
        for (name, numbers) in zip(Self.names.dropFirst(5), statistics.quantiles) {
          members.append((name, Self.list(numbers, entry.type, isExtreme: false)))
        }
        return (entry.name, .object(members))
      })
  }

  private static func list(
    _ numbers: [Double], _ type: DatasetType?, isExtreme: Bool
  ) -> OrderedJSON {
    .list(
      numbers.map { number in
        switch type {
        case nil: .list([.list([.number(number)])])
        case .int64 where isExtreme: .integer(whole(number))
        case .bool where isExtreme: .bool(number > 0)
        default: .number(number)
        }
      })
  }
}
