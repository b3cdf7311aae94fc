// Aim: a bundle comes back as it was written, and a damaged one says which tensor or field is wrong.
// Method: a bundle of random weights, spoilt in one way at a time.
import Foundation
import MallardTesting
import Policy
import PolicyFiles
import TensorFiles
import Tensors
import Testing

private final class Folder {
  let path = FileManager.default.temporaryDirectory
    .appending(path: "policy-\(UInt64.random(in: 0 ... .max))").path

  deinit { try? FileManager.default.removeItem(atPath: path) }

  var entries: [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
  }
}

@Suite struct PolicyBundleTests {
  private let folder = Folder()

  @Test func `a bundle is read as it was written`() throws {
    let bundle = try SmallPolicy.randomBundle(for: SmallPolicy.manifest())
    try bundle.write(to: folder.path + "/stack")
    let read = try PolicyBundle.read(folder.path + "/stack")
    #expect(read.manifest == bundle.manifest && read.tensors == bundle.tensors)
    #expect(read.encoder == bundle.encoder)
    #expect(folder.entries == ["stack"], "nothing is left beside it")
    #expect(read.hasFlatEnsemble && read.hasRiskNetwork)
    for method in PolicyMethod.allCases { try read.check(method) }
  }

  @Test func `writing again replaces the policy, keeps what people added, spares other folders`()
    throws
  {
    let place = folder.path + "/stack"
    try SmallPolicy.randomBundle(for: SmallPolicy.manifest(), seed: 1).write(to: place)
    try "mine".write(toFile: place + "/NOTES.md", atomically: true, encoding: .utf8)
    let second = try SmallPolicy.randomBundle(for: SmallPolicy.manifest(), seed: 2)
    try second.write(to: place)
    #expect(try PolicyBundle.read(place).tensors == second.tensors)
    #expect(try String(contentsOfFile: place + "/NOTES.md", encoding: .utf8) == "mine")
    #expect(folder.entries == ["stack"])
    let other = folder.path + "/letters"
    try FileManager.default.createDirectory(atPath: other, withIntermediateDirectories: true)
    try "Dear".write(toFile: other + "/a.txt", atomically: true, encoding: .utf8)
    #expect(throws: PolicyFileError.self) { try second.write(to: other) }
    #expect(folder.entries == ["letters", "stack"])
  }

  @Test func `a tensor that is missing, misshapen or not finite is named with both shapes`() throws
  {
    let bundle = try SmallPolicy.randomBundle(for: SmallPolicy.manifest())
    for name in bundle.tensors.keys.sorted() {
      var tensors = bundle.tensors
      tensors[name] = Tensor(repeating: 0, shape: [2, 99])
      expect([name, "[2, 99]", "\(bundle.tensors[name]?.shape ?? [])"]) {
        try PolicyBundle(manifest: bundle.manifest, tensors: tensors, origin: "here")
      }
      tensors[name] = bundle.tensors[name]
      tensors[name]?.values[0] = .nan
      expect([name, "not finite"]) {
        try PolicyBundle(manifest: bundle.manifest, tensors: tensors, origin: "here")
      }
      tensors[name] = nil
      expect([name, "missing"]) {
        try PolicyBundle(manifest: bundle.manifest, tensors: tensors, origin: "here")
      }
    }
  }

  /// The encoder's names come without their prefix.
  private func expect(_ words: [String], _ body: () throws -> PolicyBundle) {
    let error = #expect(throws: PolicyFileError.self) { try body() }
    let text = error?.description ?? ""
    for word in words {
      let bare = word.replacing("encoder.", with: "")
      #expect(text.contains(bare), "\(bare) in: \(text)")
    }
    #expect(text.contains("here"))
  }

  @Test func `methods whose networks are absent are refused by name`() throws {
    let bundle = try SmallPolicy.randomBundle(for: SmallPolicy.manifest())
    let without = bundle.tensors.filter { !$0.key.hasPrefix("risk.") }
    let bare = without.filter { !$0.key.hasPrefix("flat.") }
    let noRisk = try PolicyBundle(manifest: bundle.manifest, tensors: without)
    try noRisk.check(.flat)
    let thrifty = #expect(throws: PolicyFileError.self) { try noRisk.check(.thrifty) }
    #expect(thrifty?.description.contains("no risk network, which the method thrifty") == true)
    let noFlat = try PolicyBundle(manifest: bundle.manifest, tensors: bare)
    for method in [PolicyMethod.flat, .thrifty] {
      let error = #expect(throws: PolicyFileError.self) { try noFlat.check(method) }
      #expect(error?.description.contains("method \(method.rawValue)") == true)
    }
    try noFlat.check(.pato)
  }

  @Test func `a manifest of another version, a broken one and none`() throws {
    let place = folder.path + "/stack"
    try SmallPolicy.randomBundle(for: SmallPolicy.manifest()).write(to: place)
    let file = place + "/policy.json"
    let text = try String(contentsOfFile: file, encoding: .utf8)
    for (spoilt, words) in [
      (text.replacing("\"format\" : 1", with: "\"format\" : 2"), ["version is 2", "version 1"]),
      ("{\"format\": 3}", ["version is 3"]),
      ("{\"format\": 1}", ["\"name\" is missing"]),
      ("not JSON", ["it is no JSON"]),
      (
        text.replacing("\"executedSteps\" : 3", with: "\"executedSteps\" : 9"),
        ["executedSteps is 9"]
      ),
      (text.replacing("\"bits\" : 16", with: "\"bits\" : \"many\""), ["eye.bits"]),
    ] {
      #expect(spoilt != text)
      try spoilt.write(toFile: file, atomically: true, encoding: .utf8)
      let error = #expect(throws: PolicyFileError.self) { try PolicyBundle.read(place) }
      for word in words + [file] {
        #expect(error?.description.contains(word) == true, "\(word): \(String(describing: error))")
      }
    }
    #expect(throws: PolicyFileError.self) { try PolicyBundle.read(folder.path + "/nowhere") }
  }

  @Test func `every cut of the weights is refused without a crash`() throws {
    let place = folder.path + "/stack"
    try SmallPolicy.randomBundle(for: SmallPolicy.manifest()).write(to: place)
    let file = URL(filePath: place + "/weights.safetensors")
    let whole = try Data(contentsOf: file)
    for cut in stride(from: 0, to: whole.count, by: whole.count / 37) {
      try whole.prefix(cut).write(to: file)
      #expect(throws: PolicyFileError.self) { try PolicyBundle.read(place) }
    }
  }
}
