"""Runs the dialogues of Tests/Dialogues (its README.md says how they are written) with this kit's
endpoint.

    python dialogues.py FOLDER            says which fail, and exits with 1 where one does
    python dialogues.py --print FILE      what the endpoint says and does, in place of what is expected
"""

import json
import pathlib
import sys

from mallard_robot import mallard_pb2 as wire
from mallard_robot.body import Action, Description, Progress, Reading
from mallard_robot.endpoint import MS, Configuration, Endpoint
from mallard_robot.messages import Malformed, decode, measure
from mallard_robot.spool import key

TURN = 10  # ms
EVENTS = ("hear", "given")
RESULTS = ("send", "do", "keep", "forget", "count")
SESSION = 3
CAUSES = {
    name.removeprefix("CAUSE_KIND_").lower().replace("_", "-"): value
    for name, value in wire.CauseKind.items()}


def expand(lines, start=0):
    """The lines without repetitions, each at its own time."""
    for line in lines:
        at = start + line["at"]
        if "repeat" in line:
            check(line, {"at", "repeat", "every", "lines"})
            for turn in range(line["repeat"]):
                yield from expand(line["lines"], at + turn * line["every"])
        else:
            yield {**line, "at": at}


def check(line, known):
    """A word that is not known would be a rule that is not tested."""
    unknown = set(line) - known
    if unknown:
        raise SystemExit(f"{line}: unknown {sorted(unknown)}")


def episode(line):
    return wire.EpisodeID(session=SESSION, ordinal=line.get("episode", 1))


def heard(line):
    """The message that a line says."""
    kind = line["hear"]
    message = wire.CoordinatorToRobot()
    if kind == "welcome":
        message.welcome.session, message.welcome.lockstep = SESSION, line.get("lockstep", False)
    elif kind == "refused":
        message.refused.text = line["text"]
    elif kind == "start-episode":
        message.start_episode.episode.CopyFrom(episode(line))
        message.start_episode.seed = line.get("seed", 5)
    elif kind == "end-episode":
        message.end_episode.episode.CopyFrom(episode(line))
        message.end_episode.outcome = wire.EpisodeOutcome.Value(
            "EPISODE_OUTCOME_" + line.get("outcome", "success").upper())
    elif kind == "command":
        command(message.command, line)
    elif kind == "stop":
        message.stop.text = line["text"]
    elif kind == "release":
        message.release.SetInParent()
    elif kind == "acknowledge":
        message.acknowledge.episode.CopyFrom(episode(line))
        message.acknowledge.steps = line["steps"]
    elif kind == "heartbeat-reply":
        message.heartbeat_reply.sent_time = 0
    elif kind == "goodbye":
        message.goodbye.SetInParent()
    else:
        raise SystemExit(f"{line}: unknown message")
    return message


def command(message, line):
    message.sequence = line["sequence"]
    message.episode.CopyFrom(episode(line))
    if "answers" in line:
        message.responds_to = line["answers"]
    message.validity = line.get("validity", 300) * MS
    message.action.twist.extend([line.get("move", 0.0), 0, 0, 0, 0, 0])
    message.action.gripper = wire.GRIPPER_COMMAND_HOLD
    author, _, name = line.get("author", "human ann").partition(" ")
    message.annotation.author.kind = wire.AuthorKind.Value("AUTHOR_KIND_" + author.upper())
    message.annotation.author.operator = name
    message.annotation.cause.kind = CAUSES[line.get("cause", "request-served")]
    if line.get("cause") == "help-requested":
        message.annotation.cause.reason.kind = wire.REASON_KIND_UNASSISTED


def said(message):
    """What a message says, as a line tells it."""
    kind = message.WhichOneof("body")
    body = getattr(message, kind)
    line = {"send": kind.replace("_", "-")}
    if kind == "hello":
        line["step"] = body.next_step
        if body.HasField("episode"):
            line["episode"] = body.episode.ordinal
    elif kind == "observation":
        line.update(observed(body.observation))
    elif kind == "outcome":
        line.update(done(body))
    elif kind == "step":
        line.update(observed(body.observation))
        line.update(done(body.outcome))
    elif kind == "episode_closed":
        line.update(episode=body.episode.ordinal, steps=body.step_count)
    elif kind == "fault":
        line["text"] = body.text
    return line


