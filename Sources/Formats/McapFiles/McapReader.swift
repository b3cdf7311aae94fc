internal import Checksums
internal import Foundation
internal import PlainErrors

/// Reads an MCAP file: from the first byte to the last with every checksum, or by time through its
/// index. Belongs to one thread.
///
/// Whatever the bytes are, it answers with what they say or with an `McapError`; sizes are held
/// against the file before memory is taken for them.
public final class McapReader {
  /// The most bytes of a chunk or another record.
  public static let recordBytesLimit = 1 << 30

  /// What a file holds, in order.
  public enum Item: Hashable, Sendable {
    /// A message.
    case message(McapMessage)
    /// A file within the file.
    case attachment(McapAttachment)
    /// Named texts.
    case metadata(name: String, entries: [String: String])
  }

  /// The file.
  public let path: String
  /// The convention that the channels follow; empty: none.
  public private(set) var profile = ""
  /// What wrote the file.
  public private(set) var library = ""
  /// The schemas that were met so far by `next`.
  public private(set) var schemas: [UInt16: McapSchema] = [:]
  /// The channels that were met so far by `next`.
  public private(set) var channels: [UInt16: McapChannel] = [:]
  let file: FileHandle
  let size: Int
  private var offset = 0
  private var checksum = CRC32()
  private var pending: ArraySlice<Item> = []
  private var isAtEnd = false

  /// Opens a file.
  ///
  /// - Throws: `McapError`, also where the file does not begin and end as MCAP files do.
  public init(path: String) throws(McapError) {
    guard FileManager.default.fileExists(atPath: path) else { throw .notFound(path: path) }
    guard let file = FileHandle(forReadingAtPath: path), let size = try? file.seekToEnd(),
      (try? file.seek(toOffset: 0)) != nil
    else { throw .notRead(path: path, reason: "is it a file that you may read?") }
    self.path = path
    self.file = file
    self.size = Int(size)
    guard self.size >= 2 * magic.count else {
      throw .notMcap(path: path, reason: "it has \(size) bytes")
    }
    guard try bytes(at: self.size - magic.count, count: magic.count) == magic else {
      throw .notMcap(path: path, reason: "its end is missing or damaged")
    }
    guard try bytes(at: 0, count: magic.count) == magic else {
      throw .notMcap(path: path, reason: "it does not begin with the letters of MCAP")
    }
    offset = magic.count
    checksum.append(magic)
    let start = offset
    let (opcode, content) = try record()
    var reader = ByteReader(content[...])
    do throws(ByteReader.Problem) {
      guard opcode == Opcode.header.rawValue else {
        throw ByteReader.Problem(reason: "the first record is no header")
      }
      profile = try reader.text()
      library = try reader.text()
    } catch {
      throw .damaged(path: path, offset: start, reason: error.reason)
    }
  }

  /// The next item of the file; nil at its end, when all checksums were right.
  ///
  /// - Throws: `McapError.damaged`, `McapError.unsupported`.
  public func next() throws(McapError) -> Item? {
    while true {
      if let item = pending.popFirst() { return item }
      if isAtEnd { return nil }
      let start = offset
      let before = checksum.value
      let (opcode, content) = try record()
      do throws(ByteReader.Problem) {
        try handle(opcode, content, checksumBefore: before)
      } catch {
        throw error.unsupported.map { .unsupported(path: path, what: $0) }
          ?? .damaged(path: path, offset: start, reason: error.reason)
      }
      // What follows the data is read, and checked, as the summary.
      if isAtEnd { _ = try summary() }
    }
  }

  private func handle(
    _ opcode: UInt8, _ content: [UInt8], checksumBefore: UInt32
  ) throws(ByteReader.Problem) {
    var reader = ByteReader(content[...])
    switch Opcode(rawValue: opcode) {
    case .schema: try take(McapSchema(&reader))
    case .channel: try take(McapChannel(&reader))
    case .message: pending.append(.message(try message(&reader)))
    case .chunk:
      let head = try ChunkHead(&reader)
      var records: [Item] = []
      try take(records: try Chunk.records(head, &reader), into: &records)
      pending = records[...]
    case .attachment:
      let attachment = try McapAttachment(&reader)
      let sum = content.suffix(4).enumerated().reduce(UInt32(0)) {
        $0 | UInt32($1.element) << (8 * UInt32($1.offset))
      }
      guard sum == 0 || sum == CRC32.of(content.dropLast(4)) else {
        throw ByteReader.Problem(reason: "the checksum of an attachment is wrong")
      }
      pending.append(.attachment(attachment))
    case .metadata:
      let name = try reader.text()
      pending.append(.metadata(name: name, entries: try reader.map()))
    case .dataEnd:
      let sum: UInt32 = try reader.number()
      guard sum == 0 || sum == checksumBefore else {
        throw ByteReader.Problem(reason: "the checksum of the data is wrong")
      }
      isAtEnd = true
    case .header, .footer, .statistics, .chunkIndex, .attachmentIndex, .metadataIndex,
      .summaryOffset:
      throw ByteReader.Problem(reason: "a record of kind \(opcode) among the data")
    // Others are for readers that know them, as the specification says.
    case .messageIndex, nil: break
    }
  }

