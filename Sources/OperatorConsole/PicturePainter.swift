internal import CellPictures
internal import ConsoleScreen
internal import ImageCodecs
internal import RobotData
internal import TerminalScreen

/// Shows screens with their pictures; a picture that stays is converted once.
struct PicturePainter {
  private let terminal: TerminalScreen
  private let pictures: [CellPictures]
  private let codec: CameraFrameCodec
  private var shown: [Screen.Picture: [[Cell]]] = [:]

  init(_ terminal: TerminalScreen, _ appearance: ConsoleAppearance) throws {
    self.terminal = terminal
    let symbols = terminal.isUnicode ? appearance.symbols : .ascii
    // One for each picture on the screen: each keeps the memory of its picture's size.
    pictures = (0..<2).map { _ in CellPictures(symbols, colours: terminal.colours) }
    codec = try CameraFrameCodec()
  }

  mutating func draw(_ screen: Screen) {
    var grid = terminal.isUnicode ? screen.grid : screen.grid.inASCII
    var next: [Screen.Picture: [[Cell]]] = [:]
    for (index, picture) in screen.pictures.enumerated() {
      guard let cells = shown[picture] ?? cells(of: picture, pictures[index % pictures.count])
      else {
        grid.write(
          "picture damaged", row: picture.area.row + 1, column: picture.area.column, ink: .alarm,
          width: picture.area.size.columns)
        continue
      }
      grid.paste(cells, row: picture.area.row, column: picture.area.column)
      next[picture] = cells
    }
    shown = next
    terminal.draw(grid)
  }

  private func cells(of picture: Screen.Picture, _ pictures: CellPictures) -> [[Cell]]? {
    guard let (size, rgb) = try? codec.decode(picture.frame) else { return nil }
    return pictures.cells(
      rgb: rgb, width: size.width, height: size.height, in: picture.area.size)
  }
}
