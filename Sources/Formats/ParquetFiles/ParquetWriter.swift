internal import CArrow

/// Writes a Parquet file, some rows at a time. Belongs to one thread.
///
/// Each row is appended column by column; `writeRows()` then writes all that was appended as one
/// row group. Only what lies between two calls of it is held in memory.
public final class ParquetWriter {
  /// The file.
  public let path: String
  private let writer: OpaquePointer

  /// Makes the file; one that is there is replaced.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - columns: Its columns, in order.
  ///   - metadata: Its own keys and values.
  /// - Throws: `ParquetError.notWritable`.
  public init(
    path: String, columns: [ParquetColumn], metadata: [(key: String, value: String)] = []
  ) throws(ParquetError) {
    let texts = CTexts(columns.map(\.name) + metadata.flatMap { [$0.key, $0.value] })
    let described = columns.indices.map { columns[$0].described(name: texts[$0]) }
    let keys = metadata.indices.map { Optional(texts[columns.count + 2 * $0]) }
    let values = metadata.indices.map { Optional(texts[columns.count + 2 * $0 + 1]) }
    guard
      let writer = carrow_create(
        path, described, Int32(described.count), keys, values, Int32(keys.count))
    else { throw .notWritable(path: path, reason: ParquetError.reason) }
    withExtendedLifetime(texts) {}
    self.path = path
    self.writer = writer
  }

  deinit { carrow_writer_free(writer) }

  /// Appends to a `float32` column.
  ///
  /// - Throws: `ParquetError.notWritable` where the column is of another kind or length.
  public func append(_ values: [Float], to column: Int) throws(ParquetError) {
    try check(carrow_append_floats(writer, Int32(column), values, Int64(values.count)))
  }

  /// Appends to a `float64` column, or to one of `channels`.
  ///
  /// - Throws: `ParquetError.notWritable` where the column is of another kind or length.
  public func append(_ values: [Double], to column: Int) throws(ParquetError) {
    try check(carrow_append_doubles(writer, Int32(column), values, Int64(values.count)))
  }

  /// Appends to an `int64` column.
  ///
  /// - Throws: `ParquetError.notWritable` where the column is of another kind or length.
  public func append(_ values: [Int64], to column: Int) throws(ParquetError) {
    try check(carrow_append_integers(writer, Int32(column), values, Int64(values.count)))
  }

  /// Appends to a `bool` column.
  ///
  /// - Throws: `ParquetError.notWritable` where the column is of another kind or length.
  public func append(_ values: [Bool], to column: Int) throws(ParquetError) {
    try check(carrow_append_booleans(writer, Int32(column), values, Int64(values.count)))
  }

  /// Appends to a column of texts.
  ///
  /// - Throws: `ParquetError.notWritable` where the column is of another kind.
  public func append(_ text: String, to column: Int) throws(ParquetError) {
    // A C string of an empty text is one byte, which is not counted.
    try check(carrow_append_text(writer, Int32(column), text, Int64(text.utf8.count)))
  }

  /// Appends to a column of lists of texts; a text's zero bytes end it.
  ///
  /// - Throws: `ParquetError.notWritable` where the column is of another kind.
  public func append(_ texts: [String], to column: Int) throws(ParquetError) {
    let bytes = texts.flatMap { $0.utf8.prefix { $0 != 0 } + [0] }.map { CChar(bitPattern: $0) }
    try check(carrow_append_texts(writer, Int32(column), bytes, Int64(texts.count)))
  }

  /// Appends a compressed picture to a column of pictures.
  ///
  /// - Throws: `ParquetError.notWritable` where the column is of another kind.
  public func append(
    picture: [UInt8], path name: String, to column: Int
  ) throws(ParquetError) {
    try check(
      carrow_append_picture(writer, Int32(column), picture, Int64(picture.count), name))
  }

  /// Writes the appended rows as a row group.
  ///
  /// - Throws: `ParquetError.notWritable` where the columns have not all got as many, or the disk
  ///   is full.
  public func writeRows() throws(ParquetError) { try check(carrow_write_rows(writer)) }

  /// Writes the file's end; nothing may follow.
  ///
  /// - Throws: `ParquetError.notWritable`.
  public func close() throws(ParquetError) {
    try writeRows()
    try check(carrow_close(writer))
  }

  private func check(_ done: Bool) throws(ParquetError) {
    guard done else { throw .notWritable(path: path, reason: ParquetError.reason) }
  }
}

/// Texts that C may read as long as this lives.
private final class CTexts {
  private var pointers: [UnsafeMutablePointer<CChar>] = []

  init(_ texts: [String]) {
    for text in texts {
      let bytes = Array(text.utf8CString)
      let pointer = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count)
      pointer.initialize(from: bytes, count: bytes.count)
      pointers.append(pointer)
    }
  }

  subscript(index: Int) -> UnsafePointer<CChar> { UnsafePointer(pointers[index]) }

  deinit { for pointer in pointers { pointer.deallocate() } }
}
