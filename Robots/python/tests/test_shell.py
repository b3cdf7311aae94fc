"""The kit over real sockets: whatever raises, the body is stopped, and bytes that are no message end no
robot. Beside a coordinator of ten lines, in a thread."""

import faulthandler
import os
import signal
import tempfile
import threading
import time
import unittest
from unittest import mock

import zmq

from mallard_robot import Action, Camera, Description, Endpoint, Picture, Reading, run
from mallard_robot import mallard_pb2 as wire
from mallard_robot.body import RGB8
from mallard_robot.shell import Shell

CAMERA = Camera("scene", 2, 1, RGB8)


class Body:
    """Does as it is told; `broken` says which method raises, and what."""

    def __init__(self, **broken):
        self.broken = broken
        self.moves = self.stops = self.stops_refused = 0
        self.moving = False

    def _may_raise(self, method):
        if method in self.broken:
            raise self.broken[method]

    def describe(self):
        return Description(
            profile="bench", rate=50, joints=[], cameras=[CAMERA], task="stack",
            instruction="Stack.", is_simulated=True)

    def reset(self, seed):
        self._may_raise("reset")

    def observe(self):
        if self.moves:
            self._may_raise("observe")
        return Reading(
            pose=[0, 0, 0, 1, 0, 0, 0], twist=[0] * 6, gripper_opening=1, joint_positions=[],
            joint_velocities=[], pictures=[Picture("scene", 2, 1, RGB8, bytes(6))])

    def apply(self, action):
        if any(action.twist):
            self.moves += 1
            self.moving = True
        if self.moves > 1:
            self._may_raise("apply")
        return action

    def stop(self):
        if self.stops_refused > 0:
            self.stops_refused -= 1
            raise OSError("the drive does not answer")
        self.stops += 1
        self.moving = False


class Coordinator(threading.Thread):
    """Lets a robot in, drives it, and refuses it at the end. `heard` is what it said."""

    def __init__(self, until, rubbish=(), release=False):
        super().__init__(daemon=True)
        self.until, self.rubbish, self.release = until, list(rubbish), release
        self.heard = []
        self.context = zmq.Context()
        self.socket = self.context.socket(zmq.ROUTER)
        self.socket.setsockopt(zmq.LINGER, 500)
        self.address = f"ipc://{tempfile.mkdtemp()}/fleet"
        self.socket.bind(self.address)
        self.sequence = 0
        self.start()

    def say(self, peer, **body):
        header = wire.CoordinatorToRobot(**body).SerializeToString()
        self.socket.send_multipart([peer, header])

    def run(self):
        episode = wire.EpisodeID(session=1, ordinal=1)
        deadline = time.monotonic() + 20
        peer = None
        while time.monotonic() < deadline and not self.until(self.heard):
            if not self.socket.poll(20):
                continue
            peer, header, *_ = self.socket.recv_multipart()
            kind, message = self.note(header)
            if kind == "heartbeat":
                self.say(peer, heartbeat_reply=message.heartbeat)
            elif kind == "hello":
                self.say(peer, welcome=wire.Welcome(session=1))
                for rubbish in self.rubbish:
                    self.socket.send_multipart([peer, *rubbish])
            elif kind == "ready":
                self.say(peer, start_episode=wire.StartEpisode(episode=episode, seed=1))
            elif kind == "observation":
                self.sequence += 1
                command = wire.Command(
                    sequence=self.sequence, episode=episode, validity=10**9,
                    responds_to=message.observation.observation.step)
                command.action.twist.extend([0.1, 0, 0, 0, 0, 0])
                command.action.gripper = wire.GRIPPER_COMMAND_HOLD
                command.annotation.author.kind = wire.AUTHOR_KIND_HUMAN
                command.annotation.author.operator = "ann"
                command.annotation.cause.kind = wire.CAUSE_KIND_REQUEST_SERVED
                self.say(peer, command=command)
            elif kind == "fault" and self.release:
                self.say(peer, release=wire.Empty())
        # What is said last is lost where a link is cut at once: said until the robot takes leave.
        while peer is not None and time.monotonic() < deadline and "goodbye" not in self.kinds():
            self.say(peer, refused=wire.Text(text="the test is over"))
            if self.socket.poll(200):
                self.note(self.socket.recv_multipart()[1])
        self.socket.close()
        self.context.term()

    def note(self, header):
        message = wire.ToCoordinator.FromString(header).robot
        kind = message.WhichOneof("body")
        self.heard.append((kind, getattr(message, kind)))
        return kind, message

    def kinds(self):
        return [kind for kind, _ in self.heard]


def count(kind, times=1):
    return lambda heard: sum(word == kind for word, _ in heard) >= times


def silent(_):
    pass


