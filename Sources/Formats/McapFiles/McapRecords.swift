internal import Checksums

/// How the messages of channels are to be read.
public struct McapSchema: Hashable, Sendable {
  /// The number by which channels name it; from 1.
  public var id: UInt16
  /// For example `foxglove.CompressedImage`.
  public var name: String
  /// The language of `data`, for example `jsonschema`.
  public var encoding: String
  /// The schema's text.
  public var data: [UInt8]
}

/// A stream of messages of one kind.
public struct McapChannel: Hashable, Sendable {
  /// The number by which messages name it.
  public var id: UInt16
  /// Its schema; 0: none.
  public var schema: UInt16
  /// For example `/robot0/camera/wrist`.
  public var topic: String
  /// For example `json`.
  public var messageEncoding: String
  /// More about it.
  public var metadata: [String: String]
}

/// One message.
public struct McapMessage: Hashable, Sendable {
  /// Its channel.
  public var channel: UInt16
  /// Counts the messages of a channel; 0: not counted.
  public var sequence: UInt32
  /// When it was recorded, ns since 1970.
  public var logTime: UInt64
  /// When it was sent, ns since 1970.
  public var publishTime: UInt64
  /// The message.
  public var data: [UInt8]

  /// A message of these parts.
  public init(
    channel: UInt16, sequence: UInt32, logTime: UInt64, publishTime: UInt64, data: [UInt8]
  ) {
    self.channel = channel
    self.sequence = sequence
    self.logTime = logTime
    self.publishTime = publishTime
    self.data = data
  }
}

/// A whole file within the file.
public struct McapAttachment: Hashable, Sendable {
  /// When it was recorded, ns since 1970.
  public var logTime: UInt64
  /// When it was made, ns since 1970; 0: not known.
  public var createTime: UInt64
  /// For example `settings.json`.
  public var name: String
  /// For example `application/json`.
  public var mediaType: String
  /// Its content.
  public var data: [UInt8]

  /// An attachment of these parts.
  public init(
    logTime: UInt64, createTime: UInt64, name: String, mediaType: String, data: [UInt8]
  ) {
    self.logTime = logTime
    self.createTime = createTime
    self.name = name
    self.mediaType = mediaType
    self.data = data
  }
}

/// What the file says about itself in numbers.
public struct McapStatistics: Hashable, Sendable {
  /// Messages of all channels.
  public var messages: UInt64 = 0
  /// Schemas.
  public var schemas: UInt16 = 0
  /// Channels.
  public var channels: UInt32 = 0
  /// Attachments.
  public var attachments: UInt32 = 0
  /// Metadata records.
  public var metadata: UInt32 = 0
  /// Chunks.
  public var chunks: UInt32 = 0
  /// The earliest log time, ns; 0 where there is no message.
  public var startTime: UInt64 = 0
  /// The latest log time, ns; 0 where there is no message.
  public var endTime: UInt64 = 0
  /// Messages of each channel.
  public var channelMessages: [UInt16: UInt64] = [:]
}

/// What can be known of a file without reading its messages.
public struct McapSummary: Hashable, Sendable {
  /// The schemas by their numbers.
  public var schemas: [UInt16: McapSchema] = [:]
  /// The channels by their numbers.
  public var channels: [UInt16: McapChannel] = [:]
  /// Counts and times; nil where the file has none.
  public var statistics: McapStatistics?
  /// Where the chunks are, in the order of the file.
  var chunks: [ChunkIndex] = []
}

/// Where a chunk is and what it holds.
struct ChunkIndex: Hashable, Sendable {
  var startTime: UInt64
  var endTime: UInt64
  var offset: UInt64
  var length: UInt64
  var messageIndexOffsets: [UInt16: UInt64]
  var messageIndexLength: UInt64
  var compression: String
  var compressedBytes: UInt64
  var uncompressedBytes: UInt64
}

// Content of the records, to bytes and back.

extension McapSchema {
  var content: [UInt8] {
    var bytes: [UInt8] = []
    bytes.put(id)
    bytes.put(name)
    bytes.put(encoding)
    bytes.put(UInt32(data.count))
    bytes += data
    return bytes
  }

  init(_ bytes: inout ByteReader) throws(ByteReader.Problem) {
    id = try bytes.number()
    name = try bytes.text()
    encoding = try bytes.text()
    data = Array(try bytes.take(UInt64(try bytes.number(UInt32.self))))
    guard id != 0 else { throw ByteReader.Problem(reason: "a schema has the number 0") }
  }
}

