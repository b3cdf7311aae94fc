"""Operators who drive each its robot, and mark its episodes, without looking."""

import random
import time

import zmq

from mallard_robot import mallard_pb2 as wire


class Console:
    def __init__(self, context, address, robot, seed):
        self.context, self.address, self.robot = context, address, robot
        self.random = random.Random(seed)
        self.socket = None
        self.connect()

    def connect(self):
        if self.socket:
            self.socket.close(0)
        self.socket = self.context.socket(zmq.DEALER)
        self.socket.setsockopt(zmq.LINGER, 0)
        self.socket.connect(self.address)
        self.number, self.is_driving, self.answered = 0, False, 0
        self.heard = self.beat = self.asked = 0.0
        self.wanted = self.random.randint(8, 60)
        hello = wire.ConsoleHello(
            operator=f"for-{self.robot}", instance=self.random.getrandbits(62) | 1,
            role=wire.CONSOLE_ROLE_OPERATOR, closed_loop=True)
        hello.protocol_version.major = 1
        self.say(hello=hello)
        self.heard = time.monotonic()

    def say(self, **body):
        message = wire.ToCoordinator(console=wire.ConsoleToCoordinator(**body))
        try:
            self.socket.send(message.SerializeToString(), zmq.NOBLOCK)
        except zmq.Again:
            pass

    def order(self, **body):
        self.number += 1
        self.say(order=wire.Order(number=self.number, **body))

    def turn(self, is_driving):
        now = time.monotonic()
        while self.socket.poll(0):
            self.hear(self.socket.recv_multipart()[0], is_driving)
            self.heard = now
        if now - self.heard > 1.5:
            return self.connect()
        if now - self.beat > 0.3:
            self.beat = now
            self.say(heartbeat=wire.Heartbeat(sent_time=time.time_ns()))
        if is_driving and not self.is_driving and now - self.asked > 0.3:
            self.asked = now
            self.order(take_over=wire.Text(text=self.robot))

    def hear(self, header, is_driving):
        message = wire.CoordinatorToConsole.FromString(header)
        kind = message.WhichOneof("body")
        if kind == "goodbye":
            self.connect()
        elif kind == "assigned":
            self.is_driving, self.answered = True, 0
        elif kind == "unassigned":
            self.is_driving = False
        elif kind == "observation" and self.is_driving:
            self.answered += 1
            if self.answered >= self.wanted or not is_driving:
                self.wanted = self.random.randint(8, 60)
                outcome = self.random.choice(
                    [wire.EPISODE_OUTCOME_SUCCESS, wire.EPISODE_OUTCOME_FAILURE])
                self.order(mark=wire.Mark(robot=self.robot, outcome=outcome))
                return
            drive = wire.Drive(
                robot=self.robot, responds_to=message.observation.observation.step)
            drive.action.twist.extend([0, 0, self.random.uniform(0.01, 0.1), 0, 0, 0])
            drive.action.gripper = wire.GRIPPER_COMMAND_HOLD
            self.order(drive=drive)
