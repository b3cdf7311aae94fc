"""The robot's side of the protocol, without socket, clock or robot: it is told what happened, and
says what to send and what to do next. Follows Sources/EndpointLogic."""

import random

from . import mallard_pb2 as wire
from .body import Action, Description, Reading

HOLD = Action()
MS = 1_000_000
LINK_TIMEOUT, HELLO_EVERY, HEARTBEAT_EVERY = 1500 * MS, 1000 * MS, 500 * MS
RESEND_AFTER, RESEND_BURST = 2000 * MS, 32


def _key(episode):
    return (episode.session, episode.ordinal)


class Endpoint:
    """One robot. Times are ns of a monotonic clock, `wall` is ns since 1970."""

    def __init__(self, name: str, description: Description, instance: int | None = None):
        self.name = name
        self.description = description
        self.instance = instance or random.getrandbits(63) | 1
        self.period = int(1e9 / description.rate)
        self.refused = None  # why the coordinator did not let the robot in
        self.joined = False
        self.lockstep = False
        self.stopped = None  # why the robot is stopped
        self.must_stop = False
        self.outbox = []  # (header, pictures)
        self.spool = []  # [key, step, header, pictures, sent_at]
        self.closing = {}  # episode key: [step count, sent_at]
        self._heard = self._next_hello = self._next_heartbeat = 0
        self._sequence = 0
        self._newest = None  # (command, arrived_at)
        self._cause = wire.CAUSE_KIND_EPISODE_STARTED
        self._activity = "resetting"  # resetting, ready, between, deciding
        self.episode = None
        self.step = 0
        self._stands_still = True
        self._due = self._began = 0
        self._seen = None  # the observation that waits for its command

    # -- what to do next ------------------------------------------------------------------

    def next_task(self, now):
        """("stop" | "leave" | "reset" | "observe" | "execute" | "wait", argument)."""
        if self.must_stop:
            return "stop", None
        if self.refused is not None:
            return "leave", self.refused
        if self.stopped is not None:
            return "wait", now + 20 * MS
        if self._activity == "resetting":
            return "reset", 0
        if self._activity == "between" and self.joined:
            return ("observe", None) if self._due <= now else ("wait", self._due)
        if self._activity == "deciding":
            command = self._valid(now)
            deadline = self._began + self.period // 2
            answers = command is not None and (
                command.HasField("responds_to") and command.responds_to == self.step)
            if answers or (command is not None and not self.lockstep and deadline <= now):
                return "execute", command
            if not self.lockstep and deadline <= now:
                return "execute", None
            return "wait", now + 20 * MS if self.lockstep else deadline
        return "wait", now + 20 * MS

    def _valid(self, now):
        if self._newest is None or self.episode is None:
            return None
        command, arrived = self._newest
        fits = _key(command.episode) == _key(self.episode)
        return command if fits and now - arrived <= command.validity else None

    # -- what was done --------------------------------------------------------------------

    def did_reset(self):
        self._activity = "ready"
        if self.joined:
            self._send(ready=wire.Empty())

    def did_observe(self, reading: Reading, now, wall):
        self._began = now if now - self._due > self.period else self._due
        late = not self.lockstep and self.step > 0 and now - self._due > self.period // 10
        observation = wire.Observation(episode=self.episode, step=self.step)
        target = observation.reading
        target.capture_time = reading.capture_time or wall
        target.proprioception.end_effector_pose.extend(reading.pose)
        target.proprioception.end_effector_twist.extend(reading.twist)
        target.proprioception.gripper_opening = reading.gripper_opening
        target.proprioception.joint_positions.extend(reading.joint_positions)
        target.proprioception.joint_velocities.extend(reading.joint_velocities)
        for picture in reading.pictures:
            target.frames.add(
                camera=picture.camera, width=picture.width, height=picture.height,
                encoding=picture.encoding)
        pictures = [picture.data for picture in reading.pictures]
        self._seen = (observation, pictures, late)
        self._activity = "deciding"
        self._send(
            pictures, observation=wire.SentObservation(observation=observation, sent_time=wall))

    def did_execute(self, command, executed: Action, now):
        observation, pictures, late = self._seen
        outcome = wire.Outcome(episode=self.episode, step=self.step, is_late=late)
        outcome.executed_action.twist.extend(executed.twist)
        outcome.executed_action.gripper = executed.gripper
        if command is None:
            outcome.requested_action.twist.extend(HOLD.twist)
            outcome.requested_action.gripper = HOLD.gripper
            outcome.annotation.author.kind = wire.AUTHOR_KIND_HOLD
            outcome.annotation.cause.kind = self._cause
        else:
            outcome.requested_action.CopyFrom(command.action)
            outcome.annotation.CopyFrom(command.annotation)
            outcome.command_sequence = command.sequence
            if command.annotation.cause.kind != wire.CAUSE_KIND_HELP_REQUESTED:
                self._cause = command.annotation.cause.kind
        stood = self._stands_still
        self._stands_still = (
            outcome.annotation.author.kind == wire.AUTHOR_KIND_HOLD and not any(executed.twist))
        due = self._began + self.period
        self._activity = "between"
        self._seen = None
        if self._stands_still and stood:
            self._due = now + self.period if self.lockstep else due
            return
        step = wire.Step(observation=observation, outcome=outcome)
        self.spool.append([_key(self.episode), self.step, step, pictures, now])
        self.step += 1
        self._due = now if self.lockstep else due
        if self.joined:
            self._send(outcome=outcome)

    def did_stop(self):
        self.must_stop = False

    def did_fail(self, text):
        self.stopped = text
        self.must_stop = True
        self._look_again()
        if self.joined:
            self._send(fault=wire.Text(text=text[:2000]))

    # -- what the coordinator says --------------------------------------------------------

    def handle(self, header: bytes, now):
        message = wire.CoordinatorToRobot.FromString(header)
        self._heard = now
        kind = message.WhichOneof("body")
        if kind == "welcome":
            self.joined, self.lockstep = True, message.welcome.lockstep
            self._newest = None
            self._next_heartbeat = now
            for entry in self.spool:
                entry[4] = -RESEND_AFTER * 10
            for entry in self.closing.values():
                entry[1] = -RESEND_AFTER * 10
            if self._activity == "between":
                self._due = now
            if self._activity == "ready":
                self._send(ready=wire.Empty())
        elif kind == "refused":
            self.refused = message.refused.text
        elif kind == "start_episode":
            self._start(message.start_episode.episode, now)
        elif kind == "end_episode":
            self._end(message.end_episode.episode, now)
        elif kind == "command":
            self._accept(message.command, now)
        elif kind == "stop":
            self.must_stop = self.must_stop or self.stopped is None
            self.stopped, self._newest = message.stop.text, None
            self._look_again()
        elif kind == "release":
            self.stopped = None
            if self._activity == "between":
                self._due = now
        elif kind == "acknowledge":
            key, steps = _key(message.acknowledge.episode), message.acknowledge.steps
            self.spool = [e for e in self.spool if e[0] != key or e[1] >= steps]
            if key in self.closing and self.closing[key][0] <= steps:
                del self.closing[key]
        elif kind == "goodbye":
            self._lose(now)

    def _start(self, episode, now):
        if self.episode is not None and _key(self.episode) == _key(episode):
            return
        if self._activity != "ready":
            return
        self.episode, self.step, self._stands_still = episode, 0, True
        self._newest, self._cause = None, wire.CAUSE_KIND_EPISODE_STARTED
        self._activity, self._due = "between", now

    def _end(self, episode, now):
        if self.episode is None or _key(self.episode) != _key(episode):
            return
        self.closing[_key(episode)] = [self.step, now]
        if self.joined:
            self._send(
                episode_closed=wire.EpisodeClosed(episode=episode, step_count=self.step))
        self.episode, self._newest, self._seen = None, None, None
        self.must_stop, self._activity = True, "resetting"

    def _accept(self, command, now):
        numbers = list(command.action.twist)
        good = (
            self.stopped is None and self.episode is not None
            and _key(command.episode) == _key(self.episode)
            and command.sequence > self._sequence and len(numbers) == 6
            and all(abs(n) < 1e6 for n in numbers))
        if good:
            self._sequence = command.sequence
            self._newest = (command, now)

    def _look_again(self):
        if self._activity == "deciding":
            self._activity, self._due, self._seen = "between", self._began, None

    def _lose(self, now):
        self.joined, self._newest, self._next_hello = False, None, now
        if self.episode is not None:
            self.must_stop = True
        self._look_again()

    # -- time -----------------------------------------------------------------------------

    def tick(self, now, wall):
        if self.refused is not None:
            return
        if self.joined and now - self._heard >= LINK_TIMEOUT:
            self._lose(now)
        if not self.joined:
            if self._next_hello <= now:
                self._next_hello = now + HELLO_EVERY
                self._send(hello=self._hello())
            return
        if self._next_heartbeat <= now:
            self._next_heartbeat = now + HEARTBEAT_EVERY
            self._send(heartbeat=wire.Heartbeat(sent_time=wall))
        due = [e for e in self.spool if now - e[4] > RESEND_AFTER][:RESEND_BURST]
        for entry in due:
            entry[4] = now
            self._send(entry[3], step=entry[2])
        for key, entry in self.closing.items():
            if now - entry[1] > RESEND_AFTER:
                entry[1] = now
                episode = wire.EpisodeID(session=key[0], ordinal=key[1])
                self._send(
                    episode_closed=wire.EpisodeClosed(episode=episode, step_count=entry[0]))

    def _hello(self):
        d = self.description
        hello = wire.RobotHello(robot=self.name, instance=self.instance, next_step=self.step)
        hello.protocol_version.major = 1
        if self.episode is not None:
            hello.episode.CopyFrom(self.episode)
        about = hello.description
        about.profile, about.is_simulated, about.rate = d.profile, d.is_simulated, d.rate
        about.joints.extend(d.joints)
        for camera in d.cameras:
            about.cameras.add(
                name=camera.name, width=camera.width, height=camera.height,
                encoding=camera.encoding, quality=camera.quality)
        about.limits.linear_speed = d.linear_speed
        about.limits.angular_speed = d.angular_speed
        about.limits.linear_acceleration = d.linear_acceleration
        about.limits.angular_acceleration = d.angular_acceleration
        about.task.name, about.task.instruction = d.task, d.instruction
        about.task.subtasks.extend(d.subtasks)
        return hello

    def goodbye(self):
        self._send(goodbye=wire.Empty())

    def _send(self, pictures=(), **body):
        message = wire.ToCoordinator(robot=wire.RobotToCoordinator(**body))
        self.outbox.append([message.SerializeToString(), *pictures])
