// Aim: the device answers the bits of its integers and keeps its own time. Method: batches submitted
// close together and far apart, and encoders that do not fit the machine.
import Accelerator
import Encoders
import Foundation
import MachineFiles
import Tensors
import Testing
import VisionTransformer

@Suite struct AcceleratorDeviceTests {
  private let configuration = VisionTransformerConfiguration(
    imageSide: 32, patchSide: 8, dimension: 64, depth: 2, heads: 2)

  private func machine(_ name: String) throws -> Machine {
    let folder = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../../Policies/accelerators").standardizedFileURL
    return try MachineFile.read(folder.appending(path: name + ".yaml").path)
  }

  private func encoder(_ attention: AttentionKind, _ width: IntegerWidth) throws
    -> FixedPointEncoder
  {
    let weights = try VisionTransformerWeights.untrained(
      configuration.attending(attention), seed: 2)
    var ranges = EncoderRanges(weights.configuration)
    _ = try ReferenceEncoder(weights).embedding(
      of: testImage(configuration, seed: 0), ranges: &ranges)
    return try FixedPointEncoder(weights, ranges: ranges, width: width)
  }

  @Test func `results are the definition's, and batches queue`() async throws {
    let encoder = try encoder(.taylor, .sixteen)
    let device = try AcceleratorDevice(encoder, on: machine("vitality"))
    let images = (0..<3).map { testImage(configuration, seed: UInt64($0)) }
    let wanted = try images.map { image in
      try FixedPointReference(encoder).embedding(of: image).map {
        Float($0) * encoder.embeddingScale
      }
    }
    let first = try await device.submit(images, at: 10)
    #expect(first.embeddings == wanted)
    let frame = device.frame.seconds
    #expect(frame > 0 && first.waited == 0)
    // Three images run as two at once and one: what each run takes is executed, not multiplied.
    let two = try Estimate(
      Workload(encoder.configuration, name: "x"), on: machine("vitality"), batch: 2)
    #expect(first.cycles == two.cycles + device.frame.cycles)
    #expect(two.cycles < 2 * device.frame.cycles)
    #expect(abs(first.latency - two.seconds - frame) < 1e-12)
    #expect(abs(first.joules - two.joules - device.frame.joules) < 1e-15)
    let second = try await device.submit([images[1]], at: 10 + frame)
    #expect(abs(second.waited - two.seconds) < 1e-12)
    #expect(second.embeddings == [wanted[1]])
    let third = try await device.submit([images[2]], at: 20)
    #expect(third.waited == 0)
  }

  @Test func `an image of the wrong size leaves the queue as it was`() async throws {
    let device = try AcceleratorDevice(encoder(.taylor, .sixteen), on: machine("vitality"))
    await #expect(throws: AcceleratorDeviceError.self) {
      try await device.submit([[1, 2, 3]], at: 0)
    }
    let next = try await device.submit([testImage(configuration, seed: 1)], at: 0)
    #expect(next.waited == 0)
  }

  @Test func `an encoder that does not fit the machine is refused`() throws {
    #expect(throws: AcceleratorDeviceError.width(encoder: 8, machine: 16)) {
      try AcceleratorDevice(encoder(.taylor, .eight), on: machine("vitality"))
    }
    #expect(
      throws: AcceleratorDeviceError.denominator(
        encoder: "taylor-collapsed", machine: "faithful")
    ) { try AcceleratorDevice(encoder(.taylorCollapsed, .sixteen), on: machine("vitality")) }
    _ = try AcceleratorDevice(encoder(.taylorCollapsed, .sixteen), on: machine("overlapped"))
  }
}
