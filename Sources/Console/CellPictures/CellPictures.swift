internal import CChafa
package import ConsoleScreen

/// Turns pictures into cells with libchafa. Belongs to one thread, and keeps its memory between
/// pictures of one size.
package final class CellPictures {
  private let symbols: OpaquePointer
  private let mode: Int32
  private var canvas: (size: GridSize, handle: OpaquePointer)?

  /// Pictures for a terminal of this many colours: 256, 16, 8, or fewer for black and white.
  package init(_ kind: PictureStyle, colours: Int) {
    symbols = chafa_symbol_map_new()
    let tags =
      switch kind {
      case .blocks, .auto, .sixel, .kitty:
        CONSOLE_CHAFA_SPACE | CONSOLE_CHAFA_SOLID | CONSOLE_CHAFA_BLOCK | CONSOLE_CHAFA_QUAD
          | CONSOLE_CHAFA_HALF
      case .sextants: CONSOLE_CHAFA_SPACE | CONSOLE_CHAFA_SOLID | CONSOLE_CHAFA_SEXTANT
      case .ascii: CONSOLE_CHAFA_ASCII
      }
    chafa_symbol_map_add_by_tags(symbols, UInt32(tags))
    mode = Int32(
      colours >= 256
        ? CONSOLE_CHAFA_INDEXED_240
        : colours >= 16
          ? CONSOLE_CHAFA_INDEXED_16
          : colours >= 8 ? CONSOLE_CHAFA_INDEXED_8 : CONSOLE_CHAFA_FGBG)
  }

  deinit {
    if let canvas { chafa_canvas_unref(canvas.handle) }
    chafa_symbol_map_unref(symbols)
  }

  /// Turns a picture into rows of cells.
  ///
  /// - Parameters:
  ///   - rgb: Rows from the top, three bytes a pixel, `[height, width, 3]`.
  ///   - width: Pixels in a row.
  ///   - height: Rows of pixels.
  ///   - size: How many cells to fill.
  /// - Returns: The cells, `[size.rows][size.columns]`; none where the bytes do not fit.
  package func cells(rgb: [UInt8], width: Int, height: Int, in size: GridSize) -> [[Cell]] {
    guard size.columns > 0, size.rows > 0, rgb.count == width * height * 3, width > 0 else {
      return []
    }
    let canvas = canvas(of: size)
    chafa_canvas_draw_all_pixels(
      canvas, Int32(CONSOLE_CHAFA_RGB8), rgb, Int32(width), Int32(height), Int32(width * 3))
    return (0..<size.rows).map { row in
      (0..<size.columns).map { column in
        var (foreground, background): (Int32, Int32) = (-1, -1)
        let (x, y) = (Int32(column), Int32(row))
        let scalar = Unicode.Scalar(chafa_canvas_get_char_at(canvas, x, y)) ?? " "
        chafa_canvas_get_raw_colors_at(canvas, x, y, &foreground, &background)
        return Cell(
          scalar,
          Ink(
            foreground: PaletteColour(exactly: foreground),
            background: PaletteColour(exactly: background)))
      }
    }
  }

  private func canvas(of size: GridSize) -> OpaquePointer {
    if let canvas, canvas.size == size { return canvas.handle }
    if let canvas { chafa_canvas_unref(canvas.handle) }
    let config: OpaquePointer = chafa_canvas_config_new()
    defer { chafa_canvas_config_unref(config) }
    chafa_canvas_config_set_geometry(config, Int32(size.columns), Int32(size.rows))
    chafa_canvas_config_set_canvas_mode(config, mode)
    chafa_canvas_config_set_symbol_map(config, symbols)
    // The picture moves: time is better spent on the next one than on the last detail.
    chafa_canvas_config_set_work_factor(config, 0.3)
    let handle: OpaquePointer = chafa_canvas_new(config)
    canvas = (size, handle)
    return handle
  }
}