  private func take(records: [UInt8], into items: inout [Item]) throws(ByteReader.Problem) {
    var reader = ByteReader(records[...])
    while !reader.isAtEnd {
      let opcode: UInt8 = try reader.number()
      var content = ByteReader(try reader.take(try reader.number(UInt64.self)))
      switch Opcode(rawValue: opcode) {
      case .schema: try take(McapSchema(&content))
      case .channel: try take(McapChannel(&content))
      case .message: items.append(.message(try message(&content)))
      default: break
      }
    }
  }

  private func message(_ reader: inout ByteReader) throws(ByteReader.Problem) -> McapMessage {
    let message = try McapMessage(&reader)
    guard channels[message.channel] != nil else {
      throw ByteReader.Problem(reason: "a message of the unknown channel \(message.channel)")
    }
    return message
  }

  private func take(_ schema: McapSchema) throws(ByteReader.Problem) {
    guard schemas[schema.id] == nil || schemas[schema.id] == schema else {
      throw ByteReader.Problem(reason: "there are two schemas \(schema.id)")
    }
    schemas[schema.id] = schema
  }

  private func take(_ channel: McapChannel) throws(ByteReader.Problem) {
    guard channels[channel.id] == nil || channels[channel.id] == channel else {
      throw ByteReader.Problem(reason: "there are two channels \(channel.id)")
    }
    guard channel.schema == 0 || schemas[channel.schema] != nil else {
      throw ByteReader.Problem(reason: "channel \(channel.topic) has an unknown schema")
    }
    channels[channel.id] = channel
  }

  // MARK: Bytes

  /// The record at `offset`, which moves beyond it.
  private func record() throws(McapError) -> (opcode: UInt8, content: [UInt8]) {
    let head = try bytes(at: offset, count: 9)
    let opcode = head[0]
    var reader = ByteReader(head[1...])
    guard let length = try? reader.number(UInt64.self),
      length <= UInt64(min(size - offset - 9, Self.recordBytesLimit))
    else {
      throw .damaged(path: path, offset: offset, reason: "a record goes beyond the end")
    }
    let content = try bytes(at: offset + 9, count: Int(length))
    checksum.append(head)
    checksum.append(content)
    offset += 9 + content.count
    return (opcode, content)
  }

  func bytes(at offset: Int, count: Int) throws(McapError) -> [UInt8] {
    guard offset >= 0, count >= 0, offset <= size, count <= size - offset else {
      throw .damaged(path: path, offset: offset, reason: "\(count) bytes are due beyond the end")
    }
    guard count > 0 else { return [] }
    do {
      try file.seek(toOffset: UInt64(offset))
      let data = try file.read(upToCount: count) ?? Data()
      guard data.count == count else {
        throw McapError.damaged(path: path, offset: offset, reason: "the file ends")
      }
      return [UInt8](data)
    } catch let error as McapError {
      throw error
    } catch {
      throw .notRead(path: path, reason: PlainError.reason(error))
    }
  }
}

/// The records within a chunk.
enum Chunk {
  /// Decompresses what follows a chunk's head, and checks it.
  static func records(
    _ head: ChunkHead, _ reader: inout ByteReader
  ) throws(ByteReader.Problem) -> [UInt8] {
    let stored = try reader.take(try reader.number(UInt64.self))
    guard head.uncompressedBytes <= UInt64(McapReader.recordBytesLimit) else {
      throw ByteReader.Problem(reason: "a chunk of \(head.uncompressedBytes) bytes")
    }
    let count = Int(head.uncompressedBytes)
    let records: [UInt8]
    switch head.compression {
    case "":
      guard stored.count == count else {
        throw ByteReader.Problem(reason: "a chunk has \(stored.count) bytes instead of \(count)")
      }
      records = Array(stored)
    case "zstd": records = try Zstd.decompress(stored, count: count)
    default:
      throw ByteReader.Problem(
        reason: "compression \(head.compression)",
        unsupported: "its chunks are compressed by \"\(head.compression)\"; zstd can be read")
    }
    guard head.uncompressedCRC == 0 || head.uncompressedCRC == CRC32.of(records) else {
      throw ByteReader.Problem(reason: "the checksum of a chunk is wrong")
    }
    return records
  }
}
