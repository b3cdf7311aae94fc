"""Bytes to messages and back, with the checks of Sources/Link/Wire: what breaks a rule of the protocol is no
message."""

import math
import re

from google.protobuf.message import DecodeError

from . import mallard_pb2 as wire
from .body import JPEG, PNG, RGB8, Action, Description, Reading

HEADER_BYTES, PICTURE_BYTES, PICTURES, JOINTS = 1 << 20, 16 << 20, 16, 64
TEXT_CHARACTERS, LONGEST_SIDE = 2000, 4096
MAJOR, MINOR = 1, 1
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,63}\Z", re.ASCII)


class Malformed(Exception):
    """Something came that is no message of a coordinator; the text says which field."""


def decode(frames) -> wire.CoordinatorToRobot:
    """Reads and checks a message of the coordinator. Raises `Malformed`."""
    if not frames:
        raise Malformed("the message has no header frame")
    if len(frames[0]) > HEADER_BYTES:
        raise Malformed(f"the header has {len(frames[0])} bytes; at most {HEADER_BYTES} are allowed")
    try:
        message = wire.CoordinatorToRobot.FromString(frames[0])
    except DecodeError as error:
        raise Malformed(f"the header is no CoordinatorToRobot message ({error})") from error
    kind = message.WhichOneof("body")
    if kind is None:
        raise Malformed("the header is a CoordinatorToRobot of no kind that this kit knows")
    body = getattr(message, kind)
    if kind in ("start_episode", "end_episode", "acknowledge", "command"):
        _has(body, "episode", kind)
    if kind == "end_episode":
        _kind(body.outcome, wire.EpisodeOutcome, "end_episode.outcome")
    elif kind == "acknowledge":
        _count(body.steps, "acknowledge.steps")
    elif kind == "command":
        _check_command(body)
    return message


def _check_command(command):
    _count(command.responds_to, "command.responds_to")
    if command.validity < 0:
        raise Malformed(f"command.validity is {command.validity} ns; allowed is 0 or more")
    _check_action(command.action, "command.action")
    annotation = command.annotation
    _has(annotation, "author", "annotation")
    _has(annotation, "cause", "annotation")
    _kind(annotation.author.kind, wire.AuthorKind, "annotation.author.kind")
    if annotation.author.kind == wire.AUTHOR_KIND_HUMAN:
        _name(annotation.author.operator, "annotation.author.operator")
    _kind(annotation.cause.kind, wire.CauseKind, "cause.kind")
    if annotation.cause.kind == wire.CAUSE_KIND_HELP_REQUESTED:
        _has(annotation.cause, "reason", "cause")
        _kind(annotation.cause.reason.kind, wire.ReasonKind, "reason.kind")
        _finite([annotation.cause.reason.value], "reason.value")
    if annotation.HasField("uncertainty"):
        _finite([annotation.uncertainty.task, annotation.uncertainty.policy], "uncertainty")
    if annotation.subtask:
        _name(annotation.subtask, "annotation.subtask")


def _check_action(action, field):
    if len(action.twist) != 6:
        raise Malformed(f"{field}.twist has {len(action.twist)} entries; allowed: 6")
    _finite(action.twist, f"{field}.twist")
    _kind(action.gripper, wire.GripperCommand, f"{field}.gripper")


def _has(message, field, place):
    if not message.HasField(field):
        raise Malformed(f"{place}.{field} is missing")


def _kind(value, kinds, field):
    if value == 0 or value not in kinds.values():
        raise Malformed(f"{field} is {value}; allowed is one of the protocol's kinds")


def _count(value, field):
    if value > 1 << 53:
        raise Malformed(f"{field} is {value}; allowed is 0 to 2^53")


def _finite(numbers, field):
    if not all(math.isfinite(number) for number in numbers):
        raise Malformed(f"{field} holds a number that is not finite")


def _name(text, field):
    if not _NAME.match(text):
        raise Malformed(f"{field} is {text[:80]!r}, which is no name")


# -- what the robot says ---------------------------------------------------------------------


def encode(message: wire.RobotToCoordinator, pictures=()):
    """The frames of a message. Raises `ValueError` where it is larger than any may be."""
    header = wire.ToCoordinator(robot=message).SerializeToString()
    if len(header) > HEADER_BYTES or len(pictures) > PICTURES:
        raise ValueError(
            f"a header of {len(header)} bytes and {len(pictures)} pictures; at most {HEADER_BYTES} "
            f"bytes and {PICTURES} pictures are allowed")
    return [header, *pictures]


