import Foundation

/// The most memory that this process has had at once.
enum PeakMemory {
  /// Bytes, as the kernel counts them (VmHWM); 0 where it does not say.
  static var bytes: Int {
    guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
      let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM:") }),
      let kilobytes = line.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first
    else { return 0 }
    return (Int(kilobytes) ?? 0) * 1024
  }
}
