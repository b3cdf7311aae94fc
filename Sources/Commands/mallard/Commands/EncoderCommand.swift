import ArgumentParser
import CommandLineKit
import Encoders
import Foundation
import ImageCodecs
import RecordingStore
import RobotData
import TensorFiles
import Tensors
import VisionTransformer

struct EncoderCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "encoder",
    abstract: "The policy's eye: how close its integers come to float on real camera pictures.",
    discussion: """
      Rounds an encoder to 8 and 16 bit with ranges from some of a recording's pictures, and compares \
      embeddings on others:

        mallard encoder accuracy --recording Recordings/today.sqlite --model robot-small
        mallard encoder accuracy --weights deit_tiny.safetensors --model deit-tiny

      Weights are a safetensors file with timm's names; without one they are untrained.
      """,
    subcommands: [Accuracy.self], defaultSubcommand: Accuracy.self)

  struct Accuracy: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Cosine similarity of integer and float embeddings, and the range of logits.")

    @Option(help: "The encoder: deit-tiny, deit-small, deit-base, robot-small or robot-large.")
    var model = "robot-small"

    @Option(help: "A safetensors file of its weights. [default: untrained, seed 1]")
    var weights: String?

    @Option(help: "The recording. [default: the one in Recordings/ that was written last]")
    var recording: String?

    @Option(help: "Pictures to scale by; as many others are compared.")
    var pictures = 8

    @Flag(help: "Print JSON.")
    var json = false

    struct Row: Encodable {
      var attention: String
      var precision: String
      var lowestCosine: Double
      var meanCosine: Double
      var logitsOutsideShare: Double
      var largestLogit: Float
    }

    func validate() throws {
      guard (1...1000).contains(pictures) else {
        throw ValidationError("--pictures is 1 to 1000")
      }
    }

    func run() throws {
      let shape = try VisionTransformerConfiguration.preset(model)
      let base =
        try weights.map {
          try VisionTransformerWeights(
            tensors: Safetensors.read(URL(filePath: $0)), configuration: shape)
        } ?? VisionTransformerWeights.untrained(shape, seed: 1)
      let images = try load(side: shape.imageSide)
      guard images.count >= 2 else {
        throw ValidationError("--recording holds fewer than two pictures; name another one")
      }
      var rows: [Row] = []
      for attention in AttentionKind.allCases {
        rows += try compare(base, attention, images)
      }
      if json { return try Terminal.result(json: rows) }
      Terminal.result(
        "\(model), \(weights ?? "untrained weights"), \(images.count) pictures: "
          + "half to scale by, half to compare\n")
      Terminal.result(table(rows))
    }

    private func table(_ rows: [Row]) -> TextBlock {
      PlainText.table(
        [["attention", "precision", "cosine, lowest", "mean", "logits outside [−1, 1)", "largest"]]
          + rows.map {
            [
              $0.attention, $0.precision, String(format: "%.6f", $0.lowestCosine),
              String(format: "%.6f", $0.meanCosine),
              String(format: "%.2f %%", 100 * $0.logitsOutsideShare),
              String(format: "%.2f", $0.largestLogit),
            ]
          })
    }

    private func load(side: Int) throws -> [[UInt8]] {
      guard let path = recording ?? Places.latestRecording() else {
        throw RecordingError.notFound(path: "Recordings/; name one with --recording")
      }
      let codec = try CameraFrameCodec()
      return try RecordingReader(path: path).pictures(spread: 2 * pictures).map { picture in
        let (size, rgb) = try codec.decode(picture.frame)
        return Self.resampled(rgb, size, side: side)
      }
    }

    /// The nearest pixel of each place; cameras and encoders mostly have the same size.
    static func resampled(_ rgb: [UInt8], _ size: ImageSize, side: Int) -> [UInt8] {
      guard size.width != side || size.height != side else { return rgb }
      var bytes: [UInt8] = []
      bytes.reserveCapacity(3 * side * side)
      for y in 0..<side {
        for x in 0..<side {
          let at = (y * size.height / side * size.width + x * size.width / side) * 3
          bytes += rgb[at..<at + 3]
        }
      }
      return bytes
    }

    private func compare(
      _ base: VisionTransformerWeights, _ attention: AttentionKind, _ images: [[UInt8]]
    ) throws -> [Row] {
      var weights = base
      weights.configuration.attention = attention
      var ranges = EncoderRanges(weights.configuration)
      let reference = ReferenceEncoder(weights)
      let seen = images.enumerated().filter { $0.offset % 2 == 0 }.map(\.element)
      let others = images.enumerated().filter { $0.offset % 2 == 1 }.map(\.element)
      for (index, image) in seen.enumerated() {
        Terminal.progress("\(attention.rawValue): picture \(index + 1) of \(seen.count)")
        _ = try reference.embedding(of: image, ranges: &ranges)
      }
      let float = try FloatEncoder(weights).embeddings(of: others)
      return try IntegerWidth.allCases.reversed()
        .filter { attention != .softmax || $0 == .eight }
        .map { width in
          let encoder = try IntegerEncoder(
            FixedPointEncoder(weights, ranges: ranges, width: width))
          let cosines = try zip(float, encoder.embeddings(of: others)).map {
            Self.cosine($0.0, $0.1)
          }
          return Row(
            attention: attention.rawValue, precision: width.description,
            lowestCosine: cosines.min() ?? .nan,
            meanCosine: cosines.reduce(0, +) / Double(cosines.count),
            logitsOutsideShare: ranges.logits.shareOutside, largestLogit: ranges.logits.largest)
        }
    }

    private static func cosine(_ a: [Float], _ b: [Float]) -> Double {
      func dot(_ a: [Float], _ b: [Float]) -> Double {
        zip(a, b).reduce(0) { $0 + Double($1.0) * Double($1.1) }
      }
      return dot(a, b) / (dot(a, a) * dot(b, b)).squareRoot()
    }
  }
}
