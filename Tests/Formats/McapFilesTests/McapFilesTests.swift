// Aim: Foxglove's own package reads what is written here, this reader reads what that package
// writes, and damage never goes unnoticed. Method: files go both ways; every record and checksum
// is examined; bits are flipped and files are cut.
import Foundation
import MallardTesting
import McapFiles
import Testing

/// A file that is removed with its owner.
final class TemporaryFile {
  let url = DatasetPeers.temporaryFile("mcap")
  var path: String { url.path }
  deinit { try? FileManager.default.removeItem(at: url) }
}

/// Messages of two channels whose times are not in order, large enough for several chunks.
func sampleMessages(count: Int, bytes: Int) -> [McapMessage] {
  var random = SeededGenerator(seed: 5)
  return (0..<count).map { index -> McapMessage in
    let letters = (0..<bytes).map { _ in UInt8(random.integer(0x61...0x7A)) }
    let text = "{\"n\":\(index),\"d\":\"" + String(decoding: letters, as: UTF8.self) + "\"}"
    return McapMessage(
      channel: UInt16(index % 2), sequence: UInt32(index / 2),
      logTime: 1_700_000_000_000_000_000 + UInt64(index ^ 3) * 50_000_000,
      publishTime: UInt64(index), data: Array(text.utf8))
  }
}

func writeSample(_ path: String, _ messages: [McapMessage]) throws {
  let writer = try McapWriter(path: path, profile: "test", library: "mallard")
  let schema = writer.addSchema(
    name: "test.Thing", encoding: "jsonschema", data: Array("{\"type\":\"object\"}".utf8))
  _ = writer.addChannel(
    topic: "/a", schema: schema, messageEncoding: "json", metadata: ["robot": "r", "a": "ä"])
  _ = writer.addChannel(topic: "/b", schema: 0, messageEncoding: "json")
  _ = writer.addChannel(topic: "/silent", schema: schema, messageEncoding: "json")
  try writer.writeMetadata(name: "episode", ["id": "1", "task": "stack"])
  for (index, message) in messages.enumerated() {
    try writer.write(message)
    if index == messages.count / 2 {
      try writer.write(
        McapAttachment(
          logTime: 7, createTime: 0, name: "settings.json", mediaType: "application/json",
          data: Array("{}".utf8)))
    }
  }
  try writer.close()
}

/// All that a file holds, in order.
func items(of path: String) throws -> [McapReader.Item] {
  let reader = try McapReader(path: path)
  var items: [McapReader.Item] = []
  while let item = try reader.next() { items.append(item) }
  return items
}

extension [McapReader.Item] {
  var messages: [McapMessage] {
    compactMap { if case .message(let message) = $0 { message } else { nil } }
  }
}

