internal import Foundation
internal import GRDB

/// The pages of a database file, read one by one without the tables that lead to them
/// (https://www.sqlite.org/fileformat2.html, sections 1.5, 1.6 and 2.1).
///
/// What is found may be left over from long ago: rows are to be believed for their checksum alone.
struct LostPages {
  private let file: Data
  private let journal: Data
  private let pageSize: Int
  private let usable: Int
  // Where in the journal each page's newest copy begins.
  private var copies: [Int: Int] = [:]

  /// Maps a file with its journal into memory; pages are read as they are asked for.
  init(_ path: String) throws {
    file = try Data(contentsOf: URL(filePath: path), options: .alwaysMapped)
    journal =
      (try? Data(contentsOf: URL(filePath: path + "-wal"), options: .alwaysMapped)) ?? Data()
    let told = file.count > 20 ? Int(file[16]) << 8 | Int(file[17]) : 0
    // 1 stands for 65536; a size that is none is taken to be the one that recordings have.
    let size = told == 1 ? 65_536 : told
    let isSize = size >= 512 && size.nonzeroBitCount == 1
    pageSize = isSize ? size : 4_096
    usable = pageSize - (isSize ? min(Int(file[20]), 64) : 0)
    readJournal()
  }

  /// The pages that there are: those of the file, and those that only the journal has. The journal of a
  /// damaged file may name a page far beyond the end.
  var numbers: [Int] {
    let last = (file.count + pageSize - 1) / pageSize
    return Array(1..<max(last + 1, 2)) + copies.keys.filter { $0 > max(last, 1) }.sorted()
  }

  private mutating func readJournal() {
    guard journal.count > 32 else { return }
    let salt = journal[16..<24]
    var offset = 32
    while offset + 24 + pageSize <= journal.count {
      // Frames of an earlier turn of the journal have another salt.
      guard journal[(offset + 8)..<(offset + 16)].elementsEqual(salt) else { break }
      copies[Int(Self.number(journal[offset..<(offset + 4)]))] = offset + 24
      offset += 24 + pageSize
    }
  }

  private func page(_ number: Int) -> Data? {
    if let start = copies[number] { return journal.subdata(in: start..<(start + pageSize)) }
    let start = (number - 1) * pageSize
    guard number > 0, start < file.count else { return nil }
    return file.subdata(in: start..<min(start + pageSize, file.count))
  }

  /// Hands on the records of a page's cells, those that can be read.
  func records(ofPage number: Int, _ body: ([DatabaseValue]) throws -> Void) rethrows {
    guard let page = page(number) else { return }
    let start = number == 1 ? 100 : 0
    guard page.count > start + 12 else { return }
    // A leaf of a table; a leaf of an index; what leads to leaves of an index, and holds rows too.
    let kind = page[start]
    guard kind == 0x0D || kind == 0x0A || kind == 0x02 else { return }
    let cells = Int(Self.number(page[(start + 3)..<(start + 5)]))
    let pointers = start + (kind == 0x02 ? 12 : 8)
    for cell in 0..<cells {
      let pointer = pointers + 2 * cell
      guard pointer + 2 <= page.count else { return }
      let offset = Int(Self.number(page[pointer..<(pointer + 2)]))
      guard let payload = payload(page, at: offset + (kind == 0x02 ? 4 : 0), isTable: kind == 0x0D),
        let record = Self.record(payload)
      else { continue }
      try body(record)
    }
  }

  /// What a cell holds, with what lies on overflow pages.
  private func payload(_ page: Data, at offset: Int, isTable: Bool) -> Data? {
    var offset = offset
    guard let length = Self.varint(page, &offset), length > 0, length <= 1 << 26 else { return nil }
    if isTable, Self.varint(page, &offset) == nil { return nil }
    let total = Int(length)
    let most = isTable ? usable - 35 : (usable - 12) * 64 / 255 - 23
    let least = (usable - 12) * 32 / 255 - 23
    var here = total
    if total > most {
      let wish = least + (total - least) % (usable - 4)
      here = wish <= most ? wish : least
    }
    guard offset + here <= page.count else { return nil }
    var payload = page.subdata(in: offset..<(offset + here))
    guard here < total else { return payload }
    guard offset + here + 4 <= page.count else { return nil }
    var next = Int(Self.number(page[(offset + here)..<(offset + here + 4)]))
    while payload.count < total {
      guard let overflow = self.page(next), overflow.count >= usable else { return nil }
      payload += overflow[4..<(4 + min(usable - 4, total - payload.count))]
      next = Int(Self.number(overflow[0..<4]))
    }
    return payload
  }