def check_description(name: str, d: Description):
    """Raises `ValueError` where a coordinator could not understand the robot's hello."""
    def demand(holds, text):
        if not holds:
            raise ValueError(text)

    def demand_name(text, what):
        demand(
            isinstance(text, str) and _NAME.match(text),
            f"{what} is {text!r}; a name has 1 to 64 letters, digits, '.', '_' or '-'")

    demand_name(name, "the robot's name")
    demand_name(d.task, "the task's name")
    for subtask in d.subtasks:
        demand_name(subtask, "a subtask's name")
    demand(math.isfinite(d.rate) and 0 < d.rate <= 1000, f"the rate is {d.rate} Hz; allowed: up to 1000")
    demand(len(d.joints) <= JOINTS, f"there are {len(d.joints)} joints; at most {JOINTS} are allowed")
    demand(len(d.cameras) <= PICTURES, f"there are {len(d.cameras)} cameras; at most {PICTURES}")
    names = [camera.name for camera in d.cameras]
    demand(len(set(names)) == len(names), f"two cameras have one name: {names}")
    for camera in d.cameras:
        demand_name(camera.name, "a camera's name")
        demand(
            1 <= camera.width <= LONGEST_SIDE and 1 <= camera.height <= LONGEST_SIDE,
            f"camera {camera.name} is {camera.width}×{camera.height}; sides of 1 to {LONGEST_SIDE}")
        demand(
            camera.encoding in (RGB8, JPEG, PNG), f"camera {camera.name} has no known encoding")
    for limit in ("linear_speed", "angular_speed", "linear_acceleration", "angular_acceleration"):
        value = getattr(d, limit)
        demand(math.isfinite(value) and value > 0, f"{limit} is {value}; it must be more than 0")


def describe(d: Description) -> wire.RobotDescription:
    """The description as a hello carries it."""
    about = wire.RobotDescription(
        profile=d.profile[:TEXT_CHARACTERS], is_simulated=d.is_simulated, rate=d.rate, joints=d.joints)
    for camera in d.cameras:
        about.cameras.add(
            name=camera.name, width=camera.width, height=camera.height, encoding=camera.encoding,
            quality=camera.quality)
    about.limits.linear_speed = d.linear_speed
    about.limits.angular_speed = d.angular_speed
    about.limits.linear_acceleration = d.linear_acceleration
    about.limits.angular_acceleration = d.angular_acceleration
    about.task.name, about.task.instruction = d.task, d.instruction[:TEXT_CHARACTERS]
    about.task.subtasks.extend(d.subtasks)
    return about


def measure(reading: Reading, d: Description, wall: int):
    """The reading as an observation carries it, and its pictures. Raises `ValueError` where it is not
    what the robot announced: then something is broken or unplugged."""
    expected = [camera.name for camera in d.cameras]
    got = [picture.camera for picture in reading.pictures]
    if got != expected:
        raise ValueError(f"the robot gave pictures of {got} instead of {expected}: is a camera unplugged?")
    for name, numbers, count in (
            ("pose", reading.pose, 7), ("twist", reading.twist, 6),
            ("joint_positions", reading.joint_positions, len(d.joints)),
            ("joint_velocities", reading.joint_velocities, len(d.joints))):
        if len(numbers) != count:
            raise ValueError(f"{name} has {len(numbers)} numbers; the robot announced {count}")
    message = wire.SensorReading(capture_time=reading.capture_time or wall)
    felt = message.proprioception
    felt.end_effector_pose.extend(reading.pose)
    felt.end_effector_twist.extend(reading.twist)
    felt.gripper_opening = reading.gripper_opening
    felt.joint_positions.extend(reading.joint_positions)
    felt.joint_velocities.extend(reading.joint_velocities)
    for picture, camera in zip(reading.pictures, d.cameras):
        _check_picture(picture, camera)
        message.frames.add(
            camera=picture.camera, width=picture.width, height=picture.height,
            encoding=picture.encoding)
    if reading.progress is not None:
        message.progress.completed.extend(reading.progress.completed)
        message.progress.available.extend(reading.progress.available)
        message.progress.is_success = reading.progress.is_success
    return message, [bytes(picture.data) for picture in reading.pictures]


def _check_picture(picture, camera):
    said = (camera.width, camera.height, camera.encoding)
    if (picture.width, picture.height, picture.encoding) != said:
        raise ValueError(
            f"camera {camera.name} gave {picture.width}×{picture.height}, encoding {picture.encoding}; "
            f"announced were {camera.width}×{camera.height}, encoding {camera.encoding}")
    size = len(picture.data)
    if camera.encoding == RGB8 and size != camera.width * camera.height * 3:
        raise ValueError(
            f"camera {camera.name} gave {size} bytes; {camera.width}×{camera.height} pixels have "
            f"{camera.width * camera.height * 3}")
    if not 0 < size <= PICTURE_BYTES:
        raise ValueError(f"camera {camera.name} gave {size} bytes; allowed: 1 to {PICTURE_BYTES}")


def action(a: Action) -> wire.Action:
    """An action as an outcome carries it. Raises `ValueError` where it is none."""
    message = wire.Action(twist=a.twist, gripper=a.gripper)
    try:
        _check_action(message, "the executed action")
    except Malformed as error:
        raise ValueError(str(error)) from None
    return message
