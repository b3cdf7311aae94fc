internal import Foundation
internal import HDF5Files
internal import PlainErrors
internal import RecordingStore
public import RobotData

/// Reads robomimic datasets: those that `mallard export` has written with all that they carry, and
/// others with what robomimic knows of them.
public final class RobomimicReader: DatasetReader {
  /// Which datasets it reads.
  public let format = "robomimic"
  /// The demonstrations.
  public let episodeCount: Int
  /// Steps of all of them.
  public let stepCount: Int
  /// What the first demonstration has and is not recorded.
  public let leftOut: [String]
  /// The file.
  public let path: String
  private let data: HDF5Group
  private let names: [String]
  private let counts: [Int]
  private let environment: RobomimicEnvironment
  private let session: SessionRecord
  private var open: (index: Int, demo: any RobomimicDemo)?

  /// Opens a file, or the `dataset.hdf5` of a folder.
  ///
  /// - Throws: `HDF5Error`, `ImportError`.
  public init(path: String) throws {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw ImportError.notFound(path: path)
    }
    let path = isFolder.boolValue ? path + "/dataset.hdf5" : path
    self.path = path
    let file = try HDF5File.open(path)
    data = try file.root.group("data")
    environment = try RobomimicEnvironment(data, path: path)
    names = try data.memberNames().sorted { a, b in
      (RobomimicReader.number(a), a) < (RobomimicReader.number(b), b)
    }
    guard !names.isEmpty else { throw ImportError.empty(path: path) }
    var counts: [Int] = []
    for name in names {
      let demo = try data.group(name)
      let actions = try demo.dataset("actions")
      let rows = actions.rows
      guard !actions.shape.isEmpty, rows > 0 else {
        throw ImportError.unfit(
          path: path, object: actions.name, reason: "there are no steps in it")
      }
      if let samples = try demo.attributes.integer("num_samples"), samples != rows {
        throw HDF5Error.unexpected(
          path: path, object: actions.name, expected: "\(samples) rows, as num_samples says",
          found: "of shape \(actions.shape)")
      }
      counts.append(rows)
    }
    self.counts = counts
    episodeCount = names.count
    stepCount = counts.reduce(0, +)
    // What Mallard has written brings its identifiers with it.
    var groups: [HDF5Group] = []
    for name in names { groups.append(try data.group(name)) }
    let isForeign = try groups.contains { try $0.attributes.text("facts") == nil }
    session = environment.session(
      id: SessionID(isForeign ? try HDF5Content.digest(data, names, environment.text) : 0))
    leftOut = isForeign ? try ForeignDemo.leftOut(groups[0]) : []
  }

  /// What is known of a demonstration.
  ///
  /// - Throws: `HDF5Error`, `ImportError` where something is missing, or not of the shape that it
  ///   should have.
  public func episode(_ index: Int) throws -> ImportedEpisode { try demo(index).episode }

  /// Reads the steps of a demonstration.
  ///
  /// - Throws: `HDF5Error`, `ImportError`.
  public func readSteps(
    of episode: ImportedEpisode, _ index: Int, _ take: (RecordedStep) throws -> Void
  ) throws {
    let demo = try demo(index)
    for step in 0..<counts[index] { try take(demo.step(step)) }
  }

  private func demo(_ index: Int) throws -> any RobomimicDemo {
    if let open, open.index == index { return open.demo }
    let group = try data.group(names[index])
    let demo: any RobomimicDemo =
      if let facts = try group.attributes.text("facts") {
        try RecordedDemo(group, facts: facts, rows: counts[index], path: path)
      } else {
        try ForeignDemo(
          group, ordinal: index + 1, rows: counts[index], path: path, environment, session)
      }
    open = (index, demo)
    return demo
  }

  /// The number at the end of a name: `demo_10` comes after `demo_9`.
  private static func number(_ name: String) -> Int {
    Int(name.reversed().prefix { $0.isASCII && $0.isNumber }.reversed().map(String.init).joined())
      ?? .max
  }
}

/// One demonstration of a file.
protocol RobomimicDemo {
  var episode: ImportedEpisode { get }
  func step(_ index: Int) throws -> RecordedStep
}

/// What `env_args` say.
struct RobomimicEnvironment {
  private struct Arguments: Decodable {
    struct Settings: Decodable {
      var control_freq: Double?
    }
    var env_name: String?
    var type: Int?
    var env_kwargs: Settings?
  }

  let text: String
  let name: String
  /// Whether it is robosuite's, whose grippers close at +1.
  let isRobosuite: Bool
  /// Control periods in a second, Hz; robosuite's 20 where nothing is said.
  let rate: Double

  init(_ data: HDF5Group, path: String) throws {
    text = try data.attributes.text("env_args") ?? "{}"
    let arguments: Arguments
    do {
      arguments = try JSONDecoder().decode(Arguments.self, from: Data(text.utf8))
    } catch {
      throw ImportError.unfit(
        path: path, object: "/data/@env_args",
        reason: "it is not the JSON of robomimic (\(PlainError.sentence(error)))")
    }
    name = ImportedName.fit(arguments.env_name ?? "imported")
    isRobosuite = arguments.type == 1
    let wanted = arguments.env_kwargs?.control_freq ?? 20
    rate = wanted.isFinite && wanted >= 0.001 && wanted <= 10_000 ? wanted : 20
  }

  /// The run that demonstrations of elsewhere are put into. When they were collected is not known.
  func session(id: SessionID) -> SessionRecord {
    let settings = ["imported": "robomimic", "env_args": text]
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return SessionRecord(
      id: id, startedAt: .unknown, software: "imported from robomimic", policy: nil,
      isLockstep: true,
      settings: (try? encoder.encode(settings)).map { String(decoding: $0, as: UTF8.self) } ?? "{}")
  }
}
