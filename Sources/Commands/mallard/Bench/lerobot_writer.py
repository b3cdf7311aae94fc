"""Writes the steps of a recording with LeRobot's own writer, and prints how long that took as JSON.

    lerobot_writer.py RECORDING.sqlite DATASET images|video

Pictures are decoded, and states and actions read, before the clock starts: what is timed is what a
program that records with LeRobot does, `add_frame` for each step, `save_episode`, `finalize`. The
image writer has four threads for each camera, as `lerobot-record` gives it.
"""
import io
import json
import os
import resource
import sqlite3
import struct
import sys
import time

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["SVT_LOG"] = "1"

import numpy as np
from PIL import Image
from lerobot.datasets.lerobot_dataset import LeRobotDataset

recording, root, mode = sys.argv[1:4]
database = sqlite3.connect(f"file:{recording}?mode=ro", uri=True)


def floats(blob):
    return np.array(struct.unpack(f"<{len(blob) // 8}d", blob), dtype=np.float32)


rate, instruction = database.execute("SELECT rate, instruction FROM robot LIMIT 1").fetchone()
episodes = []
for (identifier,) in database.execute("SELECT id FROM episode ORDER BY startedAt, id").fetchall():
    steps = []
    for step, pose, gripper, joints, action in database.execute(
        "SELECT step, endEffectorPose, gripperOpening, jointPositions, requestedAction FROM step"
        " WHERE episode = ? ORDER BY step", [identifier]):
        state = np.concatenate([floats(pose), np.float32([gripper]), floats(joints)])
        frame = {"observation.state": state, "action": floats(action), "task": instruction}
        for camera, data in database.execute(
            "SELECT camera, bytes FROM frame WHERE episode = ? AND step = ?", [identifier, step]):
            picture = np.array(Image.open(io.BytesIO(data)).convert("RGB"))
            frame[f"observation.images.{camera}"] = picture
        steps.append(frame)
    episodes.append(steps)

first = episodes[0][0]
cameras = [key for key in first if key.startswith("observation.images.")]
features = {
    "observation.state": {
        "dtype": "float32", "shape": first["observation.state"].shape, "names": None},
    "action": {"dtype": "float32", "shape": (7,), "names": None},
}
for camera in cameras:
    features[camera] = {
        "dtype": "video" if mode == "video" else "image", "shape": first[camera].shape,
        "names": ["height", "width", "channels"]}

began = time.perf_counter()
dataset = LeRobotDataset.create(
    "bench/lerobot", int(rate), features, root=root, use_videos=mode == "video",
    image_writer_threads=4 * len(cameras))
for steps in episodes:
    for frame in steps:
        dataset.add_frame(frame)
    dataset.save_episode()
dataset.finalize()
seconds = time.perf_counter() - began
children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps({
    "seconds": seconds, "pictures": sum(len(steps) for steps in episodes) * len(cameras),
    "peakMemoryBytes": 1024 * max(own, children)}))