class ShellTests(unittest.TestCase):
    def test_a_method_that_raises_is_a_fault_and_stops_the_robot(self):
        for method in ("reset", "observe", "apply"):
            body = Body(**{method: RuntimeError(f"no {method}")})
            coordinator = Coordinator(until=count("fault"))
            self.assertEqual(run(body, "r", coordinator.address, say=silent), "the test is over")
            fault = next(text for kind, text in coordinator.heard if kind == "fault")
            self.assertEqual(fault.text, f"RuntimeError: no {method}")
            self.assertFalse(body.moving)
            self.assertGreater(body.stops, 0)

    def test_what_ends_the_process_stops_the_robot_first(self):
        for raised in (KeyboardInterrupt(), SystemExit(3), GeneratorExit()):
            body = Body(apply=raised)
            coordinator = Coordinator(until=lambda heard: not body.moving and body.moves > 1)
            with self.assertRaises(type(raised)):
                run(body, "r", coordinator.address, say=silent)
            self.assertEqual(body.moves, 2)
            self.assertFalse(body.moving)

    def test_a_stop_that_raises_is_called_until_it_stops(self):
        body = Body(apply=RuntimeError("joint 3"))
        body.stops_refused = 5
        coordinator = Coordinator(until=lambda heard: count("fault")(heard) and not body.moving)
        self.assertEqual(run(body, "r", coordinator.address, say=silent), "the test is over")
        faults = [text.text for kind, text in coordinator.heard if kind == "fault"]
        self.assertIn("RuntimeError: joint 3", faults)
        self.assertFalse(body.moving)

    def test_a_robot_that_is_interrupted_stops_although_stopping_fails_at_first(self):
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            body = Body()
            body.stops_refused = 3
            coordinator = Coordinator(until=count("goodbye"))
            before = signal.getsignal(number)
            threading.Thread(target=self.interrupt_when_moving, args=(body, number)).start()
            self.assertEqual(run(body, "r", coordinator.address, say=silent), "interrupted")
            self.assertFalse(body.moving)
            self.assertGreater(body.moves, 0)
            self.assertEqual(signal.getsignal(number), before)

    @staticmethod
    def interrupt_when_moving(body, number):
        while body.moves < 3:
            time.sleep(0.01)
        os.kill(os.getpid(), number)

    def test_a_broken_socket_stops_the_robot(self):
        body = Body()
        endpoint = Endpoint("r", body.describe())

        class Socket:
            def recv_multipart(self, _):
                raise zmq.ZMQError(zmq.ETERM)

        with self.assertRaises(zmq.ZMQError):
            Shell(endpoint, body, Socket(), [], silent).loop()
        # What `run` does when something raises that is no fault of the body.
        body = Body()
        coordinator = Coordinator(until=lambda heard: body.moves > 2)
        with mock.patch.object(Endpoint, "tick", side_effect=[[]] * 3 + [MemoryError()]):
            with self.assertRaises(MemoryError):
                body.moving = True
                run(body, "r", coordinator.address, say=silent)
        self.assertFalse(body.moving)
        coordinator.until = lambda heard: True

    def test_bytes_that_are_no_message_end_nothing(self):
        rubbish = [[b""], [b"\xff" * 9], [b"", b"picture"], [os.urandom(300)], [b"\x2a\x00"], [b"\x0a"]]
        body, said = Body(), []
        coordinator = Coordinator(until=lambda heard: body.moves > 5, rubbish=rubbish)
        self.assertEqual(run(body, "r", coordinator.address, say=said.append), "the test is over")
        dropped = [line for line in said if "dropped a message" in line]
        self.assertGreaterEqual(len(dropped), len(rubbish) - 1)
        self.assertGreater(body.moves, 5)

    def test_a_reader_who_went_away_ends_nothing(self):
        def gone(_):
            raise BrokenPipeError

        body = Body()
        coordinator = Coordinator(until=lambda heard: body.moves > 2)
        self.assertEqual(run(body, "r", coordinator.address, say=gone), "the test is over")

    def test_a_reading_that_was_not_announced_is_a_fault_that_names_it(self):
        wrong = [
            (lambda r: r.pictures.clear(), "unplugged"),
            (lambda r: r.pose.append(0), "pose has 8 numbers"),
            (lambda r: r.pictures.__setitem__(0, Picture("scene", 2, 2, RGB8, bytes(12))), "2×2"),
            (lambda r: r.pictures.__setitem__(0, Picture("scene", 2, 1, RGB8, bytes(5))), "5 bytes"),
        ]
        for change, text in wrong:
            body = Body()
            observe = body.observe

            def observed():
                reading = observe()
                if body.moves:
                    change(reading)
                return reading

            body.observe = observed
            coordinator = Coordinator(until=count("fault"))
            run(body, "r", coordinator.address, say=silent)
            fault = next(fault for kind, fault in coordinator.heard if kind == "fault")
            self.assertIn(text, fault.text)
            self.assertFalse(body.moving)

    def test_a_robot_in_a_thread_needs_no_signals(self):
        body = Body()
        coordinator = Coordinator(until=lambda heard: body.moves > 2)
        results = []
        thread = threading.Thread(
            target=lambda: results.append(run(body, "r", coordinator.address, say=silent)))
        thread.start()
        thread.join(20)
        self.assertEqual(results, ["the test is over"])

    def test_a_description_that_no_coordinator_understands_is_refused_at_once(self):
        body = Body()
        description = body.describe()
        for name, value in (("rate", 0), ("task", "two words"), ("linear_speed", -1)):
            changed = Description(**{**vars(description), name: value})
            with self.assertRaises(ValueError):
                Endpoint("r", changed)
        with self.assertRaises(ValueError):
            Endpoint("arm 1", description)


if __name__ == "__main__":
    faulthandler.dump_traceback_later(110, exit=True)  # says where it hangs, should it
    unittest.main()
