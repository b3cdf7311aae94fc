extension ProgramCompiler {
  /// Where the queries, keys and values of one head are.
  struct Head {
    /// Of all heads of a batch: which of two sets of vectors it uses.
    var number: Int
    /// Within its layer.
    var index: Int
    var attention: Workload.Attention
    /// Rows of the tensor of queries, and of keys and values.
    var queryRows: Range<Int>
    var keyRows: Range<Int>
    var source: Int
    var queryColumns: Range<Int>
    var keyColumns: Range<Int>
    var valueColumns: Range<Int>
    var output: Int
    var outputColumns: Range<Int>

    var keys: Region { Region(tensor: source, rows: keyRows, columns: keyColumns) }
    var values: Region { Region(tensor: source, rows: keyRows, columns: valueColumns) }
    func queries(_ rows: Range<Int>) -> Region {
      Region(tensor: source, rows: rows, columns: queryColumns)
    }
  }

  /// All heads of all groups of tokens and images, and where their output goes.
  private mutating func heads(_ attention: Workload.Attention) -> [Head] {
    let (d, width) = (attention.dimension, attention.valueDimension)
    var source = current
    // Groups of tokens attend among themselves only (MobileViT); each has all its heads.
    let groups = max(1, tensor(source).rows / (attention.keys * batch))
    let perGroup = max(1, attention.heads / groups)
    let needed = perGroup * (2 * d + width)
    if tensor(source).columns != needed
      || tensor(source).rows != groups * attention.keys * batch
    {
      // Queries of another layer than keys and values (LeViT): beside them, in the same order.
      source = tensor(
        "QKV", in: buffer(of: source) == .wide ? .normed : .wide,
        rows: groups * attention.keys * batch, columns: needed)
    }
    let output = tensor(
      "attention", in: buffer(of: source) == .normed ? .wide : .normed,
      rows: groups * attention.queries * batch, columns: perGroup * width)
    var heads: [Head] = []
    for group in 0..<groups * batch {
      for index in 0..<perGroup {
        let rows = group * attention.keys
        heads.append(
          Head(
            number: heads.count, index: index, attention: attention,
            queryRows: rows..<rows + min(attention.queries, attention.keys),
            keyRows: rows..<rows + attention.keys, source: source,
            queryColumns: index * d..<(index + 1) * d,
            keyColumns: (perGroup + index) * d..<(perGroup + index + 1) * d,
            valueColumns: 2 * perGroup * d + index * width..<2 * perGroup * d + (index + 1) * width,
            output: output, outputColumns: index * width..<(index + 1) * width))
      }
    }
    current = output
    return heads
  }

  /// Rows of the output that belong to rows of the queries.
  private func outputRows(_ rows: Range<Int>, _ head: Head) -> Range<Int> {
    let start =
      head.keyRows.lowerBound / head.attention.keys * head.attention.queries
      + rows.lowerBound - head.queryRows.lowerBound
    return start..<start + rows.count
  }

  // MARK: Taylor

  /// Algorithm 1 of ViTALiTy for each head. The next head's column sums and centring are placed
  /// before this head's products, so that they run while the array works on this one.
  mutating func taylor(_ attention: Workload.Attention) {
    let heads = heads(attention)
    for head in heads.prefix(1) { prepare(head) }
    for (index, head) in heads.enumerated() {
      context(head)
      if index + 1 < heads.count { prepare(heads[index + 1]) }
      if attention.hasBias { bias(head) }
      output(head)
    }
  }

  /// A vector of one head: two sets, so that one head's can be made while another's is used.
  private mutating func vector(_ name: String, of head: Head, columns: Int, wide: Bool) -> Region {
    let tensor = vector(
      "\(name) \(head.number % 2)", columns: columns, words: wide ? machine.wordsPerSum : 1)
    return Region(tensor: tensor, rows: 0..<1, columns: 0..<columns)
  }

  private mutating func prepare(_ head: Head) {
    let (d, width) = (head.attention.dimension, head.attention.valueDimension)
    let sums = vector("sum of K", of: head, columns: d, wide: true)
    let mean = vector("mean of K", of: head, columns: d, wide: false)
    let bursts = bursts(head.keyRows)
    columnSums("1 sum of K", bursts, head.keys, to: sums)
    emit("1 mean", .mean(sums, to: mean, tokens: head.attention.keys))
    for rows in bursts {
      emit(
        "1 K̂ = K − mean",
        .centre(Region(tensor: head.source, rows: rows, columns: head.keyColumns), mean: mean))
    }
    let values = vector("sum of V", of: head, columns: width, wide: true)
    columnSums("3 sum of V", bursts, head.values, to: values)
    emit(
      "5 √d·sum of V",
      .valueTerm(
        values, to: vector("value term", of: head, columns: width, wide: true),
        head: head.index))
    guard machine.denominator == .faithful else { return }
    columnSums(
      "3 sum of K̂", bursts, head.keys,
      to: vector("sum of K̂", of: head, columns: d, wide: true))
  }

  private mutating func columnSums(
    _ step: String, _ bursts: [Range<Int>], _ region: Region, to sums: Region
  ) {
    for (index, rows) in bursts.enumerated() {
      emit(
        step,
        .accumulate(
          Region(tensor: region.tensor, rows: rows, columns: region.columns), to: sums,
          starts: index == 0))
    }
  }

  private mutating func context(_ head: Head) {
    let (d, width) = (head.attention.dimension, head.attention.valueDimension)
    let context = vector("G \(head.number % 2)", rows: d, columns: width)
    let first = (head.keyRows.lowerBound, head.keyColumns.lowerBound, head.valueColumns.lowerBound)
    let source = head.source
    multiply(
      Product(
        step: "2 G = K̂ᵀV", rows: d, depth: head.attention.keys, columns: width,
        moving: { rows, depth in
          Region(
            tensor: source, rows: first.0 + depth.lowerBound..<first.0 + depth.upperBound,
            columns: first.1 + rows.lowerBound..<first.1 + rows.upperBound)
        }, transposed: true,
        resident: { depth, columns in
          Region(
            tensor: source, rows: first.0 + depth.lowerBound..<first.0 + depth.upperBound,
            columns: first.2 + columns.lowerBound..<first.2 + columns.upperBound)
        })
    ) { compiler, rows, sums in
      compiler.emit(
        "2 G = K̂ᵀV",
        .rescale(
          sums, to: Region(tensor: context, rows: rows, columns: sums.columns),
          scale: .context(head: head.index), table: false, add: .none))
    }
  }

  private mutating func output(_ head: Head) {
    let (d, width) = (head.attention.dimension, head.attention.valueDimension)
    let context = vector("G \(head.number % 2)", rows: d, columns: width)
    let values = vector("value term", of: head, columns: width, wide: true)
    let denominators = denominators(head)
    let start = head.queryRows.lowerBound
    multiply(
      Product(
        step: "5 Q·G", rows: head.queryRows.count, depth: d, columns: width,
        moving: { rows, depth in
          Region(
            tensor: head.source, rows: start + rows.lowerBound..<start + rows.upperBound,
            columns: head.queryColumns.lowerBound + depth.lowerBound..<head.queryColumns.lowerBound
              + depth.upperBound)
        }, resident: { Region(tensor: context, rows: $0, columns: $1) })
    ) { compiler, rows, sums in
      let moved = start + rows.lowerBound..<start + rows.upperBound
      let to = Region(
        tensor: head.output, rows: compiler.outputRows(moved, head),
        columns: head.outputColumns.lowerBound + sums.columns.lowerBound..<head.outputColumns
          .lowerBound + sums.columns.upperBound)
      let term = Region(tensor: values.tensor, rows: 0..<1, columns: sums.columns)
      guard let denominators else {
        compiler.emit(
          "6 divide by n√d",
          .rescale(
            sums, to: to, scale: .output(head: head.index, values: term), table: false,
            add: .none))
        return
      }
      compiler.emit(
        "6 divide",
        .divide(
          sums, values: term, by: Region(tensor: denominators, rows: rows, columns: 0..<1), to: to)
      )
    }
  }

  private mutating func denominators(_ head: Head) -> Int? {
    guard machine.denominator == .faithful else { return nil }
    let sums = vector("sum of K̂", of: head, columns: head.attention.dimension, wide: true)
    let result = vector(
      "denominators \(head.number % 2)", rows: head.queryRows.count, columns: 1,
      words: machine.wordsPerSum)
    let start = head.queryRows.lowerBound
    for rows in bursts(0..<head.queryRows.count) {
      emit(
        "4 n√d + Q·k̂",
        .denominators(
          head.queries(start + rows.lowerBound..<start + rows.upperBound), sums: sums,
          to: Region(tensor: result, rows: rows, columns: 0..<1), head: head.index,
          loads: rows.lowerBound == 0))
    }
    return result
  }

  /// LeViT's learned bias does not factor through G: a constant matrix times V, in full.
  private mutating func bias(_ head: Head) {
    let values = head.values
    multiply(
      Product(
        step: "bias·V", rows: head.attention.queries, depth: head.attention.keys,
        columns: head.attention.valueDimension, moving: { _, _ in nil },
        resident: { depth, columns in
          Region(
            tensor: values.tensor,
            rows: values.rows.lowerBound + depth.lowerBound..<values.rows.lowerBound
              + depth.upperBound,
            columns: values.columns.lowerBound + columns.lowerBound..<values.columns.lowerBound
              + columns.upperBound)
        })
    ) { _, _, _ in }
  }

  // MARK: Softmax

  mutating func softmax(_ attention: Workload.Attention) {
    for head in heads(attention) {
      let (keys, start) = (attention.keys, head.queryRows.lowerBound)
      let map = tensor("map", in: .map, rows: head.queryRows.count, columns: keys)
      let totals = vector(
        "totals \(head.number % 2)", rows: head.queryRows.count, columns: 1,
        words: machine.wordsPerSum)
      multiply(
        Product(
          step: "Q·Kᵀ", rows: head.queryRows.count, depth: attention.dimension, columns: keys,
          moving: { rows, depth in
            Region(
              tensor: head.source, rows: start + rows.lowerBound..<start + rows.upperBound,
              columns: head.queryColumns.lowerBound + depth.lowerBound..<head.queryColumns
                .lowerBound + depth.upperBound)
          },
          resident: { depth, columns in
            Region(
              tensor: head.source,
              rows: head.keyRows.lowerBound + columns.lowerBound..<head.keyRows.lowerBound
                + columns.upperBound,
              columns: head.keyColumns.lowerBound + depth.lowerBound..<head.keyColumns.lowerBound
                + depth.upperBound)
          }, residentTransposed: true)
      ) { compiler, rows, sums in
        let to = Region(tensor: map, rows: rows, columns: sums.columns)
        compiler.emit("exp", .exponential(sums, to: to))
        compiler.emit(
          "row sums",
          .accumulate(
            to, to: Region(tensor: totals, rows: rows, columns: 0..<1),
            starts: sums.columns.lowerBound == 0))
      }
      weigh(head, map: map, totals: totals)
    }
  }

  private mutating func weigh(_ head: Head, map: Int, totals: Int) {
    let values = head.values
    let start = head.queryRows.lowerBound
    multiply(
      Product(
        step: "map·V", rows: head.queryRows.count, depth: head.attention.keys,
        columns: head.attention.valueDimension,
        moving: { Region(tensor: map, rows: $0, columns: $1) },
        resident: { depth, columns in
          Region(
            tensor: values.tensor,
            rows: values.rows.lowerBound + depth.lowerBound..<values.rows.lowerBound
              + depth.upperBound,
            columns: values.columns.lowerBound + columns.lowerBound..<values.columns.lowerBound
              + columns.upperBound)
        })
    ) { compiler, rows, sums in
      let moved = start + rows.lowerBound..<start + rows.upperBound
      compiler.emit(
        "divide",
        .share(
          sums, totals: Region(tensor: totals, rows: rows, columns: 0..<1),
          to: Region(
            tensor: head.output, rows: compiler.outputRows(moved, head),
            columns: head.outputColumns.lowerBound + sums.columns.lowerBound..<head.outputColumns
              .lowerBound + sums.columns.upperBound)))
    }
  }
}
