internal import Checksums
internal import Foundation

/// Writes an MCAP file: messages in compressed chunks, with an index by time, a summary, and
/// checksums of everything (mcap.dev/spec). Belongs to one thread.
///
/// It keeps one chunk in memory, and some hundred bytes for each chunk that was written. The same
/// calls give the same bytes.
public final class McapWriter {
  /// Uncompressed bytes after which a chunk is written.
  public static let chunkBytes = 4 << 20
  /// zstd's level: 3 is its default, and base64 of JPEG gains nothing beyond.
  public static let compressionLevel = 3

  /// The file.
  public let path: String
  private let file: FileHandle
  private let compressor: ZstdCompressor
  private var offset = 0
  private var checksum = CRC32()
  private var chunk = OpenChunk()
  private var schemas: [McapSchema] = []
  private var channels: [McapChannel] = []
  private var announced: Set<UInt16> = []
  private var announcedSchemas: Set<UInt16> = []
  private var chunkIndexes: [ChunkIndex] = []
  private var attachmentIndexes: [[UInt8]] = []
  private var metadataIndexes: [[UInt8]] = []
  private var statistics = McapStatistics()
  private var isClosed = false

  /// Messages that wait to be written together.
  private struct OpenChunk {
    var bytes: [UInt8] = []
    var startTime = UInt64.max
    var endTime: UInt64 = 0
    /// Log times and places within the chunk.
    var messages: [UInt16: [(time: UInt64, offset: UInt64)]] = [:]
  }

  /// Makes the file, in place of one that is there.
  ///
  /// - Parameters:
  ///   - path: Where.
  ///   - profile: The name of a convention that the channels follow; empty: none.
  ///   - library: What writes the file.
  /// - Throws: `McapError.notWritten`, `McapError.diskFull`.
  public init(path: String, profile: String = "", library: String) throws(McapError) {
    guard FileManager.default.createFile(atPath: path, contents: nil),
      let file = FileHandle(forWritingAtPath: path)
    else {
      throw .notWritten(path: path, reason: "the file cannot be made; is its folder there?")
    }
    guard let compressor = ZstdCompressor(level: Self.compressionLevel) else {
      throw .notWritten(path: path, reason: "no memory")
    }
    self.path = path
    self.file = file
    self.compressor = compressor
    try emit(magic)
    var header: [UInt8] = []
    header.put(profile)
    header.put(library)
    try emit(.header, header)
  }

  /// Adds a schema.
  ///
  /// - Returns: its number, for channels.
  public func addSchema(name: String, encoding: String, data: [UInt8]) -> UInt16 {
    let schema = McapSchema(
      id: UInt16(schemas.count + 1), name: name, encoding: encoding, data: data)
    schemas.append(schema)
    return schema.id
  }

  /// Adds a channel.
  ///
  /// `schema` is a number that `addSchema` returned, or 0 for messages without a schema.
  ///
  /// - Returns: its number, for messages.
  public func addChannel(
    topic: String, schema: UInt16, messageEncoding: String, metadata: [String: String] = [:]
  ) -> UInt16 {
    let channel = McapChannel(
      id: UInt16(channels.count), schema: schema, topic: topic, messageEncoding: messageEncoding,
      metadata: metadata)
    channels.append(channel)
    return channel.id
  }

  /// Writes a message of a channel that was added.
  ///
  /// - Throws: `McapError.notWritten`, `McapError.diskFull`.
  public func write(_ message: McapMessage) throws(McapError) {
    precondition(channels.indices.contains(Int(message.channel)), "a channel that was not added")
    announce(message.channel)
    chunk.messages[message.channel, default: []].append(
      (message.logTime, UInt64(chunk.bytes.count)))
    chunk.startTime = min(chunk.startTime, message.logTime)
    chunk.endTime = max(chunk.endTime, message.logTime)
    chunk.bytes.put(Opcode.message.rawValue)
    chunk.bytes.put(UInt64(22 + message.data.count))
    chunk.bytes.put(message.channel)
    chunk.bytes.put(message.sequence)
    chunk.bytes.put(message.logTime)
    chunk.bytes.put(message.publishTime)
    chunk.bytes += message.data
    statistics.channelMessages[message.channel, default: 0] += 1
    if chunk.bytes.count >= Self.chunkBytes { try writeChunk() }
  }

  /// Writes a file within the file.
  ///
  /// - Throws: `McapError.notWritten`, `McapError.diskFull`.
  public func write(_ attachment: McapAttachment) throws(McapError) {
    try writeChunk()
    let content = attachment.content
    var index: [UInt8] = []
    index.put(UInt64(offset))
    index.put(UInt64(content.count + 9))
    index.put(attachment.logTime)
    index.put(attachment.createTime)
    index.put(UInt64(attachment.data.count))
    index.put(attachment.name)
    index.put(attachment.mediaType)
    attachmentIndexes.append(index)
    try emit(.attachment, content)
  }

  /// Writes named texts about the file or what is in it.
  ///
  /// - Throws: `McapError.notWritten`, `McapError.diskFull`.
  public func writeMetadata(name: String, _ entries: [String: String]) throws(McapError) {
    try writeChunk()
    var content: [UInt8] = []
    content.put(name)
    content.put(entries)
    var index: [UInt8] = []
    index.put(UInt64(offset))
    index.put(UInt64(content.count + 9))
    index.put(name)
    metadataIndexes.append(index)
    try emit(.metadata, content)
  }

