internal import CChafa
package import ConsoleScreen

/// Turns pictures into what makes a terminal show real pixels, with libchafa. Belongs to one
/// thread.
package final class PixelPictures {
  private let mode: Int32
  private let terminal: OpaquePointer
  private var canvas: (size: GridSize, cell: GridSize, handle: OpaquePointer)?

  /// Pictures by the sixel or kitty protocol; nil for styles that are made of characters.
  package init?(_ style: PictureStyle) {
    switch style {
    case .sixel: mode = Int32(CONSOLE_CHAFA_SIXELS)
    case .kitty: mode = Int32(CONSOLE_CHAFA_KITTY)
    case .auto, .blocks, .sextants, .ascii: return nil
    }
    // The person's word counts, also for a terminal of which nothing is known.
    terminal = chafa_term_db_get_fallback_info(chafa_term_db_get_default())
  }

  deinit {
    if let canvas { chafa_canvas_unref(canvas.handle) }
    chafa_term_info_unref(terminal)
  }

  /// What this process's terminal is known to show: kitty, sixel, or blocks.
  package static var known: PictureStyle {
    guard
      let terminal = chafa_term_db_detect(chafa_term_db_get_default(), console_environment())
    else { return .blocks }
    defer { chafa_term_info_unref(terminal) }
    if chafa_term_info_have_seq(terminal, Int32(CONSOLE_CHAFA_BEGIN_KITTY)) != 0 { return .kitty }
    if chafa_term_info_have_seq(terminal, Int32(CONSOLE_CHAFA_BEGIN_SIXELS)) != 0 { return .sixel }
    return .blocks
  }

  /// The sequence that shows a picture at the cursor.
  ///
  /// - Parameters:
  ///   - rgb: Rows from the top, three bytes a pixel, `[height, width, 3]`.
  ///   - width: Pixels in a row.
  ///   - height: Rows of pixels.
  ///   - size: How many cells to fill.
  ///   - cell: A cell's width and height in pixels.
  /// - Returns: The terminal's sequence; empty where the bytes do not fit.
  package func sequence(
    rgb: [UInt8], width: Int, height: Int, in size: GridSize, cell: GridSize
  ) -> [UInt8] {
    guard size.columns > 0, size.rows > 0, rgb.count == width * height * 3, width > 0 else {
      return []
    }
    let canvas = canvas(of: size, cell)
    chafa_canvas_draw_all_pixels(
      canvas, Int32(CONSOLE_CHAFA_RGB8), rgb, Int32(width), Int32(height), Int32(width * 3))
    guard let text = chafa_canvas_print(canvas, terminal) else { return [] }
    defer { g_string_free(text, 1) }
    let bytes = UnsafeRawBufferPointer(start: text.pointee.str, count: text.pointee.len)
    return Array(bytes)
  }

  private func canvas(of size: GridSize, _ cell: GridSize) -> OpaquePointer {
    if let canvas, canvas.size == size, canvas.cell == cell { return canvas.handle }
    if let canvas { chafa_canvas_unref(canvas.handle) }
    let config: OpaquePointer = chafa_canvas_config_new()
    defer { chafa_canvas_config_unref(config) }
    chafa_canvas_config_set_geometry(config, Int32(size.columns), Int32(size.rows))
    chafa_canvas_config_set_cell_geometry(config, Int32(cell.columns), Int32(cell.rows))
    chafa_canvas_config_set_canvas_mode(config, Int32(CONSOLE_CHAFA_TRUECOLOR))
    chafa_canvas_config_set_pixel_mode(config, mode)
    chafa_canvas_config_set_work_factor(config, 0.3)
    let handle: OpaquePointer = chafa_canvas_new(config)
    canvas = (size, cell, handle)
    return handle
  }
}
