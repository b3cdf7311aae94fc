"""Carries out what `Endpoint` decides, with a real socket and a real robot."""

import signal
import time

import zmq

from .body import Action, Body
from .endpoint import Endpoint


def run(body: Body, name: str, connect: str = "tcp://127.0.0.1:7447", keys=None, say=print):
    """Runs until Ctrl-C or SIGTERM, or until the coordinator refuses the robot.

    `keys` is (own public key, own secret key, the coordinator's public key), 40 characters each.
    Returns why it ended.
    """
    endpoint = Endpoint(name, body.describe())
    context = zmq.Context()
    socket = context.socket(zmq.DEALER)
    socket.setsockopt(zmq.IMMEDIATE, 1)
    socket.setsockopt(zmq.LINGER, 1000)
    socket.setsockopt(zmq.MAXMSGSIZE, 1 << 20)
    if keys:
        socket.curve_publickey, socket.curve_secretkey, socket.curve_serverkey = (
            key.encode() for key in keys)
    socket.connect(connect)
    stopping = []
    # A supervisor may have started this process with these signals blocked.
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT, signal.SIGTERM})
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.append("interrupted"))
    try:
        return _loop(endpoint, body, socket, stopping, say)
    finally:
        body.stop()
        socket.close()
        context.term()


def _loop(endpoint, body, socket, stopping, say):
    drained = None
    while True:
        while socket.poll(0):
            was = endpoint.joined
            endpoint.handle(socket.recv_multipart()[0], time.monotonic_ns())
            if endpoint.joined != was:
                say(f"{endpoint.name}: " + ("joined the fleet" if endpoint.joined else "lost it"))
        now, wall = time.monotonic_ns(), time.time_ns()
        endpoint.tick(now, wall)
        _send(endpoint, socket)
        if stopping:
            # What is not acknowledged would be lost with this process: give it a moment.
            drained = drained or now + 3_000_000_000
            body.stop()
            if not endpoint.spool or not endpoint.joined or now > drained:
                endpoint.goodbye()
                _send(endpoint, socket)
                return stopping[0]
            socket.poll(20)
            continue
        task, argument = endpoint.next_task(now)
        if task == "leave":
            return argument
        if task == "wait":
            socket.poll(max(min((argument - now) / 1e6, 50), 0))
        else:
            _carry_out(task, argument, endpoint, body, now)
            _send(endpoint, socket)


def _carry_out(task, argument, endpoint, body, now):
    try:
        if task == "stop":
            body.stop()
            endpoint.did_stop()
        elif task == "reset":
            body.reset(argument)
            endpoint.did_reset()
        elif task == "observe":
            reading = body.observe()
            endpoint.did_observe(reading, now, time.time_ns())
        elif task == "execute":
            wish = Action() if argument is None else Action(
                tuple(argument.action.twist), argument.action.gripper)
            endpoint.did_execute(argument, body.apply(wish), time.monotonic_ns())
    except Exception as error:  # a fault of the robot: it stops, and says so
        body.stop()
        endpoint.did_fail(f"{type(error).__name__}: {error}")


def _send(endpoint, socket):
    while endpoint.outbox:
        try:
            socket.send_multipart(endpoint.outbox.pop(0), zmq.NOBLOCK, copy=False)
        except zmq.Again:
            pass  # lost like a message on the way: all that matters is repeated