def observed(observation):
    return {
        "episode": observation.episode.ordinal, "step": observation.step,
        "success": observation.reading.progress.is_success}


def done(outcome):
    author = wire.AuthorKind.Name(outcome.annotation.author.kind)
    author = author.removeprefix("AUTHOR_KIND_").lower()
    cause = wire.CauseKind.Name(outcome.annotation.cause.kind)
    line = {
        "episode": outcome.episode.ordinal, "step": outcome.step,
        "author": f"{author} {outcome.annotation.author.operator}".strip(),
        "cause": cause.removeprefix("CAUSE_KIND_").lower().replace("_", "-"),
        "asked": outcome.requested_action.twist[0], "moved": outcome.executed_action.twist[0],
        "late": outcome.is_late}
    if outcome.HasField("command_sequence"):
        line["sequence"] = outcome.command_sequence
    return line


class Stage:
    """An endpoint with a clock that is moved by hand, and a robot that does everything at once and
    exactly as it is told."""

    def __init__(self, scenario):
        check(scenario, {"about", "robot", "limits", "without", "until", "lines"})
        robot, limits = scenario.get("robot", {}), scenario.get("limits", {})
        check(robot, {"simulated", "rate"})
        check(limits, {"spoolBytes", "resendBurst"})
        self.description = Description(
            profile="bench-arm", rate=robot.get("rate", 10), joints=["j"], cameras=[], task="stack",
            instruction="Stack.", is_simulated=robot.get("simulated", True))
        self.endpoint = Endpoint(
            "r", self.description, instance=1, first_seed=9, configuration=Configuration(
                spool_bytes_limit=limits.get("spoolBytes", 256 << 20),
                resend_burst=limits.get("resendBurst", 32)))
        self.without = set(scenario.get("without", []))
        lines = list(expand(scenario["lines"]))
        for line in lines:
            if sum(word in line for word in EVENTS + RESULTS) != 1:
                raise SystemExit(f"{line}: say one of {EVENTS + RESULTS}")
        times = [line["at"] for line in lines]
        if times != sorted(times) or any(time % TURN for time in times):
            raise SystemExit("times must rise, in tens of milliseconds")
        self.events = [line for line in lines if any(word in line for word in EVENTS)]
        self.expected = [line for line in lines if any(word in line for word in RESULTS)]
        self.until = scenario.get("until", times[-1])
        self.results = []
        self.at = 0
        self.success = False
        self.broken = None

    @property
    def now(self):
        return 1_000 * MS + self.at * MS

    def note(self, line):
        # What a line need not say.
        for word, usual in (("success", False), ("late", False), ("asked", line.get("moved"))):
            if word in line and line[word] == usual:
                del line[word]
        if line.get("send") not in self.without and line.get("do") not in self.without:
            self.results.append({"at": self.at, **line})

    def told(self, call):
        """Notes what a call of the endpoint sends, keeps and forgets."""
        before = [(entry.episode, entry.index) for entry in self.endpoint.spool.entries]
        messages = call() or []
        after = [(entry.episode, entry.index) for entry in self.endpoint.spool.entries]
        for word, steps in (
                ("keep", [step for step in after if step not in before]),
                ("forget", [step for step in before if step not in after])):
            for (_, ordinal), step in steps:
                self.note({word: step, "episode": ordinal})
        for message, _ in messages:
            self.note(said(message))

    def run(self):
        counts = [line for line in self.expected if "count" in line]
        while self.at <= self.until:
            while self.events and self.events[0]["at"] == self.at:
                self.happen(self.events.pop(0))
            self.settle()
            while counts and counts[0]["at"] == self.at:
                counts.pop(0)
                self.note({"count": self.counts()})
            self.at += TURN

    def counts(self):
        c = self.endpoint.counters
        return {
            "steps": c.steps, "late": c.late_steps, "missed": c.missed_commands,
            "refused": c.refused_commands, "resent": c.resent_steps,
            "malformed": c.malformed_messages}

    def happen(self, line):
        if line.get("hear") == "bytes":
            check(line, {"at", "hear", "hex", "why"})
            try:
                decode([bytes.fromhex(line["hex"])])
            except Malformed:
                self.endpoint.drop_malformed()
            else:
                raise SystemExit(f"{line}: these bytes are a message")
        elif "hear" in line:
            check(line, {
                "at", "hear", "episode", "seed", "outcome", "lockstep", "text", "steps", "sequence",
                "answers", "validity", "move", "author", "cause"})
            message = decode([heard(line).SerializeToString()])
            self.told(lambda: self.endpoint.handle(message, self.now))
        elif line["given"] == "success":
            self.success = True
        elif line["given"] == "breakage":
            self.broken = line["text"]
        elif line["given"] == "shut-down":
            self.endpoint.shut_down(line["text"], self.now)
        elif line["given"] == "suspended":
            self.at += line["for"]
        else:
            raise SystemExit(f"{line}: unknown")

    def settle(self):
        """Carries out everything that is due now."""
        for _ in range(100):
            self.told(lambda: self.endpoint.tick(self.now, self.now))
            task, argument = self.endpoint.next_task(self.now)
            if task == "wait":
                return
            if task == "leave":
                self.note({"do": "leave", "text": argument})
                self.until = self.at
                return
            self.act(task, argument)
        raise SystemExit(f"the endpoint does not come to rest at {self.at} ms")

    def act(self, task, argument):
        line = {"do": task}
        if task == "reset":
            line["seed"] = argument
        if task == "execute":
            speed = argument.action.twist[0] if argument is not None else 0.0
            line = {"do": "move", "speed": speed} if speed else {"do": "hold"}
        self.note(line)
        if task != "stop" and self.broken is not None:
            text, self.broken = self.broken, None
            self.told(lambda: self.endpoint.did_fail(text))
        elif task == "stop":
            self.endpoint.did_stop()
        elif task == "reset":
            self.told(lambda: self.endpoint.did_reset(self.now))
        elif task == "observe":
            reading = Reading(
                pose=[0, 0, 0, 1, 0, 0, 0], twist=[0] * 6, gripper_opening=1, joint_positions=[0],
                joint_velocities=[0], progress=Progress(is_success=self.success))
            message, pictures = measure(reading, self.description, self.now)
            self.told(
                lambda: self.endpoint.did_observe(message, pictures, self.now, self.now))
        else:
            done = Action((speed, 0.0, 0.0, 0.0, 0.0, 0.0))
            self.told(lambda: self.endpoint.did_execute(argument, done, self.now))

    def difference(self):
        """Where it went otherwise than written; None where it did not."""
        for index in range(max(len(self.expected), len(self.results))):
            expected = self.expected[index] if index < len(self.expected) else None
            got = self.results[index] if index < len(self.results) else None
            if expected is None or got is None or not fits(expected, got):
                return (
                    f"expected {json.dumps(expected)}\n    got      {json.dumps(got)}\n"
                    f"    after    {json.dumps(self.results[max(index - 2, 0):index])}")
        return None


def fits(expected, got):
    """Whether they are the same; a count names only what it is about."""
    if "count" in expected and "count" in got:
        return all(got["count"].get(word) == value for word, value in expected["count"].items())
    return expected == got


def main(arguments):
    if arguments[0] == "--print":
        stage = Stage(json.loads(pathlib.Path(arguments[1]).read_text()))
        stage.run()
        for line in stage.results:
            print(json.dumps(line))
        return 0
    files = sorted(pathlib.Path(arguments[0]).glob("*.json"))
    failed = 0
    for file in files:
        stage = Stage(json.loads(file.read_text()))
        stage.run()
        difference = stage.difference()
        if difference:
            failed += 1
            print(f"{file.name}: {difference}")
    print(f"{len(files)} dialogues, {failed} failed")
    return 1 if failed or not files else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
