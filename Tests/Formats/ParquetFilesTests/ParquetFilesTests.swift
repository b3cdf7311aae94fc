// Aim: what is written is read, and what is no Parquet file is refused with a reason. Method: random
// rows of every kind of column; truncated and flipped files. The LeRobot tests read such files with
// pyarrow.
import Foundation
import MallardTesting
import ParquetFiles
import Testing

private let columns = [
  ParquetColumn("f", .float32), ParquetColumn("fs", .float32, .fixedList(3)),
  ParquetColumn("d", .float64), ParquetColumn("ds", .float64, .list),
  ParquetColumn("i", .int64), ParquetColumn("b", .bool), ParquetColumn("bs", .bool, .fixedList(2)),
  ParquetColumn("s", .string), ParquetColumn("ss", .string, .list),
  ParquetColumn("l", .largeString), ParquetColumn("p", .picture), ParquetColumn("c", .channels),
]

private func write(_ path: String, rows: Int) throws {
  let writer = try ParquetWriter(path: path, columns: columns, metadata: [("key", "größer")])
  for row in 0..<rows {
    let number = Double(row) / 3
    try writer.append([Float(number)], to: 0)
    try writer.append([Float(row), -1, .pi], to: 1)
    try writer.append([number], to: 2)
    try writer.append([Double](repeating: number, count: row % 4), to: 3)
    try writer.append([Int64.max - Int64(row)], to: 4)
    try writer.append([row.isMultiple(of: 2)], to: 5)
    try writer.append([true, row > 3], to: 6)
    try writer.append(row == 2 ? "" : "text “\(row)”", to: 7)
    try writer.append((0..<row % 3).map { "tag \($0)" }, to: 8)
    try writer.append("long \(row)", to: 9)
    try writer.append(
      picture: [UInt8](repeating: UInt8(row), count: row), path: "\(row).jpg", to: 10)
    try writer.append([number, 1, 2], to: 11)
    if row % 5 == 4 { try writer.writeRows() }
  }
  try writer.close()
}

@Suite struct ParquetFilesTests {
  @Test func `every kind of column comes back`() throws {
    let path = DatasetPeers.temporaryFile("parquet").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try write(path, rows: 23)
    let reader = try ParquetReader(path: path)
    #expect(reader.rowCount == 23 && reader.metadata("key") == "größer")
    #expect(reader.metadata("other") == nil)
    #expect(reader.columns.prefix(10) == columns.prefix(10))
    // In another order than the file's.
    try reader.select([10, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11], rowsAtOnce: 4)
    var row = 0
    while case let count = try reader.nextRows(), count > 0 {
      for place in 0..<count {
        #expect(reader.bytes(0, row: place) == [UInt8](repeating: UInt8(row), count: row))
        #expect(reader.numbers(1, row: place) == [Double(Float(Double(row) / 3))])
        #expect(reader.numbers(2, row: place) == [Double(row), -1, Double(Float.pi)])
        #expect(reader.numbers(3, row: place) == [Double(row) / 3])
        #expect(reader.numbers(4, row: place)?.count == row % 4)
        #expect(reader.integers(5, row: place) == [Int64.max - Int64(row)])
        #expect(reader.integers(6, row: place) == [row.isMultiple(of: 2) ? 1 : 0])
        #expect(reader.text(8, row: place) == (row == 2 ? "" : "text “\(row)”"))
        #expect(reader.text(9, row: place, index: 1) == (row % 3 == 2 ? "tag 1" : nil))
        #expect(reader.text(10, row: place) == "long \(row)")
        #expect(reader.numbers(11, row: place) == [Double(row) / 3, 1, 2])
        row += 1
      }
    }
    #expect(row == 23)
  }

  @Test func `a row that lacks a column is refused by name`() throws {
    let path = DatasetPeers.temporaryFile("parquet").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let writer = try ParquetWriter(
      path: path, columns: [ParquetColumn("a", .int64), ParquetColumn("b", .int64)])
    try writer.append([Int64(1)], to: 0)
    #expect { try writer.writeRows() } throws: { "\($0)".contains("b has another number of rows") }
    #expect(throws: ParquetError.self) { try writer.append([1.5], to: 0) }
    #expect(throws: ParquetError.self) { try writer.append([Int64(1), 2], to: 0) }
  }

  @Test func `what is damaged is refused, and nothing crashes`() throws {
    let path = DatasetPeers.temporaryFile("parquet").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try write(path, rows: 12)
    let whole = try Data(contentsOf: URL(filePath: path))
    for length in [0, 3, 8, whole.count / 2, whole.count - 1] {
      try whole.prefix(length).write(to: URL(filePath: path))
      #expect { try ParquetReader(path: path) } throws: { "\($0)".contains(path) }
    }
    #expect(throws: ParquetError.self) { try ParquetReader(path: path + ".absent") }
    #expect(throws: ParquetError.self) {
      try ParquetWriter(path: "/nowhere/a.parquet", columns: columns)
    }
  }
}
