"""Carries out what `Endpoint` decides, with a real socket and a real robot."""

import signal
import threading
import time

import zmq

from .body import Action, Body
from .endpoint import MS, Endpoint
from .messages import Malformed, decode, encode, measure
from . import mallard_pb2 as wire


def run(body: Body, name: str, connect: str = "tcp://127.0.0.1:7447", keys=None, say=print):
    """Runs until Ctrl-C, SIGTERM or SIGHUP, or until the coordinator refuses the robot.

    `keys` is (own public key, own secret key, the coordinator's public key), 40 characters each.
    Returns why it ended. However it ends, the body is stopped before.
    """
    endpoint = Endpoint(name, body.describe())
    stopping = []
    with _Signals(stopping):
        context = zmq.Context()
        socket = context.socket(zmq.DEALER)
        try:
            socket.setsockopt(zmq.IMMEDIATE, 1)
            socket.setsockopt(zmq.LINGER, 1000)
            socket.setsockopt(zmq.MAXMSGSIZE, 1 << 20)
            if keys:
                socket.curve_publickey, socket.curve_secretkey, socket.curve_serverkey = (
                    key.encode() for key in keys)
            socket.connect(connect)
            return Shell(endpoint, body, socket, stopping, say).loop()
        finally:
            try:
                stop(body, tries=20)
            finally:
                socket.close()
                context.term()


def stop(body, tries=1):
    """Stops the body, again where it raises; the last error where none of the tries succeeds."""
    error = None
    for turn in range(tries):
        if turn:
            time.sleep(0.05)
        try:
            body.stop()
            return None
        except Exception as raised:
            error = raised
    return error


class _Signals:
    """Notes the signals that ask a process to end, in place of what they do otherwise."""

    NUMBERS = [
        getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]

    def __init__(self, stopping):
        self._stopping = stopping
        self._before = {}

    def __enter__(self):
        # Only the main thread may; in another one whoever started it ends it.
        if threading.current_thread() is not threading.main_thread():
            return
        for number in self.NUMBERS:
            self._before[number] = signal.signal(
                number, lambda *_: self._stopping.append("interrupted"))
        if hasattr(signal, "pthread_sigmask"):
            # A supervisor may have started this process with these signals blocked.
            signal.pthread_sigmask(signal.SIG_UNBLOCK, set(self.NUMBERS))

    def __exit__(self, *_):
        for number, handler in self._before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)


class Shell:
    """The loop: take what came, decide, act."""

    def __init__(self, endpoint: Endpoint, body: Body, socket, stopping, say=print):
        self.endpoint = endpoint
        self.body = body
        self.socket = socket
        self.stopping = stopping
        self._say = say

    def loop(self):
        """Returns why it ended."""
        while True:
            self._receive()
            now = time.monotonic_ns()
            if self.stopping:
                self.endpoint.shut_down(self.stopping[0], now)
            self._send(self.endpoint.tick(now, time.time_ns()))
            now = time.monotonic_ns()
            task, argument = self.endpoint.next_task(now)
            if task == "leave":
                stop(self.body)
                self._send([(wire.RobotToCoordinator(goodbye=wire.Empty()), [])])
                return argument
            if task == "wait":
                # Never longer than this, so that steps to send again are looked after.
                self.socket.poll(max(min((argument - now) / MS, 50), 0))
            elif task == "stop":
                self._stop()
            else:
                self._carry_out(task, argument)

    def _stop(self):
        error = stop(self.body)
        if error is None:
            self.endpoint.did_stop()
            return
        # It moves on, perhaps: told, and tried again until it stops.
        if self.endpoint.stopped != _text(error):
            self._fail(error)
        time.sleep(0.01)

    def _carry_out(self, task, argument):
        """A body that raises, or says what no message can carry, is broken: the robot stops, and says
        so."""
        try:
            messages = [encode(*message) for message in self._act(task, argument)]
        except Exception as error:
            stop(self.body)
            self._fail(error)
            return
        self._send_frames(messages)

    def _act(self, task, argument):
        endpoint, body = self.endpoint, self.body
        if task == "reset":
            body.reset(argument)
            return endpoint.did_reset(time.monotonic_ns())
        if task == "observe":
            # The moment at which the period begins, not that at which the pictures are done.
            began, wall = time.monotonic_ns(), time.time_ns()
            reading, pictures = measure(body.observe(), endpoint.description, wall)
            return endpoint.did_observe(reading, pictures, began, time.time_ns())
        wish = Action() if argument is None else Action(
            tuple(argument.action.twist), argument.action.gripper)
        return endpoint.did_execute(argument, body.apply(wish), time.monotonic_ns())

    def _fail(self, error):
        text = _text(error)
        self.say(f"fault: {text}")
        self._send(self.endpoint.did_fail(text))

    # -- messages ---------------------------------------------------------------------------

    def _receive(self):
        while True:
            try:
                frames = self.socket.recv_multipart(zmq.NOBLOCK)
            except zmq.Again:
                return
            was_joined = self.endpoint.joined
            try:
                message = decode(frames)
            except Malformed as error:
                self.endpoint.drop_malformed()
                if self.endpoint.counters.malformed_messages <= 10:
                    self.say(f"dropped a message: {error}")
                continue
            self._send(self.endpoint.handle(message, time.monotonic_ns()))
            if self.endpoint.joined != was_joined:
                self.say("joined the fleet" if self.endpoint.joined else "lost it")

    def _send(self, messages):
        self._send_frames([encode(*message) for message in messages])

    def _send_frames(self, messages):
        for frames in messages:
            try:
                self.socket.send_multipart(frames, zmq.NOBLOCK, copy=False)
            except zmq.Again:
                pass  # lost like a message on the way: all that matters is repeated

    def say(self, text):
        """Tells people; that no one reads any more does not end a robot."""
        try:
            self._say(f"{self.endpoint.name}: {text}")
        except (OSError, ValueError):
            self._say = lambda _: None


def _text(error):
    return f"{type(error).__name__}: {error}"