  /// Writes what waits, the summary and the end, and brings all of it to the disk. Without it the
  /// file is not whole.
  ///
  /// - Throws: `McapError.notWritten`, `McapError.diskFull`.
  public func close() throws(McapError) {
    guard !isClosed else { return }
    isClosed = true
    try writeChunk()
    var end: [UInt8] = []
    end.put(checksum.value)
    try emit(.dataEnd, end)
    try writeSummary()
    try emit(magic)
    do {
      try file.synchronize()
      try file.close()
    } catch {
      throw .writing(path, error)
    }
  }

  // MARK: Parts of the file

  /// A schema and a channel stand before the first message that needs them.
  private func announce(_ id: UInt16) {
    guard announced.insert(id).inserted else { return }
    let channel = channels[Int(id)]
    if channel.schema > 0, announcedSchemas.insert(channel.schema).inserted {
      chunk.bytes.put(.schema, schemas[Int(channel.schema) - 1].content)
    }
    chunk.bytes.put(.channel, channel.content)
  }

  private func writeChunk() throws(McapError) {
    guard !chunk.bytes.isEmpty else { return }
    let (frame, reason) = compressor.compress(chunk.bytes)
    guard let frame else { throw .notWritten(path: path, reason: "zstd: \(reason)") }
    let start = offset
    var content = ChunkHead(
      startTime: chunk.startTime, endTime: chunk.endTime,
      uncompressedBytes: UInt64(chunk.bytes.count), uncompressedCRC: CRC32.of(chunk.bytes),
      compression: "zstd"
    ).content
    content.put(UInt64(frame.count))
    content += frame
    try emit(.chunk, content)
    let length = offset - start
    var index = ChunkIndex(
      startTime: chunk.startTime, endTime: chunk.endTime, offset: UInt64(start),
      length: UInt64(length), messageIndexOffsets: [:], messageIndexLength: 0,
      compression: "zstd", compressedBytes: UInt64(frame.count),
      uncompressedBytes: UInt64(chunk.bytes.count))
    for (channel, messages) in chunk.messages.sorted(by: { $0.key < $1.key }) {
      index.messageIndexOffsets[channel] = UInt64(offset)
      var content: [UInt8] = []
      content.put(channel)
      content.put(UInt32(messages.count * 16))
      for message in messages {
        content.put(message.time)
        content.put(message.offset)
      }
      try emit(.messageIndex, content)
    }
    index.messageIndexLength = UInt64(offset - start - length)
    chunkIndexes.append(index)
    chunk.bytes.removeAll(keepingCapacity: true)
    chunk = OpenChunk(bytes: chunk.bytes)
  }

  private func writeSummary() throws(McapError) {
    count()
    let start = offset
    let used = schemas.filter { announcedSchemas.contains($0.id) }
    let groups: [(Opcode, [[UInt8]])] = [
      (.schema, used.map(\.content)),
      (.channel, channels.filter { announced.contains($0.id) }.map(\.content)),
      (.statistics, [statistics.content]),
      (.chunkIndex, chunkIndexes.map(\.content)),
      (.attachmentIndex, attachmentIndexes),
      (.metadataIndex, metadataIndexes),
    ]
    checksum = CRC32()
    var offsets: [[UInt8]] = []
    for (opcode, records) in groups where !records.isEmpty {
      let groupStart = offset
      for record in records { try emit(opcode, record) }
      var content: [UInt8] = []
      content.put(opcode.rawValue)
      content.put(UInt64(groupStart))
      content.put(UInt64(offset - groupStart))
      offsets.append(content)
    }
    let offsetsStart = offset
    for content in offsets { try emit(.summaryOffset, content) }
    // The checksum covers the summary and the footer up to itself.
    var footer: [UInt8] = []
    footer.put(Opcode.footer.rawValue)
    footer.put(UInt64(20))
    footer.put(UInt64(start))
    footer.put(UInt64(offsetsStart))
    try emit(footer)
    var end: [UInt8] = []
    end.put(checksum.value)
    try emit(end)
  }

  private func count() {
    statistics.messages = statistics.channelMessages.values.reduce(0, +)
    statistics.schemas = UInt16(announcedSchemas.count)
    statistics.channels = UInt32(announced.count)
    statistics.attachments = UInt32(attachmentIndexes.count)
    statistics.metadata = UInt32(metadataIndexes.count)
    statistics.chunks = UInt32(chunkIndexes.count)
    statistics.startTime = chunkIndexes.map(\.startTime).min() ?? 0
    statistics.endTime = chunkIndexes.map(\.endTime).max() ?? 0
  }

  private func emit(_ opcode: Opcode, _ content: [UInt8]) throws(McapError) {
    var head: [UInt8] = []
    head.put(opcode.rawValue)
    head.put(UInt64(content.count))
    try emit(head + content)
  }

  private func emit(_ bytes: [UInt8]) throws(McapError) {
    do {
      try file.write(contentsOf: Data(bytes))
    } catch {
      throw .writing(path, error)
    }
    checksum.append(bytes)
    offset += bytes.count
  }
}
