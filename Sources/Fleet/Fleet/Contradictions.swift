internal import RobotData

extension FleetStateMachine {
  /// What is wrong with the fleet's state, in words: rules of the design that do not hold. Always
  /// empty, unless the machine has a defect; tests ask after every event.
  public var contradictions: [String] {
    names.flatMap { robots[$0]?.contradictions(isPaused: commons.isPaused) ?? [] }
      + heldTwiceOrByNoOne + episodesAstray
  }

  /// Robots and operators must agree on who holds what.
  private var heldTwiceOrByNoOne: [String] {
    let byRobot = names.compactMap { id -> String? in
      guard let holder = robots[id]?.state.tenure?.holder else { return nil }
      guard commons.roster[holder].robot != id else { return nil }
      return "\(id) is held by \(holder), who does not hold it"
    }
    let byOperator = commons.roster.names.compactMap { name -> String? in
      guard let id = commons.roster[name].robot else { return nil }
      guard robots[id]?.state.tenure?.holder != name else { return nil }
      return "\(name) drives \(id), which is not held by them"
    }
    return byRobot + byOperator
  }

  /// An episode in progress is in progress in the ledger, and on one robot only.
  private var episodesAstray: [String] {
    var inProgress = 0
    var found: [String] = []
    for id in names {
      guard let episode = robots[id]?.state.episode else { continue }
      inProgress += 1
      let entry = commons.ledger.entries[episode.id]
      if entry?.robot != id { found.append("\(id) is in \(episode.id), another robot's episode") }
      if let outcome = entry?.outcome {
        found.append("\(id) is in \(episode.id), which has ended: \(outcome)")
      }
    }
    let open =
      commons.ledger.entries.count
      - EpisodeOutcome.allCases.map(commons.ledger.ownCount).reduce(0, +)
    if open != inProgress {
      found.append("\(open) episodes have no outcome, but \(inProgress) are in progress")
    }
    return found + commons.ledger.miscounts
  }
}

extension EpisodeLedger {
  /// Orders of the plan whose demonstrations are not as many as were counted.
  fileprivate var miscounts: [String] {
    let planned = entries.values.filter { $0.counts }
    return Set(entries.values.compactMap(\.order)).sorted().compactMap { order in
      let found = planned.count { $0.order == order }
      guard found != demonstrations(of: order) else { return nil }
      return "order \(order) has \(found) demonstrations, but \(demonstrations(of: order)) count"
    }
  }
}

extension RobotMachine {
  fileprivate func contradictions(isPaused: Bool) -> [String] {
    var found: [String] = []
    if case .paused = state.control, !isPaused { found.append("\(id) pauses alone") }
    if state.author != .hold, isPaused { found.append("\(id) moves during a pause") }
    guard let episode = state.episode else { return found }
    for (name, list) in [("open", episode.open.all), ("asked", episode.asked.all)] {
      let steps = list.map(\.step)
      if steps != steps.sorted() { found.append("\(id): \(name) steps \(steps) are not in order") }
      if let last = steps.last, last > episode.latestStep ?? -1 {
        found.append("\(id): \(name) step \(last) is newer than the newest that was seen")
      }
    }
    if state.author == .hold, case .active = state, !episode.open.isEmpty {
      found.append("\(id) holds, but did not answer steps \(episode.open.all.map(\.step))")
    }
    return found
  }
}
