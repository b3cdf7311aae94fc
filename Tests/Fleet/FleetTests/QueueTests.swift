import Fleet
import RobotData
import Testing

/// Aim: the named strategies serve in the order that their names promise. Method: one and the same
/// story, told to a fleet of each strategy.
@Suite struct QueueTests {
  /// Four robots that want help, each ahead of the others in one respect:
  /// `first` asked first; `patient` has waited longest in this episode; `unsure` is the least sure;
  /// `quick` took the least of the operator's time.
  static func queue(_ strategy: ServiceStrategy, patience: Duration? = nil) -> [RobotID] {
    var stage = Stage {
      $0.isAssisted = true
      $0.strategy = strategy
      $0.patience = patience
      $0.returnsAutomatically = false
    }
    stage.enter("ann")
    let robots: [RobotID] = ["first", "patient", "unsure", "quick"]
    for id in robots { stage.begin(id) }
    // Everybody is served once before: after a wait, and for a while.
    let services: [(RobotID, wait: Int, service: Int)] = [
      ("first", 100, 2_000), ("patient", 9_000, 3_000), ("unsure", 200, 2_500),
      ("quick", 100, 500),
    ]
    for (id, wait, service) in services {
      stage.see(id, 0)
      stage.decide(id, 0, task: 0.3)
      stage.pass(.milliseconds(wait))
      stage.ask("ann", .takeOver(id))
      stage.pass(.milliseconds(service))
      stage.ask("ann", .handBack(id))
    }
    for (id, doubt) in zip(robots, [0.30, 0.25, 0.60, 0.28]) {
      stage.see(id, 1)
      stage.decide(id, 1, task: doubt)
      stage.pass(.milliseconds(100))
    }
    return stage.fleet.status(at: stage.now).queue
  }

  @Test func `first come is served first`() {
    #expect(Self.queue(.firstCome) == ["first", "patient", "unsure", "quick"])
  }

  @Test func `longest wait looks at the whole episode`() {
    #expect(Self.queue(.longestWait) == ["patient", "first", "unsure", "quick"])
  }

  @Test func `highest uncertainty looks at the excess over the threshold`() {
    #expect(Self.queue(.highestUncertainty) == ["unsure", "first", "quick", "patient"])
  }

  @Test func `shortest service looks at past interventions`() {
    #expect(Self.queue(.shortestService) == ["quick", "first", "unsure", "patient"])
  }

  @Test func `beyond the fleet's patience the oldest request comes first`() {
    let queue = Self.queue(.shortestService, patience: .milliseconds(350))
    #expect(queue == ["first", "quick", "unsure", "patient"])
  }

  @Test func `the next of the queue is the one who is taken`() {
    for strategy in ServiceStrategy.allCases {
      var stage = Stage { $0.strategy = strategy }
      stage.enter("ann")
      for id in ["c", "a", "b"] as [RobotID] {
        stage.begin(id)
        stage.pass(.milliseconds(50))
      }
      for id in ["c", "a", "b"] as [RobotID] {
        #expect(
          stage.ask("ann", .takeNext).contains(.assigned(id, to: "ann", .requestServed)),
          "\(strategy)")
        stage.ask("ann", .mark(id, .success))
      }
    }
  }

  @Test func `who cannot go on alone comes before who is unsure`() {
    var stage = Stage {
      $0.isAssisted = true
      $0.strategy = .highestUncertainty
    }
    for id in ["r1", "r2"] as [RobotID] {
      stage.begin(id)
      stage.see(id, 0)
    }
    stage.decide("r1", 0, task: 5)
    stage.tell(.policyFailed("r2", stage.episode(of: "r2"), step: 0))
    #expect(stage.fleet.status(at: stage.now).queue == ["r2", "r1"])
  }
}
