public import Policy
public import StrictFiles
public import TensorFiles
public import VisionTransformer

/// Why a policy's folder is of no use.
public enum PolicyFileError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The manifest cannot be read, is not the JSON that it should be, contradicts itself, or is of
  /// another version.
  case file(StrictFileError)
  /// The manifest contradicts itself.
  case manifest(file: String, PolicyManifestError)
  /// The file of tensors is damaged, or cannot be read or written.
  case weights(SafetensorsError)
  /// A tensor is not there.
  case missing(file: String, tensor: String, wanted: [Int])
  /// A tensor has another shape than the manifest says.
  case shape(file: String, tensor: String, found: [Int], wanted: [Int])
  /// A tensor holds something that is not a number.
  case notFinite(file: String, tensor: String, index: Int)
  /// The encoder's tensors do not fit the manifest.
  case encoder(file: String, WeightError)
  /// A method needs networks that the policy lacks.
  case method(file: String, PolicyMethod, network: String)
  /// The folder cannot be written.
  case unwritable(folder: String, reason: String)

  /// In words.
  public var description: String {
    switch self {
    case .file(let error): error.description
    case .manifest(let file, let error): "\(file): \(error)"
    case .weights(let error): error.description
    case .missing(let file, let tensor, let wanted):
      "\(file): the tensor \(tensor) of shape \(wanted) is missing"
    case .shape(let file, let tensor, let found, let wanted):
      "\(file): the tensor \(tensor) has the shape \(found), but the manifest needs \(wanted)"
    case .notFinite(let file, let tensor, let index):
      "\(file): the tensor \(tensor) holds a value that is not finite, at element \(index)"
    case .encoder(let file, let error): "\(file): the encoder: \(error)"
    case .method(let file, let method, let network):
      "\(file): this policy has no \(network), which the method \(method.rawValue) needs; train it "
        + "with one, or choose another method"
    case .unwritable(let folder, let reason): "cannot write the policy \(folder): \(reason)"
    }
  }
}
