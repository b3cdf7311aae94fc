internal import Fleet
internal import FleetMessages
internal import Foundation
internal import RobotData
internal import Wire

extension Coordinator {
  /// A console said something.
  func handle(_ heard: ConsoleToCoordinator, from identity: [UInt8], user: String?) throws {
    if case .hello(let name, let instance, let role, let closedLoop, let fleet) = heard {
      try greet(
        Peers.Console(id: name, instance: instance, role: role, identity: identity),
        closedLoop: closedLoop, fleet: fleet, user: user)
      return
    }
    guard let console = peers.consoles[identity] else {
      try send(CoordinatorToConsole.goodbye, to: identity)
      return
    }
    let (name, instance) = (console.id, console.instance)
    switch heard {
    case .hello: break
    case .heartbeat(let time):
      if console.role == .operator { try tell(.operatorHeartbeat(name, instance: instance)) }
      try send(CoordinatorToConsole.heartbeatReply(sentTime: time), to: identity)
    case .order(let order, let number):
      try obey(order, number: number, of: console)
    case .watch(let robots): peers.watch(robots, by: identity)
    case .workload(let ratings):
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      let answers = try encoder.encode(WorkloadNote(operator: name.name, ratings: ratings))
      note("workload", nil, String(decoding: answers, as: UTF8.self))
    case .goodbye:
      if console.role == .operator { try tell(.operatorLeft(name, instance: instance)) }
      peers.forgetConsole(identity)
    }
  }

  private func greet(
    _ console: Peers.Console, closedLoop: Bool, fleet: FleetID?, user: String?
  ) throws {
    if let reason = FleetID.refusal(of: fleet, by: configuration.fleetID) {
      return try refuse(console, reason)
    }
    let role = console.role == .operator ? "operator" : "viewer"
    let allowed = ["\(role)/\(console.id)", "operator/\(console.id)"]
    if let user, !allowed.contains(user) || (role == "operator" && user != allowed[0]) {
      return try refuse(console, "its key belongs to \(user), not to \(allowed[0])")
    }
    peers.note(console)
    greeted = console.identity
    guard console.role == .operator else {
      let welcome = CoordinatorToConsole.welcome(
        session: configuration.fleet.session, lockstep: configuration.isLockstep)
      try send(welcome, to: console.identity)
      return
    }
    try tell(.operatorJoined(console.id, instance: console.instance, closedLoop: closedLoop))
  }

  private func refuse(_ console: Peers.Console, _ reason: String) throws {
    try send(CoordinatorToConsole.refused(reason: reason), to: console.identity)
    news(.refused(name: console.id.name, reason: reason))
  }

  /// A viewer may only stop robots: that everybody may.
  private func obey(_ order: OperatorOrder, number: UInt32, of console: Peers.Console) throws {
    orderNumber = number
    if console.role == .viewer {
      guard case .emergencyStop = order else {
        try send(
          CoordinatorToConsole.orderRefused(
            number: number, reason: "a viewer may only stop robots; join as an operator"),
          to: console.identity)
        return
      }
    }
    let request = OperatorRequest(order)
    marker = request.isMark ? console.id : nil
    defer { marker = nil }
    try tell(.operatorRequested(console.id, instance: console.instance, request))
  }
}

/// What a recording keeps of an operator's answers, as JSON.
private struct WorkloadNote: Encodable {
  var `operator`: String
  var ratings: WorkloadRatings
}
