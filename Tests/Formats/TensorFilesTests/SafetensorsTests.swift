// Aim: files of tensors survive the way out and in, and torn or strange ones are refused by name.
// Method: round trips; files cut at every place and with every byte of the header flipped.
import Foundation
import TensorFiles
import Tensors
import Testing

@Suite struct SafetensorsTests {
  private func folder() throws -> URL {
    let url = FileManager.default.temporaryDirectory.appending(path: "mallard-\(UUID())")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    return url
  }

  private var sample: [String: Tensor] {
    get throws {
      [
        "a": try Tensor(shape: [2, 3], values: [1, -2, 3.5, 0, 1e-30, 7]),
        "b.weight": try Tensor(shape: [], values: [42]), "c": try Tensor(shape: [0], values: []),
      ]
    }
  }

  @Test func `tensors come back as they were written`() throws {
    let folder = try folder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appending(path: "x.safetensors")
    try Safetensors.write(sample, to: file, metadata: ["who": "test"])
    #expect(try Safetensors.read(file) == sample)
  }

  @Test func `a torn file is refused at whatever length`() throws {
    let folder = try folder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appending(path: "x.safetensors")
    try Safetensors.write(sample, to: file)
    let whole = try Data(contentsOf: file)
    for length in 0..<whole.count {
      try whole.prefix(length).write(to: file)
      #expect(throws: SafetensorsError.self, "\(length) bytes") { try Safetensors.read(file) }
    }
  }

  @Test func `a flipped header is refused or read, and never traps`() throws {
    let folder = try folder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appending(path: "x.safetensors")
    try Safetensors.write(sample, to: file)
    let whole = try Data(contentsOf: file)
    var refused = 0
    for place in 0..<whole.count - 28 {
      for bit in [0, 3, 7] {
        var torn = whole
        torn[place] ^= UInt8(1 << bit)
        try torn.write(to: file)
        if (try? Safetensors.read(file)) == nil { refused += 1 }
      }
    }
    #expect(refused > 100)
  }

  @Test func `what is no file, and what is no float, is named`() throws {
    let folder = try folder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appending(path: "x.safetensors")
    #expect(throws: SafetensorsError.self) { try Safetensors.read(file) }
    let header = Data(#"{"x":{"dtype":"I64","shape":[1],"data_offsets":[0,8]}}"#.utf8)
    var data = Data()
    withUnsafeBytes(of: UInt64(header.count).littleEndian) { data.append(contentsOf: $0) }
    data.append(header)
    data.append(Data(count: 8))
    try data.write(to: file)
    #expect(throws: SafetensorsError.type(path: file.path, tensor: "x", found: "I64")) {
      try Safetensors.read(file)
    }
  }
}
