internal import CHDF5

/// The attributes of a group or dataset: small named values.
public struct HDF5Attributes: Sendable {
  let owner: Handle
  let place: Place

  // MARK: Writing

  /// Sets a text, stored as UTF-8 of a fixed size, within the metadata that has checksums.
  ///
  /// - Throws: `HDF5Error.notWritten`, also where there is one of this name.
  public func set(_ name: String, _ text: String) throws(HDF5Error) {
    try Library.guarded { () throws(HDF5Error) in
      let place = place.child("@" + name)
      let bytes = Array(text.utf8)
      let type = try HDF5Element.textType(bytes: bytes.count, place)
      try write(name, type, shape: [], place) { attribute in
        H5Awrite(attribute, type.id, bytes.isEmpty ? [0] : bytes)
      }
    }
  }

  /// Sets a whole number, stored as int64.
  ///
  /// - Throws: `HDF5Error.notWritten`, also where there is one of this name.
  public func set(_ name: String, _ number: Int) throws(HDF5Error) {
    try set(name, [Int64(number)], shape: [])
  }

  /// Sets a real number, stored as float64.
  ///
  /// - Throws: `HDF5Error.notWritten`, also where there is one of this name.
  public func set(_ name: String, _ number: Double) throws(HDF5Error) {
    try set(name, [number], shape: [])
  }

  /// Sets a list of real numbers, stored as float64.
  ///
  /// - Throws: `HDF5Error.notWritten`, also where there is one of this name.
  public func set(_ name: String, _ numbers: [Double]) throws(HDF5Error) {
    try set(name, numbers, shape: [hsize_t(numbers.count)])
  }

  /// Sets a list of texts, stored as UTF-8 of one fixed size.
  ///
  /// - Throws: `HDF5Error.notWritten`, also where there is one of this name.
  public func set(_ name: String, _ texts: [String]) throws(HDF5Error) {
    try Library.guarded { () throws(HDF5Error) in
      let place = place.child("@" + name)
      let width = max(1, texts.map(\.utf8.count).max() ?? 1)
      let type = try HDF5Element.textType(bytes: width, place)
      let bytes = texts.flatMap { text in
        Array(text.utf8) + [UInt8](repeating: 0, count: width - text.utf8.count)
      }
      try write(name, type, shape: [hsize_t(texts.count)], place) { attribute in
        H5Awrite(attribute, type.id, bytes.isEmpty ? [0] : bytes)
      }
    }
  }

  private func set<Number: HDF5Number>(
    _ name: String, _ numbers: [Number], shape: [hsize_t]
  ) throws(HDF5Error) {
    try Library.guarded { () throws(HDF5Error) in
      let place = place.child("@" + name)
      let type = try Number.element.fileType(place)
      try write(name, type, shape: shape, place) { attribute in
        H5Awrite(attribute, Number.memoryType, numbers)
      }
    }
  }

  private func write(
    _ name: String, _ type: Handle, shape: [hsize_t], _ place: Place, _ body: (hid_t) -> herr_t
  ) throws(HDF5Error) {
    let space = try place.made(
      shape.isEmpty ? H5Screate(H5S_SCALAR) : H5Screate_simple(Int32(shape.count), shape, nil),
      H5Sclose)
    let attribute = try place.made(
      H5Acreate2(owner.id, name, type.id, space.id, chdf5_default(), chdf5_default()), H5Aclose)
    guard shape.first != 0 else { return }
    try place.wrote(body(attribute.id))
  }

  // MARK: Reading

  /// A text; nil where there is no attribute of this name.
  ///
  /// - Throws: `HDF5Error.unexpected` where it is no text, `HDF5Error.damaged`.
  public func text(_ name: String) throws(HDF5Error) -> String? {
    try texts(name)?.first
  }

  /// A list of texts, or a single one; nil where there is no attribute of this name.
  ///
  /// - Throws: `HDF5Error.unexpected` where it is no text, `HDF5Error.damaged`.
  public func texts(_ name: String) throws(HDF5Error) -> [String]? {
    try Library.guarded { () throws(HDF5Error) in
      guard let found = try open(name) else { return nil }
      switch found.type.kind {
      case .fixedText:
        let width = found.type.bytes
        guard width > 0, width <= (16 << 20) / max(1, found.count) else {
          throw found.place.unexpected("at most 16 MB", found: "\(found.count) × \(width) bytes")
        }
        var bytes = [UInt8](repeating: 0, count: max(1, found.count * width))
        try found.place.read(H5Aread(found.attribute.id, found.type.handle.id, &bytes))
        return (0..<found.count).map { Text.trimmed(bytes[($0 * width)..<(($0 + 1) * width)]) }
      case .variableText:
        var pointers = [UnsafeMutablePointer<CChar>?](repeating: nil, count: max(1, found.count))
        try found.place.read(H5Aread(found.attribute.id, found.type.handle.id, &pointers))
        let texts = pointers.prefix(found.count).map { $0.map { String(cString: $0) } ?? "" }
        _ = H5Dvlen_reclaim(
          found.type.handle.id, found.space.id, chdf5_default(), &pointers)
        return texts
      default: throw found.place.unexpected("text", found: found.type.description)
      }
    }
  }

  /// A whole number; nil where there is no attribute of this name.
  ///
  /// - Throws: `HDF5Error.unexpected` where it is no whole number, `HDF5Error.damaged`.
  public func integer(_ name: String) throws(HDF5Error) -> Int? {
    try Library.guarded { () throws(HDF5Error) in
      guard let found = try open(name) else { return nil }
      guard found.type.kind == .integer, found.count == 1 else {
        throw found.place.unexpected("one whole number", found: found.description)
      }
      var number: Int64 = 0
      try found.place.read(H5Aread(found.attribute.id, chdf5_native_int64(), &number))
      return Int(number)
    }
  }

  /// Real numbers; nil where there is no attribute of this name.
  ///
  /// - Throws: `HDF5Error.unexpected` where it holds no numbers, `HDF5Error.damaged`.
  public func numbers(_ name: String) throws(HDF5Error) -> [Double]? {
    try Library.guarded { () throws(HDF5Error) in
      guard let found = try open(name) else { return nil }
      guard found.type.kind == .integer || found.type.kind == .real else {
        throw found.place.unexpected("numbers", found: found.description)
      }
      var numbers = [Double](repeating: 0, count: max(1, found.count))
      try found.place.read(H5Aread(found.attribute.id, chdf5_native_double(), &numbers))
      return Array(numbers.prefix(found.count))
    }
  }

  private struct Found {
    let attribute: Handle
    let type: FoundType
    let space: Handle
    let count: Int
    let place: Place

    var description: String { "\(count) values, \(type.description)" }
  }

  private func open(_ name: String) throws(HDF5Error) -> Found? {
    let place = place.child("@" + name)
    let exists = H5Aexists(owner.id, name)
    try place.read(herr_t(exists))
    guard exists > 0 else { return nil }
    let attribute = try place.found(H5Aopen(owner.id, name, chdf5_default()), H5Aclose)
    let type = FoundType(try place.found(H5Aget_type(attribute.id), H5Tclose))
    let space = try place.found(H5Aget_space(attribute.id), H5Sclose)
    let points = H5Sget_simple_extent_npoints(space.id)
    guard points >= 0, points <= 1 << 20 else {
      throw points < 0
        ? place.damaged() : place.unexpected("at most 2^20 values", found: "\(points) values")
    }
    return Found(attribute: attribute, type: type, space: space, count: Int(points), place: place)
  }
}
