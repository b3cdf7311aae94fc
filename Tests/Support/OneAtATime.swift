public import Testing

/// Tests that share something of the whole process, LibTorch's one source of random numbers for example,
/// and so run one at a time, whichever suite and module they are of. `.serialized` orders the tests of
/// one suite only.
public struct OneAtATime: SuiteTrait, TestTrait, TestScoping {
  /// Applies to the tests of a suite.
  public let isRecursive = true

  /// Runs one test case when no other one runs.
  public func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
  ) async throws {
    await Turn.shared.take()
    do { try await function() } catch {
      await Turn.shared.give()
      throw error
    }
    await Turn.shared.give()
  }
}

extension Trait where Self == OneAtATime {
  /// One test at a time in the whole process.
  public static var oneAtATime: Self { OneAtATime() }
}

/// Whose turn it is.
private actor Turn {
  static let shared = Turn()
  private var isTaken = false
  private var waiting: [CheckedContinuation<Void, Never>] = []

  func take() async {
    guard isTaken else {
      isTaken = true
      return
    }
    await withCheckedContinuation { waiting.append($0) }
  }

  /// The turn goes to the one that waits longest.
  func give() {
    if waiting.isEmpty { isTaken = false } else { waiting.removeFirst().resume() }
  }
}
