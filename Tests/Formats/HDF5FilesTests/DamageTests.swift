// Aim: whatever the bytes of a file are, reading it ends in what was written or in an error that
// names the file. Method: bits of a file of this writer, which has checksums, are flipped and it is
// cut, with a fixed seed. (Files without checksums are the concern of `mallard import`, whose test
// is among the end-to-end ones: libhdf5 itself does not survive all of them.)
import Foundation
import HDF5Files
import MallardTesting
import Testing

/// Everything that a file holds, read as an importer reads it.
private func walk(_ group: HDF5Group, depth: Int = 0) throws -> [String] {
  var found: [String] = []
  for name in ["env_args", "names"] { found.append("\(try group.attributes.texts(name) ?? [])") }
  found.append("\(try group.attributes.integer("total") ?? -1)")
  for name in ["rate", "scale"] { found.append("\(try group.attributes.numbers(name) ?? [])") }
  guard depth < 5 else { return found }
  for name in try group.memberNames() {
    found.append(name)
    switch try group.member(name) {
    case .group: found += try walk(group.group(name), depth: depth + 1)
    case .dataset: found += try walk(group.dataset(name))
    case .other, nil: found.append("other")
    }
  }
  return found
}

private func walk(_ dataset: HDF5Dataset) throws -> [String] {
  // A damaged shape may promise any number of rows: an importer compares it with what is due.
  guard dataset.rows <= 1_000, dataset.rowCount <= 10_000 else { return ["of \(dataset.shape)"] }
  let rows = 0..<dataset.rows
  if dataset.isText { return try dataset.texts(rows) }
  if dataset.isBytes { return ["\(try dataset.numbers(rows, as: UInt8.self))"] }
  return ["\(dataset.shape) \(try dataset.numbers(rows, as: Double.self).map(\.bitPattern))"]
}

private func read(_ path: String) throws -> [String] {
  let file = try HDF5File.open(path)
  let found = try walk(file.root)
  try file.close()
  return found
}

@Suite(.serialized) struct DamageTests {
  @Test func `a flipped bit in a file of ours is found, or changes nothing`() throws {
    let temporary = TemporaryFile()
    try writeSample(temporary.path)
    let bytes = try Data(contentsOf: temporary.url)
    let right = try read(temporary.path)
    var random = SeededGenerator(seed: 21)
    var found = 0
    for _ in 0..<4_000 {
      var damaged = bytes
      let (index, bit) = (random.integer(0...(bytes.count - 1)), random.integer(0...7))
      damaged[index] ^= 1 << bit
      try damaged.write(to: temporary.url)
      do {
        #expect(try read(temporary.path) == right, "byte \(index), bit \(bit)")
      } catch is HDF5Error {
        found += 1
      }
    }
    #expect(found > 1_000)
  }

  @Test func `a cut file of ours is refused`() throws {
    let temporary = TemporaryFile()
    try writeSample(temporary.path)
    let bytes = try Data(contentsOf: temporary.url)
    for count in stride(from: 0, to: bytes.count, by: 61) {
      try bytes.prefix(count).write(to: temporary.url)
      #expect(throws: HDF5Error.self, "\(count) bytes") { try read(temporary.path) }
    }
  }
}
