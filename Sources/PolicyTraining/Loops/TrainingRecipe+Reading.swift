public import Foundation
internal import PlainErrors
internal import VisionTransformer

extension TrainingRecipe {
  /// A recipe from JSON that may leave out any part.
  ///
  /// - Parameters:
  ///   - data: The JSON object.
  ///   - path: Where it is from, for the error.
  /// - Returns: The defaults, changed by it and checked.
  /// - Throws: `TrainingError.recipe`: no JSON, a name that there is not, a value of the wrong kind.
  public static func reading(_ data: Data, path: String) throws(TrainingError) -> TrainingRecipe {
    let recipe: TrainingRecipe
    do {
      let given = try JSONSerialization.jsonObject(with: data)
      guard let given = given as? [String: Any] else {
        throw TrainingError.recipe("\(path) holds no JSON object")
      }
      let defaults = try JSONSerialization.jsonObject(with: JSONEncoder().encode(Self()))
      let merged = try merge(given, into: defaults as? [String: Any] ?? [:], at: "", path)
      recipe = try JSONDecoder().decode(
        Self.self, from: JSONSerialization.data(withJSONObject: merged))
    } catch let error as TrainingError {
      throw error
    } catch let error as DecodingError {
      throw .recipe("\(path): \(wording(error))")
    } catch {
      throw .recipe("\(path) is no JSON: \(PlainError.reason(error))")
    }
    try recipe.validate()
    return recipe
  }

  private static func merge(
    _ given: [String: Any], into defaults: [String: Any], at place: String, _ path: String
  ) throws -> [String: Any] {
    var merged = defaults
    for (name, value) in given {
      guard let known = defaults[name] else {
        throw TrainingError.recipe(
          "\(path): there is no \(place)\(name); there are "
            + defaults.keys.sorted().joined(separator: ", "))
      }
      if let part = value as? [String: Any], let whole = known as? [String: Any] {
        merged[name] = try merge(part, into: whole, at: place + name + ".", path)
      } else {
        merged[name] = value
      }
    }
    return merged
  }

  private static func wording(_ error: DecodingError) -> String {
    let context: DecodingError.Context? =
      switch error {
      case .typeMismatch(_, let context), .valueNotFound(_, let context),
        .keyNotFound(_, let context), .dataCorrupted(let context):
        context
      @unknown default: nil
      }
    let place = (context?.codingPath ?? []).map(\.stringValue).joined(separator: ".")
    return "\(place) has a value of the wrong kind"
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
    do { try eye.validate() } catch { throw .recipe(PlainError.sentence(error)) }
    for (name, value) in [
      ("horizon", horizon), ("latent", latent), ("code", code), ("samples", samples),
      ("predictorWidth", predictorWidth), ("predictorDepth", predictorDepth),
      ("memberWidth", memberWidth),
    ] where value < 1 { throw .recipe("\(name) must be at least 1, it is \(value)") }
    guard members >= 2 else {
      throw .recipe("members must be at least 2 to disagree, it is \(members)")
    }
    guard (1...horizon).contains(executedSteps) else {
      throw .recipe("executedSteps is 1 to horizon, \(horizon), not \(executedSteps)")
    }
    guard bits == 8 || bits == 16 else { throw .recipe("bits is 8 or 16, not \(bits)") }
    for (name, share) in [
      ("heldOutShare", heldOutShare), ("thresholdQuantile", thresholdQuantile),
      ("encoder.teacherShare", encoder.teacherShare),
      ("encoder.sparseShare", encoder.sparseShare),
      ("foreseenShare", foreseenShare),
      ("predictor.subtaskDropout", predictor.subtaskDropout), ("risk.discount", risk.discount),
    ] where !(0...1).contains(share) {
      throw .recipe("\(name) is between 0 and 1, not \(share)")
    }
    guard (0...2).contains(encoder.shift) else {
      throw .recipe("encoder.shift is 0 to 2 pixels, not \(encoder.shift)")
    }
    for (name, schedule) in [
      ("encoder", encoder.schedule), ("predictor", predictor.schedule),
      ("ensemble", ensemble.schedule), ("flat", flat.schedule), ("risk", risk.schedule),
    ] {
      guard schedule.epochs > 0, schedule.batch > 0, schedule.learningRate > 0,
        schedule.epochSteps >= 0
      else {
        throw .recipe("\(name).schedule: epochs, batch and learningRate are above zero")
      }
    }
  }
}
