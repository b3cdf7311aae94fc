public import ArgumentParser
import CommandLineKit
import Foundation
import Policy
public import PolicyTraining
public import Torch

/// The program that trains policies; apart from `mallard`, so that nothing else loads LibTorch.
@main
struct MallardTrain: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "mallard-train",
    abstract: "Train an assistive policy on demonstrations.",
    discussion: """
      Reads the successful episodes of one task from recordings, and trains in stages: an encoder of \
      camera pictures (a softmax teacher, then the eye with Taylor attention), the subgoal predictor, \
      the goal-reaching ensemble, flat behaviour cloning, and the risk network. A tenth of the \
      episodes is kept to measure on. It writes a policy's folder for `mallard coordinator --policy`:

        mallard-train --recording Recordings/today.sqlite --task stack --output Policies/stack

      Half an hour for the encoder, and small networks by a recipe of your own:

        mallard-train --recording a.sqlite --recording b.sqlite --task stack \\
          --output Policies/stack --encoder-minutes 30 --recipe recipe.json

      Ctrl-C leaves a checkpoint. Go on with --resume, or run late stages anew with other numbers:

        mallard-train ... --resume
        mallard-train ... --from ensemble --members 8

      Loss curves are drawn while it runs in OUTPUT/curves; all figures are in OUTPUT/training.json. \
      Every number is in the recipe: --print-recipe shows it, and --recipe reads a file with those \
      that are to differ.
      """,
    version: "mallard 0.1.0")

  @Option(help: "A recording to learn from; may be given several times.")
  var recording: [String] = []

  @Option(
    help:
      "A recording of `mallard scenes` for the encoder to see more of; may be given several times.")
  var scenes: [String] = []

  @Option(help: "The task.")
  var task: String?

  @Option(help: "The policy's folder, which is written.", transform: PolicyOutput.init)
  var output: PolicyOutput?

  @Option(help: "A JSON file with the numbers of the recipe that are to differ from the defaults.")
  var recipe: String?

  @Flag(help: "Print the whole recipe as JSON and stop.")
  var printRecipe = false

  @Option(help: "Draws first weights, orders and noise, and which episodes are measured on.")
  var seed: UInt64 = 1

  @Option(
    help: """
      Threads; more than one helps only on a machine that does nothing else, and with a graphics card, \
      for which they read pictures.
      """)
  var threads = 1

  @Option(
    help: """
      What the networks learn on, cpu or cuda; the same seed gives other networks on each. [default: \
      cuda where LibTorch can use one]
      """)
  var device: Device?

  @Option(
    help: """
      Minutes for the encoder, teacher and student together. [default: the recipe's epochs; with --eye \
      none]
      """)
  var encoderMinutes: Double?

  @Option(
    help: """
      Take the encoder of this policy's folder in place of training one: minutes, not an hour. With \
      --encoder-minutes it learns on for so long.
      """)
  var eye: String?

  @Option(help: "Learn from the first N successful episodes only. [default: all]")
  var episodes: Int?

  @Option(help: "H: steps from a state to its subgoal. [default: the recipe's]")
  var horizon: Int?

  @Option(help: "Numbers in a picture latent. [default: the recipe's]")
  var latent: Int?

  @Option(help: "K: members of the ensembles. [default: the recipe's]")
  var members: Int?

  @Option(help: "Integer bits of the eye, 8 or 16. [default: the recipe's]")
  var bits: Int?

  @Flag(help: "Go on with the training that was interrupted.")
  var resume = false

  @Option(
    help: """
      Keep the stages before this one, and run it and later ones anew: teacher, encoder, embeddings, \
      predictor, ensemble, flat or risk.
      """)
  var from: TrainingStage?

  @Flag(help: "Forget the checkpoint that is there.")
  var restart = false

  @Flag(help: "Only compare softmax, Taylor, and Taylor trained with sparse attention.")
  var table = false

  @Flag(help: "Print the figures as JSON.")
  var json = false

  func validate() throws {
    guard !printRecipe else { return }
    guard !recording.isEmpty else {
      throw ValidationError("--recording: name at least one recording to learn from")
    }
    guard task != nil else { throw ValidationError("--task: name the task to learn") }
    guard output != nil else { throw ValidationError("--output: name the policy's folder") }
    guard [resume, restart, from != nil].filter({ $0 }).count < 2 else {
      throw ValidationError("--resume, --restart and --from exclude each other")
    }
    guard eye == nil || (!table && (scenes.isEmpty || encoderMinutes != nil)) else {
      throw ValidationError(
        "--eye takes an encoder that there is: not with --table, and with --scenes only if it learns on "
          + "(--encoder-minutes)")
    }
    guard (1...256).contains(threads) else {
      throw ValidationError("--threads is 1 to 256, not \(threads)")
    }
    if let encoderMinutes, !(encoderMinutes > 0 && encoderMinutes < 1e5) {
      throw ValidationError("--encoder-minutes is above zero, not \(encoderMinutes)")
    }
    if let episodes, episodes < 2 {
      throw ValidationError("--episodes is at least 2, not \(episodes)")
    }
  }

  func run() throws {
    do {
      try train()
    } catch TrainingError.interrupted(let place) {
      Terminal.say("mallard-train: \(TrainingError.interrupted(checkpoint: place))")
      throw ExitCode(130)
    }
  }

  static func main() { ProcessShell.main(Self.self) }

  private func train() throws {
    let recipe = try chosenRecipe()
    guard !printRecipe else {
      return Terminal.result(TextBlock(own: String(decoding: try recipe.json, as: UTF8.self)))
    }
    try Trainer.check(options)
    let flag = StopFlag()
    let interruption = Interruption {
      flag.set()
      Terminal.say("stopping after this step; once more ends at once")
    }
    defer { withExtendedLifetime(interruption) {} }
    let display = ProgressDisplay()
    let events = TrainingEvents(
      progress: { display.show($0) }, say: { Terminal.say($0) },
      isCancelled: { flag.isSet })
    let trainer = try Trainer(
      data(recipe, display), recipe: recipe, options: options, events: events)
    if table { return try tell(trainer.attentionTable()) }
    try tell(trainer.run())
  }

  private func chosenRecipe() throws -> TrainingRecipe {
    var chosen = TrainingRecipe()
    if let path = recipe {
      chosen = try TrainingRecipe.read(path)
    }
    if let horizon { chosen.horizon = horizon }
    if let latent { chosen.latent = latent }
    if let members { chosen.members = members }
    if let bits { chosen.bits = bits }
    try chosen.validate()
    return chosen
  }

  private var options: TrainingOptions {
    var options = TrainingOptions(output: output?.path ?? "", seed: seed)
    options.threads = threads
    options.device = device
    options.encoderMinutes = encoderMinutes
    options.eye = eye
    options.beginning =
      resume ? .resuming : restart ? .replacing : from.map { .from($0) } ?? .anew
    options.command = CommandLine.arguments.dropFirst().reduce("mallard-train") { $0 + " " + $1 }
    options.software = Self.configuration.version
    return options
  }

  private func data(_ recipe: TrainingRecipe, _ display: ProgressDisplay) throws -> TrainingData {
    var selection = TrainingData.Selection(
      recordings: recording, task: task ?? "", pictureSide: recipe.pictureSide, seed: seed)
    selection.heldOutShare = recipe.heldOutShare
    selection.branchSteps = recipe.branchSteps
    selection.episodeLimit = episodes
    selection.scenes = scenes
    let data = try TrainingData(selection) { done, whole in
      display.show(.reading(done, of: whole))
    }
    let heldOut = data.episodes.filter { $0.isHeldOut }.count
    Terminal.say(
      "\(data.episodes.count) episodes with \(data.count) steps, \(heldOut) of them held out; "
        + (data.scenes.count > 0 ? "\(data.scenes.count) scenes for the eye; " : "")
        + "cameras \(data.robot.cameras.joined(separator: ", "))")
    return data
  }

  private func tell(_ report: TrainingReport) throws {
    guard !json else { return try Terminal.result(json: report) }
    Terminal.result("policy in \(report.folder)")
    for (name, value) in report.measures.sorted(by: { $0.key < $1.key }) {
      Terminal.result(
        name.padding(toLength: 32, withPad: " ", startingAt: 0) + String(format: "%10.4f", value))
    }
  }

  private func tell(_ table: AttentionTable) throws {
    guard !json else { return try Terminal.result(json: table) }
    Terminal.result(
      "encoder                                   seconds  subtask right  velocity error  objects, cm"
    )
    for row in table.rows {
      Terminal.result(
        row.name.padding(toLength: 40, withPad: " ", startingAt: 0)
          + String(
            format: "%9.0f  %12.1f %%  %14.3f  %11.2f", row.seconds, 100 * row.subtaskRight,
            row.velocityError, row.objectErrorCm))
    }
  }
}

extension TrainingStage: ExpressibleByArgument {}
extension Device: ExpressibleByArgument {}
