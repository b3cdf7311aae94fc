/// Finds the word that was meant.
public enum NearestWord {
  /// The known word that is nearest, if any is near enough to be meant: of a third of its letters at
  /// most may be wrong, and two always. Cases, hyphens and underscores count for little.
  ///
  /// - Parameters:
  ///   - word: What was written.
  ///   - known: What there is.
  /// - Returns: The nearest; the first of several.
  public static func of(_ word: String, among known: [String]) -> String? {
    // Longer ones are no slip of a finger, and comparing takes the product of both lengths.
    guard word.count <= 100 else { return nil }
    let folded = folded(word)
    let ranked = known.enumerated().map { place, key in
      (
        coarse: distance(folded, self.folded(key)),
        fine: distance(Array(word), Array(key)), place: place, key: key
      )
    }
    let best = ranked.min { ($0.coarse, $0.fine, $0.place) < ($1.coarse, $1.fine, $1.place) }
    guard let best, best.coarse <= max(2, best.key.count / 3), best.coarse < best.key.count else {
      return nil
    }
    return best.key
  }

  private static func folded(_ word: String) -> [Character] {
    word.lowercased().filter { $0 != "_" && $0 != "-" && $0 != " " }
  }

  /// Letters to insert, leave out, replace or swap with their neighbour.
  static func distance(_ first: [Character], _ second: [Character]) -> Int {
    guard !first.isEmpty, !second.isEmpty else { return max(first.count, second.count) }
    var beforeLast: [Int] = []
    var last = Array(0...second.count)
    for i in 1...first.count {
      var row = [i]
      for j in 1...second.count {
        let isSame = first[i - 1] == second[j - 1]
        var best = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (isSame ? 0 : 1))
        if i > 1, j > 1, first[i - 1] == second[j - 2], first[i - 2] == second[j - 1] {
          best = min(best, beforeLast[j - 2] + 1)
        }
        row.append(best)
      }
      (beforeLast, last) = (last, row)
    }
    return last[second.count]
  }
}
