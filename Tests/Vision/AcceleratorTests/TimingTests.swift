// Aim: time obeys the machine's limits, and every parameter that should change it does, in one
// direction. Method: runs on random machines, held to the ports and to the words of each operand by
// bookkeeping of this test's own; then each parameter is made better and worse.
import Accelerator
import MachineFiles
import Tensors
import Testing
import VisionTransformer

@Suite struct TimingTests {
  private func run(_ seed: Int) throws -> (ProgramRun, Workload) {
    var numbers = SeededNumbers(UInt64(seed))
    let shape = VisionTransformerConfiguration.random(&numbers)
    let machine = try Machine.random(for: shape, .sixteen, &numbers)
    let workload = Workload(shape, name: "random")
    let program = try ProgramCompiler.compile(
      workload, for: machine, batch: Int.random(in: 1...2, using: &numbers))
    return (ProgramRun(program), workload)
  }

  @Test(arguments: 0..<20)
  func `no port moves more words than it has`(seed: Int) throws {
    let (run, _) = try run(seed)
    let memory = run.program.machine.memory
    let limits: [(KeyPath<Events, Double>, Double)] = [
      (\.activationWords, memory.sramWords.value), (\.sums, memory.sumWords.value),
      (\.networkWords, memory.networkWords.value),
    ]
    for (words, limit) in limits {
      var free = 0.0
      for span in run.spans where span.events[keyPath: words] > 0 {
        #expect(Double(span.start) >= free.rounded(.down))
        free = max(free, Double(span.start)) + span.events[keyPath: words] / limit
        #expect(Double(span.end) >= free - 1e-6)
      }
      #expect(free < Double(run.cycles) + 1)
    }
    // DRAM has a queue of its own; what it moved in all must have had the time.
    let bytes = run.events.dramWords * run.program.machine.bytesPerWord
    let most =
      Double(run.cycles) * memory.dramBandwidth.value * 1e3 / run.program.machine.clock.value
    #expect(bytes <= most + 4096)
  }

  @Test(arguments: 0..<20)
  func `units do one thing at a time, and no word is read before it was written`(seed: Int) throws {
    let (run, _) = try run(seed)
    let tensors = run.program.tensors
    var written = [Int](
      repeating: 0, count: tensors.reduce(0) { max($0, $1.address + $1.size) })
    var read = written
    var free: [Resource: Int] = [:]
    for (instruction, span) in zip(run.program.instructions, run.spans) {
      #expect(span.start < span.end && span.start >= free[span.unit] ?? 0)
      free[span.unit] = span.start + 1
      func words(_ region: Region) -> [Int] {
        let tensor = tensors[region.tensor]
        return region.rows.flatMap { row in
          let start =
            tensor.address + (row * tensor.columns + region.columns.lowerBound) * tensor.words
          return start..<start + region.columns.count * tensor.words
        }
      }
      let (reads, writes) = instruction.operation.operands
      for word in reads.flatMap(words) {
        #expect(span.start >= written[word], "\(instruction.operation.mnemonic)")
        read[word] = max(read[word], span.start)
      }
      for word in writes.flatMap(words) {
        #expect(span.start >= read[word] && span.end >= written[word])
        written[word] = span.end
      }
    }
  }

  @Test(arguments: 0..<12)
  func `better parameters never cost a cycle, worse ones never save one`(seed: Int) throws {
    var numbers = SeededNumbers(UInt64(1000 + seed))
    let shape = VisionTransformerConfiguration.random(&numbers)
    let machine = try Machine.random(for: shape, .sixteen, &numbers)
    let workload = Workload(shape, name: "random")
    let batch = Int.random(in: 1...3, using: &numbers)
    func cycles(_ machine: Machine) throws -> Int {
      try ProgramRun.quickest(workload, on: machine, batch: batch).cycles
    }
    let before = try cycles(machine)
    for path in Machine.lanes {
      var changed = machine
      changed[keyPath: path].value += Double([1, 2, 40].randomElement(using: &numbers) ?? 1)
      #expect(try cycles(changed) <= before, "\(path)")
    }
    for path in Machine.ports + Machine.memories {
      var better = machine
      better[keyPath: path].value *= [1.01, 1.7, 16].randomElement(using: &numbers) ?? 2
      #expect(try cycles(better) <= before, "\(path)")
      var worse = machine
      worse[keyPath: path].value /= [1.01, 1.7].randomElement(using: &numbers) ?? 2
      guard (try? worse.validate()) != nil else { continue }
      #expect(try cycles(worse) >= before, "\(path)")
    }
    var quicker = machine
    quicker.memory.dramLatency.value /= 3
    #expect(try cycles(quicker) <= before)
  }

