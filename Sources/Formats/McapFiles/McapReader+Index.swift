internal import Checksums
extension McapReader {
  /// What can be known of the file without reading its messages.
  ///
  /// - Throws: `McapError.damaged`, also where the summary's checksum is wrong.
  public func summary() throws(McapError) -> McapSummary {
    let footerOffset = size - magic.count - 29
    let footer = try bytes(at: max(footerOffset, 0), count: 29)
    var summary = McapSummary()
    do throws(ByteReader.Problem) {
      var reader = ByteReader(footer[...])
      let opcode: UInt8 = try reader.number()
      let length: UInt64 = try reader.number()
      let start: UInt64 = try reader.number()
      let offsetsStart: UInt64 = try reader.number()
      let sum: UInt32 = try reader.number()
      guard opcode == Opcode.footer.rawValue, length == 20 else {
        throw ByteReader.Problem(reason: "the footer is missing")
      }
      guard start > 0 else { return summary }
      guard start <= UInt64(footerOffset),
        offsetsStart == 0 || (start...UInt64(footerOffset)).contains(offsetsStart)
      else { throw ByteReader.Problem(reason: "the summary begins beyond the end") }
      let content: [UInt8]
      do throws(McapError) {
        content = try bytes(at: Int(start), count: footerOffset - Int(start))
      } catch {
        throw ByteReader.Problem(reason: error.description)
      }
      guard sum == 0 || sum == CRC32.of(content + footer.prefix(25)) else {
        throw ByteReader.Problem(reason: "the checksum of the summary is wrong")
      }
      var records = ByteReader(content[...])
      while !records.isAtEnd { try summary.take(&records) }
    } catch {
      throw .damaged(path: path, offset: footerOffset, reason: error.reason)
    }
    return summary
  }

  /// The messages of a time, in the order of their log times. Only the chunks that hold some are
  /// read.
  ///
  /// - Parameters:
  ///   - times: Log times, ns since 1970.
  ///   - topics: Only of these; nil: of all.
  /// - Returns: The messages; those of one time in the order of the file.
  /// - Throws: `McapError`, also where the file has no index.
  public func messages(
    in times: ClosedRange<UInt64>, topics: Set<String>? = nil
  ) throws(McapError) -> [McapMessage] {
    let summary = try summary()
    if summary.chunks.isEmpty, summary.statistics?.messages != 0 {
      throw .unsupported(path: path, what: "it has no index of its chunks")
    }
    var messages: [McapMessage] = []
    for chunk in summary.chunks
    where chunk.startTime <= times.upperBound && chunk.endTime >= times.lowerBound {
      for message in try self.messages(of: chunk) where times.contains(message.logTime) {
        guard let topic = summary.channels[message.channel]?.topic else {
          throw .damaged(
            path: path, offset: Int(clamping: chunk.offset),
            reason: "a message of the unknown channel \(message.channel)")
        }
        if topics?.contains(topic) ?? true { messages.append(message) }
      }
    }
    // Stable, so that messages of one time stay in the order of the file.
    return messages.enumerated()
      .sorted { ($0.element.logTime, $0.offset) < ($1.element.logTime, $1.offset) }
      .map(\.element)
  }

  private func messages(of chunk: ChunkIndex) throws(McapError) -> [McapMessage] {
    let offset = Int(clamping: chunk.offset)
    guard chunk.length >= 9, chunk.length <= UInt64(Self.recordBytesLimit) else {
      throw .damaged(path: path, offset: offset, reason: "a chunk of \(chunk.length) bytes")
    }
    let record = try bytes(at: offset, count: Int(chunk.length))
    var messages: [McapMessage] = []
    do throws(ByteReader.Problem) {
      guard record[0] == Opcode.chunk.rawValue else {
        throw ByteReader.Problem(reason: "there is no chunk where the index says")
      }
      var reader = ByteReader(record[9...])
      let head = try ChunkHead(&reader)
      let records = try Chunk.records(head, &reader)
      var content = ByteReader(records[...])
      while !content.isAtEnd {
        let opcode: UInt8 = try content.number()
        var message = ByteReader(try content.take(try content.number(UInt64.self)))
        if opcode == Opcode.message.rawValue { messages.append(try McapMessage(&message)) }
      }
    } catch {
      throw .damaged(path: path, offset: offset, reason: error.reason)
    }
    return messages
  }
}

extension McapSummary {
  fileprivate mutating func take(_ records: inout ByteReader) throws(ByteReader.Problem) {
    let opcode: UInt8 = try records.number()
    var content = ByteReader(try records.take(try records.number(UInt64.self)))
    switch Opcode(rawValue: opcode) {
    case .schema:
      let schema = try McapSchema(&content)
      schemas[schema.id] = schema
    case .channel:
      let channel = try McapChannel(&content)
      channels[channel.id] = channel
    case .statistics: statistics = try McapStatistics(&content)
    case .chunkIndex: chunks.append(try ChunkIndex(&content))
    default: break
    }
  }
}
