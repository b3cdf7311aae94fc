/// What pictures may be made of.
package enum PictureSymbols: String, Hashable, Sendable, CaseIterable {
  /// Half and quarter blocks: what practically every font has.
  case blocks
  /// Six dots a cell: twice as fine, where the font has them (Unicode 13).
  case sextants
  /// ASCII letters and signs.
  case ascii
}
