/// How a terminal shows pictures.
package enum PictureStyle: String, Hashable, Sendable, CaseIterable {
  /// Real pictures where the terminal is known to have them, else blocks.
  case auto
  /// Half and quarter blocks: what practically every font has.
  case blocks
  /// Six dots a cell: twice as fine, where the font has them (Unicode 13).
  case sextants
  /// ASCII letters and signs.
  case ascii
  /// Real pictures, as DEC's VT340 began it: xterm (`-ti vt340`), foot, mlterm, WezTerm.
  case sixel
  /// Real pictures by kitty's protocol: kitty, Ghostty, WezTerm.
  case kitty

  /// Whether pictures are made of pixels rather than characters.
  package var isPixels: Bool { self == .sixel || self == .kitty }
}
