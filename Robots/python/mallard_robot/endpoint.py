"""The robot's side of the protocol, without socket, clock or robot: it is told what happened, and says
what to send and what to do next. Follows Sources/Robots/EndpointLogic rule by rule; the dialogues of
Tests/Dialogues are run by both."""

import math
import random
from dataclasses import dataclass

from . import mallard_pb2 as wire
from .body import Action, Description
from .messages import MAJOR, MINOR, TEXT_CHARACTERS, action, check_description, describe
from .spool import NEVER, Spool, key

HOLD = Action()
MS = 1_000_000


@dataclass(frozen=True)
class Configuration:
    """How an endpoint paces itself and how long it waits for whom; times in ns."""

    response_share: float = 0.5  # of a period for which the answer to an observation is waited for
    lockstep_patience: int = 2000 * MS  # after which a robot in lockstep looks again
    heartbeat_interval: int = 500 * MS
    link_timeout: int = 1500 * MS
    hello_interval: int = 1000 * MS
    resend_after: int = 2000 * MS
    resend_burst: int = 32
    spool_bytes_limit: int = 256 << 20  # unacknowledged bytes at which the robot holds
    drain_time: int = 3000 * MS


@dataclass
class Counters:
    """What happened so far."""

    steps: int = 0
    late_steps: int = 0
    missed_commands: int = 0
    refused_commands: int = 0
    resent_steps: int = 0
    malformed_messages: int = 0


@dataclass
class _Run:
    """An episode in progress."""

    episode: wire.EpisodeID
    period_start: int
    next_step: int = 0
    stands_still: bool = True  # the last period was a recorded standstill: the next one need not be
    last: tuple | None = None  # the newest observation with its pictures, while it is part of no step


