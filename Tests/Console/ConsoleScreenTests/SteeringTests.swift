// Aim: gamepads and SpaceMice move robots as hands mean it, and never when no one means it.
// Method: their events go through readers and console as pure machines.
import ConsoleScreen
import RobotData
import Testing
import Wire

@Suite struct SteeringTests {
  private let forward = Deflection(linear: Vector3(1, 0, 0), angular: .zero)

  private func holding(_ robot: RobotID = "arm-2") -> Stage {
    var stage = Stage()
    stage.hear(.status(Stage.fleet()))
    stage.assign(robot)
    return stage
  }

  private func drives(_ said: [ConsoleToCoordinator]) -> [Action] {
    Stage.orders(said).compactMap {
      if case .drive(_, let action, _) = $0 { action } else { nil }
    }
  }

  // MARK: - Readers

  @Test func `a stick moves nothing until the dead man's button is held`() {
    var pad = GamepadReader()
    #expect(pad.axis(.leftY, -1).isEmpty)
    #expect(pad.button(GamepadReader.deadMan, isPressed: true) == [.pushed(.gamepad, forward)])
    #expect(pad.button(GamepadReader.deadMan, isPressed: false) == [.pushed(.gamepad, .rest)])
  }

  @Test func `sticks, cross and buttons mean what the help says`() {
    var pad = GamepadReader()
    _ = pad.button(GamepadReader.deadMan, isPressed: true)
    func after(_ axis: GamepadAxis, _ value: Double) -> Deflection {
      _ = pad.axis(axis, value)
      defer { _ = pad.axis(axis, 0) }
      return pad.deflection
    }
    #expect(after(.leftX, 1).linear == Vector3(0, -1, 0), "right is -y")
    #expect(after(.rightY, -1).linear == Vector3(0, 0, 1), "away from the hand is up")
    #expect(after(.rightX, 1).angular == Vector3(0, 0, -1), "to the right turns clockwise")
    #expect(after(.padX, 1).angular == Vector3(1, 0, 0))
    #expect(
      pad.button(0x222, isPressed: true) == [
        .pushed(.gamepad, Deflection(linear: .zero, angular: Vector3(-1, 0, 0)))
      ])
    #expect(pad.button(0x222, isPressed: false) == [.pushed(.gamepad, .rest)])
    #expect(pad.button(0x130, isPressed: true) == [.key(.gamepad(.a))])
    #expect(pad.button(0x130, isPressed: false).isEmpty)
    #expect(pad.button(0x2FF, isPressed: true).isEmpty, "an unknown button")
  }

  @Test func `play moves nothing, and more push is never less motion`() {
    var pad = GamepadReader()
    _ = pad.button(GamepadReader.deadMan, isPressed: true)
    var last = 0.0
    for step in 0...100 {
      _ = pad.axis(.leftY, -Double(step) / 100)
      let speed = pad.deflection.linear.x
      #expect(speed >= last && speed <= 1)
      if step <= 12 { #expect(speed == 0) }
      last = speed
    }
    #expect(last == 1)
    _ = pad.axis(.leftY, .nan)
    #expect(pad.deflection.isRest)
  }

  @Test func `a cap beyond its range is a full push, and silence repeats nothing`() {
    var mouse = SpaceMouseReader()
    let first = mouse.motion(translation: (0, 0, 900), rotation: (0, 0, 0))
    #expect(first == [.pushed(.spaceMouse, forward)])
    #expect(mouse.motion(translation: (0, 0, 400), rotation: (0, 0, 0)).isEmpty)
    #expect(mouse.button(0, isPressed: true) == [.key(.spaceMouse(1))])
    #expect(mouse.button(99, isPressed: true).isEmpty)
  }

  // MARK: - Console

  @Test func `a push drives until it ends, at the chosen speed`() {
    var stage = holding()
    let first = drives(stage.machine.steer(.pushed(.gamepad, forward), at: stage.now))
    #expect(first.map(\.twist.linear) == [Vector3(0.125, 0, 0)], "half of 0.25 m/s")
    var kept = 0
    for _ in 0..<60 { kept += drives(stage.tick(.milliseconds(20))).count }
    #expect((18...24).contains(kept), "every 50 to 60 ms for 1.2 s: \(kept)")
    #expect(drives(stage.machine.steer(.pushed(.gamepad, .rest), at: stage.now)) == [.hold])
    for _ in 0..<20 { #expect(drives(stage.tick(.milliseconds(20))).isEmpty) }
  }

  @Test func `who pushes while a robot is given to them must let go first`() {
    var stage = Stage()
    stage.hear(.status(Stage.fleet()))
    #expect(stage.machine.steer(.pushed(.gamepad, forward), at: stage.now).isEmpty)
    stage.assign("arm-2")
    for _ in 0..<50 { #expect(drives(stage.tick(.milliseconds(20))).isEmpty) }
    let slower = Deflection(linear: Vector3(0.5, 0, 0), angular: .zero)
    #expect(drives(stage.machine.steer(.pushed(.gamepad, slower), at: stage.now)).isEmpty)
    _ = stage.machine.steer(.pushed(.gamepad, .rest), at: stage.now)
    #expect(drives(stage.machine.steer(.pushed(.gamepad, slower), at: stage.now)).count == 1)
  }

  @Test func `a device that is lost, a stop and old pictures end the motion`() {
    var stage = holding()
    _ = stage.machine.steer(.pushed(.spaceMouse, forward), at: stage.now)
    #expect(drives(stage.machine.steer(.lost(.spaceMouse), at: stage.now)) == [.hold])

    _ = stage.machine.steer(.pushed(.gamepad, forward), at: stage.now)
    stage.press(.character(" "))
    for _ in 0..<20 { #expect(drives(stage.tick(.milliseconds(20))).isEmpty) }

    _ = stage.machine.steer(.pushed(.gamepad, .rest), at: stage.now)
    _ = stage.machine.steer(.pushed(.gamepad, forward), at: stage.now)
    var late = Stage.fleet()
    late.robots[1].observationAge = .milliseconds(900)
    stage.hear(.status(late))
    let said = drives(stage.tick(.milliseconds(60)))
    #expect(said == [.hold], "\(said)")
    for _ in 0..<20 { #expect(drives(stage.tick(.milliseconds(20))).isEmpty) }
  }

  @Test func `buttons are keys, also in a file, and a viewer's devices drive nothing`() throws {
    var stage = holding()
    let stop = stage.machine.steer(.key(.gamepad(.b)), at: stage.now)
    #expect(Stage.orders(stop) == [.emergencyStop(nil)])
    let bindings = try KeyBindings.standard.reading("take-next = enter pad-left-stick puck-3")
    #expect(bindings.command(for: .spaceMouse(3), inRobotView: true) == .takeNext)
    #expect(try KeyBindings.standard.reading(KeyBindings.standard.file) == .standard)

    var viewer = Stage(role: .viewer)
    viewer.hear(.status(Stage.fleet()))
    #expect(viewer.machine.steer(.pushed(.gamepad, forward), at: viewer.now).isEmpty)
    #expect(viewer.machine.steer(.key(.gamepad(.y)), at: viewer.now).isEmpty)
  }

  @Test func `who leaves hands back`() {
    var stage = holding()
    stage.press(.character("q"))
    let said = stage.press(.character("q"))
    #expect(Stage.orders(said) == [.handBack("arm-2")])
    #expect(said.last == .goodbye)
  }
}
