internal import CHDF5

/// A dataset of an HDF5 file: rows of values of one type.
///
/// Rows are appended and read in parts, so that a dataset may be larger than the memory.
public final class HDF5Dataset: Sendable {
  /// The most bytes that one call reads.
  public static let bytesLimit = 1 << 30

  /// The shape of a row: `[]` for a number.
  public let rowShape: [Int]
  /// Values in a row.
  public let rowCount: Int
  private let handle: Handle
  private let place: Place
  private let type: FoundType
  // Touched only inside `Library.guarded`.
  private nonisolated(unsafe) var rowsWritten: Int

  init(handle: Handle, place: Place) throws(HDF5Error) {
    self.handle = handle
    self.place = place
    type = FoundType(try place.found(H5Dget_type(handle.id), H5Tclose))
    let space = try place.found(H5Dget_space(handle.id), H5Sclose)
    let rank = H5Sget_simple_extent_ndims(space.id)
    try place.read(rank)
    var sizes = [hsize_t](repeating: 0, count: Int(rank))
    try place.read(H5Sget_simple_extent_dims(space.id, &sizes, nil))
    var shape: [Int] = []
    var count = 1
    for size in sizes {
      guard let size = Int(exactly: size) else {
        throw place.unexpected("a shape that memory can hold", found: "of shape \(sizes)")
      }
      shape.append(size)
      let (product, overflow) = count.multipliedReportingOverflow(by: max(size, 1))
      guard !overflow, product <= Int.max / 64 else {
        throw place.unexpected("a shape that memory can hold", found: "of shape \(sizes)")
      }
      count = product
    }
    isScalar = shape.isEmpty
    rowsWritten = shape.first ?? 1
    rowShape = Array(shape.dropFirst())
    rowCount = rowShape.reduce(1, *)
  }

  private let isScalar: Bool

  /// Where the dataset is in its file, for example `/data/demo_0/actions`.
  public var name: String { place.object }
  /// The rows that there are; 1 for a single value.
  public var rows: Int { (try? Library.guarded { () throws(HDF5Error) in rowsWritten }) ?? 0 }
  /// `[rows]` and the row's shape.
  public var shape: [Int] { isScalar ? [] : [rows] + rowShape }
  /// Whether it holds numbers; otherwise it holds text, or what cannot be read.
  public var isNumeric: Bool { type.isNumber }
  /// Whether it holds text.
  public var isText: Bool { type.isText }
  /// Whether it holds bytes without sign, as pictures do.
  public var isBytes: Bool {
    (try? Library.guarded { () throws(HDF5Error) in
      type.kind == .integer && type.bytes == 1 && H5Tget_sign(type.handle.id) == H5T_SGN_NONE
    }) ?? false
  }
  /// The dataset's attributes.
  public var attributes: HDF5Attributes { HDF5Attributes(owner: handle, place: place) }

  // MARK: Writing

  /// Appends rows; `values` holds whole rows, one after the other.
  ///
  /// - Throws: `HDF5Error.unexpected` where the values make no whole rows,
  ///   `HDF5Error.diskFull`, `HDF5Error.notWritten`.
  public func append<Number: HDF5Number>(_ values: [Number]) throws(HDF5Error) {
    try append(count: values.count) { (memory, file) throws(HDF5Error) in
      H5Dwrite(handle.id, Number.memoryType, memory, file, chdf5_default(), values)
    }
  }

  /// Appends texts to a dataset of texts; what is longer than its texts may be is refused.
  ///
  /// - Throws: As for numbers.
  public func append(_ texts: [String]) throws(HDF5Error) {
    let width = type.bytes
    guard type.kind == .fixedText else {
      throw place.unexpected("text of a fixed size", found: type.description)
    }
    if let long = texts.first(where: { $0.utf8.count > width }) {
      throw place.unexpected("text of at most \(width) bytes", found: "to hold \"\(long)\"")
    }
    var bytes = [UInt8](repeating: 0, count: texts.count * width)
    for (index, text) in texts.enumerated() {
      for (offset, byte) in text.utf8.enumerated() { bytes[index * width + offset] = byte }
    }
    try append(count: texts.count) { (memory, file) throws(HDF5Error) in
      H5Dwrite(handle.id, type.handle.id, memory, file, chdf5_default(), bytes)
    }
  }

  private func append(
    count: Int, write: (_ memory: hid_t, _ file: hid_t) throws(HDF5Error) -> herr_t
  ) throws(HDF5Error) {
    guard count > 0 else { return }
    guard rowCount > 0, count.isMultiple(of: rowCount) else {
      throw place.unexpected("rows of \(rowCount) values", found: "given \(count) values")
    }
    try Library.guarded { () throws(HDF5Error) in
      let rows = count / rowCount
      let row = rowShape.map { hsize_t($0) }
      try place.wrote(H5Dset_extent(handle.id, [hsize_t(rowsWritten + rows)] + row))
      let file = try place.made(H5Dget_space(handle.id), H5Sclose)
      try place.wrote(
        H5Sselect_hyperslab(
          file.id, H5S_SELECT_SET, [hsize_t(rowsWritten)] + row.map { _ in 0 }, nil,
          [hsize_t(rows)] + row, nil))
      let memory = try place.made(memory(rows: rows), H5Sclose)
      try place.wrote(write(memory.id, file.id))
      rowsWritten += rows
    }
  }

  // MARK: Reading

