public import VisionTransformer

extension PolicyManifest {
  /// The largest width, horizon, code or number of samples that is taken; above it a file is damaged
  /// rather than ambitious.
  public static let sizeLimit = 1 << 16

  /// Checks that the manifest does not contradict itself.
  ///
  /// - Throws: `PolicyManifestError`, the first thing found.
  public func validate() throws(PolicyManifestError) {
    guard format == Self.currentFormat else {
      throw .format(found: format, wanted: Self.currentFormat)
    }
    try checkSizes()
    try checkEye()
    try checkRobot()
    for (name, values, count, isDeviation) in [
      (
        "proprioceptionMean", normalisation.proprioceptionMean, ProprioceptionFeatures.count, false
      ),
      (
        "proprioceptionDeviation", normalisation.proprioceptionDeviation,
        ProprioceptionFeatures.count, true
      ),
      ("actionMean", normalisation.actionMean, 6, false),
      ("actionDeviation", normalisation.actionDeviation, 6, true),
    ] {
      guard values.count == count else {
        throw .count(name: name, found: values.count, wanted: count)
      }
      for (index, value) in values.enumerated() where !value.isFinite || isDeviation && value <= 0 {
        throw .value(name: name, index: index, found: value, isDeviation: isDeviation)
      }
    }
    for (name, value) in [
      ("task", thresholds.task), ("policy", thresholds.policy), ("flat", thresholds.flat),
      ("novelty", thresholds.novelty), ("risk", thresholds.risk),
    ] where !(value.isFinite && value >= 0) {
      throw .threshold(name: name, found: value)
    }
  }

  private func checkSizes() throws(PolicyManifestError) {
    let sizes = architecture
    for (name, value) in [
      ("horizon", sizes.horizon), ("executedSteps", sizes.executedSteps),
      ("latent", sizes.latent), ("code", sizes.code), ("members", sizes.members),
      ("samples", sizes.samples), ("predictorWidth", sizes.predictorWidth),
      ("predictorDepth", sizes.predictorDepth), ("memberWidth", sizes.memberWidth),
    ] where !(1...Self.sizeLimit).contains(value) {
      throw .size(name: name, found: value, limit: Self.sizeLimit)
    }
    guard sizes.executedSteps <= sizes.horizon else {
      throw .executedSteps(found: sizes.executedSteps, horizon: sizes.horizon)
    }
  }

  private func checkEye() throws(PolicyManifestError) {
    guard eye.bits == 8 || eye.bits == 16 else { throw .bits(found: eye.bits) }
    guard (1...4_096).contains(robot.pictureSide) else {
      throw .size(name: "pictureSide", found: robot.pictureSide, limit: 4_096)
    }
    guard eye.encoder.imageSide == robot.pictureSide else {
      throw .pictureSide(encoder: eye.encoder.imageSide, robot: robot.pictureSide)
    }
    do { try eye.encoder.validate() } catch { throw .encoder(error) }
    guard eye.encoder.depth <= Self.sizeLimit, eye.ranges.blocks.count == eye.encoder.depth,
      eye.ranges.blocks.allSatisfy({ $0.heads.count == eye.encoder.heads })
    else { throw .ranges(blocks: eye.ranges.blocks.count, depth: eye.encoder.depth) }
  }

  private func checkRobot() throws(PolicyManifestError) {
    for (name, value) in [
      ("rate", robot.rate), ("linearSpeed", robot.linearSpeed),
      ("angularSpeed", robot.angularSpeed),
    ] where !(value.isFinite && value > 0) {
      throw .number(name: name, found: value)
    }
    guard !robot.cameras.isEmpty else { throw .noCameras }
    for (name, list) in [
      ("cameras", robot.cameras), ("subtasks", robot.subtasks), ("joints", robot.joints),
    ] {
      var seen: Set<String> = []
      for entry in list where !seen.insert(entry).inserted {
        throw .repeated(list: name, entry: entry)
      }
    }
  }
}

/// Why a manifest makes no sense.
public enum PolicyManifestError: Error, Hashable, Sendable, CustomStringConvertible {
  /// It is of another version of the format.
  case format(found: Int, wanted: Int)
  /// A size is not between one and its limit.
  case size(name: String, found: Int, limit: Int)
  /// More actions are executed than are predicted.
  case executedSteps(found: Int, horizon: Int)
  /// Integers have 8 or 16 bits.
  case bits(found: Int)
  /// The encoder takes pictures of another size than the cameras give.
  case pictureSide(encoder: Int, robot: Int)
  /// The encoder cannot be.
  case encoder(ConfigurationError)
  /// The encoder's ranges are of another depth or number of heads.
  case ranges(blocks: Int, depth: Int)
  /// A number of the robot is not positive.
  case number(name: String, found: Double)
  /// A policy without cameras.
  case noCameras
  /// A name is there twice.
  case repeated(list: String, entry: String)
  /// A list of the normalisation has another length.
  case count(name: String, found: Int, wanted: Int)
  /// A number of the normalisation is not finite, or a deviation not positive.
  case value(name: String, index: Int, found: Float, isDeviation: Bool)
  /// A threshold is not a finite number of at least zero.
  case threshold(name: String, found: Double)

  /// In words.
  public var description: String {
    switch self {
    case .format(let found, let wanted):
      "the format's version is \(found), but this program reads version \(wanted); train the policy "
        + "anew, or use the version of Mallard that wrote it"
    case .size(let name, let found, let limit): "\(name) is \(found); 1 to \(limit) are allowed"
    case .executedSteps(let found, let horizon):
      "executedSteps is \(found); 1 to the horizon, \(horizon), are allowed"
    case .bits(let found): "the eye has \(found) bits; 8 and 16 are allowed"
    case .pictureSide(let encoder, let robot):
      "the encoder takes pictures of \(encoder) pixels a side, but the cameras' pictureSide is "
        + "\(robot)"
    case .encoder(let error): error.description
    case .ranges(let blocks, let depth):
      "the eye's ranges are of \(blocks) blocks or of other heads; the encoder has \(depth) blocks"
    case .number(let name, let found): "the robot's \(name) is \(found); it must be above zero"
    case .noCameras: "the robot has no cameras; a policy looks at one at least"
    case .repeated(let list, let entry): "\(entry) is twice among the \(list)"
    case .count(let name, let found, let wanted):
      "\(name) holds \(found) numbers; \(wanted) are wanted"
    case .value(let name, let index, let found, let isDeviation):
      "\(name)[\(index)] is \(found); it must be finite" + (isDeviation ? " and above zero" : "")
    case .threshold(let name, let found):
      "the threshold \(name) is \(found); it must be finite and not below zero"
    }
  }
}