@Suite struct McapFilesTests {
  @Test func `what was written is read again, in order and by time`() throws {
    let file = TemporaryFile()
    let messages = sampleMessages(count: 3_000, bytes: 4_000)
    try writeSample(file.path, messages)
    let found = try items(of: file.path)
    #expect(found.messages == messages)
    #expect(found.first == .metadata(name: "episode", entries: ["id": "1", "task": "stack"]))
    #expect(found.count == messages.count + 2)

    let reader = try McapReader(path: file.path)
    #expect(reader.profile == "test" && reader.library == "mallard")
    let summary = try reader.summary()
    #expect(summary.channels.values.map(\.topic).sorted() == ["/a", "/b"])
    #expect(summary.channels[0]?.metadata == ["robot": "r", "a": "ä"])
    let statistics = try #require(summary.statistics)
    #expect(statistics.messages == 3_000 && statistics.channelMessages == [0: 1_500, 1: 1_500])
    #expect(statistics.chunks >= 3 && statistics.attachments == 1 && statistics.metadata == 1)
    let start = messages[0].logTime
    let range = (start + 50_000_000 * 900)...(start + 50_000_000 * 1_100)
    let wanted = messages.filter { range.contains($0.logTime) }.sorted { $0.logTime < $1.logTime }
    #expect(try reader.messages(in: range) == wanted)
    #expect(
      try reader.messages(in: range, topics: ["/b"]) == wanted.filter { $0.channel == 1 })
  }

  @Test func `a file without messages is whole`() throws {
    let file = TemporaryFile()
    try McapWriter(path: file.path, library: "mallard").close()
    let reader = try McapReader(path: file.path)
    #expect(try reader.next() == nil)
    #expect(try reader.summary().statistics?.messages == 0)
    #expect(try reader.messages(in: 0 ... .max) == [])
  }

  @Test func `the same calls give the same bytes`() throws {
    let (first, second) = (TemporaryFile(), TemporaryFile())
    try writeSample(first.path, sampleMessages(count: 300, bytes: 30_000))
    try writeSample(second.path, sampleMessages(count: 300, bytes: 30_000))
    #expect(try Data(contentsOf: first.url) == Data(contentsOf: second.url))
  }

  @Test(.enabled(if: DatasetPeers.areInstalled, "make dataset-peers"))
  func `Foxglove's package reads every value, and finds every index and checksum right`() throws {
    let file = TemporaryFile()
    let messages = sampleMessages(count: 600, bytes: 20_000)
    try writeSample(file.path, messages)
    let output = try DatasetPeers.run(mcapDoctor, [file.path])
    struct Found: Decodable {
      struct Message: Decodable {
        var topic: String
        var sequence: UInt32
        var log: UInt64
        var publish: UInt64
        var data: String
      }
      var messages: [Message]
      var chunks: Int
      var between: [UInt64]
    }
    let found = try JSONDecoder().decode(Found.self, from: output)
    #expect(found.chunks >= 3)
    #expect(found.messages.count == messages.count)
    for (found, message) in zip(found.messages, messages) {
      #expect(found.topic == (message.channel == 0 ? "/a" : "/b"))
      #expect(found.sequence == message.sequence && found.log == message.logTime)
      #expect(found.publish == message.publishTime)
      #expect(found.data == String(decoding: message.data, as: UTF8.self))
    }
    let wanted = messages.map(\.logTime).sorted()[200..<300]
    #expect(found.between == Array(wanted))
  }

  @Test(
    .enabled(if: DatasetPeers.areInstalled, "make dataset-peers"),
    arguments: ["ZSTD", "NONE", "LZ4", "unchunked"])
  func `what Foxglove's package writes is read`(compression: String) throws {
    let file = TemporaryFile()
    let script = """
      import sys, json
      from mcap.writer import Writer, CompressionType
      kind = sys.argv[2]
      w = Writer(open(sys.argv[1], "wb"), chunk_size=2000, use_chunking=kind != "unchunked",
        compression=getattr(CompressionType, kind, CompressionType.NONE), enable_data_crcs=True)
      w.start(profile="p", library="python")
      s = w.register_schema("S", "jsonschema", b"{}")
      c = w.register_channel("/t", "json", s, {"k": "v"})
      for i in range(500):
        w.add_message(c, 1000 + i, json.dumps({"i": i}).encode(), 5, i)
      w.add_attachment(1, 2, "n", "text/plain", b"content")
      w.add_metadata("m", {"a": "b"})
      w.finish()
      """
    _ = try DatasetPeers.run(script, [file.path, compression])
    if compression == "LZ4" {
      #expect { try items(of: file.path) } throws: { error in
        if case McapError.unsupported = error { true } else { false }
      }
      return
    }
    let found = try items(of: file.path)
    #expect(found.messages.map(\.logTime) == (1_000..<1_500).map { UInt64($0) })
    #expect(found.messages.last?.data == Array("{\"i\": 499}".utf8))
    #expect(found.contains(.metadata(name: "m", entries: ["a": "b"])))
    let reader = try McapReader(path: file.path)
    #expect(try reader.summary().statistics?.messages == 500)
    guard compression != "unchunked" else { return }
    #expect(try reader.messages(in: 1_100...1_103).map(\.sequence) == [100, 101, 102, 103])
  }

  @Test func `a cut file is refused at every length`() throws {
    let file = TemporaryFile()
    try writeSample(file.path, sampleMessages(count: 6, bytes: 20))
    let bytes = try Data(contentsOf: file.url)
    for count in 0..<bytes.count {
      try bytes.prefix(count).write(to: file.url)
      #expect(throws: McapError.self, "\(count) bytes") { try items(of: file.path) }
    }
  }

  @Test func `a flipped bit is found wherever it is, or changes nothing that is read`() throws {
    let file = TemporaryFile()
    let messages = sampleMessages(count: 20, bytes: 50)
    try writeSample(file.path, messages)
    let bytes = try Data(contentsOf: file.url)
    let right = try items(of: file.path)
    var random = SeededGenerator(seed: 11)
    var found = 0
    for index in bytes.indices {
      let bit = random.integer(0...7)
      var damaged = bytes
      damaged[index] ^= 1 << bit
      try damaged.write(to: file.url)
      do {
        #expect(try items(of: file.path) == right, "byte \(index), bit \(bit)")
      } catch is McapError {
        found += 1
      }
      let byTime = Result { () throws(McapError) in
        try McapReader(path: file.path).messages(in: 0 ... .max)
      }
      if case .success(let read) = byTime {
        #expect(read == messages.sorted { $0.logTime < $1.logTime }, "byte \(index), bit \(bit)")
      }
    }
    #expect(found > bytes.count * 98 / 100)
  }
}

