/// How a modelled person moves a robot: at whose pace, how steadily.
public struct HumanSkill: Hashable, Sendable {
  /// The share of the robot's greatest speed that the person uses, 0 to 1.
  public var pace: Double
  /// Standard deviation of the unsteadiness that is added to the velocity, m/s.
  public var unsteadiness: Double
  /// How long an unsteady movement lasts, s (the time constant of an Ornstein-Uhlenbeck process).
  public var unsteadinessTime: Double
  /// How far from a goal the person is content, m.
  public var precision: Double
  /// How far beside an object's middle the person closes the gripper once the hand is down, m; 0 is as
  /// `precision` says. Fingers bring what is between them to the middle: who waits low above the table for
  /// the last centimetre shows no one when to close.
  public var graspTolerance: Double
  /// How often, of all grasps of what may be taken at every quarter turn, the person leaves the hand as it is
  /// turned: the fingers turn a block, or hold it by its corners, 0 to 1.
  public var unturned: Double
  /// How often the person stops to look, seconds from one stop to the next on average.
  public var hesitationInterval: Double
  /// How long such a look takes, s.
  public var hesitation: Double
  /// How often, of all ways to an object or with one, the person goes by way of another place, 0 to 1.
  public var detours: Double
  /// How often, of all grasps and releases, the person first aims beside the goal and corrects
  /// that on the way down, 0 to 1.
  public var misjudgements: Double
  /// How far beside it, m: the standard deviation along x and y.
  public var misjudgement: Double
  /// How often an object that is carried is dropped, and taken again, 0 to 1.
  public var slips: Double

  /// A practised person.
  public init() {
    pace = 0.9
    unsteadiness = 0.008
    unsteadinessTime = 0.4
    precision = 0.005
    graspTolerance = 0
    unturned = 0
    hesitationInterval = 12
    hesitation = 0.3
    detours = 0
    misjudgements = 0
    misjudgement = 0.012
    slips = 0
  }

  /// A practised person at play: varied ways, mistakes, and their recovery, so that what is recorded
  /// also holds the states beside the straight way, and the way back from them.
  public static var play: HumanSkill {
    var skill = HumanSkill()
    skill.hesitationInterval = 20
    skill.unsteadiness = 0.025
    // An unsteady hand that insisted on half a centimetre would hover above each goal for seconds, and
    // no one could foresee when it goes down.
    skill.precision = 0.012
    skill.graspTolerance = 0.018
    // An eye of 96 pixels does not see how a block is turned. Who turns the hand to it shows only how
    // blocks look that lie straight between the fingers, and a robot that comes down on another one has
    // never seen anything like it.
    skill.unturned = 1
    skill.detours = 0.03
    skill.misjudgements = 0.5
    skill.slips = 0.04
    return skill
  }

  /// A practised person at play whose hand is steady and who misjudges nothing: for robots that are
  /// disturbed. Whatever this person does is an answer to what is seen; a tremor that is recorded with the
  /// actions, or a goal that is missed on purpose, is learnt with the rest.
  public static var steadyPlay: HumanSkill {
    var skill = HumanSkill.play
    skill.unsteadiness = 0
    skill.misjudgements = 0
    return skill
  }
}
