// Aim: gamepads are told from everything else, and a real one is read. Method: files that are no
// devices; where the kernel lets this user make one (uinput), a virtual gamepad.
import CEvdev
import ConsoleScreen
import Foundation
import Gamepads
import RobotData
import Testing

@Suite struct GamepadTests {
  @Test func `what is no device is no gamepad, and a folder without any is quiet`() throws {
    let folder = NSTemporaryDirectory() + "input-\(UInt32.random(in: 0 ... .max))"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let path = folder + "/event0"
    try Data(repeating: 7, count: 240).write(to: URL(filePath: path))
    #expect(throws: GamepadError.notAGamepad(path)) { try Gamepad(path: path) }
    #expect(throws: GamepadError.self) { try Gamepad(path: folder + "/event1") }
    let gamepads = Gamepads(folder: folder)
    gamepads.search()
    #expect(gamepads.descriptor == nil && gamepads.inputs().isEmpty)
    let nowhere = Gamepads(folder: folder + "/nowhere")
    nowhere.search()
    #expect(nowhere.inputs().isEmpty)
  }

  @Test(.enabled(if: access("/dev/uinput", R_OK | W_OK) == 0, "no uinput: no virtual gamepad"))
  func `a virtual gamepad is found, read and lost`() throws {
    let template = try #require(libevdev_new())
    libevdev_set_name(template, "Mallard's test gamepad")
    for button in [BTN_SOUTH, BTN_TR] {
      libevdev_enable_event_code(template, UInt32(EV_KEY), UInt32(button), nil)
    }
    for axis in [ABS_X, ABS_Y] {
      var range = input_absinfo(
        value: 0, minimum: -100, maximum: 100, fuzz: 0, flat: 0, resolution: 0)
      libevdev_enable_event_code(template, UInt32(EV_ABS), UInt32(axis), &range)
    }
    var made: OpaquePointer?
    try #require(
      libevdev_uinput_create_from_device(
        template, Int32(MALLARD_UINPUT_OPEN_MANAGED), &made)
        == 0)
    let virtual = try #require(made)
    let gamepads = Gamepads()
    func collect(_ count: Int) -> [SteeringInput] {
      var inputs: [SteeringInput] = []
      for _ in 0..<300 where inputs.count < count {
        gamepads.search()
        inputs += gamepads.inputs()
        usleep(10_000)
      }
      return inputs
    }
    #expect(collect(1) == [.connected(.gamepad, "Mallard's test gamepad")])
    func send(_ kind: Int32, _ code: Int32, _ value: Int32) {
      libevdev_uinput_write_event(virtual, UInt32(kind), UInt32(code), value)
      libevdev_uinput_write_event(virtual, UInt32(EV_SYN), UInt32(SYN_REPORT), 0)
    }
    send(EV_KEY, BTN_TR, 1)
    send(EV_ABS, ABS_Y, -100)
    send(EV_KEY, BTN_SOUTH, 1)
    #expect(
      collect(3) == [
        .pushed(.gamepad, .rest),
        .pushed(.gamepad, Deflection(linear: Vector3(1, 0, 0), angular: .zero)),
        .key(.gamepad(.a)),
      ])
    libevdev_uinput_destroy(virtual)
    #expect(collect(1) == [.lost(.gamepad)])
  }
}
