"""Loads an exported dataset with PyPI's `lerobot` and with plain pyarrow, and compares every value
with the recording, which is read with Python's own sqlite3. Prints counts as JSON; any difference
ends with exit code 1.

    lerobot_check.py RECORDING.sqlite DATASET
"""
import glob
import io
import json
import os
import sqlite3
import struct
import sys

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_DATASETS_DISABLE_PROGRESS_BARS"] = "1"

import numpy as np
import pyarrow.parquet as pq
from lerobot.datasets.compute_stats import get_feature_stats
from lerobot.datasets.lerobot_dataset import LeRobotDataset
from lerobot.datasets.utils import get_hf_features_from_features
from PIL import Image

recording, root = sys.argv[1:3]
failures = []


def expect(condition, *what):
    if not condition:
        failures.append(" ".join(str(part) for part in what))
        if len(failures) > 20:
            finish()


def finish(**counts):
    print(json.dumps({"failures": failures, **counts}))
    sys.exit(1 if failures else 0)


def doubles(blob):
    return list(struct.unpack(f"<{len(blob) // 8}d", blob))


def same(a, b):
    return len(a) == len(b) and all(x == y for x, y in zip(a, b))


database = sqlite3.connect(f"file:{recording}?mode=ro", uri=True)
database.row_factory = sqlite3.Row
info = json.load(open(f"{root}/meta/info.json"))
stats = json.load(open(f"{root}/meta/stats.json"))
cameras = sorted(k for k in info["features"] if k.startswith("observation.images."))
is_video = info["features"][cameras[0]]["dtype"] == "video"

# Plain pyarrow.
rows = []
for path in sorted(glob.glob(f"{root}/data/*/*.parquet")):
    table = pq.read_table(path)
    wanted = get_hf_features_from_features(
        {k: {**v, "shape": tuple(v["shape"])} for k, v in info["features"].items()}
    )
    for field in wanted.arrow_schema:
        expect(field.name in table.column_names, "no column", field.name)
        expect(
            str(table.schema.field(field.name).type).replace("item", "element")
            == str(field.type).replace("item", "element"),
            field.name, table.schema.field(field.name).type, "instead of", field.type,
        )
    expect(set(table.column_names) == set(wanted), "other columns")
    rows += table.to_pylist()
episodes = []
for path in sorted(glob.glob(f"{root}/meta/episodes/*/*.parquet")):
    episodes += pq.read_table(path).to_pylist()
expect(len(episodes) == info["total_episodes"], "episodes", len(episodes))
expect(len(rows) == info["total_frames"], "rows", len(rows))

# lerobot.
dataset = LeRobotDataset("mallard/export", root=root, video_backend="pyav")
expect(len(dataset) == len(rows), "lerobot sees", len(dataset), "steps")
expect(dataset.num_episodes == len(episodes), "lerobot sees", dataset.num_episodes, "episodes")