  /// The values of a record.
  private static func record(_ payload: Data) -> [DatabaseValue]? {
    var offset = 0
    guard let header = varint(payload, &offset), header <= payload.count else { return nil }
    var body = Int(header)
    var values: [DatabaseValue] = []
    while offset < Int(header) {
      guard let type = varint(payload, &offset) else { return nil }
      let sizes = [0, 1, 2, 3, 4, 6, 8, 8, 0, 0]
      let size = type < 10 ? sizes[Int(type)] : Int(type >= 12 ? (type - 12) / 2 : 0)
      // The size may be nearly the largest number there is: it is not added to anything yet.
      guard type != 10, type != 11, size <= payload.count - body else { return nil }
      values.append(value(type, payload[body..<(body + size)]))
      body += size
    }
    return values
  }

  private static func value(_ type: UInt64, _ bytes: Data) -> DatabaseValue {
    switch type {
    case 0: return .null
    case 1...6:
      let unsigned = number(bytes)
      let unused = UInt64(64 - 8 * bytes.count)
      return (Int64(bitPattern: unsigned << unused) >> Int64(unused)).databaseValue
    case 7: return Double(bitPattern: number(bytes)).databaseValue
    case 8, 9: return Int64(type - 8).databaseValue
    default:
      return type.isMultiple(of: 2)
        ? Data(bytes).databaseValue : String(decoding: bytes, as: UTF8.self).databaseValue
    }
  }

  /// Bytes with the highest first.
  private static func number(_ bytes: Data) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }

  /// SQLite's number of one to nine bytes.
  private static func varint(_ bytes: Data, _ offset: inout Int) -> UInt64? {
    var value: UInt64 = 0
    for index in 0..<9 {
      guard offset < bytes.count else { return nil }
      let byte = bytes[bytes.startIndex + offset]
      offset += 1
      if index == 8 { return value << 8 | UInt64(byte) }
      value = value << 7 | UInt64(byte & 0x7F)
      if byte < 0x80 { return value }
    }
    return value
  }
}

extension RecordingSalvage {
  /// A table's columns as its rows lie on a page.
  private struct Layout {
    var table: RecordingTable
    var names: [String]
    // Columns of which SQLite may have written whole numbers as integers.
    var reals: Set<Int>
    var copy: RowCopy
  }

  /// Looks on every page of the file for rows that no table leads to any more.
  mutating func searchLostPages() throws {
    guard let pages = try? LostPages(path) else { return }
    let layouts = try RecordingTable.allCases.map { table in
      let columns = try CheckedRow.all(
        target, sql: "SELECT name, type FROM pragma_table_info('\(table.rawValue)')")
      return Layout(
        table: table, names: try columns.map { try $0.value("name") },
        reals: Set(try columns.indices.filter { try columns[$0].value("type") == "REAL" }),
        copy: try RowCopy(table, to: target))
    }
    let numbers = pages.numbers
    for (done, number) in numbers.enumerated() {
      if done.isMultiple(of: 1_024) { progress(done, numbers.count) }
      try pages.records(ofPage: number) { record in
        for layout in layouts where layout.names.count == record.count {
          if try take(record, layout) { break }
        }
      }
    }
  }

  /// - Returns: Whether it is a row of this table.
  private mutating func take(_ record: [DatabaseValue], _ layout: Layout) throws -> Bool {
    var values: [String: DatabaseValue] = [:]
    for (index, name) in layout.names.enumerated() {
      values[name] =
        layout.reals.contains(index)
        ? Double.fromDatabaseValue(record[index])?.databaseValue ?? .null : record[index]
    }
    let table = layout.table
    var sum = RowChecksum(table: table.rawValue)
    for column in table.columns { sum.add(values[column] ?? .null) }
    guard values["checksum"] == sum.value.databaseValue else { return false }
    do {
      if try layout.copy.insert(table.stored.map { values[$0] ?? .null }) {
        found(table)
      }
    } catch let error as DatabaseError where error.resultCode == .SQLITE_CONSTRAINT {
      // What may change later was hit, for example an outcome; the rest is right.
      return true
    }
    return true
  }

  private mutating func found(_ table: RecordingTable) {
    guard let index = report.tables.firstIndex(where: { $0.name == table.rawValue }) else { return }
    report.tables[index].saved += 1
    report.tables[index].foundOnLostPages += 1
  }
}

extension RowChecksum {
  mutating func add(_ value: DatabaseValue) {
    switch value.storage {
    case .null: addNull()
    case .int64(let number): add(number)
    case .double(let number): add(number)
    case .string(let text): add(text)
    case .blob(let data): data.withUnsafeBytes { add(blob: $0) }
    }
  }
}
