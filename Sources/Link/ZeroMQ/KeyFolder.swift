import Foundation
internal import PlainErrors

/// Why a folder of keys cannot be used.
public enum KeyFolderError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The role or the name is not allowed.
  case owner(String)
  /// There is a key of this owner already.
  case exists(String, path: String)
  /// A key that is needed is not there.
  case missing(String, path: String)
  /// A secret can be read by others.
  case exposed(path: String)
  /// A file holds no key.
  case damaged(path: String)
  /// The folder cannot be read or written.
  case folder(path: String, reason: String)

  /// What is wrong with which file, and what to do.
  public var description: String {
    switch self {
    case .owner(let owner):
      "\"\(owner)\" is no owner of a key; write coordinator, robot/NAME, operator/NAME or "
        + "viewer/NAME"
    case .exists(let owner, let path):
      "\(owner) has a key already (\(path)); remove it first if it is to be replaced"
    case .missing(let owner, let path):
      "no key of \(owner) at \(path); make it with `mallard keys create \(owner)`"
    case .exposed(let path):
      "the secret \(path) can be read by others; run: chmod 600 \(path)"
    case .damaged(let path): "\(path) holds no key: 40 characters of Z85 are expected"
    case .folder(let path, let reason): "the folder of keys \(path): \(reason)"
    }
  }
}

/// A folder with one file a key: `robot-arm-1.public`, and `robot-arm-1.secret` where it is the
/// owner's machine. The coordinator lets in whoever's public key lies in its folder.
public struct KeyFolder: Sendable {
  /// The folder.
  public let path: String

  /// The folder at `path`, which need not exist yet.
  public init(_ path: String) { self.path = path }

  /// Makes a pair for an owner such as `robot/arm-1`.
  ///
  /// - Throws: `KeyFolderError`; `ZMQError` when libzmq has no CURVE.
  public func create(_ owner: String) throws -> KeyPair {
    let base = try file(of: owner)
    // A secret that is alone in the folder is the only one there is. Links count, whatever they lead to.
    for path in [base + ".public", base + ".secret"] {
      var status = stat()
      guard lstat(path, &status) != 0 else { throw KeyFolderError.exists(owner, path: path) }
    }
    let pair = try KeyPair.generate()
    do {
      try FileManager.default.createDirectory(
        atPath: path, withIntermediateDirectories: true,
        attributes: [.posixPermissions: 0o700])
      // Made with its permissions, so that there is no moment in which others could read it.
      let made = FileManager.default.createFile(
        atPath: base + ".secret", contents: Data(pair.secret.utf8),
        attributes: [.posixPermissions: 0o600])
      guard made else { throw KeyFolderError.folder(path: path, reason: "cannot be written") }
      try Data(pair.publicKey.text.utf8).write(
        to: URL(filePath: base + ".public"), options: .atomic)
    } catch let error as KeyFolderError {
      throw error
    } catch {
      throw KeyFolderError.folder(path: path, reason: PlainError.reason(error))
    }
    return pair
  }

  /// The pair of an owner.
  ///
  /// - Throws: `KeyFolderError` when it is missing, damaged, or can be read by others.
  public func pair(of owner: String) throws -> KeyPair {
    let file = try file(of: owner) + ".secret"
    guard let data = FileManager.default.contents(atPath: file) else {
      throw KeyFolderError.missing(owner, path: file)
    }
    let mode =
      try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int ?? 0
    guard mode & 0o077 == 0 else { throw KeyFolderError.exposed(path: file) }
    do {
      return try KeyPair(secret: Self.text(data))
    } catch {
      throw KeyFolderError.damaged(path: file)
    }
  }

  /// The public key of an owner.
  ///
  /// - Throws: `KeyFolderError` when it is missing or damaged.
  public func publicKey(of owner: String) throws -> PublicKey {
    let file = try file(of: owner) + ".public"
    guard let data = FileManager.default.contents(atPath: file) else {
      throw KeyFolderError.missing(owner, path: file)
    }
    guard let key = PublicKey(Self.text(data)) else { throw KeyFolderError.damaged(path: file) }
    return key
  }

  /// Everybody who may connect: the owner of each public key but the coordinator's.
  ///
  /// - Throws: `KeyFolderError` when the folder cannot be read, or a key is damaged.
  public func allowed() throws -> [PublicKey: String] {
    var allowed: [PublicKey: String] = [:]
    for owner in try owners() where owner != "coordinator" {
      allowed[try publicKey(of: owner)] = owner
    }
    return allowed
  }

  /// The owners of the public keys, sorted.
  ///
  /// - Throws: `KeyFolderError` when the folder cannot be read.
  public func owners() throws -> [String] {
    let names: [String]
    do {
      names = try FileManager.default.contentsOfDirectory(atPath: path)
    } catch {
      throw KeyFolderError.folder(path: path, reason: "cannot be read; is the path right?")
    }
    return names.filter { $0.hasSuffix(".public") }.map { name in
      let base = name.dropLast(".public".count)
      guard let dash = base.firstIndex(of: "-") else { return String(base) }
      return base[..<dash] + "/" + base[base.index(after: dash)...]
    }.sorted()
  }

  private func file(of owner: String) throws -> String {
    if owner == "coordinator" { return path + "/coordinator" }
    let parts = owner.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, ["robot", "operator", "viewer"].contains(parts[0]), !parts[1].isEmpty,
      parts[1].utf8.allSatisfy({ $0 != 0x2F && $0 > 0x20 && $0 < 0x7F }), !parts[1].hasPrefix(".")
    else { throw KeyFolderError.owner(owner) }
    return "\(path)/\(parts[0])-\(parts[1])"
  }

  private static func text(_ data: Data) -> String {
    String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
  }
}
