internal import Policy

/// How states and actions are standardised.
struct Standardisation {
  /// What a policy is not to feel is divided by this: nothing is left of it.
  private static let unfelt: Float = 1e9

  let normalisation: PolicyManifest.Normalisation

  init(_ data: TrainingData, _ recipe: TrainingRecipe) {
    var features = data.statistics(
      of: data.proprioception, width: ProprioceptionFeatures.count)
    // What hardly varies must not be blown up to the size of what does.
    features.deviation = features.deviation.map { max($0, 1e-3) }
    if recipe.positionDeviation > 0 {
      for index in ProprioceptionFeatures.position {
        features.deviation[index] = recipe.positionDeviation
      }
    }
    for index in ProprioceptionFeatures.orientation {
      features.deviation[index] = max(
        features.deviation[index], recipe.leastOrientationDeviation)
    }
    if !recipe.feelsVelocities {
      for index in ProprioceptionFeatures.velocities { features.deviation[index] = Self.unfelt }
    }
    var actions = data.statistics(of: data.velocities, width: 6)
    actions.deviation = actions.deviation.map { max($0, recipe.leastVelocityDeviation) }
    normalisation = PolicyManifest.Normalisation(
      proprioceptionMean: features.mean, proprioceptionDeviation: features.deviation,
      actionMean: actions.mean, actionDeviation: actions.deviation)
  }

  /// Of numbers in SI units, [rows, 16].
  func proprioception(_ values: [Float]) -> [Float] {
    TrainingData.standardised(
      values,
      (normalisation.proprioceptionMean, normalisation.proprioceptionDeviation))
  }

  /// [steps, 6].
  func velocities(of data: TrainingData) -> [Float] {
    TrainingData.standardised(
      data.velocities, (normalisation.actionMean, normalisation.actionDeviation))
  }
}
