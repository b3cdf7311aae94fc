// Aim: pictures survive, and bytes that are no pictures do no harm. Method: there and back,
// damaged bytes, and a reader that we did not write where it is installed.
import Foundation
import ImageCodecs
import MallardTesting
import RobotData
import Testing

@Suite struct ImageCodecTests {
  let size = ImageSize(width: 37, height: 23)

  /// A smooth picture, as cameras give; noise would not survive JPEG.
  private func picture() -> [UInt8] {
    var rgb: [UInt8] = []
    for y in 0..<size.height {
      for x in 0..<size.width { rgb += [UInt8(x * 5), UInt8(y * 9), UInt8((x + y) * 3)] }
    }
    return rgb
  }

  @Test func `PNG keeps every pixel, JPEG nearly`() throws {
    let rgb = picture()
    let (pngSize, back) = try PNGCodec.decode(PNGCodec.encode(rgb: rgb, size: size))
    #expect(pngSize == size && back == rgb)
    let codec = try JPEGCodec()
    let jpeg = try codec.encode(rgb: rgb, size: size, quality: 95)
    let (jpegSize, near) = try codec.decode(jpeg)
    let worst = zip(near, rgb).map { abs(Int($0) - Int($1)) }.max() ?? 0
    #expect(jpegSize == size && worst < 24 && jpeg.count < rgb.count)
  }

  @Test(arguments: 0..<200)
  func `damaged pictures give errors or other pictures, never a trap`(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let codec = try JPEGCodec()
    for whole in [
      try PNGCodec.encode(rgb: picture(), size: size),
      try codec.encode(rgb: picture(), size: size, quality: 80),
    ] {
      var bytes = whole
      for _ in 0..<random.integer(1...6) {
        bytes[random.integer(0...(bytes.count - 1))] = UInt8(random.integer(0...255))
      }
      if random.chance(0.3) { bytes.removeLast(random.integer(0...bytes.count)) }
      _ = try? codec.decode(bytes)
      _ = try? PNGCodec.decode(bytes)
    }
  }

  @Test func `pixels that do not fit, and nothing at all, are refused`() throws {
    #expect(throws: ImageCodecError.self) { try PNGCodec.encode(rgb: [1, 2], size: size) }
    let codec = try JPEGCodec()
    #expect(throws: ImageCodecError.self) {
      try codec.encode(rgb: [1, 2], size: size, quality: 90)
    }
    #expect(throws: ImageCodecError.self) { try codec.decode([]) }
    #expect(throws: ImageCodecError.self) { try PNGCodec.decode([]) }
    let wide = ImageSize(width: 5_000, height: 1)
    #expect(throws: ImageCodecError.tooLarge(wide)) {
      try PNGCodec.encode(rgb: [UInt8](repeating: 0, count: wide.rgbBytes), size: wide)
    }
  }

  @Test func `a camera's frame becomes what its description says`() throws {
    let frame = try CameraFrame(
      camera: "scene", size: size, encoding: .rgb8, bytes: picture())
    let codec = try CameraFrameCodec()
    for encoding in ImageEncoding.allCases {
      let camera = CameraDescription(name: "scene", size: size, encoding: encoding, quality: 90)
      let encoded = try codec.encode(frame, as: camera)
      #expect(encoded.encoding == encoding && encoded.size == size)
      #expect(try codec.decode(encoded).rgb.count == size.rgbBytes)
    }
  }
}
