internal import CArrow

/// Reads a Parquet file, some rows at a time. Belongs to one thread.
public final class ParquetReader {
  /// The file.
  public let path: String
  /// Its columns, in order.
  public let columns: [ParquetColumn]
  /// How many rows it has.
  public let rowCount: Int
  private let reader: OpaquePointer

  /// Opens the file.
  ///
  /// - Throws: `ParquetError.notReadable`.
  public init(path: String) throws(ParquetError) {
    guard let reader = carrow_open(path) else {
      throw .notReadable(path: path, reason: ParquetError.reason)
    }
    self.path = path
    self.reader = reader
    rowCount = Int(carrow_row_count(reader))
    columns = (0..<carrow_column_count(reader)).map {
      ParquetColumn(carrow_column_at(reader, $0))
    }
  }

  deinit { carrow_reader_free(reader) }

  /// The value of one of the file's own keys; nil where it has none of this name.
  public func metadata(_ key: String) -> String? {
    carrow_metadata(reader, key).map { String(cString: $0) }
  }

  /// Chooses what is read; to be called before `nextRows()`.
  ///
  /// - Parameters:
  ///   - chosen: Numbers of columns; values are asked for by their place in this list.
  ///   - rows: How many rows are held at once, at most.
  /// - Throws: `ParquetError.notReadable`.
  public func select(_ chosen: [Int], rowsAtOnce rows: Int) throws(ParquetError) {
    guard carrow_select(reader, chosen.map(Int32.init), Int32(chosen.count), Int64(rows)) else {
      throw .notReadable(path: path, reason: ParquetError.reason)
    }
  }

  /// Reads the next rows.
  ///
  /// - Returns: How many; 0 at the end.
  /// - Throws: `ParquetError.notReadable` where the file is damaged.
  public func nextRows() throws(ParquetError) -> Int {
    let count = carrow_next_rows(reader)
    guard count >= 0 else { throw .notReadable(path: path, reason: ParquetError.reason) }
    return Int(count)
  }

  /// The numbers of a row, nested lists taken flat; nil where there are none.
  public func numbers(_ column: Int, row: Int) -> [Double]? {
    let count = carrow_numbers(reader, Int32(column), Int64(row), nil, 0)
    guard count >= 0 else { return nil }
    return [Double](unsafeUninitializedCapacity: Int(count)) { buffer, written in
      _ = carrow_numbers(reader, Int32(column), Int64(row), buffer.baseAddress, count)
      written = Int(count)
    }
  }

  /// The integers of a row, to the last digit; nil where there are none.
  public func integers(_ column: Int, row: Int) -> [Int64]? {
    let count = carrow_integers(reader, Int32(column), Int64(row), nil, 0)
    guard count >= 0 else { return nil }
    return [Int64](unsafeUninitializedCapacity: Int(count)) { buffer, written in
      _ = carrow_integers(reader, Int32(column), Int64(row), buffer.baseAddress, count)
      written = Int(count)
    }
  }

  /// The bytes of a text or a picture; nil where there is none.
  ///
  /// - Parameters:
  ///   - column: The column's place among the chosen ones.
  ///   - row: The row among those that were read last.
  ///   - index: The place in a list of texts.
  /// - Returns: A copy.
  public func bytes(_ column: Int, row: Int, index: Int = 0) -> [UInt8]? {
    var count: Int64 = 0
    guard let bytes = carrow_bytes(reader, Int32(column), Int64(row), Int64(index), &count) else {
      return nil
    }
    return Array(UnsafeBufferPointer(start: bytes, count: Int(count)))
  }

  /// A text; nil where there is none.
  public func text(_ column: Int, row: Int, index: Int = 0) -> String? {
    bytes(column, row: row, index: index).map { String(decoding: $0, as: UTF8.self) }
  }
}
