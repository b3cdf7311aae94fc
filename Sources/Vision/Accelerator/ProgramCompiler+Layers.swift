internal import Numbers

extension ProgramCompiler {
  /// Emits all layers of a network.
  mutating func add(_ workload: Workload) {
    var index = 0
    while index < workload.layers.count {
      layer = index
      var following = index + 1
      switch workload.layers[index].kind {
      case .linear(let name, let rows, let inputs, let outputs):
        following = linear(
          Linear(name: name, rows: rows, inputs: inputs, outputs: outputs), at: index,
          of: workload)
      case .depthwise(let name, let pixels, let channels, let taps):
        depthwise(name, pixels: pixels * batch, channels: channels, taps: taps)
      case .attention(let attention):
        switch algorithm {
        case .softmax: softmax(attention)
        case .taylor: taylor(attention)
        }
      case .norm(let rows, let columns): norm(rows: rows, columns: columns)
      case .elementwise(let name, _):
        let whole = tensor(current)
        for rows in bursts(0..<whole.rows) {
          emit(
            name,
            .lookUp(
              Region(tensor: current, rows: rows, columns: 0..<whole.columns),
              add: name == "residual"))
        }
      }
      index = following
    }
    let first = tensor(current)
    for image in 0..<batch {
      let row = image * (first.rows / batch)
      emit("store", .send(Region(tensor: current, rows: row..<row + 1, columns: 0..<first.columns)))
    }
  }

  struct Linear {
    var name: String
    var rows: Int
    var inputs: Int
    var outputs: Int
  }

  /// A linear layer with what follows it on the way out: GELU or the residual addition.
  ///
  /// - Returns: The next layer.
  private mutating func linear(_ linear: Linear, at index: Int, of workload: Workload) -> Int {
    let next = index + 1 < workload.layers.count ? workload.layers[index + 1].kind : nil
    var (table, residual, startsResidual) = (false, false, false)
    switch next {
    case .elementwise("residual", _): residual = stream != nil
    case .elementwise: table = true
    case .norm: startsResidual = true
    default: break
    }
    if linear.name == "patches" {
      embed(linear)
      return index + 1
    }
    let input = index == 0 ? receive(linear) : current
    let rows = linear.rows * batch
    let output: Int
    if residual, let stream {
      output = stream
    } else {
      let into: Buffer =
        startsResidual ? .residual : buffer(of: input) == .wide ? .normed : .wide
      output = tensor(
        linear.name, in: into, rows: rows, columns: linear.outputs,
        words: startsResidual ? residualWords : 1)
      if startsResidual { stream = output }
    }
    let add: Instruction.Addend = residual ? .residual : .none
    multiply(
      Product(
        step: linear.name, rows: rows, depth: linear.inputs, columns: linear.outputs,
        moving: source(input, rows: rows, depth: linear.inputs))
    ) { compiler, rows, sums in
      compiler.emit(
        linear.name,
        .rescale(
          sums, to: Region(tensor: output, rows: rows, columns: sums.columns), scale: .layer,
          table: table, add: add))
    }
    current = output
    return index + (table || residual ? 2 : 1)
  }

  /// Rows and columns of a layer's input. A convolution's input is narrower than its unrolled rows:
  /// each of its words is read once for each tile of depth.
  private func source(_ input: Int, rows: Int, depth: Int) -> (Range<Int>, Range<Int>) -> Region? {
    let whole = tensor(input)
    if whole.rows == rows, whole.columns == depth {
      return { Region(tensor: input, rows: $0, columns: $1) }
    }
    return { burst, columns in
      let start = min(burst.lowerBound * whole.rows / rows, whole.rows - 1)
      let end = max(start + 1, burst.upperBound * whole.rows / rows)
      let wide = min(columns.count, whole.columns)
      return Region(tensor: input, rows: start..<min(end, whole.rows), columns: 0..<wide)
    }
  }

  /// The image's unrolled rows, as the host gives them.
  private mutating func receive(_ linear: Linear) -> Int {
    let input = tensor(
      "image", in: .wide, rows: linear.rows * batch, columns: linear.inputs)
    for rows in bursts(0..<linear.rows * batch) {
      emit("receive", .receive(to: Region(tensor: input, rows: rows, columns: 0..<linear.inputs)))
    }
    return input
  }

