internal import VisionTransformer

/// Which tensors a bundle's networks have, by name and shape: `weights.safetensors` without the
/// encoder, whose names begin with `encoder.`. Linear layers are `weight` [outputs, inputs] and
/// `bias` [outputs].
public enum PolicyTensors {
  /// Names of the encoder's tensors begin so; timm's names follow.
  public static let encoderPrefix = "encoder."
  /// Names of the flat ensemble's tensors begin so.
  public static let flatPrefix = "flat."
  /// Names of the chooser's tensors begin so.
  public static let chooserPrefix = "chooser."
  /// Names of the risk network's tensors begin so.
  public static let riskPrefix = "risk."

  /// What each policy has: latent, subgoal predictor and ensemble.
  ///
  /// - Parameter manifest: The policy's description; it must be valid.
  /// - Returns: Shapes by name.
  public static func required(by manifest: PolicyManifest) -> [String: [Int]] {
    let sizes = manifest.architecture
    var shapes: [String: [Int]] = [:]
    put(
      "latent", manifest.robot.cameras.count * manifest.eye.encoder.dimension, sizes.latent,
      in: &shapes)
    let inputs = sizes.state + manifest.robot.subtasks.count + sizes.code
    for layer in 0...sizes.predictorDepth {
      put(
        "predictor.\(layer)", layer == 0 ? inputs : sizes.predictorWidth,
        layer == sizes.predictorDepth ? sizes.state : sizes.predictorWidth, in: &shapes)
    }
    let width = sizes.memberWidth
    for member in 0..<sizes.members {
      let name = "members.\(member)"
      put("\(name).fuse.0", 2 * sizes.state, width, in: &shapes)
      put("\(name).fuse.1", width, width, in: &shapes)
      for part in ["ih", "hh"] {
        shapes["\(name).lstm.weight_\(part)"] = [4 * width, width]
        shapes["\(name).lstm.bias_\(part)"] = [4 * width]
      }
      put("\(name).head.0", width, width, in: &shapes)
      put("\(name).head.1", width, ActionNumbers.count, in: &shapes)
    }
    return shapes
  }

  /// What a policy that knows which subtasks come also has.
  ///
  /// - Parameter manifest: The policy's description; it must be valid.
  /// - Returns: Shapes by name.
  public static func chooser(of manifest: PolicyManifest) -> [String: [Int]] {
    var shapes: [String: [Int]] = [:]
    let width = manifest.architecture.memberWidth
    put("chooser.0", manifest.architecture.state, width, in: &shapes)
    put("chooser.1", width, manifest.robot.subtasks.count, in: &shapes)
    return shapes
  }

  /// What a policy with flat behaviour cloning also has.
  ///
  /// - Parameter manifest: The policy's description; it must be valid.
  /// - Returns: Shapes by name.
  public static func flat(of manifest: PolicyManifest) -> [String: [Int]] {
    var shapes: [String: [Int]] = [:]
    for member in 0..<manifest.architecture.members {
      perceptron(
        "flat.\(member)", manifest.architecture.state, manifest.architecture.memberWidth,
        ActionNumbers.count, in: &shapes)
    }
    return shapes
  }

  /// What a policy with a risk network also has.
  ///
  /// - Parameter manifest: The policy's description; it must be valid.
  /// - Returns: Shapes by name.
  public static func risk(of manifest: PolicyManifest) -> [String: [Int]] {
    var shapes: [String: [Int]] = [:]
    perceptron(
      "risk", manifest.architecture.state + ActionNumbers.count,
      manifest.architecture.memberWidth, 1, in: &shapes)
    return shapes
  }

  private static func perceptron(
    _ name: String, _ inputs: Int, _ width: Int, _ outputs: Int, in shapes: inout [String: [Int]]
  ) {
    put("\(name).0", inputs, width, in: &shapes)
    put("\(name).1", width, width, in: &shapes)
    put("\(name).2", width, outputs, in: &shapes)
  }

  private static func put(
    _ name: String, _ inputs: Int, _ outputs: Int, in shapes: inout [String: [Int]]
  ) {
    shapes["\(name).weight"] = [outputs, inputs]
    shapes["\(name).bias"] = [outputs]
  }
}
