"""What a lab writes: a robot that can be looked at, moved and stopped."""

from dataclasses import dataclass, field
from typing import Protocol, Sequence

GRIPPER_HOLD, GRIPPER_OPEN, GRIPPER_CLOSE = 1, 2, 3
RGB8, JPEG, PNG = 1, 2, 3


@dataclass
class Camera:
    """A camera, as the robot announces it."""

    name: str
    width: int
    height: int
    encoding: int = JPEG
    quality: int = 90


@dataclass
class Description:
    """What the robot says of itself when it joins."""

    profile: str
    rate: float  # control periods in a second, Hz
    joints: Sequence[str]
    cameras: Sequence[Camera]
    task: str
    instruction: str
    subtasks: Sequence[str] = ()
    is_simulated: bool = False
    linear_speed: float = 0.25  # m/s
    angular_speed: float = 1.0  # rad/s
    linear_acceleration: float = 1.0  # m/s2
    angular_acceleration: float = 4.0  # rad/s2


@dataclass
class Picture:
    """One camera's picture: `data` in the encoding that the camera announced."""

    camera: str
    width: int
    height: int
    encoding: int
    data: bytes


@dataclass
class Progress:
    """How far the task has come, where the robot can tell."""

    completed: Sequence[str] = ()  # subtasks, in the order in which they were done
    available: Sequence[str] = ()  # subtasks that could be done next
    is_success: bool = False


@dataclass
class Reading:
    """What the sensors say, in the robot's base frame; m, rad, s."""

    pose: Sequence[float]  # x y z, then the quaternion w x y z
    twist: Sequence[float]  # linear, then angular
    gripper_opening: float  # 0 closed .. 1 open
    joint_positions: Sequence[float]
    joint_velocities: Sequence[float]
    pictures: Sequence[Picture] = field(default_factory=list)  # in the cameras' order
    capture_time: int = 0  # ns since 1970; 0: now
    progress: Progress | None = None


@dataclass(frozen=True)
class Action:
    """A wished velocity of the end effector (linear m/s, angular rad/s), and the gripper."""

    twist: tuple = (0.0,) * 6
    gripper: int = GRIPPER_HOLD


class Body(Protocol):
    """A robot. All methods are called from one thread; an exception is reported as a fault, and
    the robot is stopped until an operator releases it. A `stop` that raises is called again."""

    def describe(self) -> Description: ...

    def reset(self, seed: int) -> None:
        """Bring robot and scene to the start of an episode; return when that is done."""

    def observe(self) -> Reading: ...

    def apply(self, action: Action) -> Action:
        """Begin to carry out the action for one period, and say what is really done after your
        own limits of speed, acceleration and workspace."""

    def stop(self) -> None:
        """Come to rest as fast as is safe."""
