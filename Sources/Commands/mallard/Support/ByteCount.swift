import ArgumentParser
import Numbers

/// A size as people write it: 500M, 2G, 4096.
struct ByteCount: ExpressibleByArgument {
  let bytes: Int

  init?(argument: String) {
    let units: [Character: Int] = ["k": 1_000, "M": 1_000_000, "G": 1_000_000_000]
    let unit = argument.last.flatMap { units[$0] }
    guard let number = Double(unit == nil ? argument[...] : argument.dropLast()),
      number * Double(unit ?? 1) >= 1, number * Double(unit ?? 1) < 1e18
    else { return nil }
    bytes = Int(saturating: number * Double(unit ?? 1))
  }

  var defaultValueDescription: String { "\(bytes)" }
}
