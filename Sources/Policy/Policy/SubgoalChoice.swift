internal import RealModule

/// Which of many samples to follow.
public enum SubgoalChoice {
  /// Samples beyond these are seen by the others, but not chosen: the work grows with the square.
  public static let candidateLimit = 128
  /// Samples about which the width of a mode is looked for.
  private static let probeLimit = 9

  /// The sample that lies where the samples are densest: greatest sum of a Gaussian kernel over all
  /// samples. Of two modes it is in one of them, never between.
  ///
  /// - Parameter positions: The standardised position of each sample.
  /// - Returns: Its index; the first where several are equally good. Nil for no samples.
  public static func medoid(of positions: [SIMD3<Float>]) -> Int? {
    guard positions.count > 1 else { return positions.indices.first }
    let scale = -0.5 / squaredBandwidth(of: positions)
    var best: (index: Int, density: Float)?
    for candidate in 0..<min(positions.count, candidateLimit) {
      let centre = positions[candidate]
      var density: Float = 0
      for other in positions {
        let exponent = scale * squaredLength(centre - other)
        if exponent > -20 { density += .exp(exponent) }
      }
      if density > best?.density ?? -1 { best = (candidate, density) }
    }
    return best?.index
  }

  /// The squared distance within which a tenth of the samples lie, the median over a few of them: the
  /// kernel then spans a mode, not the way between two.
  private static func squaredBandwidth(of positions: [SIMD3<Float>]) -> Float {
    let rank = max(1, positions.count / 10)
    let widths = positions.prefix(probeLimit).map { probe in
      positions.map { squaredLength(probe - $0) }.sorted()[rank]
    }.sorted()
    return max(widths[widths.count / 2], 1e-12)
  }

  private static func squaredLength(_ v: SIMD3<Float>) -> Float {
    v.x * v.x + v.y * v.y + v.z * v.z
  }
}
