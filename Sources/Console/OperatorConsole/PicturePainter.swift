internal import CellPictures
internal import ConsoleScreen
internal import ImageCodecs
internal import RobotData
internal import TerminalScreen

/// Shows screens with their pictures; a picture that stays is converted once.
struct PicturePainter {
  /// What a picture became.
  private enum Shown {
    case cells([[Cell]])
    case pixels(TerminalScreen.Overlay)
  }

  private let terminal: TerminalScreen
  private let pictures: [CellPictures]
  private let pixels: [PixelPictures]
  private let codec: CameraFrameCodec
  private var shown: [Screen.Picture: Shown] = [:]

  init(_ terminal: TerminalScreen, _ appearance: ConsoleAppearance) throws {
    self.terminal = terminal
    var style = appearance.pictures == .auto ? PixelPictures.known : appearance.pictures
    if !terminal.isUnicode, !style.isPixels { style = .ascii }
    // One for each picture on the screen: each keeps the memory of its picture's size.
    pictures = (0..<2).map { _ in CellPictures(style, colours: terminal.colours) }
    pixels = (0..<2).compactMap { _ in PixelPictures(style) }
    codec = try CameraFrameCodec()
  }

  /// Draws a screen.
  ///
  /// - Returns: what can be seen of it; a robot with a damaged image is not shown well enough to
  ///   drive it.
  @discardableResult
  mutating func draw(_ screen: Screen) -> Visibility {
    var shows = screen.shows
    var grid = terminal.isUnicode ? screen.grid : screen.grid.inASCII
    var next: [Screen.Picture: Shown] = [:]
    var overlays: [TerminalScreen.Overlay] = []
    for (index, picture) in screen.pictures.enumerated() {
      guard let image = shown[picture] ?? convert(picture, index) else {
        grid.write(
          "picture damaged", row: picture.area.row + 1, column: picture.area.column, ink: .alarm,
          width: picture.area.size.columns)
        shows.drivable = nil
        continue
      }
      switch image {
      case .cells(let cells):
        grid.paste(cells, row: picture.area.row, column: picture.area.column)
      case .pixels(let overlay): overlays.append(overlay)
      }
      next[picture] = image
    }
    shown = next
    return terminal.draw(grid, overlays: overlays) ? shows : .nothing
  }

  private func convert(_ picture: Screen.Picture, _ index: Int) -> Shown? {
    guard let (size, rgb) = try? codec.decode(picture.frame) else { return nil }
    guard !pixels.isEmpty else {
      return .cells(
        pictures[index % pictures.count].cells(
          rgb: rgb, width: size.width, height: size.height, in: picture.area.size))
    }
    let cell = terminal.cellPixels
    let sequence = pixels[index % pixels.count].sequence(
      rgb: rgb, width: size.width, height: size.height, in: picture.area.size,
      cell: GridSize(columns: cell.width, rows: cell.height))
    return .pixels(TerminalScreen.Overlay(area: picture.area, sequence: sequence))
  }
}
