import ArgumentParser
import CommandLineKit
import Foundation
import RecordingStore
import RobotData

extension EpisodesCommand {
  /// Who changes a recording.
  struct Person: ParsableArguments {
    @Option(help: "Your name. [default: the name you are logged in with]")
    var name: String?

    func id() throws -> OperatorID { try OperatorID(name ?? ConsoleCommand.login) }
  }

  struct Tag: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Put a word on episodes, or take it off with --remove.",
      discussion: """
          mallard episodes tag pilot-study 3 4 5
          mallard episodes list --tag pilot-study
        """)

    @Argument(help: "Letters, digits, '.', '_' and '-'.")
    var tag: String

    @Argument(help: "The episodes.")
    var episodes: [String]

    @Flag(help: "Take it off.")
    var remove = false

    @OptionGroup var source: Source
    @OptionGroup var person: Person

    func run() throws {
      let tag = try EpisodeTag(self.tag)
      let (editor, episodes) = try source.edit(episodes, by: person)
      for episode in episodes {
        if remove {
          try editor.remove(tag, from: episode.id)
        } else {
          try editor.add(tag, to: episode.id)
        }
      }
      try source.tell(episodes.map(\.id), remove ? "no longer \(tag)" : "tagged \(tag)")
    }
  }

  struct Mark: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Say how episodes ended; what was said before is kept beside it.",
      discussion: "mallard episodes mark failure 3 --name ann")

    @Argument(help: "success, failure, discarded or interrupted.")
    var outcome: String

    @Argument(help: "The episodes.")
    var episodes: [String]

    @OptionGroup var source: Source
    @OptionGroup var person: Person

    func run() throws {
      let outcome = try EpisodeOutcome.named(self.outcome, "the outcome")
      let (editor, episodes) = try source.edit(episodes, by: person)
      for episode in episodes { try editor.mark(episode.id, outcome) }
      try source.tell(episodes.map(\.id), "marked as \(outcome)")
    }
  }

  struct Delete: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Hide episodes, until `restore` shows them again or `purge` removes them.",
      discussion: "mallard episodes delete 3 4")

    @Argument(help: "The episodes.")
    var episodes: [String]

    @Flag(help: "Do not ask.")
    var yes = false

    @OptionGroup var source: Source
    @OptionGroup var person: Person

    func run() throws {
      let (editor, episodes) = try source.edit(episodes, by: person)
      let steps = episodes.reduce(0) { $0 + $1.steps }
      try Question.ask(
        "delete \(episodes.count) episodes with \(steps) steps? `mallard episodes restore` "
          + "undoes it until they are purged", isAnswered: yes)
      try editor.delete(episodes.map(\.id))
      try source.tell(episodes.map(\.id), "deleted; `mallard episodes restore` undoes it")
    }
  }

  struct Restore: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show deleted episodes again; all of them when none is named.",
      discussion: "mallard episodes restore 3")

    @Argument(help: "The episodes.")
    var episodes: [String] = []

    @OptionGroup var source: Source
    @OptionGroup var person: Person

    func run() throws {
      let (editor, episodes) = try source.edit(episodes, by: person, kept: .not)
      try editor.restore(episodes.map(\.id))
      try source.tell(episodes.map(\.id), "restored")
    }
  }

  struct Purge: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Remove deleted episodes for good, and give their space back.",
      discussion: "mallard episodes purge --discarded")

    @Flag(help: "Those too that were discarded when they were recorded.")
    var discarded = false

    @Flag(help: "Do not ask.")
    var yes = false

    @OptionGroup var source: Source
    @OptionGroup var person: Person

    func run() throws {
      let (path, episodes) = try source.purgeable(discarded: discarded)
      let steps = episodes.reduce(0) { $0 + $1.steps }
      if !episodes.isEmpty {
        try Question.ask(
          "remove \(episodes.count) episodes with \(steps) steps for good? Nothing undoes it",
          isAnswered: yes)
        try RecordingEditor.purge(path, episodes.map(\.id), by: person.id())
      }
      try source.tell(episodes.map(\.id), "removed for good")
    }
  }
}

extension EpisodesCommand.Source {
  /// Opens the recording to change it, and finds the episodes; all of them when none is named.
  func edit(
    _ names: [String], by person: EpisodesCommand.Person, kept: EpisodeFilter.Kept = .only
  ) throws -> (RecordingEditor, [EpisodeSummary]) {
    let (path, episodes) = try find(names, kept: kept)
    return (try RecordingEditor(path: path, person: person.id()), episodes)
  }

  /// Finds episodes; the recording is not open any more when they are changed.
  private func find(
    _ names: [String], kept: EpisodeFilter.Kept
  ) throws -> (path: String, episodes: [EpisodeSummary]) {
    let reader = try open()
    var filter = EpisodeFilter()
    filter.kept = kept
    let episodes =
      try names.isEmpty
      ? reader.episodes(filter) : names.map { try reader.episode($0, kept: kept) }
    return (reader.path, episodes)
  }

  /// Finds the episodes that a purge removes, and closes the recording.
  fileprivate func purgeable(
    discarded: Bool
  ) throws -> (path: String, episodes: [EpisodeSummary]) {
    let reader = try open()
    var filter = EpisodeFilter()
    filter.kept = .not
    var episodes = try reader.episodes(filter)
    if discarded {
      filter.kept = .only
      filter.outcome = .discarded
      episodes += try reader.episodes(filter)
    }
    return (reader.path, episodes)
  }

  /// Says what was done to which episodes.
  func tell(_ episodes: [String], _ what: String) throws {
    if json { return try Terminal.result(json: episodes) }
    for episode in episodes { Terminal.result("\(episode): \(what)") }
    if episodes.isEmpty { Terminal.result("no episodes") }
  }
}

extension EpisodeOutcome {
  /// The outcome of this name.
  static func named(_ name: String, _ option: String) throws -> EpisodeOutcome {
    guard let outcome = allCases.first(where: { "\($0)" == name }) else {
      throw ValidationError(
        "\(option) is \(name); allowed: success, failure, discarded, interrupted")
    }
    return outcome
  }
}

/// A question to whoever sits at the terminal.
enum Question {
  private struct Unanswered: Error, CustomStringConvertible {
    let description: String
  }

  /// Continues when the answer is yes.
  static func ask(_ text: String, isAnswered: Bool) throws {
    if isAnswered { return }
    guard isatty(0) == 1 else {
      throw Unanswered(description: "\(text): there is no one to ask; add --yes")
    }
    Terminal.ask("\(text) [y/N] ")
    guard let answer = readLine()?.lowercased(), ["y", "yes"].contains(answer) else {
      throw Unanswered(description: "nothing was changed")
    }
  }
}
