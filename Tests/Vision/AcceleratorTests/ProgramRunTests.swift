// Aim: a program computes what the encoder's integers mean, to the bit, and takes the same cycles with
// images and without. Method: random small encoders on random machines from seeds, both shipped
// encoders on the machines that they name, and faults that must be named.
import Accelerator
import MachineFiles
import Policy
import PolicyFiles
import Tensors
import Testing
import VisionTransformer

@Suite struct ProgramRunTests {
  @Test(arguments: 0..<40)
  func `random encoders on random machines give the bits of their definition`(seed: Int) throws {
    var numbers = SeededNumbers(UInt64(seed))
    let shape = VisionTransformerConfiguration.random(&numbers)
    let width: IntegerWidth = Bool.random(using: &numbers) ? .eight : .sixteen
    let encoder = try FixedPointEncoder.random(shape, width, &numbers)
    let machine = try Machine.random(for: shape, width, &numbers)
    let images = (0..<Int.random(in: 1...3, using: &numbers)).map { _ in shape.noise(&numbers) }
    let program = try ProgramCompiler.compile(
      Workload(shape, name: "random"), for: machine, batch: images.count,
      mapping: .init(rows: [16, 32, Int.max].randomElement(using: &numbers) ?? .max))
    let run = try ProgramRun(program, of: encoder, images: images)
    let wanted = try images.map { try FixedPointReference(encoder).embedding(of: $0) }
    #expect(run.embeddings == wanted)
    let empty = ProgramRun(program)
    #expect(empty.cycles == run.cycles && empty.spans == run.spans && empty.events == run.events)
  }

  @Test(arguments: ["stack", "kitchen-table"], [AttentionKind.taylor, .taylorCollapsed])
  func `shipped encoders give the bits of their definition`(policy: String, kind: AttentionKind)
    throws
  {
    let bundle = try PolicyBundle.read(policies + "/" + policy)
    var weights = bundle.encoder
    weights.configuration.attention = kind
    let encoder = try FixedPointEncoder(
      weights, ranges: bundle.manifest.eye.ranges, width: .sixteen)
    let name = kind == .taylor ? "vitality" : "overlapped"
    let workload = Workload(encoder.configuration, name: policy)
    let machine = try MachineFile.read("\(accelerators)/\(name).yaml")
    var numbers = SeededNumbers(7)
    let image = encoder.configuration.noise(&numbers)
    let run = try ProgramRun(
      try ProgramCompiler.compile(workload, for: machine), of: encoder, images: [image])
    #expect(run.embeddings == [try FixedPointReference(encoder).embedding(of: image)])
  }

  @Test func `an encoder is charged for its own perceptron`() throws {
    let machine = try MachineFile.read(accelerators + "/vitality.yaml")
    let shape = try PolicyBundle.read(policies + "/stack").encoder.configuration
    var wider = shape
    wider.hidden = 4 * shape.dimension
    #expect(shape.hidden == 2 * shape.dimension)
    let own = try Estimate(Workload(shape, name: "own"), on: machine)
    let wide = try Estimate(Workload(wider, name: "wide"), on: machine)
    #expect(own.operations == 2 * Double(shape.multiplications))
    #expect(own.cycles < wide.cycles && own.joules < wide.joules)
    #expect(own.dramPicojoules < wide.dramPicojoules)
  }

  @Test func `a sum that outgrows the adders is refused with its tensor`() throws {
    var numbers = SeededNumbers(3)
    var shape = VisionTransformerConfiguration.random(&numbers)
    shape.attention = .taylor
    let encoder = try FixedPointEncoder.random(shape, .sixteen, &numbers)
    var machine = try MachineFile.read(accelerators + "/vitality.yaml")
    machine.sumBits.value = 32
    let program = try ProgramCompiler.compile(Workload(shape, name: "x"), for: machine)
    let image = shape.noise(&numbers)
    do {
      _ = try ProgramRun(program, of: encoder, images: [image])
      Issue.record("ran without complaint")
    } catch ProgramError.overflow(let tensor, let bits) {
      #expect(bits == 32 && tensor.contains("block"), "\(tensor)")
    }
  }

  @Test func `a program of another network, width, attention or batch is refused`() throws {
    var numbers = SeededNumbers(4)
    var shape = VisionTransformerConfiguration.random(&numbers)
    shape.attention = .taylor
    let encoder = try FixedPointEncoder.random(shape, .sixteen, &numbers)
    let image = shape.noise(&numbers)
    let machine = try MachineFile.read(accelerators + "/vitality.yaml")
    func refusal(
      _ workload: Workload, _ machine: Machine, batch: Int = 1, image: [UInt8]
    ) throws -> ProgramError? {
      let program = try ProgramCompiler.compile(workload, for: machine, batch: batch)
      do throws(ProgramError) { _ = try ProgramRun(program, of: encoder, images: [image]) } catch {
        return error
      }
      return nil
    }
    let own = Workload(shape, name: "own")
    #expect(try refusal(own, machine, image: image) == nil)
    var deeper = shape
    deeper.hidden += 1
    #expect(
      try refusal(Workload(deeper, name: "deeper"), machine, image: image)
        == .otherNetwork("deeper"))
    #expect(try refusal(own, machine, batch: 2, image: image) == .batch(images: 1, program: 2))
    #expect(try refusal(own, machine, image: [1]) != nil)
    var narrow = machine
    narrow.bits.value = 8
    #expect(try refusal(own, narrow, image: image) == .width(encoder: 16, machine: 8))
    narrow = machine
    narrow.denominator = .collapsed
    #expect(
      try refusal(own, narrow, image: image)
        == .denominator(encoder: "taylor", machine: "collapsed"))
  }

  @Test(arguments: [0, -1, 1 << 40, Int.max, Int.min])
  func `absurd sizes of a network are refused with the layer and the size`(size: Int) throws {
    let machine = try MachineFile.read(accelerators + "/vitality.yaml")
    let kinds: [Workload.Kind] = [
      .linear(name: "wide", rows: size, inputs: 4, outputs: 4),
      .linear(name: "wide", rows: 4, inputs: size, outputs: 4),
      .linear(name: "wide", rows: 4, inputs: 4, outputs: size),
      .depthwise(name: "wide", pixels: 4, channels: size, taps: 9),
      .attention(.init(queries: size, keys: 4, dimension: 4, heads: 1)),
      .norm(rows: 4, columns: size), .elementwise(name: "wide", count: size),
    ]
    for kind in kinds {
      do throws(MachineError) {
        _ = try ProgramCompiler.compile(
          Workload(name: "absurd", layers: [.init("block 0", kind)]), for: machine)
        Issue.record("compiled without complaint: \(kind)")
      } catch {
        guard case .network("absurd", let layer, _, _, _) = error else {
          Issue.record("\(error.description)")
          continue
        }
        #expect(layer.hasPrefix("block 0 "))
      }
    }
  }

  @Test func `a network that is too long for a machine is refused before memory is full`() throws {
    let machine = try MachineFile.read(accelerators + "/vitality.yaml")
    let layer = Workload.Kind.linear(
      name: "huge", rows: 1 << 24, inputs: 1 << 24, outputs: 1 << 24)
    #expect(
      throws: MachineError.tooLong(workload: "long", layer: "b huge", machine: "vitality")
    ) {
      try ProgramCompiler.compile(
        Workload(name: "long", layers: [.init("b", layer)]), for: machine)
    }
  }
}

let policies = accelerators + "/.."
