internal import Fleet
internal import RobotData
internal import Wire

extension CoordinatorSession {
  /// A console said something.
  mutating func handle(
    _ heard: ConsoleToCoordinator, from identity: PeerIdentity, user: String?
  ) {
    if case .hello(let name, let instance, let role, let closedLoop, let fleet) = heard {
      greet(
        Peers.Console(id: name, instance: instance, role: role, identity: identity),
        closedLoop: closedLoop, fleet: fleet, user: user)
      return
    }
    guard let console = peers.consoles[identity] else {
      send(CoordinatorToConsole.goodbye, to: identity)
      return
    }
    let (name, instance) = (console.id, console.instance)
    switch heard {
    case .hello: break
    case .heartbeat(let time):
      if console.role == .operator { tell(.operatorHeartbeat(name, instance: instance)) }
      send(CoordinatorToConsole.heartbeatReply(sentTime: time), to: identity)
    case .order(let order, let number): obey(order, number: number, of: console)
    case .watch(let robots): peers.watch(robots, by: identity)
    case .workload(let ratings): effects.append(.recordWorkload(name, ratings))
    case .goodbye:
      if console.role == .operator { tell(.operatorLeft(name, instance: instance)) }
      peers.forgetConsole(identity)
    }
  }

  private mutating func greet(
    _ console: Peers.Console, closedLoop: Bool, fleet: FleetID?, user: String?
  ) {
    if let reason = FleetID.refusal(of: fleet, by: configuration.fleetID) {
      return refuse(console, reason)
    }
    let role = console.role == .operator ? "operator" : "viewer"
    let allowed = ["\(role)/\(console.id)", "operator/\(console.id)"]
    if let user, !allowed.contains(user) || (role == "operator" && user != allowed[0]) {
      return refuse(console, "its key belongs to \(user), not to \(allowed[0])")
    }
    peers.note(console)
    guard console.role == .operator else {
      let welcome = CoordinatorToConsole.welcome(
        session: configuration.fleet.session, lockstep: configuration.isLockstep)
      return send(welcome, to: console.identity)
    }
    tell(
      .operatorJoined(console.id, instance: console.instance, closedLoop: closedLoop),
      EventContext(greeted: console.identity))
  }

  private mutating func refuse(_ console: Peers.Console, _ reason: String) {
    send(CoordinatorToConsole.refused(reason: reason), to: console.identity)
    log(.refused(name: console.id.name, reason: reason))
  }

  /// A viewer may only stop robots: that everybody may.
  private mutating func obey(_ order: OperatorOrder, number: UInt32, of console: Peers.Console) {
    if console.role == .viewer {
      guard case .emergencyStop = order else {
        return send(
          CoordinatorToConsole.orderRefused(
            number: number, reason: "a viewer may only stop robots; join as an operator"),
          to: console.identity)
      }
    }
    let request = OperatorRequest(order)
    tell(
      .operatorRequested(console.id, instance: console.instance, request),
      EventContext(order: number, marker: request.isMark ? console.id : nil))
  }
}
