// Aim: the float encoder computes what LibTorch computes. Method: weights, images and embeddings that
// Fixtures/torch_oracle.py wrote with torch in float64 — stored for small encoders; made anew for
// DeiT-Tiny and a robot encoder where a Python with torch and safetensors is found.
import Encoders
import Foundation
import MallardTesting
import TensorKernels
import Tensors
import TensorFiles
import Testing
import VisionTransformer

@Suite struct LibTorchTests {
  private static let fixtures = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "Fixtures")

  @Test(
    arguments: [
      ("odd", TestShape(image: 20, patch: 4, dimension: 24, depth: 2, heads: 2)),
      ("heads", TestShape(image: 18, patch: 3, dimension: 36, depth: 1, heads: 3)),
    ])
  func `stored embeddings of torch are met`(name: String, shape: TestShape) throws {
    try compare(Self.fixtures.appending(path: name + ".safetensors"), shape, limit: 1e-5)
  }

  @Test(
    .enabled(
      if: python != nil,
      "SKIPPED: no Python with torch and safetensors; `make torch` installs them"),
    arguments: [
      TestShape(image: 224, patch: 16, dimension: 192, depth: 12, heads: 3),
      TestShape(image: 96, patch: 8, dimension: 192, depth: 6, heads: 6),
    ])
  func `embeddings of full size are met`(shape: TestShape) throws {
    let file = FileManager.default.temporaryDirectory.appending(
      path: "mallard-oracle-\(UUID()).safetensors")
    defer { try? FileManager.default.removeItem(at: file) }
    let process = SpawnedProcess(
      URL(filePath: try #require(Self.python)),
      [Self.fixtures.appending(path: "torch_oracle.py").path, file.path]
        + [shape.image, shape.patch, shape.dimension, shape.depth, shape.heads, 5].map(String.init)
    )
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    try compare(file, shape, limit: 3e-5)
  }

  private func compare(_ file: URL, _ shape: TestShape, limit: Float) throws {
    let tensors = try Safetensors.read(file)
    let pixels = try #require(tensors["pixels"]).values.map { UInt8($0) }
    let size = shape.configuration.imageBytes
    let images = stride(from: 0, to: pixels.count, by: size).map { Array(pixels[$0..<$0 + size]) }
    for attention in AttentionKind.allCases {
      let configuration = shape.configuration.attending(attention)
      let weights = try VisionTransformerWeights(tensors: tensors, configuration: configuration)
      let wanted = try #require(tensors[attention == .softmax ? "softmax" : "taylor"])
      let largest = wanted.values.map(abs).max() ?? 1
      for instructions in InstructionSet.available {
        let encoder = try FloatEncoder(
          weights, execution: Execution(threads: 2, instructions: instructions))
        let found = try encoder.embeddings(of: images).flatMap { $0 }
        let error = zip(found, wanted.values).map { abs($0 - $1) }.max() ?? .infinity
        #expect(error / largest < limit, "\(attention), \(instructions)")
      }
    }
  }

  private static let python: String? = {
    let root = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../..").standardizedFileURL
    let candidates = [root.appending(path: ".dependencies/torch/bin/python").path]
    return candidates.first { path in
      guard FileManager.default.isExecutableFile(atPath: path) else { return false }
      let process = SpawnedProcess(URL(filePath: path), ["-c", "import torch, safetensors"])
      guard (try? process.run()) != nil else { return false }
      process.waitUntilExit()
      return process.terminationStatus == 0
    }
  }()
}