/// Reads a file in all ways that the package offers and holds every offset, count and checksum
/// against the bytes.
let mcapDoctor = """
  import sys, json, zlib, struct, io
  from mcap.reader import make_reader, NonSeekingReader, SeekingReader
  from mcap.stream_reader import StreamReader, get_chunk_data_stream
  from mcap import records as R
  path = sys.argv[1]
  raw = open(path, "rb").read()
  magic = b"\\x89MCAP0\\r\\n"
  assert raw[:8] == magic and raw[-8:] == magic
  # Every record by hand.
  at, found = 8, []
  while at < len(raw) - 8:
    op, size = raw[at], struct.unpack_from("<Q", raw, at + 1)[0]
    found.append((at, op, raw[at + 9:at + 9 + size])); at += 9 + size
  assert at == len(raw) - 8
  ops = [f[1] for f in found]
  assert ops[0] == 1 and ops[-1] == 2 and ops.count(15) == 1
  end = next(f for f in found if f[1] == 15)
  assert struct.unpack("<I", end[2])[0] == zlib.crc32(raw[:end[0]]) != 0
  summary_start, offset_start, crc = struct.unpack("<QQI", found[-1][2])
  assert crc == zlib.crc32(raw[summary_start:len(raw) - 12]) != 0
  assert summary_start == end[0] + 9 + 4
  # The seeking reader, with the summary.
  reader = SeekingReader(open(path, "rb"), validate_crcs=True)
  summary = reader.get_summary()
  chunks = [f for f in found if f[1] == 6]
  assert len(chunks) == len(summary.chunk_indexes) == summary.statistics.chunk_count
  counts = {}
  for index, (at, _, content) in zip(summary.chunk_indexes, chunks):
    assert index.chunk_start_offset == at and index.chunk_length == len(content) + 9
    assert raw[at] == 6
    chunk = R.Chunk.read(__import__("mcap.data_stream", fromlist=["x"]).ReadDataStream(
      io.BytesIO(content)))
    stream, length = get_chunk_data_stream(chunk, validate_crc=True)
    assert chunk.uncompressed_crc != 0 and length == index.uncompressed_size
    assert len(chunk.data) == index.compressed_size and chunk.compression == "zstd"
    data = stream.read(length)
    times, here, indexes = [], 0, {}
    while here < length:
      op, size = data[here], struct.unpack_from("<Q", data, here + 1)[0]
      if op == 5:
        c, _, t = struct.unpack_from("<HIQ", data, here + 9)
        indexes.setdefault(c, []).append((t, here)); times.append(t)
        counts[c] = counts.get(c, 0) + 1
      here += 9 + size
    assert here == length
    assert (min(times), max(times)) == (index.message_start_time, index.message_end_time)
    after = at + index.chunk_length
    assert sorted(index.message_index_offsets) == sorted(indexes)
    for c, offset in index.message_index_offsets.items():
      assert raw[offset] == 7 and after <= offset < after + index.message_index_length
      m = R.MessageIndex.read(__import__("mcap.data_stream", fromlist=["x"]).ReadDataStream(
        io.BytesIO(raw[offset + 9:])))
      assert m.channel_id == c and [tuple(r) for r in m.records] == indexes[c]
  assert counts == summary.statistics.channel_message_counts
  assert sum(counts.values()) == summary.statistics.message_count
  for index in summary.attachment_indexes: assert raw[index.offset] == 9
  for index in summary.metadata_indexes: assert raw[index.offset] == 12
  assert len(summary.attachment_indexes) == summary.statistics.attachment_count
  assert len(summary.metadata_indexes) == summary.statistics.metadata_count
  # The stream's order, then by time.
  every = [(s, c, m) for s, c, m in NonSeekingReader(
    open(path, "rb"), validate_crcs=True).iter_messages(log_time_order=False)]
  ordered = [m for s, c, m in reader.iter_messages(log_time_order=True)]
  assert len(ordered) == len(every)
  assert all(a.log_time <= b.log_time for a, b in zip(ordered, ordered[1:]))
  times = sorted(m.log_time for s, c, m in every)
  if len(times) > 300:
    between = [m.log_time for s, c, m in reader.iter_messages(
      start_time=times[200], end_time=times[300])]
  else: between = []
  attachments = list(reader.iter_attachments())
  metadata = list(reader.iter_metadata())
  print(json.dumps({
    "messages": [{"topic": c.topic, "sequence": m.sequence, "log": m.log_time,
      "publish": m.publish_time, "data": m.data.decode()} for s, c, m in every],
    "chunks": len(chunks), "between": between,
    "attachments": [a.name for a in attachments], "metadata": [m.name for m in metadata]}))
  """
