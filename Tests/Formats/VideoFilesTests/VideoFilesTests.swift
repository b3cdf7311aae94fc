// Aim: pictures come back in order, at their times, within the codec's error. Method: a moving block
// whose place tells the picture's number. The LeRobot tests decode such files with PyAV.
import Foundation
import MallardTesting
import RobotData
import Testing
import VideoFiles

private let size = ImageSize(width: 96, height: 64)

private func picture(_ number: Int) -> [UInt8] {
  var rgb = [UInt8](repeating: 60, count: size.rgbBytes)
  for row in 16..<48 {
    for column in number..<number + 20 { rgb[3 * (row * size.width + column)] = 220 }
  }
  return rgb
}

/// Root of the mean squared difference, of 255.
private func error(_ a: [UInt8], _ b: [UInt8]) -> Double {
  let sum = zip(a, b).reduce(0.0) { $0 + pow(Double($1.0) - Double($1.1), 2) }
  return (sum / Double(a.count)).squareRoot()
}

@Suite struct VideoFilesTests {
  private func write(_ path: String, rate: Double, count: Int) throws {
    let encoder = try VideoEncoder(path: path, size: size, rate: rate)
    for number in 0..<count { try encoder.add(picture(number)) }
    try encoder.finish()
    #expect(encoder.count == count)
  }

  @Test(arguments: [20, 29.97])
  func `pictures come back in order and in time`(rate: Double) throws {
    let path = DatasetPeers.temporaryFile("mp4").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try write(path, rate: rate, count: 60)
    let decoder = try VideoDecoder(path: path)
    #expect(decoder.size == size)
    var number = 0
    while let found = try decoder.next() {
      #expect(abs(found.seconds - Double(number) / rate) < 1e-3)
      #expect(error(found.rgb, picture(number)) < 12)
      number += 1
    }
    #expect(number == 60)
    for wanted in [41, 0, 59, 7] {
      try decoder.seek(to: Double(wanted) / rate, tolerance: 0.5 / rate)
      let found = try #require(try decoder.next())
      #expect(abs(found.seconds - Double(wanted) / rate) < 1e-3, "\(wanted)")
      // Nearer to its own picture than to its neighbours.
      let own = error(found.rgb, picture(wanted))
      #expect(own < error(found.rgb, picture(wanted + 2)))
    }
  }

  @Test func `the same pictures give the same bytes`() throws {
    let paths = (0..<2).map { _ in DatasetPeers.temporaryFile("mp4").path }
    defer { for path in paths { try? FileManager.default.removeItem(atPath: path) } }
    for path in paths { try write(path, rate: 10, count: 40) }
    let files = paths.map { FileManager.default.contents(atPath: $0) }
    #expect(files[0] != nil && files[0] == files[1])
  }

  @Test func `what cannot be is refused with a reason`() throws {
    let path = DatasetPeers.temporaryFile("mp4").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    #expect(throws: VideoError.self) { try VideoDecoder(path: path) }
    try Data("no video".utf8).write(to: URL(filePath: path))
    #expect(throws: VideoError.self) { try VideoDecoder(path: path) }
    #expect(throws: VideoError.self) {
      try VideoEncoder(path: "/nowhere/a.mp4", size: size, rate: 20)
    }
    let codec = VideoCodec(encoder: "none-such", name: "none", options: "")
    #expect { try VideoEncoder(path: path, size: size, rate: 20, codec: codec) } throws: {
      "\($0)".contains("none-such")
    }
    let odd = VideoCodec(encoder: "libsvtav1", name: "av1", options: "no-such-option=1")
    #expect { try VideoEncoder(path: path, size: size, rate: 20, codec: odd) } throws: {
      "\($0)".contains("no-such-option")
    }
    let encoder = try VideoEncoder(path: path, size: size, rate: 20)
    #expect(throws: VideoError.self) { try encoder.add([1, 2, 3]) }
  }
}
