internal import HDF5Files

/// Rows of a dataset of numbers, read some at a time.
final class RowSource<Number: HDF5Number> {
  private let dataset: HDF5Dataset
  private let rowsAtOnce: Int
  private var values: [Number] = []
  private var range = 0..<0

  init(_ dataset: HDF5Dataset, rowsAtOnce: Int = 256) {
    self.dataset = dataset
    self.rowsAtOnce = rowsAtOnce
  }

  /// Numbers in a row.
  var width: Int { dataset.rowCount }
  /// The shape of a row.
  var shape: [Int] { dataset.rowShape }

  func row(_ index: Int) throws(HDF5Error) -> ArraySlice<Number> {
    if !range.contains(index) {
      range = index..<min(index + rowsAtOnce, dataset.rows)
      values = try dataset.numbers(range, as: Number.self)
    }
    let start = (index - range.lowerBound) * width
    return values[start..<(start + width)]
  }

  /// The only number of a row.
  func value(_ index: Int) throws(HDF5Error) -> Number {
    let row = try row(index)
    return row[row.startIndex]
  }
}

/// Rows of a dataset of texts, read some at a time.
final class TextSource {
  private let dataset: HDF5Dataset
  private var texts: [String] = []
  private var range = 0..<0

  init(_ dataset: HDF5Dataset) { self.dataset = dataset }

  func text(_ index: Int) throws(HDF5Error) -> String {
    if !range.contains(index) {
      range = index..<min(index + 256, dataset.rows)
      texts = try dataset.texts(range)
    }
    return texts[index - range.lowerBound]
  }
}

extension HDF5Group {
  /// A dataset of `rows` rows, each of `width` numbers; nil stands for any width of one dimension.
  ///
  /// - Throws: `HDF5Error.missing`, `HDF5Error.unexpected`.
  func numbers(_ name: String, rows: Int, width: Int?, path: String) throws(HDF5Error)
    -> RowSource<Double>
  {
    let dataset = try dataset(name)
    let wanted = width.map { $0 == 1 ? "[\(rows)] or [\(rows), 1]" : "[\(rows), \($0)]" }
    let isFit =
      dataset.rows == rows && !dataset.shape.isEmpty && dataset.rowShape.count <= 1
      && (width == nil || dataset.rowCount == width)
    guard isFit, dataset.isNumeric else {
      throw .unexpected(
        path: path, object: dataset.name,
        expected: "numbers of shape \(wanted ?? "[\(rows), any]")",
        found: "\(dataset.isNumeric ? "numbers" : "something else") of shape \(dataset.shape)")
    }
    return RowSource(dataset)
  }

  /// The same where there is a dataset of this name; nil where there is none.
  func numbersIfPresent(_ name: String, rows: Int, width: Int?, path: String) throws(HDF5Error)
    -> RowSource<Double>?
  {
    guard try member(name) != nil else { return nil }
    return try numbers(name, rows: rows, width: width, path: path)
  }

  /// A dataset of one whole number for each step.
  func integers(_ name: String, rows: Int, path: String) throws(HDF5Error) -> RowSource<Int64> {
    let dataset = try dataset(name)
    guard dataset.shape == [rows], dataset.isNumeric else {
      throw .unexpected(
        path: path, object: dataset.name, expected: "numbers of shape [\(rows)]",
        found: "of shape \(dataset.shape)")
    }
    return RowSource(dataset)
  }

  /// A dataset of one text for each step.
  func texts(_ name: String, rows: Int, path: String) throws(HDF5Error) -> TextSource {
    let dataset = try dataset(name)
    guard dataset.shape == [rows], dataset.isText else {
      throw .unexpected(
        path: path, object: dataset.name, expected: "texts of shape [\(rows)]",
        found: "\(dataset.isText ? "" : "no text, ")of shape \(dataset.shape)")
    }
    return TextSource(dataset)
  }
}
