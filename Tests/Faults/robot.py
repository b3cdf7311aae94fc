"""A robot of the Python kit that notes, in a file that survives it, every step that it made and
every acknowledgement that it got.

    python3 robot.py NAME ADDRESS LOG RATE
"""

import os
import random
import sys
import time

from mallard_robot import Action, Camera, Description, Endpoint, Picture, Reading, shell
from mallard_robot import mallard_pb2 as wire
from mallard_robot.body import RGB8

NAME, ADDRESS, LOG, RATE = sys.argv[1], sys.argv[2], sys.argv[3], float(sys.argv[4])
log = os.open(LOG, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
# No two readings of any robot in any run are the same.
MARK = random.random()


class NotingEndpoint(Endpoint):
    def did_execute(self, command, executed, now):
        before, key, step = len(self.spool), self.episode, self.step
        super().did_execute(command, executed, now)
        if len(self.spool) > before:
            number = self.spool[-1][2].observation.reading.proprioception.joint_positions[1]
            note(f"made {key.session:016x}-{key.ordinal} {step} {number!r}")

    def handle(self, header, now):
        super().handle(header, now)
        message = wire.CoordinatorToRobot.FromString(header)
        if message.WhichOneof("body") == "acknowledge":
            told = message.acknowledge
            note(f"safe {told.episode.session:016x}-{told.episode.ordinal} {told.steps}")


def note(line):
    os.write(log, (line + "\n").encode())


class Point:
    def __init__(self):
        self.velocity, self.readings = [0.0] * 3, 0

    def describe(self):
        return Description(
            profile="simulated-point", rate=RATE, joints=["x", "mark"], is_simulated=True,
            cameras=[Camera("scene", 24, 24, RGB8)], task="reach", subtasks=["up"],
            instruction="Move the point up by 20 cm.")

    def reset(self, seed):
        self.velocity = [0.0] * 3

    def observe(self):
        self.readings += 1
        picture = random.randbytes(24 * 24 * 3)
        return Reading(
            pose=[0.4, 0, 0.2, 1, 0, 0, 0], twist=[*self.velocity, 0, 0, 0], gripper_opening=0,
            joint_positions=[0.1, MARK + self.readings], joint_velocities=[0, 0],
            pictures=[Picture("scene", 24, 24, RGB8, picture)])

    def apply(self, action):
        self.velocity = list(action.twist[:3])
        return Action((*self.velocity, 0.0, 0.0, 0.0), action.gripper)

    def stop(self):
        self.velocity = [0.0] * 3


shell.Endpoint = NotingEndpoint
reason = shell.run(Point(), name=NAME, connect=ADDRESS, say=lambda text: None)
print(f"{time.time():.3f} {NAME} ended: {reason}")