  /// Patches into the residual stream, with positions; the class token before them.
  private mutating func embed(_ linear: Linear) {
    let input = receive(linear)
    let (patches, tokens) = (linear.rows, linear.rows + 1)
    let output = tensor(
      "residual stream", in: .residual, rows: tokens * batch, columns: linear.outputs,
      words: residualWords)
    for image in 0..<batch {
      emit(
        "class token",
        .classToken(
          to: Region(
            tensor: output, rows: image * tokens..<image * tokens + 1,
            columns: 0..<linear.outputs)))
    }
    multiply(
      Product(
        step: linear.name, rows: patches * batch, depth: linear.inputs, columns: linear.outputs,
        period: patches, moving: { Region(tensor: input, rows: $0, columns: $1) })
    ) { compiler, rows, sums in
      let (image, patch) = rows.lowerBound.quotientAndRemainder(dividingBy: patches)
      let start = image * tokens + 1 + patch
      compiler.emit(
        linear.name,
        .rescale(
          sums,
          to: Region(tensor: output, rows: start..<start + rows.count, columns: sums.columns),
          scale: .layer, table: false, add: .positions(from: patch)))
    }
    current = output
    stream = output
  }

  /// Depthwise convolutions leave most of the array empty: as many channels at once as their taps
  /// fit below one another, each in a column of its own.
  private mutating func depthwise(_ step: String, pixels: Int, channels: Int, taps: Int) {
    let input = current
    let output = tensor(
      step, in: buffer(of: input) == .wide ? .normed : .wide, rows: pixels, columns: channels)
    let together = max(1, min(width, height / taps))
    for columns in tiles(channels, by: together) {
      let from = source(input, rows: pixels, depth: channels)
      for (index, depth) in tiles(taps * columns.count, by: height).enumerated() {
        let last = (index + 1) * height >= taps * columns.count
        emit(
          step,
          .loadWeights(
            depth: depth, columns: columns,
            words: index == 0 ? (taps + 5) * columns.count : 0))
        let all = bursts(0..<pixels)
        for (number, rows) in all.enumerated() {
          emit(
            step,
            .stream(
              .init(
                moving: from(rows, columns), sums: .init(rows: rows, columns: columns),
                depth: depth.count, adds: index > 0, leaves: last, opens: number == 0,
                closes: number == all.count - 1,
                useful: index == 0 ? rows.count * taps * columns.count : 0)))
        }
      }
      for rows in bursts(0..<pixels) {
        emit(
          step,
          .rescale(
            .init(rows: rows, columns: columns),
            to: Region(tensor: output, rows: rows, columns: columns), scale: .layer,
            table: false, add: .none))
      }
    }
    current = output
  }

  /// Row sums while the layer before still writes; then a factor for each row, then all columns.
  private mutating func norm(rows perImage: Int, columns: Int) {
    let input = current
    let whole = tensor(input)
    let words = machine.wordsPerSum
    let sums = vector("row sums", rows: whole.rows, columns: 2, words: words)
    let factors = vector("row factors", rows: whole.rows, columns: 2, words: words)
    // The last norm takes the class token of each image only, and keeps 16 bit.
    let isLast = perImage * batch < whole.rows
    let output = tensor(
      "normalised", in: buffer(of: input) == .normed ? .wide : .normed, rows: whole.rows,
      columns: columns, words: isLast ? residualWords : 1)
    let stride = whole.rows / batch
    let chosen =
      isLast
      ? (0..<batch).map { $0 * stride..<$0 * stride + perImage } : bursts(0..<whole.rows)
    for (index, tile) in tiles(columns, by: width).enumerated() {
      for rows in chosen {
        emit(
          "norm: sums",
          .rowSums(
            Region(tensor: input, rows: rows, columns: tile),
            to: Region(tensor: sums, rows: rows, columns: 0..<2), starts: index == 0))
      }
    }
    // A gain has 31 bits, an offset 61.
    let parameters = Int(saturating: (92 / machine.bits.value).rounded(.up)) * columns
    for (index, rows) in chosen.enumerated() {
      let rowSums = Region(tensor: sums, rows: rows, columns: 0..<2)
      let rowFactors = Region(tensor: factors, rows: rows, columns: 0..<2)
      emit("norm: factors", .root(rowSums, to: rowFactors, width: columns))
      emit(
        "norm: scale",
        .normalise(
          Region(tensor: input, rows: rows, columns: 0..<columns), sums: rowSums,
          factors: rowFactors, to: Region(tensor: output, rows: rows, columns: 0..<columns),
          words: index == 0 ? parameters : 0))
    }
    current = output
  }
}