extension McapChannel {
  var content: [UInt8] {
    var bytes: [UInt8] = []
    bytes.put(id)
    bytes.put(schema)
    bytes.put(topic)
    bytes.put(messageEncoding)
    bytes.put(metadata)
    return bytes
  }

  init(_ bytes: inout ByteReader) throws(ByteReader.Problem) {
    id = try bytes.number()
    schema = try bytes.number()
    topic = try bytes.text()
    messageEncoding = try bytes.text()
    metadata = try bytes.map()
  }
}

extension McapMessage {
  init(_ bytes: inout ByteReader) throws(ByteReader.Problem) {
    channel = try bytes.number()
    sequence = try bytes.number()
    logTime = try bytes.number()
    publishTime = try bytes.number()
    data = Array(bytes.rest())
  }
}

extension McapAttachment {
  /// With the checksum of all that is before it.
  var content: [UInt8] {
    var bytes: [UInt8] = []
    bytes.put(logTime)
    bytes.put(createTime)
    bytes.put(name)
    bytes.put(mediaType)
    bytes.put(UInt64(data.count))
    bytes += data
    bytes.put(CRC32.of(bytes))
    return bytes
  }

  init(_ bytes: inout ByteReader) throws(ByteReader.Problem) {
    logTime = try bytes.number()
    createTime = try bytes.number()
    name = try bytes.text()
    mediaType = try bytes.text()
    data = Array(try bytes.take(try bytes.number(UInt64.self)))
    _ = try bytes.number(UInt32.self)
  }
}

extension McapStatistics {
  var content: [UInt8] {
    var bytes: [UInt8] = []
    bytes.put(messages)
    bytes.put(schemas)
    bytes.put(channels)
    bytes.put(attachments)
    bytes.put(metadata)
    bytes.put(chunks)
    bytes.put(startTime)
    bytes.put(endTime)
    bytes.put(channelMessages)
    return bytes
  }

  init(_ bytes: inout ByteReader) throws(ByteReader.Problem) {
    messages = try bytes.number()
    schemas = try bytes.number()
    channels = try bytes.number()
    attachments = try bytes.number()
    metadata = try bytes.number()
    chunks = try bytes.number()
    startTime = try bytes.number()
    endTime = try bytes.number()
    channelMessages = try bytes.pairs()
  }
}

extension ChunkIndex {
  var content: [UInt8] {
    var bytes: [UInt8] = []
    bytes.put(startTime)
    bytes.put(endTime)
    bytes.put(offset)
    bytes.put(length)
    bytes.put(messageIndexOffsets)
    bytes.put(messageIndexLength)
    bytes.put(compression)
    bytes.put(compressedBytes)
    bytes.put(uncompressedBytes)
    return bytes
  }

  init(_ bytes: inout ByteReader) throws(ByteReader.Problem) {
    startTime = try bytes.number()
    endTime = try bytes.number()
    offset = try bytes.number()
    length = try bytes.number()
    messageIndexOffsets = try bytes.pairs()
    messageIndexLength = try bytes.number()
    compression = try bytes.text()
    compressedBytes = try bytes.number()
    uncompressedBytes = try bytes.number()
  }
}

/// A chunk's head; its compressed records follow.
struct ChunkHead {
  var startTime: UInt64
  var endTime: UInt64
  var uncompressedBytes: UInt64
  var uncompressedCRC: UInt32
  var compression: String

  var content: [UInt8] {
    var bytes: [UInt8] = []
    bytes.put(startTime)
    bytes.put(endTime)
    bytes.put(uncompressedBytes)
    bytes.put(uncompressedCRC)
    bytes.put(compression)
    return bytes
  }

  init(
    startTime: UInt64, endTime: UInt64, uncompressedBytes: UInt64, uncompressedCRC: UInt32,
    compression: String
  ) {
    self.startTime = startTime
    self.endTime = endTime
    self.uncompressedBytes = uncompressedBytes
    self.uncompressedCRC = uncompressedCRC
    self.compression = compression
  }

  init(_ bytes: inout ByteReader) throws(ByteReader.Problem) {
    startTime = try bytes.number()
    endTime = try bytes.number()
    uncompressedBytes = try bytes.number()
    uncompressedCRC = try bytes.number()
    compression = try bytes.text()
  }
}