pictures = 0
errors = []
labels = {}
for episode in episodes:
    identifier = episode["mallard/episode_id"]
    fact = database.execute("SELECT * FROM episode WHERE id = ?", [identifier]).fetchone()
    expect(fact is not None, "unknown episode", identifier)
    expect(fact["outcome"] == episode["mallard/outcome"], identifier, "outcome")
    expect(fact["robot"] == episode["mallard/robot"], identifier, "robot")
    expect(fact["startedAt"] == episode["mallard/started_at_ns"], identifier, "startedAt")
    seed = "" if fact["seed"] is None else str(fact["seed"] % 2**64)
    expect(seed == episode["mallard/seed"], identifier, "seed")
    handovers = database.execute(
        "SELECT * FROM handover WHERE episode = ? ORDER BY time, id", [identifier]).fetchall()
    told = json.loads(episode["mallard/handovers"])
    expect(len(told) == len(handovers), identifier, "hand-overs", len(told), len(handovers))
    for ours, theirs in zip(told, handovers):
        for name, column in [
            ("step", "step"), ("time", "time"), ("from", "fromAuthor"), ("to", "toAuthor"),
            ("fromOperator", "fromOperator"), ("toOperator", "toOperator"), ("cause", "cause"),
            ("reason", "reason"), ("waited", "waited"),
        ]:
            expect(ours.get(name) == theirs[column], identifier, "hand-over", name)
    steps = database.execute(
        "SELECT * FROM step WHERE episode = ? ORDER BY step", [identifier]).fetchall()
    start, end = episode["dataset_from_index"], episode["dataset_to_index"]
    expect(len(steps) == end - start == episode["length"], identifier, "length")
    spans = json.loads(episode["mallard/segments"])
    segments = [span["segment"] for span in spans for _ in range(span["count"])]
    robot_policy_before = False
    for place, step in enumerate(steps):
        row = rows[start + place]
        at = f"{identifier} step {step['step']}:"
        pose, twist = doubles(step["endEffectorPose"]), doubles(step["endEffectorTwist"])
        positions = doubles(step["jointPositions"])
        state = pose + [step["gripperOpening"]] + positions
        requested = doubles(step["requestedAction"])
        expect(same(row["observation.state"], np.float32(state)), at, "observation.state")
        expect(same(row["action"], np.float32(requested)), at, "action")
        expect(
            same(row["recorded.proprioception"], state + twist + doubles(step["jointVelocities"])),
            at, "proprioception")
        expect(same(row["recorded.requested_action"], requested), at, "requested")
        expect(
            same(row["recorded.executed_action"], doubles(step["executedAction"])), at, "executed")
        last = place + 1 == len(steps)
        success = last and fact["outcome"] == "success"
        for name, value in [
            ("author", step["author"]), ("operator", step["operator"] or ""),
            ("handover_cause", step["cause"]), ("handover_reason", step["reason"] or ""),
            ("subtask", step["subtask"] or ""), ("capture_time_ns", step["captureTime"]),
            ("receive_time_ns", step["receiveTime"]), ("is_late", bool(step["isLate"])),
            ("recorded.step", step["step"]), ("frame_index", place), ("index", start + place),
            ("episode_index", episode["episode_index"]),
            ("recorded.command_sequence",
             -1 if step["commandSequence"] is None else step["commandSequence"]),
            ("uncertainty.is_known", step["taskUncertainty"] is not None),
            ("uncertainty.task", step["taskUncertainty"] or 0),
            ("uncertainty.policy", step["policyUncertainty"] or 0),
            ("next.done", last), ("next.success", success), ("next.reward", float(success)),
            ("timestamp", float(np.float32(place / info["fps"]))), ("segment", segments[place]),
            ("intervention", segments[place] == "intervention"),
            ("complementary_info.is_intervention", segments[place] == "intervention"),
        ]:
            expect(row[name] == value, at, name, row[name], "instead of", value)
        weight = info["mallard"]["segments"][segments[place]]["training_weight"]
        expect(row["training_weight"] == np.float32(weight), at, "training_weight")
        if step["completed"] is not None:
            progress = json.loads(row["recorded.progress"])
            expect(progress["completed"] == json.loads(step["completed"]), at, "completed")
            expect(progress["available"] == json.loads(step["available"]), at, "available")
            expect(progress["isSuccess"] == bool(step["isSuccess"]), at, "isSuccess")
        if step["simulatedTime"] is not None:
            physics = json.loads(row["recorded.simulated_state"])
            expect(physics["time"] == step["simulatedTime"], at, "simulated time")
            expect(same(physics["positions"], doubles(step["simulatedPositions"])), at, "qpos")
            expect(same(physics["velocities"], doubles(step["simulatedVelocities"])), at, "qvel")
            expect(physics["objects"] == json.loads(step["simulatedObjects"]), at, "objects")
        # What a segment may be, said once more: who acted, and whether the policy had before.
        allowed = {
            "hold": {"hold"}, "policy": {"policy", "pre-intervention"},
            "human": {"intervention" if robot_policy_before else "demonstration"},
        }[step["author"]]
        expect(segments[place] in allowed, at, "segment", segments[place])
        robot_policy_before = robot_policy_before or step["author"] == "policy"
        labels[segments[place]] = labels.get(segments[place], 0) + 1
        item = dataset[start + place]
        expect(item["task"] == episode["tasks"][0], at, "task")
        expect(item["subtask"] == (step["subtask"] or ""), at, "subtask of lerobot")
        expect(np.array_equal(item["action"].numpy(), np.float32(requested)), at, "lerobot action")
        for index, camera in enumerate(cameras):
            frame = database.execute(
                "SELECT bytes, encoding FROM frame WHERE episode = ? AND step = ? AND camera = ?",
                [identifier, step["step"], camera.removeprefix("observation.images.")]).fetchone()
            expect(row["recorded.has_picture"][index] == (frame is not None), at, "has_picture")
            if frame is None:
                continue
            pictures += 1
            if not is_video:
                expect(row[camera]["bytes"] == frame["bytes"], at, camera, "bytes")
            theirs = np.array(Image.open(io.BytesIO(frame["bytes"])).convert("RGB"))
            ours = item[camera].numpy().transpose(1, 2, 0) * 255
            errors.append(float(np.sqrt(np.mean((ours - theirs) ** 2))))
    if is_video:
        for camera in cameras:
            for name in ["from_timestamp", "to_timestamp"]:
                expect(episode[f"videos/{camera}/{name}"] is not None, identifier, camera, name)

# Statistics, against NumPy over all steps and against lerobot's own of the first episode.
for name, feature in info["features"].items():
    if feature["dtype"] in ["string", "image", "video"]:
        continue
    values = np.array([np.atleast_1d(row[name]) for row in rows], dtype=np.float64)
    scale = np.abs(values).max(axis=0) + 1e-12
    for key, truth in [
        ("min", values.min(axis=0)), ("max", values.max(axis=0)), ("mean", values.mean(axis=0)),
        ("std", values.std(axis=0)),
    ]:
        off = np.abs(np.array(stats[name][key], dtype=np.float64) - truth) / scale
        expect(off.max() < 1e-6, "stats", name, key, off.max())
    expect(stats[name]["count"] == [len(rows)], "stats", name, "count")
    width = values.max(axis=0) - values.min(axis=0) + 1e-12
    for key, part in [("q01", 1), ("q10", 10), ("q50", 50), ("q90", 90), ("q99", 99)]:
        # A sketch is judged by rank: the value lies between two true quantiles nearby.
        low = np.percentile(values, max(part - 0.5, 0), axis=0) - 1e-6 * width - 1e-9 * scale
        high = np.percentile(values, min(part + 0.5, 100), axis=0) + 1e-6 * width + 1e-9 * scale
        value = np.array(stats[name][key], dtype=np.float64)
        expect(((low <= value) & (value <= high)).all(), "stats", name, key, low, value, high)
first = episodes[0]
for name in ["observation.state", "action", "timestamp", "next.reward"]:
    values = np.array([rows[i][name] for i in range(first["length"])], dtype=np.float64)
    theirs = get_feature_stats(values, axis=0, keepdims=values.ndim == 1)
    for key in ["min", "max", "mean", "std", "count"]:
        ours = np.array(first[f"stats/{name}/{key}"], dtype=np.float64)
        expect(np.allclose(ours, theirs[key], rtol=1e-6, atol=1e-9), "episode stats", name, key)
finish(
    episodes=len(episodes), steps=len(rows), pictures=pictures, segments=labels,
    meanError=float(np.mean(errors)), worstError=float(np.max(errors)), video=is_video)
