"""Connect a robot to a Mallard fleet.

Write a class with five methods (see `Body`), and call `run`:

    run(MyRobot(), name="arm-1", connect="tcp://lab-pc:7447")

The kit keeps the endpoint's promises (Sources/Link/Wire/mallard.proto tells the protocol): the robot
holds when no valid command comes, steps are kept until the coordinator has them on disk, a link
that breaks is made again, and a robot that stands still because no one drives looks again at the
same step instead of filling its episode. Whatever raises, the robot is stopped.
"""

from .body import Action, Body, Camera, Description, Picture, Progress, Reading
from .endpoint import Endpoint
from .shell import run

__all__ = [
    "Action", "Body", "Camera", "Description", "Endpoint", "Picture", "Progress",
    "Reading", "run",
]
