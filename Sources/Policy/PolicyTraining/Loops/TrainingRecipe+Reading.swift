public import Foundation
internal import PlainErrors
internal import StrictFiles
internal import VisionTransformer

extension TrainingRecipe {
  /// A recipe from a JSON file that may leave out any part.
  ///
  /// - Parameter path: The file.
  /// - Returns: The defaults, changed by it and checked.
  /// - Throws: `TrainingError.recipe`: no JSON, a name that there is not, a value of the wrong kind.
  public static func read(_ path: String) throws(TrainingError) -> TrainingRecipe {
    let tree: FileTree
    do { tree = try FileTree(path: path, format: .json) } catch {
      throw .recipe(error.description)
    }
    return try reading(tree)
  }

  /// A recipe from JSON that may leave out any part.
  ///
  /// - Parameters:
  ///   - data: The JSON object.
  ///   - path: Where it is from, for the error.
  /// - Returns: The defaults, changed by it and checked.
  /// - Throws: `TrainingError.recipe`: no JSON, a name that there is not, a value of the wrong kind.
  public static func reading(_ data: Data, path: String) throws(TrainingError) -> TrainingRecipe {
    let tree: FileTree
    do { tree = try FileTree(data, path: path, format: .json) } catch {
      throw .recipe(error.description)
    }
    return try reading(tree)
  }

  private static func reading(_ tree: FileTree) throws(TrainingError) -> TrainingRecipe {
    let recipe: TrainingRecipe
    do {
      let defaults = try FileTree(Self().json, path: "the defaults", format: .json)
      recipe = try tree.decode(defaults: defaults)
    } catch {
      throw .recipe(PlainError.sentence(error))
    }
    do { try recipe.check() } catch {
      throw .recipe(tree.fault(at: error.key, error.reason).description)
    }
    return recipe
  }

  /// The recipe as JSON, every part of it.
  public var json: Data {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      return try encoder.encode(self)
    }
  }

  /// Checks that the numbers make sense together.
  ///
  /// - Throws: `TrainingError.recipe`, the first contradiction found.
  public func validate() throws(TrainingError) {
    do { try check() } catch { throw .recipe(error.reason) }
  }

  /// A number that makes no sense beside the others.
  private struct Contradiction: Error {
    var key: String
    var reason: String

    init(_ key: String, _ reason: String) {
      self.key = key
      self.reason = reason
    }
  }

  private func check() throws(Contradiction) {
    for (name, value) in [
      ("pictureSide", pictureSide), ("patchSide", patchSide), ("dimension", dimension),
      ("depth", depth), ("heads", heads), ("hiddenShare", hiddenShare),
    ] where value < 1 { throw Contradiction(name, "\(name) must be at least 1, it is \(value)") }
    do { try eye.validate() } catch {
      throw Contradiction("patchSide", PlainError.sentence(error))
    }
    for (name, value) in [
      ("horizon", horizon), ("latent", latent), ("code", code), ("samples", samples),
      ("predictorWidth", predictorWidth), ("predictorDepth", predictorDepth),
      ("memberWidth", memberWidth),
    ] where value < 1 { throw Contradiction(name, "\(name) must be at least 1, it is \(value)") }
    guard members >= 2 else {
      throw Contradiction("members", "members must be at least 2 to disagree, it is \(members)")
    }
    guard (1...horizon).contains(executedSteps) else {
      throw Contradiction(
        "executedSteps", "executedSteps is 1 to horizon, \(horizon), not \(executedSteps)")
    }
    guard bits == 8 || bits == 16 else {
      throw Contradiction("bits", "bits is 8 or 16, not \(bits)")
    }
    for (name, share) in [
      ("heldOutShare", heldOutShare), ("thresholdQuantile", thresholdQuantile),
      ("encoder.teacherShare", encoder.teacherShare),
      ("encoder.sparseShare", encoder.sparseShare),
      ("foreseenShare", foreseenShare),
      ("predictor.subtaskDropout", predictor.subtaskDropout), ("risk.discount", risk.discount),
    ] where !(0...1).contains(share) {
      throw Contradiction(name, "\(name) is between 0 and 1, not \(share)")
    }
    guard (0...2).contains(encoder.shift) else {
      throw Contradiction("encoder.shift", "encoder.shift is 0 to 2 pixels, not \(encoder.shift)")
    }
    for (name, schedule) in [
      ("encoder", encoder.schedule), ("predictor", predictor.schedule),
      ("ensemble", ensemble.schedule), ("flat", flat.schedule), ("risk", risk.schedule),
    ] {
      guard schedule.epochs > 0, schedule.batch > 0, schedule.learningRate > 0,
        schedule.epochSteps >= 0
      else {
        throw Contradiction(
          name + ".schedule", "\(name).schedule: epochs, batch and learningRate are above zero")
      }
    }
  }
}
