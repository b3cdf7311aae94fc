"""A simulated point that moves as it is told, with a camera: the smallest robot there is.

    python3 examples/simulated_point.py point-1 tcp://127.0.0.1:7447
"""

import sys

from mallard_robot import Action, Camera, Description, Picture, Reading, run
from mallard_robot.body import RGB8


class SimulatedPoint:
    def describe(self):
        return Description(
            profile="simulated-point", rate=20, joints=["x", "y", "z"], is_simulated=True,
            cameras=[Camera("scene", 32, 32, RGB8)], task="reach", subtasks=["up"],
            instruction="Move the point up by 20 cm.")

    def reset(self, seed):
        self.position, self.velocity = [0.4, 0.0, 0.2], [0.0] * 3

    def observe(self):
        rows = bytearray(32 * 32 * 3)
        column, row = (int(16 + 40 * self.position[i]) % 32 for i in (1, 2))
        rows[(row * 32 + column) * 3] = 255
        return Reading(
            pose=[*self.position, 1, 0, 0, 0], twist=[*self.velocity, 0, 0, 0],
            gripper_opening=0, joint_positions=self.position, joint_velocities=self.velocity,
            pictures=[Picture("scene", 32, 32, RGB8, bytes(rows))])

    def apply(self, action):
        self.velocity = [max(-0.25, min(0.25, speed)) for speed in action.twist[:3]]
        self.position = [p + v / 20 for p, v in zip(self.position, self.velocity)]
        return Action((*self.velocity, 0.0, 0.0, 0.0), action.gripper)

    def stop(self):
        self.velocity = [0.0] * 3


if __name__ == "__main__":
    reason = run(SimulatedPoint(), name=sys.argv[1], connect=sys.argv[2])
    print(f"ended: {reason}")