class Endpoint:
    """One robot. Times are ns of a monotonic clock, `wall` is ns since 1970. What is to be sent comes
    back as a list of (message, pictures).

    `activity` is one of: "preparing" (the scene is laid out: `preparing_for` is the episode, or None),
    "ready", "between" and "deciding" (which alternate through the steps of an episode).
    """

    def __init__(
            self, name: str, description: Description, instance: int | None = None,
            configuration: Configuration = Configuration(), first_seed: int | None = None):
        check_description(name, description)
        self.name = name
        self.description = description
        self.instance = instance or random.getrandbits(63) | 1
        self.configuration = configuration
        self.period = int(1e9 / description.rate)
        self.counters = Counters()
        self.refused = None  # why the coordinator did not let the robot in
        self.joined = False
        self.lockstep = False
        self.stopped = None  # why the robot is stopped
        self.must_stop = False
        self.spool = Spool()
        self.activity = "ready" if description.is_simulated else "preparing"
        self.preparing_for = None
        self._seed = random.getrandbits(63) if first_seed is None else first_seed
        self._leaving = None  # (reason, deadline)
        self._closing = []  # [episode, steps, sent_at]
        self._next_hello = self._heard = self._next_heartbeat = 0
        self._newest = None  # (command, arrived_at)
        self._answered = None  # the step whose observation was answered
        self._sequence = 0
        self._cause = wire.Cause(kind=wire.CAUSE_KIND_EPISODE_STARTED)
        self._run = None
        self._due = self._until = 0
        self._is_late = False

    @property
    def episode(self):
        """The episode in progress."""
        return self._run.episode if self._run else None

    @property
    def next_step(self):
        """The step that comes next."""
        return self._run.next_step if self._run else 0

    # -- what to do next ------------------------------------------------------------------

    def next_task(self, now):
        """("stop" | "leave" | "reset" | "observe" | "execute" | "wait", argument)."""
        if self.must_stop:
            return "stop", None
        if self.refused is not None:
            return "leave", self.refused
        if self._leaving is not None:
            # What is not acknowledged would be lost with this process: give it a moment.
            reason, deadline = self._leaving
            done = not len(self.spool) or not self.joined or deadline <= now
            return ("leave", reason) if done else ("wait", min(deadline, self._deadline()))
        if self.stopped is not None or self.activity == "ready":
            return "wait", self._deadline()
        if self.activity == "preparing":
            return "reset", self._seed
        if self.activity == "between":
            if not self.joined or self.spool.size >= self.configuration.spool_bytes_limit:
                return "wait", self._deadline()
            return ("observe", None) if self._due <= now else (
                "wait", min(self._due, self._deadline()))
        command = self._valid(now)
        if command is not None and (
                self._answered == self._run.next_step
                or (self._until <= now and not self.lockstep)):
            return "execute", command
        if self.lockstep:
            return "wait", self._deadline()
        return ("wait", min(self._until, self._deadline())) if now < self._until else ("execute", None)

    def _deadline(self):
        """When `tick` has something to do."""
        if not self.joined:
            return self._next_hello
        return min(self._next_heartbeat, self._heard + self.configuration.link_timeout)

    def _valid(self, now):
        if self._newest is None or self._run is None:
            return None
        command, arrived = self._newest
        fits = key(command.episode) == key(self._run.episode)
        return command if fits and now - arrived <= command.validity else None

    # -- what was done --------------------------------------------------------------------

    def did_reset(self, now):
        """The scene is at the start of an episode."""
        if self.activity != "preparing":
            return []
        if self.preparing_for is None:
            self.activity = "ready"
            return self._say(ready=wire.Empty())
        self._begin(self.preparing_for, now)
        return []

    def did_observe(self, reading: wire.SensorReading, pictures, now, wall):
        """The sensors were read; `now` is when that began."""
        if self.activity != "between":
            return []
        run = self._run
        lateness = now - self._due
        self._answered = None
        # A loop that fell behind by a whole period starts a new schedule: catching up would give a burst
        # of steps with no time between them.
        run.period_start = now if self.lockstep or lateness > self.period else self._due
        observation = wire.Observation(episode=run.episode, step=run.next_step, reading=reading)
        run.last = (observation, pictures)
        self._until = run.period_start + int(self.period * self.configuration.response_share)
        self._is_late = (
            not self.lockstep and run.next_step > 0 and lateness > self.period // 10)
        self.activity = "deciding"
        sent = wire.SentObservation(observation=observation, sent_time=wall)
        return [(wire.RobotToCoordinator(observation=sent), pictures)]

    def did_execute(self, command, executed: Action, now):
        """One period was carried out: `command` is the task's, `executed` what the robot really did."""
        if self.activity != "deciding":
            return []
        run = self._run
        outcome = wire.Outcome(executed_action=action(executed), is_late=self._is_late)
        if command is None:
            outcome.requested_action.CopyFrom(action(HOLD))
            outcome.annotation.author.kind = wire.AUTHOR_KIND_HOLD
            outcome.annotation.cause.CopyFrom(self._cause)
        else:
            outcome.requested_action.CopyFrom(command.action)
            outcome.annotation.CopyFrom(command.annotation)
            outcome.command_sequence = command.sequence
        self._cause = outcome.annotation.cause
        stood = run.stands_still
        run.stands_still = (
            outcome.annotation.author.kind == wire.AUTHOR_KIND_HOLD and not any(executed.twist))
        if command is None and not (run.stands_still and stood):
            self.counters.missed_commands += 1
        due = run.period_start + self.period
        self.activity = "between"
        if run.stands_still and stood:
            # No one drives: even a robot in lockstep looks again only after a real period.
            self._due = now + self.period if self.lockstep else due
            return []
        self._due = now if self.lockstep else due
        return self._keep(outcome, now)

    def _keep(self, outcome, now):
        """A step is over: it is kept until it is acknowledged, and told."""
        run = self._run
        observation, pictures = run.last
        outcome.episode.CopyFrom(run.episode)
        outcome.step = run.next_step
        run.next_step += 1
        run.last = None
        self.counters.steps += 1
        self.counters.late_steps += outcome.is_late
        self.spool.append(wire.Step(observation=observation, outcome=outcome), pictures, now)
        return self._say(outcome=outcome)

    def did_stop(self):
        """The robot stands still, as it was told."""
        self.must_stop = False

    def did_fail(self, text):
        """Something is broken; the robot was stopped and waits for a release."""
        self.stopped = text
        self.must_stop = True
        self._drop_observation()
        return self._say(fault=wire.Text(text=text[:TEXT_CHARACTERS]))

    def shut_down(self, reason, now):
        """The endpoint is to end: the robot stops, and leaves when all its steps are acknowledged, or
        after a while."""
        if self._leaving is not None:
            return
        self._leaving = (reason, now + self.configuration.drain_time)
        self.must_stop, self._newest = True, None
        self._drop_observation()

    # -- what the coordinator says --------------------------------------------------------

    def drop_malformed(self):
        """Something came that is no message: it changes nothing, and is no sign of life."""
        self.counters.malformed_messages += 1

    def handle(self, message: wire.CoordinatorToRobot, now):
        """The coordinator said something."""
        if self.joined:
            self._heard = now
        kind = message.WhichOneof("body")
        if kind == "welcome":
            return self._welcome(message.welcome.lockstep, now)
        if kind == "refused":
            self.joined, self.refused = False, message.refused.text[:TEXT_CHARACTERS]
        elif kind == "start_episode":
            return self._start(message.start_episode, now)
        elif kind == "end_episode":
            return self._end(message.end_episode.episode, now)
        elif kind == "command":
            self._accept(message.command, now)
        elif kind == "stop":
            self.must_stop = self.must_stop or self.stopped is None
            self.stopped, self._newest = message.stop.text[:TEXT_CHARACTERS], None
            self._drop_observation()
        elif kind == "release":
            self.stopped = None
            self._resume(now)
        elif kind == "acknowledge":
            episode, steps = key(message.acknowledge.episode), message.acknowledge.steps
            self.spool.acknowledge(episode, steps)
            self._closing = [c for c in self._closing if key(c[0]) != episode or c[1] > steps]
        elif kind == "goodbye":
            self._lose(now)
        return []

    def _welcome(self, lockstep, now):
        self.joined, self.lockstep, self.refused = True, lockstep, None
        self._heard = self._next_heartbeat = now
        # Commands of the old link are void: control is given again.
        self._newest = None
        self.spool.forget_sending()
        for entry in self._closing:
            entry[2] = NEVER
        self._resume(now)
        return self._say(ready=wire.Empty()) if self.activity == "ready" else []

    def _start(self, start, now):
        begun = [self.episode] if self._run else []
        if self.activity == "preparing" and self.preparing_for is not None:
            begun.append(self.preparing_for)
        if any(key(episode) == key(start.episode) for episode in begun):
            return []
        messages = self._close(now) if self._run else []
        if self.activity == "ready" and not self.description.is_simulated:
            self._begin(start.episode, now)
        else:
            self._seed = start.seed
            self._run, self.activity, self.preparing_for = None, "preparing", start.episode
        return messages

    def _begin(self, episode, now):
        """Begins an episode whose scene is laid out."""
        self._newest = self._answered = self.preparing_for = None
        self._cause = wire.Cause(kind=wire.CAUSE_KIND_EPISODE_STARTED)
        self._run = _Run(episode, now)
        self.activity, self._due = "between", now

    def _end(self, episode, now):
        if self._run and key(self._run.episode) == key(episode):
            messages = self._close(now)
        elif self.preparing_for is not None and key(self.preparing_for) == key(episode):
            messages = self._say(episode_closed=wire.EpisodeClosed(episode=episode, step_count=0))
        else:
            return []
        self._run = self.preparing_for = None
        if not self.description.is_simulated:
            self.activity = "preparing"
            return messages
        self.activity = "ready"
        return messages + self._say(ready=wire.Empty())

    def _close(self, now):
        """Ends the robot's part in an episode: its last observation becomes a step, and no more will
        come."""
        self._newest = None
        self.must_stop = True
        messages = []
        if self._run.last is not None:
            outcome = wire.Outcome(requested_action=action(HOLD), executed_action=action(HOLD))
            outcome.annotation.author.kind = wire.AUTHOR_KIND_HOLD
            outcome.annotation.cause.kind = wire.CAUSE_KIND_EPISODE_ENDED
            messages = self._keep(outcome, now)
        episode, steps = self._run.episode, self._run.next_step
        self._closing.append([episode, steps, now])
        return messages + self._say(
            episode_closed=wire.EpisodeClosed(episode=episode, step_count=steps))

    def _accept(self, command, now):
        accepted = (
            self.stopped is None and self._leaving is None and self._run is not None
            and key(command.episode) == key(self._run.episode)
            and command.sequence > self._sequence
            and all(math.isfinite(number) for number in command.action.twist))
        if not accepted:
            self.counters.refused_commands += 1
            return
        self._sequence = command.sequence
        self._newest = (command, now)
        if command.HasField("responds_to"):
            self._answered = command.responds_to

    def _drop_observation(self):
        """An observation that no one will answer: the same step is observed afresh later."""
        if self.activity == "deciding":
            self.activity, self._due = "between", self._run.period_start

    def _resume(self, now):
        if self.activity == "between":
            self._due = now

    def _lose(self, now):
        """The link is gone: hold, and knock until someone answers."""
        self.joined, self._newest, self._next_hello = False, None, now
        if self._run is not None:
            self.must_stop = True
        self._drop_observation()

    # -- time -----------------------------------------------------------------------------

    def tick(self, now, wall):
        """Time passed: hellos, heartbeats, steps to send again. `wall` is the robot's clock."""
        if self.refused is not None:
            return []
        if self.joined and now - self._heard >= self.configuration.link_timeout:
            self._lose(now)
        if not self.joined:
            if self._next_hello > now:
                return []
            self._next_hello = now + self.configuration.hello_interval
            return [(wire.RobotToCoordinator(hello=self._hello()), [])]
        # In lockstep a robot stands until it is answered: where observation or answer were lost on the
        # way, it looks again when the coordinator should have answered long ago.
        patience = self.configuration.lockstep_patience
        if self.lockstep and self.activity == "deciding" and now - self._run.period_start > patience:
            self.activity, self._due = "between", now
        messages = self._resend(now)
        if self._next_heartbeat <= now:
            self._next_heartbeat = now + self.configuration.heartbeat_interval
            messages += self._say(heartbeat=wire.Heartbeat(sent_time=wall))
        return messages

    def _resend(self, now):
        limit = now - self.configuration.resend_after
        due = self.spool.due(limit, self.configuration.resend_burst, now)
        self.counters.resent_steps += len(due)
        messages = [(wire.RobotToCoordinator(step=entry.step), entry.pictures) for entry in due]
        for entry in self._closing:
            if entry[2] < limit:
                entry[2] = now
                messages += self._say(
                    episode_closed=wire.EpisodeClosed(episode=entry[0], step_count=entry[1]))
        return messages

    def _hello(self):
        hello = wire.RobotHello(
            robot=self.name, instance=self.instance, next_step=self.next_step,
            description=describe(self.description))
        hello.protocol_version.major, hello.protocol_version.minor = MAJOR, MINOR
        if self._run is not None:
            hello.episode.CopyFrom(self._run.episode)
        return hello

    def _say(self, **body):
        """A message, where the coordinator listens."""
        return [(wire.RobotToCoordinator(**body), [])] if self.joined else []
