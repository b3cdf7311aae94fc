internal import CNcurses
package import ConsoleScreen
internal import Glibc

/// Why there is no screen to draw on.
package enum TerminalScreenError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Standard input or output is no terminal.
  case noTerminal
  /// Nothing is known of the terminal's kind.
  case unknownTerminal(String)
  /// The terminal cannot place its cursor.
  case noCursor(String)

  /// What is wrong, and what to do.
  package var description: String {
    switch self {
    case .noTerminal:
      "standard input and output must be a terminal; use --plain for lines of text"
    case .unknownTerminal(let name):
      "no description of the terminal \"\(name)\" (TERM) is installed; try TERM=xterm-256color, "
        + "or use --plain for lines of text"
    case .noCursor(let name):
      "the terminal \"\(name)\" (TERM) cannot place its cursor; use --plain for lines of text"
    }
  }
}

/// What a terminal says.
package enum TerminalInput: Hashable, Sendable {
  /// A key was pressed.
  case key(Key)
  /// This many characters were pasted; which ones is not recorded.
  case pasted(Int)
  /// The window has another size now.
  case resized
  /// The terminal is gone.
  case lost
}

/// A terminal that shows a grid of cells and tells of keys, through ncurses. There is one in a
/// process, and it belongs to one thread.
package final class TerminalScreen {
  private enum Codes {
    static let pasteBegins: Int32 = 0x600
    static let pasteEnds: Int32 = 0x601
  }

  /// Colours that the terminal shows; 0 for none.
  package let colours: Int
  /// Whether it shows characters beyond ASCII.
  package let isUnicode: Bool
  private let pairLimit: Int
  private var pairs: [UInt32: Int32] = [:]
  private var shown: Grid?
  private var shownOverlays: [Overlay] = []
  private var pasted: Int?

  /// Takes over the terminal; without `usesColour` none is shown, whatever the terminal can do.
  ///
  /// - Throws: `TerminalScreenError`.
  package init(usesColour: Bool = true) throws(TerminalScreenError) {
    guard isatty(0) == 1, isatty(1) == 1 else { throw .noTerminal }
    isUnicode = console_is_utf8() != 0
    let kind = getenv("TERM").map { String(cString: $0) } ?? ""
    var status: Int32 = 0
    guard setupterm(nil, 1, &status) == OK else { throw .unknownTerminal(kind) }
    // terminfo's name of the cursor's address; -1 stands for a capability of another kind.
    let cursor = "cup".withCString { UInt(bitPattern: tigetstr($0)) }
    guard cursor != 0, cursor != .max else { throw .noCursor(kind) }
    guard let window = initscr() else { throw .unknownTerminal(kind) }
    raw()
    noecho()
    nonl()
    keypad(window, true)
    nodelay(window, true)
    set_escdelay(25)
    curs_set(0)
    if usesColour, has_colors() {
      start_color()
      use_default_colors()
      colours = Int(console_colours())
      pairLimit = Int(console_pairs())
    } else {
      colours = 0
      pairLimit = 0
    }
    // Terminals that know it put pasted text between these two; others ignore the request.
    define_key("\u{1B}[200~", Codes.pasteBegins)
    define_key("\u{1B}[201~", Codes.pasteEnds)
    send("\u{1B}[?2004h")
  }

  /// Gives the terminal back as it was.
  package func close() {
    send("\u{1B}[?2004l")
    endwin()
  }

  /// Its size now.
  package var size: GridSize {
    GridSize(columns: Int(console_columns()), rows: Int(console_rows()))
  }

  /// Rings the bell, or flashes where there is none.
  package func ring() { beep() }

  private func send(_ sequence: String) {
    fflush(nil)
    _ = sequence.utf8CString.withUnsafeBytes { write(1, $0.baseAddress, $0.count - 1) }
  }

  // MARK: - Keys

  /// What has come since the last call; never waits. `isReady` says that the descriptor was
  /// readable: nothing to read then means that no one is there any more.
  package func inputs(isReady: Bool) -> [TerminalInput] {
    var inputs: [TerminalInput] = []
    while true {
      var code: wint_t = 0
      let status = console_read(&code)
      if console_is_code(status) != 0 {
        if let input = input(ofCode: Int32(bitPattern: code)) { inputs.append(input) }
      } else if console_is_character(status) != 0 {
        if pasted != nil {
          pasted = (pasted ?? 0) + 1
        } else if let key = Self.key(of: code) {
          inputs.append(.key(key))
        }
      } else {
        break
      }
    }
    if isReady, inputs.isEmpty, isGone { inputs.append(.lost) }
    return inputs
  }

  private var isGone: Bool {
    var poller = pollfd(fd: 0, events: Int16(POLLIN), revents: 0)
    guard poll(&poller, 1, 0) > 0 else { return false }
    if poller.revents & Int16(POLLHUP | POLLERR | POLLNVAL) != 0 { return true }
    var waiting: Int32 = 0
    return ioctl(0, UInt(FIONREAD), &waiting) == 0 && waiting == 0
  }

  private func input(ofCode code: Int32) -> TerminalInput? {
    switch code {
    case Codes.pasteBegins:
      pasted = 0
      return nil
    case Codes.pasteEnds:
      defer { pasted = nil }
      return pasted.map { .pasted($0) }
    case KEY_RESIZE:
      shown = nil
      shownOverlays = []
      return .resized
    default: return pasted == nil ? Self.key(ofCode: code).map { .key($0) } : nil
    }
  }

  private static func key(ofCode code: Int32) -> Key? {
    switch code {
    case KEY_UP: .up
    case KEY_DOWN: .down
    case KEY_LEFT: .left
    case KEY_RIGHT: .right
    case KEY_HOME: .home
    case KEY_END: .end
    case KEY_PPAGE: .pageUp
    case KEY_NPAGE: .pageDown
    case KEY_BACKSPACE: .backspace
    case KEY_DC: .delete
    case KEY_BTAB: .backTab
    case KEY_ENTER: .enter
    default: (1...12).first { console_function_key(Int32($0)) == code }.map { .function($0) }
    }
  }

  private static func key(of character: wint_t) -> Key? {
    switch character {
    case 9: .tab
    case 10, 13: .enter
    case 27: .escape
    case 8, 127: .backspace
    case 1...26: Unicode.Scalar(character + 96).map { .control($0) }
    default: Unicode.Scalar(character).map { .character($0) }
    }
  }

  // MARK: - Drawing

  /// A picture of pixels over cells: what makes the terminal show it.
  package struct Overlay: Hashable, Sendable {
    /// The cells that it covers.
    package var area: GridArea
    /// The terminal's own sequence for it.
    package var sequence: [UInt8]

    /// A picture over these cells.
    package init(area: GridArea, sequence: [UInt8]) {
      self.area = area
      self.sequence = sequence
    }
  }

  /// A cell's width and height in pixels; what is usual where the terminal does not tell.
  package var cellPixels: (width: Int, height: Int) {
    var (width, height): (Int32, Int32) = (0, 0)
    console_cell_pixels(&width, &height)
    return width > 0 && height > 0 ? (Int(width), Int(height)) : (10, 20)
  }

  /// Shows a grid and pictures over it; only what differs from the last ones is sent.
  ///
  /// - Returns: whether it was drawn; a grid of another size than the terminal's is not.
  package func draw(_ grid: Grid, overlays: [Overlay] = []) -> Bool {
    // Cells under a picture that goes are the same as before to ncurses: all is sent anew.
    if !shownOverlays.isEmpty, shownOverlays.map(\.area) != overlays.map(\.area) {
      shown = nil
      shownOverlays = []
      // Kitty's pictures are no cells; there is no terminfo entry for removing them.
      send("\u{1B}_Ga=d,q=2\u{1B}\\")
      console_forget()
    }
    guard draw(cells: grid) else { return false }
    for overlay in overlays where !shownOverlays.contains(overlay) { put(overlay) }
    shownOverlays = overlays
    return true
  }

  private func put(_ overlay: Overlay) {
    guard let place = console_goto(Int32(overlay.area.row), Int32(overlay.area.column)) else {
      return
    }
    var bytes = Array(String(cString: place).utf8) + overlay.sequence
    // Back to where ncurses believes the cursor to be.
    if let corner = console_goto(console_row(), console_column()) {
      bytes += Array(String(cString: corner).utf8)
    }
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { write(1, $0.baseAddress, $0.count) }
      guard count > 0 || errno == EINTR || errno == EAGAIN else { return }
      rest = rest.dropFirst(max(count, 0))
    }
  }

  private func draw(cells grid: Grid) -> Bool {
    let size = size
    guard grid.size == size else { return false }
    if shown?.size != size {
      clear()
      shown = nil
    }
    for row in 0..<size.rows {
      for column in 0..<size.columns {
        let cell = grid[row, column]
        guard shown == nil || shown?[row, column] != cell else { continue }
        put(cell, row: row, column: column)
      }
    }
    shown = grid
    refresh()
    return true
  }

  private func put(_ cell: Cell, row: Int, column: Int) {
    let ink = cell.ink
    // Without colour, what is marked by its background alone is shown reversed.
    let isReversed = ink.isReversed != (colours == 0 && ink.background != nil)
    _ = console_put(
      Int32(row), Int32(column), cell.scalar.value, ink.isBold ? 1 : 0, isReversed ? 1 : 0,
      pair(of: ink))
  }

  private func pair(of ink: Ink) -> Int32 {
    guard colours >= 8, ink.foreground != nil || ink.background != nil else { return 0 }
    let (front, back) = (colour(ink.foreground), colour(ink.background))
    let name = UInt32(front + 1) << 16 | UInt32(back + 1)
    if let known = pairs[name] { return known }
    // When all are used they are dealt out anew; ncurses repaints what changes by that.
    if pairs.count + 2 > pairLimit { pairs = [:] }
    let next = Int32(pairs.count + 1)
    init_extended_pair(next, front, back)
    pairs[name] = next
    return next
  }

  /// The terminal's number of a colour; -1 for its own.
  private func colour(_ colour: PaletteColour?) -> Int32 {
    guard let colour else { return -1 }
    return colours >= 256 || Int(colour) < colours ? Int32(colour) : Self.basic(colour)
  }

  /// The nearest of the eight colours that all terminals with colour have.
  private static func basic(_ colour: PaletteColour) -> Int32 {
    if colour < 16 { return Int32(colour % 8) }
    if colour >= 232 { return colour < 244 ? 0 : 7 }
    let cube = Int(colour) - 16
    let parts = [cube / 36, cube / 6 % 6, cube % 6]
    let limit = max((parts.max() ?? 0) - 1, 2)
    return (parts[0] >= limit ? 1 : 0) | (parts[1] >= limit ? 2 : 0) | (parts[2] >= limit ? 4 : 0)
  }
}
