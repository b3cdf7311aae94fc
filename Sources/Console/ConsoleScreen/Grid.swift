/// A colour of the 256 that terminals share (xterm's palette); what cannot show it shows the text.
package typealias PaletteColour = UInt8

/// How a cell is drawn. Colour is never the only signal: whatever a colour says, a word or a sign
/// in the cell says too.
package struct Ink: Hashable, Sendable {
  /// Of the character; nil for the terminal's own.
  package var foreground: PaletteColour?
  /// Behind the character; nil for the terminal's own.
  package var background: PaletteColour?
  /// Drawn strongly.
  package var isBold = false
  /// Foreground and background exchanged.
  package var isReversed = false

  /// An ink of these properties.
  package init(
    foreground: PaletteColour? = nil, background: PaletteColour? = nil, isBold: Bool = false,
    isReversed: Bool = false
  ) {
    self.foreground = foreground
    self.background = background
    self.isBold = isBold
    self.isReversed = isReversed
  }

  package static let plain = Ink()
  package static let strong = Ink(isBold: true)
  package static let quiet = Ink(foreground: 245)
  package static let human = Ink(foreground: 77, isBold: true)
  package static let policy = Ink(foreground: 75)
  package static let waiting = Ink(foreground: 220, isBold: true)
  package static let alarm = Ink(foreground: 203, isBold: true)
  package static let bar = Ink(isReversed: true)
  package static let banner = Ink(foreground: 16, background: 220, isBold: true)
  package static let alarmBanner = Ink(foreground: 231, background: 160, isBold: true)

  /// The same with foreground and background exchanged.
  package var reversed: Ink {
    var ink = self
    ink.isReversed.toggle()
    return ink
  }
}

/// One character's place on the screen.
package struct Cell: Hashable, Sendable {
  /// What is drawn.
  package var scalar: Unicode.Scalar
  /// How.
  package var ink: Ink

  /// A cell of these parts.
  package init(_ scalar: Unicode.Scalar, _ ink: Ink = .plain) {
    self.scalar = scalar
    self.ink = ink
  }

  package static let blank = Cell(" ")
}

/// A number of columns and rows.
package struct GridSize: Hashable, Sendable, CustomStringConvertible {
  package var columns: Int
  package var rows: Int

  /// A size of these sides; negative ones count as zero.
  package init(columns: Int, rows: Int) {
    self.columns = max(columns, 0)
    self.rows = max(rows, 0)
  }

  /// Columns × rows, as people say it.
  package var description: String { "\(columns)x\(rows)" }
}

/// A part of the screen.
package struct GridArea: Hashable, Sendable {
  package var row: Int
  package var column: Int
  package var size: GridSize

  /// The area whose upper left cell is at `row` and `column`.
  package init(row: Int, column: Int, columns: Int, rows: Int) {
    self.row = row
    self.column = column
    size = GridSize(columns: columns, rows: rows)
  }
}

/// The screen's content: a rectangle of cells. Writing outside of it does nothing.
package struct Grid: Hashable, Sendable {
  /// Its columns and rows.
  package let size: GridSize
  /// Row by row from the top, `[rows * columns]`.
  package private(set) var cells: [Cell]

  /// A blank grid.
  package init(_ size: GridSize) {
    self.size = size
    cells = Array(repeating: .blank, count: size.rows * size.columns)
  }

  /// The cell at a place; blank outside.
  package subscript(row: Int, column: Int) -> Cell {
    get { contains(row, column) ? cells[row * size.columns + column] : .blank }
    set { if contains(row, column) { cells[row * size.columns + column] = newValue } }
  }

  private func contains(_ row: Int, _ column: Int) -> Bool {
    (0..<size.rows).contains(row) && (0..<size.columns).contains(column)
  }

  /// Writes text into one row, cut at `width` cells where that is given.
  ///
  /// - Returns: the column after the text.
  @discardableResult
  package mutating func write(
    _ text: String, row: Int, column: Int, ink: Ink = .plain, width: Int? = nil
  ) -> Int {
    let end = width.map { column + max($0, 0) } ?? Int.max
    var place = column
    for scalar in text.unicodeScalars where place < end {
      guard let shown = Self.displayed(scalar) else { continue }
      self[row, place] = Cell(shown, ink)
      place += 1
    }
    return place
  }

  /// Writes text that ends before `column`.
  package mutating func write(_ text: String, row: Int, endingAt column: Int, ink: Ink = .plain) {
    write(text, row: row, column: column - Self.width(of: text), ink: ink)
  }

  /// Writes text over a whole row, in the ink to its end.
  package mutating func fill(row: Int, with text: String, ink: Ink) {
    for column in 0..<size.columns { self[row, column] = Cell(" ", ink) }
    write(text, row: row, column: 0, ink: ink)
  }

  /// Puts a block of cells, `block[row][column]`, into the grid.
  package mutating func paste(_ block: [[Cell]], row: Int, column: Int) {
    for (down, line) in block.enumerated() {
      for (across, cell) in line.enumerated() { self[row + down, column + across] = cell }
    }
  }

  /// How many cells the text takes.
  package static func width(of text: String) -> Int {
    text.unicodeScalars.count { displayed($0) != nil }
  }

  /// The rows as text, blanks at their ends left out.
  package var lines: [String] {
    (0..<size.rows).map { row in
      var line = String.UnicodeScalarView()
      for column in 0..<size.columns { line.append(self[row, column].scalar) }
      while line.last == " " { line.removeLast() }
      return String(line)
    }
  }

  /// The scalar as it takes exactly one cell: nil for what joins with its neighbour, a question
  /// mark for what would take two cells or move the cursor.
  private static func displayed(_ scalar: Unicode.Scalar) -> Unicode.Scalar? {
    switch scalar.value {
    case 0x20..<0x7F: scalar
    case 0x300..<0x370, 0x200B..<0x2010, 0xFE00..<0xFE10: nil
    case 0xA0..<0x1100, 0x2010..<0x2E80: scalar
    default: "?"
    }
  }

  /// The grid in the characters that every terminal has.
  package var inASCII: Grid {
    var grid = self
    for index in grid.cells.indices where grid.cells[index].scalar.value > 0x7E {
      grid.cells[index].scalar = Self.plain[grid.cells[index].scalar] ?? "?"
    }
    return grid
  }

  private static let plain: [Unicode.Scalar: Unicode.Scalar] = [
    "│": "|", "─": "-", "━": "=", "┼": "+", "┃": "|", "▏": "|", "·": ".", "…": "~", "→": ">",
    "←": "<",
    "↑": "^", "↓": "v", "▶": ">", "●": "O", "○": "o", "×": "x", "±": "~", "–": "-", "▁": "_",
    "▂": ".", "▃": ":", "▄": "-", "▅": "=", "▆": "+", "▇": "*", "█": "#", "ω": "w", "γ": "g",
    "°": "o", "²": "2", "■": "#", "□": ".", "‖": "=", "∿": "~", "’": "'",
  ]
}
