/// How people name episodes in short. An identifier is `session-number`; short of all of it, people
/// write the number, the beginning of the session, or that beginning with the whole number.
enum EpisodeName {
  /// The least number of digits of a session: fewer are taken for a number that was mistyped.
  static let leastDigits = 4

  /// Whether a text may stand for an episode. A number is never cut: `-1` is not `-10`.
  static func fits(_ text: String, _ identifier: String) -> Bool {
    guard let dash = identifier.lastIndex(of: "-") else { return false }
    let session = identifier[..<dash]
    let number = identifier[identifier.index(after: dash)...]
    let parts = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
    guard let first = parts.first else { return false }
    let beginsSession = first.count >= leastDigits && session.hasPrefix(first)
    guard parts.count == 2 else { return text == number || beginsSession }
    return beginsSession && parts[1] == number
  }
}
