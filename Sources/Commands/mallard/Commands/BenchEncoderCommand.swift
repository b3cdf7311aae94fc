import ArgumentParser
import CommandLineKit
import Encoders
import Foundation
import TensorKernels
import TensorFiles
import Tensors
import VisionTransformer

struct BenchEncoderCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "encoder",
    abstract: "Images a second of the encoders, beside ONNX Runtime and OpenVINO.",
    discussion: """
      Peers run the same weights on the same number of threads, turn by turn with ours, in the \
      Python that `make bench-peers` sets up. The share of the peak is of what a plain loop of \
      multiply-adds reaches in the same run.
      """)

  @Option(help: "Encoders to measure.")
  var models = "deit-tiny,robot-large"

  @Option(help: "Batch sizes.")
  var batches = "1,8,32"

  @Option(help: "Threads of each contestant.")
  var threads = 2

  @Option(
    help: "Rounds; each contestant has a turn of five runs in each, and the median of all counts.")
  var rounds = 9

  @Flag(help: "Leave the peers out.")
  var withoutPeers = false

  @Flag(help: "Measure attention alone from 196 to 12544 tokens instead.")
  var tokens = false

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    if tokens { return try attention() }
    var results: [EncoderBench.Result] = []
    for model in models.split(separator: ",").map(String.init) {
      let configuration = try VisionTransformerConfiguration.preset(model)
      for attention in [AttentionKind.softmax, .taylor] {
        let bench = try EncoderBench(
          model: model, configuration: configuration.attending(attention), threads: threads,
          peers: withoutPeers ? nil : try Peers.python())
        for batch in batches.split(separator: ",").compactMap({ Int($0) }) {
          Terminal.progress("\(model), \(attention.rawValue), batch \(batch)")
          results += try bench.run(batch: batch, rounds: rounds)
        }
      }
    }
    if json { return try Terminal.result(json: results) }
    Terminal.result(
      "\(InstructionSet.best), \(threads) threads, medians of \(rounds) rounds of \(EncoderBench.runs) runs, turn by turn\n"
    )
    Terminal.result(EncoderBench.table(results))
  }

  private func attention() throws {
    let rows = try TokenBench.run(threads: threads)
    if json { return try Terminal.result(json: rows) }
    Terminal.result(TokenBench.table(rows))
  }

  enum Peers {
    static func python() throws -> String {
      let path = Places.peers + "/bin/python"
      guard FileManager.default.isExecutableFile(atPath: path) else { throw Missing(path: path) }
      return path
    }

    struct Missing: Error, CustomStringConvertible {
      var path: String
      var description: String {
        "the peers are not installed (\(path)): run `make bench-peers`, or give --without-peers"
      }
    }
  }
}
