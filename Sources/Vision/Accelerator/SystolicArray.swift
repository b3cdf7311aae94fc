/// A weight-stationary systolic array at the level of its registers, cycle by cycle: slow, and what
/// the schedule's formulas are held against. Each element holds a resident weight, takes the moving
/// operand from its left and the partial sum from above, and passes both on (the down-forward
/// accumulation of ViTALiTy's elements).
public struct SystolicArray: Sendable {
  private let rows: Int
  private let columns: Int
  private var resident: [Int]
  private var moving: [Int]
  private var sums: [Int]

  /// An array of zeros.
  ///
  /// - Parameters:
  ///   - rows: Elements down.
  ///   - columns: Elements across.
  public init(rows: Int, columns: Int) {
    self.rows = max(rows, 1)
    self.columns = max(columns, 1)
    resident = [Int](repeating: 0, count: self.rows * self.columns)
    moving = resident
    sums = resident
  }

  /// Multiplies one fold: loads `right`, streams `left`, drains.
  ///
  /// - Parameters:
  ///   - left: [m, rows].
  ///   - right: [rows, columns].
  /// - Returns: [m, columns], and the cycles that it took from the first load to the last sum.
  public mutating func multiply(_ left: [[Int]], _ right: [[Int]]) -> (
    product: [[Int]], cycles: Int
  ) {
    var cycles = 0
    // Weights come in from above, a row each cycle, the lowest first.
    for step in 0..<rows {
      for row in stride(from: rows - 1, to: 0, by: -1) {
        for column in 0..<columns {
          resident[row * columns + column] = resident[(row - 1) * columns + column]
        }
      }
      for column in 0..<columns { resident[column] = right[rows - 1 - step][column] }
      cycles += 1
    }
    var product = [[Int]](repeating: [Int](repeating: 0, count: columns), count: left.count)
    var written = 0
    var step = 0
    while written < left.count * columns {
      clock(left, step)
      // The sum of row i leaves column j below in the cycle i + j + rows − 1.
      for column in 0..<columns {
        let row = step - column - (rows - 1)
        guard row >= 0, row < left.count else { continue }
        product[row][column] = sums[(rows - 1) * columns + column]
        written += 1
      }
      step += 1
      cycles += 1
    }
    return (product, cycles)
  }

  private mutating func clock(_ left: [[Int]], _ step: Int) {
    var nextMoving = moving
    var nextSums = sums
    for row in 0..<rows {
      for column in 0..<columns {
        let index = row * columns + column
        let operand: Int
        if column == 0 {
          let token = step - row
          operand = token >= 0 && token < left.count ? left[token][row] : 0
        } else {
          operand = moving[index - 1]
        }
        nextMoving[index] = operand
        let above = row == 0 ? 0 : sums[index - columns]
        nextSums[index] = above + operand * resident[index]
      }
    }
    moving = nextMoving
    sums = nextSums
  }
}
