internal import Policy

extension PolicyManifestError {
  /// Which key of `policy.json` it is about.
  var place: String {
    switch self {
    case .format: "format"
    case .size(let name, _, _): name == "pictureSide" ? "robot.pictureSide" : "architecture.\(name)"
    case .executedSteps: "architecture.executedSteps"
    case .bits: "eye.bits"
    case .pictureSide: "eye.encoder.imageSide"
    case .encoder: "eye.encoder"
    case .ranges: "eye.ranges.blocks"
    case .number(let name, _): "robot.\(name)"
    case .noCameras: "robot.cameras"
    case .repeated(let list, _): "robot.\(list)"
    case .count(let name, _, _), .value(let name, _, _, _): "normalisation.\(name)"
    case .threshold(let name, _): "thresholds.\(name)"
    }
  }
}
