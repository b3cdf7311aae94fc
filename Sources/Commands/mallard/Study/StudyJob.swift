import ArgumentParser
import Fleet
import Foundation
import OperatorModel
import Policy

/// What is compared with what in a study: a way to use a policy bundle, or no policy.
enum StudyMethod: Hashable, Sendable {
  case unassisted
  case policy(PolicyMethod)

  var name: String {
    switch self {
    case .unassisted: "unassisted"
    case .policy(let method): method.rawValue
    }
  }

  init?(_ name: String) {
    if name == "unassisted" {
      self = .unassisted
    } else if let method = PolicyMethod(rawValue: name) {
      self = .policy(method)
    } else {
      return nil
    }
  }

  static var names: [String] { ["unassisted"] + PolicyMethod.allCases.map(\.rawValue) }

  /// How the operator helps, unless the caller says otherwise: where nothing says which way is
  /// meant, a nudge is no help.
  var guidance: OperatorGuidance {
    switch self {
    case .policy(.pato): .nudge
    case .policy(.patoNamed): .order
    case .policy(.withoutUncertainty): .noticing
    case .policy(.flat), .policy(.ensembleOnly), .policy(.thrifty), .unassisted: .drive
    }
  }
}

/// What all runs of a study have in common; runs of other settings are other runs.
struct StudySettings: Codable, Hashable, Sendable {
  var policy: String?
  var policyDigest: String?
  var task: String
  var profile: String
  var minutes: Double
  var gating: String
  var guidance: OperatorGuidance?
  var isWatchful: Bool
  var resetSeconds: Double
  var latencyMilliseconds: Double
  var stepLimit: Int
  /// s; 0 where robots do not ask because they get nowhere. Nil in results from before there was that.
  var stuckAfter: Double?
  /// Who is served first. Nil in results from before there was a choice: who came first.
  var strategy: String?
  /// When the operator hands back lost robots. Nil in results from before there was a choice: at the
  /// subtask's end.
  var handBack: OperatorHandBack?
  /// Which pictures policies see: "as sent", compressed as an endpoint does. Nil in results from before
  /// that, of raw ones; they are not taken for runs of today.
  var pictures: String?
  /// Which ways episodes go; nil where robots ask, or choose.
  var plan: [[String]]?
}

/// One run of a study.
struct StudyCell: Codable, Hashable, Sendable {
  var method: String
  var robots: Int
  var seed: UInt64
}

/// What a worker is told.
struct StudyJob: Codable, Hashable, Sendable {
  var settings: StudySettings
  var cell: StudyCell
  var robotsFolder: String
}

/// The runs of a study, the most informative first: the main method and the unassisted fleet with
/// one and four robots, then the other methods with four, then the rest; seed by seed.
struct StudyGrid {
  var methods: [String]
  var robots: [Int]
  var seeds: [UInt64]

  var cells: [StudyCell] {
    let main = methods.first { $0 != "unassisted" }
    func rank(_ method: String, _ count: Int) -> Int {
      if method == main || method == "unassisted" { return count == 1 || count == 4 ? 0 : 2 }
      return count == 4 ? 1 : 3
    }
    var ranked: [(rank: Int, seed: Int, cell: StudyCell)] = []
    for (index, seed) in seeds.enumerated() {
      for count in robots {
        for method in methods {
          ranked.append(
            (rank(method, count), index, StudyCell(method: method, robots: count, seed: seed)))
        }
      }
    }
    // Swift's sort is not promised to be stable: the position decides what is equal.
    return ranked.enumerated().sorted {
      ($0.element.rank, $0.element.seed, $0.offset) < ($1.element.rank, $1.element.seed, $1.offset)
    }.map(\.element.cell)
  }
}
