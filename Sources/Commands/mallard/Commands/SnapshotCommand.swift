import ArgumentParser
import CommandLineKit
import Foundation
import ImageCodecs
import RecordingStore
import RobotData

struct SnapshotCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "snapshot",
    abstract: "Draw a fleet's latest camera pictures from its recording into one PNG.",
    discussion: """
      One row a robot, one column a camera; the border tells who controlled the robot: green a \
      person, blue the policy, grey no one. Works while the recording is written.
      """)

  @Option(help: "The PNG file to write.", transform: OutputPath.init)
  var output = OutputPath(default: "fleet.png")

  @Option(help: "The recording. [default: the one in Recordings/ that was written last]")
  var recording: String?

  @Option(help: "How many times larger pictures are drawn.")
  var zoom = 2

  @Option(help: "Robots in a row.")
  var columns = 4

  func validate() throws {
    guard (1...8).contains(zoom), (1...16).contains(columns) else {
      throw ValidationError("--zoom is 1 to 8, --columns 1 to 16")
    }
  }

  func run() throws {
    guard let path = recording ?? Places.latestRecording() else {
      throw RecordingError.notFound(path: "Recordings/; name one with --recording")
    }
    let pictures = try RecordingReader(path: path).latestPictures()
    guard !pictures.isEmpty else {
      Terminal.say("the recording \(path) holds no pictures yet")
      throw ExitCode.failure
    }
    var mosaic = Mosaic(pictures, zoom: zoom, columns: columns)
    try mosaic.draw()
    let bytes = try PNGCodec.encode(rgb: mosaic.pixels, size: mosaic.size)
    try output.write(Data(bytes), besides: [path])
    Terminal.say("\(output): \(mosaic.size) pixels, \(Set(pictures.map(\.robot)).count) robots")
  }
}

/// Pictures side by side.
struct Mosaic {
  static let border = 6
  static let gap = 4

  private let robots: [(author: String, frames: [CameraFrame])]
  private let zoom: Int
  private let columns: Int
  private let cell: ImageSize
  let size: ImageSize
  private(set) var pixels: [UInt8]

  init(_ pictures: [LatestPicture], zoom: Int, columns: Int) {
    let byRobot = Dictionary(grouping: pictures, by: \.robot).sorted { $0.key < $1.key }
    robots = byRobot.map { ($0.value[0].author, $0.value.map(\.frame)) }
    self.zoom = zoom
    self.columns = min(columns, robots.count)
    let width = pictures.map(\.frame.size.width).max() ?? 1
    let height = robots.map { $0.frames.reduce(0) { $0 + $1.size.height } }.max() ?? 1
    cell = ImageSize(
      width: width * zoom + 2 * Self.border, height: height * zoom + 2 * Self.border)
    let rows = (robots.count + self.columns - 1) / self.columns
    size = ImageSize(
      width: self.columns * (cell.width + Self.gap) - Self.gap,
      height: rows * (cell.height + Self.gap) - Self.gap)
    pixels = [UInt8](repeating: 24, count: size.rgbBytes)
  }

  mutating func draw() throws {
    let codec = try CameraFrameCodec()
    for (index, robot) in robots.enumerated() {
      let left = index % columns * (cell.width + Self.gap)
      let top = index / columns * (cell.height + Self.gap)
      let colours: [String: [UInt8]] = ["human": [60, 190, 90], "policy": [70, 120, 230]]
      fill(left, top, cell, colours[robot.author] ?? [120, 120, 120])
      var y = top + Self.border
      for frame in robot.frames {
        let (size, rgb) = try codec.decode(frame)
        paste(rgb, size, left + Self.border, y)
        y += size.height * zoom
      }
    }
  }

  private mutating func fill(_ left: Int, _ top: Int, _ size: ImageSize, _ colour: [UInt8]) {
    for y in top..<(top + size.height) {
      for x in left..<(left + size.width) {
        let place = (y * self.size.width + x) * 3
        for channel in 0..<3 { pixels[place + channel] = colour[channel] }
      }
    }
  }

  private mutating func paste(_ rgb: [UInt8], _ size: ImageSize, _ left: Int, _ top: Int) {
    for y in 0..<(size.height * zoom) {
      for x in 0..<(size.width * zoom) {
        let source = (y / zoom * size.width + x / zoom) * 3
        let place = ((top + y) * self.size.width + left + x) * 3
        for channel in 0..<3 { pixels[place + channel] = rgb[source + channel] }
      }
    }
  }
}