  /// An eighth of each of these must cost time on the published machine, and one percent less must
  /// not cost more than about as much.
  @Test func `each port and memory limits time, without a cliff`() throws {
    let workload = try #require(Workload.named("robot-large"))
    let machine = try MachineFile.read(accelerators + "/vitality.yaml")
    let before = ProgramRun(try ProgramCompiler.compile(workload, for: machine)).cycles
    for path in Machine.lanes + Machine.ports + Machine.memories {
      var changed = machine
      changed[keyPath: path].value = path == \.rootUnits ? 1 : changed[keyPath: path].value / 8
      // A weight memory of less than a fold is refused; one fold leaves no room to run ahead.
      if path == \.memory.weights { changed[keyPath: path].value = 8 }
      let after = ProgramRun(try ProgramCompiler.compile(workload, for: changed)).cycles
      if path != \.rootUnits { #expect(after > before, "\(path)") }
    }
    for path in Machine.ports + Machine.memories {
      for share in stride(from: 1.0, to: 0.12, by: -0.22) {
        var (one, other) = (machine, machine)
        one[keyPath: path].value *= share
        other[keyPath: path].value *= share * 0.99
        if (try? other.validate()) == nil { continue }
        let cycles = try [one, other].map {
          Double(ProgramRun(try ProgramCompiler.compile(workload, for: $0)).cycles)
        }
        #expect(cycles[1] / cycles[0] < 1.03, "\(path) at \(share)")
      }
    }
  }

  @Test func `a batch takes less time than its images one by one`() throws {
    let workload = try #require(Workload.named("robot-small"))
    let machine = try MachineFile.read(accelerators + "/vitality.yaml")
    let one = try Estimate(workload, on: machine)
    let eight = try Estimate(workload, on: machine, batch: 8)
    #expect(eight.cycles < 8 * one.cycles && eight.operations == 8 * one.operations)
  }
}

extension Instruction.Operation {
  /// Every region that the instruction's documentation names, told apart from the machine's own
  /// bookkeeping.
  fileprivate var operands: (reads: [Region], writes: [Region]) {
    switch self {
    case .receive(let to), .classToken(let to): ([], [to])
    case .loadWeights: ([], [])
    case .loadOperand(let from, _), .send(let from): ([from], [])
    case .stream(let stream): (stream.moving.map { [$0] } ?? [], [])
    case .rescale(_, let to, .output(_, let values), _, _): ([values], [to])
    case .rescale(_, let to, _, _, .residual): ([to], [to])
    case .rescale(_, let to, _, _, _): ([], [to])
    case .accumulate(let from, let to, let starts), .rowSums(let from, let to, let starts):
      (starts ? [from] : [from, to], [to])
    case .mean(let from, let to, _), .valueTerm(let from, let to, _), .root(let from, let to, _):
      ([from], [to])
    case .centre(let region, let mean): ([region, mean], [region])
    case .denominators(let queries, let sums, let to, _, _): ([queries, sums], [to])
    case .divide(_, let values, let by, let to): ([values, by], [to])
    case .normalise(let from, let sums, let factors, let to, _): ([from, sums, factors], [to])
    case .exponential(_, let to): ([], [to])
    case .share(_, let totals, let to): ([totals], [to])
    case .lookUp(let region, _): ([region], [region])
    }
  }
}
