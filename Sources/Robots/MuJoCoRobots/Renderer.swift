internal import CMuJoCo
internal import RobotData

/// Renders a scene off screen. Belongs to the thread that made it, which may have made others.
final class Renderer {
  private let physics: Physics
  private let gl: OpaquePointer
  private let scene: UnsafeMutablePointer<mjvScene>
  private let context: UnsafeMutablePointer<mjrContext>
  private var options = mjvOption()

  init(_ physics: Physics) throws(SimulationError) {
    var problem: UnsafePointer<CChar>?
    guard let gl = mallard_gl_make(&problem) else {
      throw .rendering(reason: problem.map { String(cString: $0) } ?? "unknown")
    }
    self.physics = physics
    self.gl = gl
    scene = .allocate(capacity: 1)
    scene.initialize(to: mjvScene())
    context = .allocate(capacity: 1)
    context.initialize(to: mjrContext())
    mjv_defaultOption(&options)
    mjv_defaultScene(scene)
    mjv_makeScene(physics.model, scene, 500)
    mjr_defaultContext(context)
    mjr_makeContext(physics.model, context, Int32(mjFONTSCALE_100.rawValue))
    mjr_setBuffer(Int32(mjFB_OFFSCREEN.rawValue), context)
  }

  deinit {
    mallard_gl_use(gl)
    mjr_freeContext(context)
    mjv_freeScene(scene)
    mallard_gl_free(gl)
    scene.deallocate()
    context.deallocate()
  }

  /// What a camera sees, as `rgb8`, rows from the top.
  func render(camera: Int, size: ImageSize) throws(SimulationError) -> [UInt8] {
    mallard_gl_use(gl)
    let width = Int32(size.width)
    let height = Int32(size.height)
    guard width <= context.pointee.offWidth, height <= context.pointee.offHeight else {
      throw .rendering(
        reason: "\(size) is more than the scene's \(context.pointee.offWidth)×"
          + "\(context.pointee.offHeight); raise <global offwidth offheight>")
    }
    var view = mjvCamera()
    mjv_defaultCamera(&view)
    view.type = Int32(mjCAMERA_FIXED.rawValue)
    view.fixedcamid = Int32(camera)
    mjv_updateScene(
      physics.model, physics.data, &options, nil, &view, Int32(mjCAT_ALL.rawValue), scene)
    let area = mjrRect(left: 0, bottom: 0, width: width, height: height)
    mjr_render(area, scene, context)
    let row = size.width * 3
    let upsideDown = [UInt8](unsafeUninitializedCapacity: size.rgbBytes) { buffer, count in
      mjr_readPixels(buffer.baseAddress, nil, area, context)
      count = size.rgbBytes
    }
    return [UInt8](unsafeUninitializedCapacity: size.rgbBytes) { buffer, count in
      for line in 0..<size.height {
        let source = (size.height - 1 - line) * row
        for byte in 0..<row { buffer[line * row + byte] = upsideDown[source + byte] }
      }
      count = size.rgbBytes
    }
  }
}
