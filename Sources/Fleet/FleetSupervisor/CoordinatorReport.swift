internal import Foundation
public import RobotData

/// What a coordinator that a fleet started tells it, as lines of JSON on standard output.
public enum CoordinatorReport: Hashable, Sendable {
  /// Robots and consoles can connect.
  case listening(SessionID)
  /// What it did, at its end: JSON.
  case summary(String)

  private static let listening = "listening "
  private static let summary = "summary "

  /// Reads a line; nil where it is none of these.
  public init?(line: String) {
    if line.hasPrefix(Self.listening), let session = SessionID(line.dropFirst(Self.listening.count))
    {
      self = .listening(session)
    } else if line.hasPrefix(Self.summary) {
      self = .summary(String(line.dropFirst(Self.summary.count)))
    } else {
      return nil
    }
  }

  /// The line, without its end.
  public var line: String {
    switch self {
    case .listening(let session): Self.listening + session.description
    case .summary(let json): Self.summary + json.split(whereSeparator: \.isNewline).joined()
    }
  }
}
