package import RobotData

/// How sampled subgoals fall apart into groups: which subtask the policy cannot decide between.
package enum SubgoalClusters {
  /// Samples nearer than this to one of a group belong to it: about the width of the objects that
  /// arms of this size handle, m.
  package static let reach = 0.05

  /// The groups of positions (m), the largest first: single linkage within `reach`.
  package static func groups(of samples: [Vector3], reach: Double = reach) -> [[Vector3]] {
    var groups: [[Vector3]] = []
    for sample in samples {
      let near = groups.indices.filter { index in
        groups[index].contains { ($0 - sample).length < reach }
      }
      let merged = near.flatMap { groups[$0] } + [sample]
      for index in near.reversed() { groups.remove(at: index) }
      groups.append(merged)
    }
    return groups.sorted { $0.count > $1.count }
  }
}
