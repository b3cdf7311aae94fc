import CommandLineKit
import Encoders
import Foundation
import TensorKernels
import TensorFiles
import Tensors
import VisionTransformer

/// One encoder against its peers, turn by turn.
final class EncoderBench {
  struct Result: Encodable {
    var model: String
    var attention: String
    var batch: Int
    /// float32 or int8.
    var precision: String
    var contestant: String
    /// ms for a batch, the median of the rounds.
    var milliseconds: Double
    /// Ours against the faster peer of the same precision; above 1 is faster. Nil for peers.
    var ratio: Double?
    /// Billions of operations a second.
    var gigaoperations: Double
    /// Share of the peak of the precision; of ours only.
    var shareOfPeak: Double?
  }

  /// Timed runs of one turn, after one that is not timed.
  static let runs = 5

  private let model: String
  private let configuration: VisionTransformerConfiguration
  private let float: FloatEncoder
  private let integer: IntegerEncoder
  private let sixteen: IntegerEncoder?
  private let image: [UInt8]
  private let threads: Int
  private let peers: PeerProcess?

  init(
    model: String, configuration: VisionTransformerConfiguration, threads: Int, peers: String?
  ) throws {
    self.model = model
    self.configuration = configuration
    self.threads = threads
    let weights = try VisionTransformerWeights.untrained(configuration, seed: 1)
    image = (0..<configuration.imageBytes).map {
      UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 7)
    }
    var ranges = EncoderRanges(configuration)
    _ = try ReferenceEncoder(weights).embedding(of: image, ranges: &ranges)
    let execution = Execution(threads: threads)
    float = try FloatEncoder(weights, execution: execution)
    integer = try IntegerEncoder(
      FixedPointEncoder(weights, ranges: ranges, width: .eight), execution: execution)
    sixteen =
      configuration.attention == .softmax
      ? nil
      : try IntegerEncoder(
        FixedPointEncoder(weights, ranges: ranges, width: .sixteen), execution: execution)
    if let peers {
      self.peers = try PeerProcess(python: peers, weights: weights, threads: threads)
    } else {
      self.peers = nil
    }
  }

  func run(batch: Int, rounds: Int) throws -> [Result] {
    let images = [[UInt8]](repeating: image, count: batch)
    var ours: [(String, String, () throws -> Void)] = [
      ("float32", "mallard", { _ = try self.float.embeddings(of: images) }),
      ("int8", "mallard", { _ = try self.integer.integerEmbeddings(of: images) }),
    ]
    if let sixteen {
      ours.append(("int16", "mallard", { _ = try sixteen.integerEmbeddings(of: images) }))
    }
    var times: [String: [Double]] = [:]
    for (_, _, body) in ours { try body() }
    let peerNames = try peers?.prepare(batch: batch) ?? []
    for _ in 0..<max(1, rounds) {
      for (precision, name, body) in ours {
        // The contestant before may spin for a while after its turn, waiting for more work.
        Thread.sleep(forTimeInterval: 0.25)
        try body()
        for _ in 0..<Self.runs {
          let start = ProcessUse.nanoseconds
          try body()
          times["\(precision) \(name)", default: []].append(
            Double(ProcessUse.nanoseconds - start) / 1e6)
        }
      }
      for name in peerNames { times[name, default: []] += try peers?.times(name) ?? [] }
    }
    let peaks = Peak.measure(threads: threads)
    let operations = 2 * Double(configuration.multiplications * batch)
    return times.keys.sorted().map { key in
      let parts = key.split(separator: " ", maxSplits: 1).map(String.init)
      let median = times[key]?.median ?? .nan
      let rivals = times.filter { $0.key.hasPrefix(parts[0]) && !$0.key.hasSuffix("mallard") }
      let fastest = rivals.map { $0.value.median }.min()
      let rate = operations / median / 1e6
      let isOurs = parts[1] == "mallard"
      return Result(
        model: model, attention: configuration.attention.rawValue, batch: batch,
        precision: parts[0], contestant: parts[1], milliseconds: median,
        ratio: isOurs ? fastest.map { $0 / median } : nil, gigaoperations: rate,
        shareOfPeak: isOurs ? peaks[parts[0]].map { rate / $0 } : nil)
    }
  }

  static func table(_ results: [Result]) -> TextBlock {
    PlainText.table(
      [
        [
          "encoder", "attention", "batch", "precision", "contestant", "ms", "images/s", "GOP/s",
          "of peak", "faster than the best peer",
        ]
      ]
        + results.map { result in
          [
            result.model, result.attention, "\(result.batch)", result.precision,
            result.contestant, String(format: "%.2f", result.milliseconds),
            String(format: "%.1f", Double(result.batch) / result.milliseconds * 1e3),
            String(format: "%.0f", result.gigaoperations),
            result.shareOfPeak.map { String(format: "%.0f %%", 100 * $0) } ?? "",
            result.ratio.map { String(format: "%.2fx", $0) } ?? "",
          ]
        })
  }
}

/// ONNX Runtime and OpenVINO in a process of their own: a line in, a line out.
final class PeerProcess {
  private let process = Process()
  private let input = Pipe()
  private let output = Pipe()
  private let folder: URL

  init(python: String, weights: VisionTransformerWeights, threads: Int) throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "mallard-bench-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let file = folder.appending(path: "weights.safetensors")
    try Safetensors.write(weights.tensors, to: file)
    let shape = weights.configuration
    process.executableURL = URL(filePath: python)
    process.arguments =
      [Places.peerScript, file.path]
      + [shape.imageSide, shape.patchSide, shape.dimension, shape.depth, shape.heads].map {
        String($0)
      } + [shape.attention == .softmax ? "softmax" : "taylor", "\(threads)"]
    process.standardInput = input
    process.standardOutput = output
    try process.run()
  }

  deinit {
    try? input.fileHandleForWriting.close()
    process.waitUntilExit()
    try? FileManager.default.removeItem(at: folder)
  }

  private func ask(_ question: String) throws -> String {
    try input.fileHandleForWriting.write(contentsOf: Data((question + "\n").utf8))
    var line = Data()
    while let byte = try output.fileHandleForReading.read(upToCount: 1), let first = byte.first {
      if first == 10 { return String(decoding: line, as: UTF8.self) }
      line.append(first)
    }
    throw Ended()
  }

  struct Ended: Error, CustomStringConvertible {
    var description: String { "the peers' Python ended; what it said is above" }
  }

  /// Builds the peers' models for a batch; answers their names, `precision name`.
  func prepare(batch: Int) throws -> [String] {
    try ask("prepare \(batch)").split(separator: ";").map(String.init)
  }

  /// ms of each run of one turn.
  func times(_ name: String) throws -> [Double] {
    try ask("run \(EncoderBench.runs) \(name)").split(separator: " ").compactMap { Double($0) }
  }
}

/// What this machine can do at most, measured: a product whose operands stay in the first cache.
enum Peak {
  static func measure(threads: Int) -> [String: Double] {
    KernelPeak.measure(threads: threads)
  }
}