  /// Rows of numbers, one after the other. Real numbers are read from any kind of number; whole
  /// numbers from whole numbers and h5py's booleans; `UInt8` from bytes without sign only.
  ///
  /// - Throws: `HDF5Error.unexpected` for other types and for rows that are not there,
  ///   `HDF5Error.damaged` also where a checksum is wrong.
  public func numbers<Number: HDF5Number>(
    _ range: Range<Int>, as number: Number.Type
  ) throws(HDF5Error) -> [Number] {
    let isFit =
      switch Number.element {
      case .float64, .float32: type.isNumber
      case .int64: type.kind == .integer || type.kind == .enumeration
      case .uint8, .text: isBytes
      }
    guard isFit else { throw place.unexpected("\(Number.element)", found: type.description) }
    if type.kind == .enumeration {
      let values = try enumeration(range)
      return values.compactMap { value in
        switch Number.element {
        case .float64: Double(value) as? Number
        case .float32: Float(value) as? Number
        default: value as? Number
        }
      }
    }
    let count = try count(of: range, bytes: MemoryLayout<Number>.stride)
    return try read(range, count: count, of: Number.memoryType)
  }

  /// Rows of texts, without the zeros or blanks that fill them up.
  ///
  /// - Throws: As for numbers.
  public func texts(_ range: Range<Int>) throws(HDF5Error) -> [String] {
    switch type.kind {
    case .fixedText:
      let width = type.bytes
      let count = try count(of: range, bytes: width)
      let bytes: [UInt8] = try read(range, count: count * width, of: type.handle.id)
      return (0..<count).map { Text.trimmed(bytes[($0 * width)..<(($0 + 1) * width)]) }
    case .variableText:
      let count = try count(of: range, bytes: MemoryLayout<Int>.stride)
      return try variableTexts(range, count: count)
    default:
      throw place.unexpected("text", found: type.description)
    }
  }

  /// Values in these rows, which must be there and fit into the memory.
  private func count(of range: Range<Int>, bytes: Int) throws(HDF5Error) -> Int {
    let rows = rows
    guard range.lowerBound >= 0, range.upperBound <= rows else {
      throw place.unexpected("rows \(range)", found: "of \(rows) rows")
    }
    let (count, overflow) = range.count.multipliedReportingOverflow(by: rowCount)
    guard !overflow, bytes > 0, count <= Self.bytesLimit / bytes else {
      throw place.unexpected(
        "at most \(Self.bytesLimit) bytes in these rows", found: "of shape \(shape)")
    }
    return count
  }

  /// Reads values; `count` is in units of `Value`.
  private func read<Value: BitwiseCopyable>(
    _ range: Range<Int>, count: Int, of memoryType: hid_t
  ) throws(HDF5Error) -> [Value] {
    guard count > 0 else { return [] }
    return try Library.guarded { () throws(HDF5Error) in
      let file = try selection(range)
      let memory = try place.found(memory(rows: range.count), H5Sclose)
      var status: herr_t = 0
      let values = [Value](unsafeUninitializedCapacity: count) { buffer, written in
        status = H5Dread(
          handle.id, memoryType, memory.id, file.id, chdf5_default(), buffer.baseAddress)
        written = status < 0 ? 0 : count
      }
      try place.read(status)
      return values
    }
  }

  /// Of the file's dimensions: between shapes of other ranks libhdf5 copies value by value.
  private func memory(rows: Int) -> hid_t {
    isScalar
      ? H5Screate(H5S_SCALAR)
      : H5Screate_simple(
        Int32(rowShape.count + 1), [hsize_t(rows)] + rowShape.map { hsize_t($0) }, nil)
  }

  private func selection(_ range: Range<Int>) throws(HDF5Error) -> Handle {
    let file = try place.found(H5Dget_space(handle.id), H5Sclose)
    guard !isScalar else { return file }
    let row = rowShape.map { hsize_t($0) }
    try place.read(
      H5Sselect_hyperslab(
        file.id, H5S_SELECT_SET, [hsize_t(range.lowerBound)] + row.map { _ in 0 }, nil,
        [hsize_t(range.count)] + row, nil))
    return file
  }

  private func variableTexts(_ range: Range<Int>, count: Int) throws(HDF5Error) -> [String] {
    guard count > 0 else { return [] }
    return try Library.guarded { () throws(HDF5Error) in
      let file = try selection(range)
      let memory = try place.found(memory(rows: range.count), H5Sclose)
      var pointers = [UnsafeMutablePointer<CChar>?](repeating: nil, count: count)
      try place.read(
        H5Dread(handle.id, type.handle.id, memory.id, file.id, chdf5_default(), &pointers))
      let texts = pointers.map { pointer in pointer.map { String(cString: $0) } ?? "" }
      _ = H5Dvlen_reclaim(type.handle.id, memory.id, chdf5_default(), &pointers)
      return texts
    }
  }

  /// libhdf5 does not turn enumerations into numbers: their bytes are read as they are.
  private func enumeration(_ range: Range<Int>) throws(HDF5Error) -> [Int64] {
    let native = try Library.guarded { () throws(HDF5Error) in
      try place.found(H5Tget_native_type(type.handle.id, H5T_DIR_ASCEND), H5Tclose)
    }
    let count = try count(of: range, bytes: 8)
    switch type.bytes {
    case 1:
      let values: [Int8] = try read(range, count: count, of: native.id)
      return values.map { Int64($0) }
    case 2:
      let values: [Int16] = try read(range, count: count, of: native.id)
      return values.map { Int64($0) }
    case 4:
      let values: [Int32] = try read(range, count: count, of: native.id)
      return values.map { Int64($0) }
    case 8: return try read(range, count: count, of: native.id)
    default:
      throw place.unexpected("an enumeration of 1 to 8 bytes", found: type.description)
    }
  }
}

/// Texts of a fixed size.
enum Text {
  /// What comes before the first zero, without blanks at the end.
  static func trimmed(_ bytes: some Collection<UInt8>) -> String {
    var text = Array(bytes.prefix { $0 != 0 })
    while text.last == 0x20 { text.removeLast() }
    return String(decoding: text, as: UTF8.self)
  }
}
