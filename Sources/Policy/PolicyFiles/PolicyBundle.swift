internal import Foundation
public import Policy
internal import StrictFiles
internal import TensorFiles
public import Tensors
public import VisionTransformer

/// A trained policy: what it says of itself, and its weights, checked against each other. On disk
/// a folder with `policy.json` and `weights.safetensors`.
public struct PolicyBundle: Hashable, Sendable {
  /// The manifest's file in a policy's folder.
  public static let manifestName = "policy.json"
  /// The tensors' file in a policy's folder.
  public static let weightsName = "weights.safetensors"

  /// What the policy says of itself.
  public let manifest: PolicyManifest
  /// The encoder's weights.
  public let encoder: VisionTransformerWeights
  /// The weights of all other networks, by name (`PolicyTensors`).
  public let networks: [String: Tensor]
  /// Where it was read from, or its name, for error messages.
  public let origin: String

  /// Whether it holds flat behaviour cloning.
  public var hasFlatEnsemble: Bool { Self.holds(PolicyTensors.flatPrefix, networks) }
  /// Whether it knows which subtasks come: subgoals of a robot to which none was named are then sampled
  /// over those that may.
  public var hasChooser: Bool { Self.holds(PolicyTensors.chooserPrefix, networks) }
  /// Whether it holds the risk network.
  public var hasRiskNetwork: Bool { Self.holds(PolicyTensors.riskPrefix, networks) }

  /// Joins a manifest and tensors, which must fit it.
  ///
  /// - Parameters:
  ///   - manifest: What the policy is.
  ///   - tensors: All weights by name, the encoder's with `encoder.` before timm's names. `chooser.`,
  ///     `flat.` and `risk.` may be absent; tensors that no network has are left out.
  ///   - origin: The folder, for error messages; the policy's name by default.
  /// - Throws: `PolicyFileError`, which names the tensor and both shapes.
  public init(manifest: PolicyManifest, tensors: [String: Tensor], origin: String? = nil)
    throws(PolicyFileError)
  {
    let place = origin ?? manifest.name
    let file = origin.map { $0 + "/" + Self.weightsName } ?? manifest.name
    do { try manifest.validate() } catch {
      throw .manifest(file: origin.map { $0 + "/" + Self.manifestName } ?? place, error)
    }
    var shapes = PolicyTensors.required(by: manifest)
    if Self.holds(PolicyTensors.chooserPrefix, tensors) {
      shapes.merge(PolicyTensors.chooser(of: manifest)) { $1 }
    }
    if Self.holds(PolicyTensors.flatPrefix, tensors) {
      shapes.merge(PolicyTensors.flat(of: manifest)) { $1 }
    }
    if Self.holds(PolicyTensors.riskPrefix, tensors) {
      shapes.merge(PolicyTensors.risk(of: manifest)) { $1 }
    }
    var networks: [String: Tensor] = [:]
    for (name, shape) in shapes.sorted(by: { $0.key < $1.key }) {
      guard let tensor = tensors[name] else {
        throw .missing(file: file, tensor: name, wanted: shape)
      }
      guard tensor.shape == shape else {
        throw .shape(file: file, tensor: name, found: tensor.shape, wanted: shape)
      }
      if let index = tensor.values.firstIndex(where: { !$0.isFinite }) {
        throw .notFinite(file: file, tensor: name, index: index)
      }
      networks[name] = tensor
    }
    var encoderTensors: [String: Tensor] = [:]
    for (name, tensor) in tensors where name.hasPrefix(PolicyTensors.encoderPrefix) {
      encoderTensors[String(name.dropFirst(PolicyTensors.encoderPrefix.count))] = tensor
    }
    do {
      encoder = try VisionTransformerWeights(
        tensors: encoderTensors, configuration: manifest.eye.encoder)
    } catch { throw .encoder(file: file, error) }
    self.manifest = manifest
    self.networks = networks
    self.origin = place
  }

  private static func holds(_ prefix: String, _ tensors: [String: Tensor]) -> Bool {
    tensors.keys.contains { $0.hasPrefix(prefix) }
  }

  /// All weights by name, as they are written.
  public var tensors: [String: Tensor] {
    var all = networks
    for (name, tensor) in encoder.tensors { all[PolicyTensors.encoderPrefix + name] = tensor }
    return all
  }

  /// Checks that a method's networks are there.
  ///
  /// - Parameter method: How the policy is to be used.
  /// - Throws: `PolicyFileError.method`.
  public func check(_ method: PolicyMethod) throws(PolicyFileError) {
    switch method {
    case .pato, .patoNamed, .withoutUncertainty, .ensembleOnly: return
    case .flat, .thrifty:
      guard hasFlatEnsemble else {
        throw .method(file: origin, method, network: "flat ensemble")
      }
      guard method == .flat || hasRiskNetwork else {
        throw .method(file: origin, method, network: "risk network")
      }
    }
  }

  /// Reads a policy's folder.
  ///
  /// - Parameter folder: Where it is.
  /// - Returns: The policy, checked.
  /// - Throws: `PolicyFileError`.
  public static func read(_ folder: String) throws(PolicyFileError) -> PolicyBundle {
    let manifest = try readManifest(folder)
    let tensors: [String: Tensor]
    do { tensors = try Safetensors.read(URL(filePath: folder).appending(path: weightsName)) } catch
    {
      throw .weights(error)
    }
    return try PolicyBundle(manifest: manifest, tensors: tensors, origin: folder)
  }

  /// Reads what a policy says of itself, without its weights.
  ///
  /// - Parameter folder: Where it is.
  /// - Returns: The manifest, checked.
  /// - Throws: `PolicyFileError`.
  public static func readManifest(_ folder: String) throws(PolicyFileError) -> PolicyManifest {
    let file = URL(filePath: folder).appending(path: manifestName).path
    let tree: FileTree
    let manifest: PolicyManifest
    do throws(StrictFileError) {
      tree = try FileTree(path: file, format: .json)
      // The version first: a file of another one has other fields, and that is not what is wrong.
      let format = try tree.glimpse(Format.self).format
      guard format == PolicyManifest.currentFormat else {
        let error = PolicyManifestError.format(found: format, wanted: PolicyManifest.currentFormat)
        throw tree.fault(at: "format", error.description)
      }
      manifest = try tree.decode(advice: "(was the policy made by a newer Mallard?)")
    } catch {
      throw .file(error)
    }
    do { try manifest.validate() } catch {
      throw .file(tree.fault(at: error.place, error.description))
    }
    return manifest
  }

  private struct Format: Decodable {
    var format: Int
  }
}
