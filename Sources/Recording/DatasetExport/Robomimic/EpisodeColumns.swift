internal import Datasets
internal import HDF5Files

/// Rows of one dataset that are appended together, a whole chunk at a time.
final class NumberColumn<Number: HDF5Number> {
  private let dataset: HDF5Dataset
  private let chunkValues: Int
  private var values: [Number] = []

  init(_ dataset: HDF5Dataset, chunkRows: Int) {
    self.dataset = dataset
    chunkValues = chunkRows * dataset.rowCount
  }

  func add(_ row: [Number]) throws(HDF5Error) {
    values += row
    if values.count >= chunkValues { try flush() }
  }

  func flush() throws(HDF5Error) {
    try dataset.append(values)
    values.removeAll(keepingCapacity: true)
  }
}

/// Texts of one dataset that are appended together.
final class TextColumn {
  private let dataset: HDF5Dataset
  private let chunkRows: Int
  private var values: [String] = []

  init(_ dataset: HDF5Dataset, chunkRows: Int) {
    self.dataset = dataset
    self.chunkRows = chunkRows
  }

  func add(_ text: String) throws(HDF5Error) {
    values.append(text)
    if values.count >= chunkRows { try flush() }
  }

  func flush() throws(HDF5Error) {
    try dataset.append(values)
    values.removeAll(keepingCapacity: true)
  }
}

/// Long texts that seldom change: numbers of a list that is kept as the attribute `values`.
final class ListedColumn {
  private let dataset: HDF5Dataset
  private let numbers: NumberColumn<Int64>
  private var texts: [String] = []
  private var places: [String: Int] = [:]

  init(_ dataset: HDF5Dataset, chunkRows: Int) {
    self.dataset = dataset
    numbers = NumberColumn(dataset, chunkRows: chunkRows)
  }

  func add(_ text: String) throws(HDF5Error) {
    let place = places[text] ?? texts.count
    if place == texts.count {
      places[text] = place
      texts.append(text)
    }
    try numbers.add([Int64(place)])
  }

  func flush() throws(HDF5Error) {
    try numbers.flush()
    try dataset.attributes.set("values", texts)
  }
}

/// A column of `DatasetSchema.features`.
enum FeatureColumn {
  case reals(NumberColumn<Double>)
  case singles(NumberColumn<Float>)
  case integers(NumberColumn<Int64>)
  case truths(NumberColumn<UInt8>)
  case texts(TextColumn)
  case listed(ListedColumn)

  func add(_ value: DatasetValue) throws(HDF5Error) {
    switch (self, value) {
    case (.reals(let column), .float64(let values)): try column.add(values)
    case (.singles(let column), .float32(let values)): try column.add(values)
    case (.integers(let column), .int64(let values)): try column.add(values)
    case (.truths(let column), .bool(let values)): try column.add(values.map { $0 ? 1 : 0 })
    case (.texts(let column), .string(let text)): try column.add(text)
    case (.listed(let column), .string(let text)): try column.add(text)
    default: preconditionFailure("a feature has the type that its schema says")
    }
  }

  func flush() throws(HDF5Error) {
    switch self {
    case .reals(let column): try column.flush()
    case .singles(let column): try column.flush()
    case .integers(let column): try column.flush()
    case .truths(let column): try column.flush()
    case .texts(let column): try column.flush()
    case .listed(let column): try column.flush()
    }
  }
}
