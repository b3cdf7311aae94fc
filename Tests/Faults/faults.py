"""Kills, fills, flips and tears, and counts what is lost.

    make faults
    make faults FAULTS="--coordinator-kills 20 --robot-kills 20 --flips 50 --tears 20 --full-disks 2"

Robots of the Python kit note what they made and what was acknowledged, in files of their own;
Python's sqlite3 reads the recording. After each kill of the coordinator, and of a robot, every
step that a robot was told to be safe is in the file, once, with the values that the robot made,
and `mallard recording check` finds nothing but the episodes that the dead left open. At the end
it finds nothing at all. Exit code 1 when anything was lost.
"""

import argparse
import collections
import glob
import json
import os
import pathlib
import random
import shutil
import signal
import sqlite3
import struct
import subprocess
import sys
import tempfile
import time

import zmq

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
MALLARD = pathlib.Path(os.environ.get("MALLARD", ROOT / ".build/release/mallard"))
sys.path.insert(0, str(ROOT / "Robots/python"))
sys.path.insert(0, str(HERE))

from consoles import Console  # noqa: E402


class Fleet:
    """A coordinator, robots of the Python kit and their operators."""

    def __init__(self, folder, seed, robots=3, rate=40.0, more=(), disk=None):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.random = random.Random(seed)
        self.recording = pathlib.Path(disk or folder) / "faults.sqlite"
        # Addresses of sockets in files have at most 107 characters.
        self.sockets = tempfile.mkdtemp(prefix="mf")
        self.address = f"ipc://{self.sockets}/f"
        self.more, self.rate = list(more), rate
        self.names = [f"point-{index + 1}" for index in range(robots)]
        self.processes, self.started = {}, {}
        self.errors = open(self.folder / "fleet.log", "ab")
        self.start_coordinator()
        for name in self.names:
            self.start_robot(name)
        context = zmq.Context.instance()
        self.consoles = [
            Console(context, self.address, name, seed + index)
            for index, name in enumerate(self.names)]
        self.is_driving = True

    def start(self, name, command):
        environment = dict(
            os.environ, PYTHONPATH=str(ROOT / "Robots/python"), PYTHONDONTWRITEBYTECODE="1",
            SWIFT_BACKTRACE="enable=no")
        self.started[name] = time.monotonic()
        self.processes[name] = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=self.errors, stderr=self.errors,
            env=environment, cwd=self.folder)

    def start_coordinator(self):
        self.start("coordinator", [
            str(MALLARD), "coordinator", "--address", self.address, "--telemetry", "none",
            "--recording", str(self.recording), "--step-limit", "100000", *self.more])

    def start_robot(self, name):
        self.start(name, [
            sys.executable, str(HERE / "robot.py"), name, self.address,
            str(self.folder / f"{name}.log"), str(self.rate)])

    def run(self, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for console in self.consoles:
                console.turn(self.is_driving)
            if self.is_driving:
                self.supervise()
            time.sleep(0.003)

    def supervise(self):
        """A robot that comes back while the coordinator takes its dead predecessor for alive is
        refused; whoever supervises it starts it again."""
        now = time.monotonic()
        for name in self.names:
            if self.processes[name].poll() is not None and now - self.started[name] > 0.5:
                self.start_robot(name)

    def kill(self, name):
        process = self.processes[name]
        process.send_signal(signal.SIGKILL)
        process.wait()

    def end(self):
        """Everybody goes in good order. Robots that are not let go at once wait for their steps
        to be safe."""
        self.is_driving = False
        self.run(4)
        for name in self.names:
            self.processes[name].terminate()
        deadline = time.monotonic() + 20
        while any(self.processes[name].poll() is None for name in self.names):
            self.run(0.1)
            if time.monotonic() > deadline:
                break
        self.run(1)
        self.processes["coordinator"].terminate()
        for process in self.processes.values():
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        for console in self.consoles:
            console.socket.close(0)
        shutil.rmtree(self.sockets, ignore_errors=True)
        return self.processes["coordinator"].returncode

    # -- what was promised, and what there is ---------------------------------------------

    def notes(self):
        """Steps told to be safe by episode, and every step made: (episode, step) -> number."""
        safe, made = collections.defaultdict(int), {}
        for name in self.names:
            path = self.folder / f"{name}.log"
            if not path.exists():
                continue
            for line in path.read_text().splitlines():
                word, episode, *rest = line.split()
                if word == "safe":
                    safe[episode] = max(safe[episode], int(rest[0]))
                else:
                    made[episode, int(rest[0])] = float(rest[1])
        return safe, made

    def files(self):
        return sorted(
            path for path in glob.glob(str(self.recording.parent / "faults*.sqlite")))

    def rows(self):
        """Every step in the files: (episode, step) -> the numbers found, one for each row."""
        rows = collections.defaultdict(list)
        for path in self.files():
            connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
            # A kill may come before a new file has its tables; nothing can be safe in it then.
            tables = connection.execute(
                "SELECT count(*) FROM sqlite_master WHERE name = 'step'").fetchone()[0]
            for episode, step, joints in connection.execute(
                    "SELECT episode, step, jointPositions FROM step") if tables else []:
                rows[episode, step].append(struct.unpack("<2d", joints)[1])
            connection.close()
        return rows

    def audit(self, counts, allowed):
        safe, made = self.notes()
        rows = self.rows()
        for episode, steps in safe.items():
            counts["acknowledged steps lost"] += sum(
                (episode, step) not in rows for step in range(steps))
        counts["duplicates"] += sum(len(numbers) - 1 for numbers in rows.values())
        every = [number for numbers in rows.values() for number in numbers]
        counts["duplicates"] += len(every) - len(set(every))
        counts["steps that no robot made"] += sum(
            key in made and made[key] != numbers[0] for key, numbers in rows.items())
        counts["audits"] += 1
        for path in self.files():
            report = check(path)
            bad = [f for f in report["findings"] if f["kind"] not in allowed]
            if bad:
                counts["unclean checks"] += 1
                counts["first finding"] = counts.get("first finding") or bad[0]["text"]
        return sum(safe.values()), len(rows)


def check(path):
    result = subprocess.run(
        [str(MALLARD), "recording", "check", "--json", str(path)], capture_output=True, text=True)
    if not result.stdout:
        return {"findings": [{"kind": "structure", "text": result.stderr.strip()}]}
    return json.loads(result.stdout)[0]


def new_counts():
    return collections.Counter({
        "audits": 0, "acknowledged steps lost": 0, "duplicates": 0,
        "steps that no robot made": 0, "unclean checks": 0})


def kills(arguments, folder):
    counts = new_counts()
    fleet = Fleet(folder, arguments.seed, more=["--rotate-size", "8M"])
    try:
        fleet.run(3)
        wanted = ["coordinator"] * arguments.coordinator_kills + ["robot"] * arguments.robot_kills
        fleet.random.shuffle(wanted)
        for number, kind in enumerate(wanted):
            fleet.run(fleet.random.uniform(0.05, 2.5))
            name = "coordinator" if kind == "coordinator" else fleet.random.choice(fleet.names)
            fleet.kill(name)
            # An episode whose steps are on their way again may have a gap until they come.
            fleet.audit(counts, {"open", "gap"})
            if kind == "coordinator":
                fleet.start_coordinator()
            else:
                fleet.start_robot(name)
            counts[f"{kind} kills"] += 1
            say(f"{number + 1} of {len(wanted)} kills, lost {counts['acknowledged steps lost']}")
        fleet.run(5)
    finally:
        fleet.end()
    counts["steps acknowledged"], counts["steps in the files"] = fleet.audit(counts, set())
    counts["files"] = len(fleet.files())
    return counts, fleet.files()


def full_disks(arguments, folder):
    counts = new_counts()
    for trial in range(arguments.full_disks):
        disk = pathlib.Path(folder) / f"disk-{trial}"
        disk.mkdir(parents=True)
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(disk)], capture_output=True)
        if mounted.returncode:
            print("full disk: LEFT OUT, a small disk cannot be mounted here", file=sys.stderr)
            return counts
        try:
            notes = pathlib.Path(folder) / f"notes-{trial}"
            fleet = Fleet(notes, arguments.seed + trial, robots=2, rate=60, disk=disk)
            try:
                deadline = time.monotonic() + 60
                while "is full" not in (notes / "fleet.log").read_text():
                    fleet.run(0.2)
                    if time.monotonic() > deadline:
                        raise SystemExit("the disk did not fill up")
                counts["disks that were full"] += 1
                counts["full disks told"] += 1
                fleet.run(2)
                fleet.audit(counts, {"open", "gap"})
                before = sum(fleet.notes()[0].values())
                subprocess.run(["mount", "-o", "remount,size=64m", str(disk)], check=True)
                fleet.run(5)
                went_on = sum(fleet.notes()[0].values()) > before
                counts["went on when there was room"] += went_on
                counts["did not go on"] += not went_on
            finally:
                fleet.end()
            acknowledged, _ = fleet.audit(counts, set())
            counts["steps acknowledged"] += acknowledged
        finally:
            fleet.errors.close()
            subprocess.run(["umount", str(disk)])
        say(f"{trial + 1} of {arguments.full_disks} full disks")
    return counts


# What a row is, without what may change later and has no sum.
IDENTITY = {
    "session": "id, startedAt, software, policy, isLockstep, settings, checksum",
    "episode": "id, session, robot, task, seed, startedAt, checksum",
    "handover": "session, ordinal, robot, episode, step, time, cause, checksum",
    "step": "*", "frame": "episode, step, camera, encoding, width, height, bytes, checksum",
    "robot": "*", "mark": "*", "tag": "*",
}


def contents(path):
    """All rows of a file, or None where Python's SQLite cannot read it to the end."""
    connection = sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)
    connection.text_factory = bytes
    try:
        return {
            table: set(connection.execute(f"SELECT {columns} FROM {table}"))
            for table, columns in IDENTITY.items()}
    except (sqlite3.DatabaseError, UnicodeDecodeError):
        # The second where a damaged name is in the words of the first.
        return None
    finally:
        connection.close()


def damages(arguments, folder, original):
    """Damaged copies of a recording: each is found out, or nothing that was recorded is changed;
    what is salvaged is what was recorded."""
    counts = collections.Counter({
        "damages not found out": 0, "salvaged rows that were never recorded": 0,
        "salvages that failed": 0, "unclean checks": 0})
    chance = random.Random(arguments.seed)
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    whole = folder / "whole.sqlite"
    source, target = sqlite3.connect(original), sqlite3.connect(whole)
    source.backup(target)
    source.close()
    target.execute("PRAGMA journal_mode = DELETE")
    target.close()
    # As recordings are, and so that no one has to write to a copy to read it.
    data = bytearray(whole.read_bytes())
    rows = contents(whole)
    recorded = sum(map(len, rows.values()))
    kinds = ["flipped bits"] * arguments.flips + ["torn"] * arguments.tears + (
        ["zeroed page"] * arguments.tears)
    for number, kind in enumerate(kinds):
        copy, saved = folder / "copy.sqlite", folder / "saved.sqlite"
        for path in folder.glob("copy.*"):
            path.unlink()
        for path in folder.glob("saved.*"):
            path.unlink()
        damaged = bytearray(data)
        if kind == "flipped bits":
            for _ in range(chance.choice([1, 1, 3, 30])):
                damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
        elif kind == "torn":
            del damaged[chance.randrange(200, len(damaged)):]
        else:
            page = chance.randrange(len(damaged) // 4096) * 4096
            damaged[page:page + 4096] = bytes(4096)
        copy.write_bytes(damaged)
        counts[kind] += 1
        found = check(copy)["findings"]
        same = contents(copy) == rows
        counts["damages found out"] += bool(found)
        counts["damages of bytes that no one reads"] += not found and same
        counts["damages not found out"] += not found and not same
        result = subprocess.run(
            [str(MALLARD), "recording", "salvage", str(copy), "--output", str(saved), "--json"],
            capture_output=True, text=True)
        if result.returncode or not saved.exists():
            counts["salvages that failed"] += 1
            counts["first failure"] = counts.get("first failure") or result.stderr.strip()
            continue
        bad = [f for f in check(saved)["findings"] if f["kind"] not in {"gap", "outcome", "open"}]
        counts["unclean checks"] += bool(bad)
        if bad:
            counts["first finding"] = counts.get("first finding") or bad[0]["text"]
        got = contents(saved) or {}
        for table in ("step", "frame", "handover", "robot", "tag"):
            counts["salvaged rows that were never recorded"] += len(got[table] - rows[table])
        share = sum(len(got[table] & rows[table]) for table in rows) / recorded
        counts[f"{kind}: rows salvaged in all, %"] += share * 100
        say(f"{number + 1} of {len(kinds)} damages")
    for kind in set(kinds):
        key = f"{kind}: rows salvaged in all, %"
        counts[f"{kind}: rows salvaged on average, %"] = round(counts.pop(key) / counts[kind], 2)
    return counts


def say(text):
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr)


BAD = {
    "acknowledged steps lost", "duplicates", "steps that no robot made", "unclean checks",
    "damages not found out", "salvaged rows that were never recorded", "salvages that failed",
    "did not go on"}


def tell(name, counts, arguments):
    """What was counted, at once: a later part may be stopped."""
    say("")
    if not arguments.json:
        print(f"\n{name}")
        for key, value in counts.items():
            print(f"  {key:44} {value}{'  <-- WRONG' if key in BAD and value else ''}")
        sys.stdout.flush()
    return counts


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--coordinator-kills", type=int, default=200)
    parser.add_argument("--robot-kills", type=int, default=200)
    parser.add_argument("--full-disks", type=int, default=5)
    parser.add_argument("--flips", type=int, default=200)
    parser.add_argument("--tears", type=int, default=100, help="torn files, and zeroed pages")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--keep", help="a folder for what is made; otherwise it is removed")
    arguments = parser.parse_args()
    # Whoever ends this ends the fleet too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    folder = pathlib.Path(arguments.keep or tempfile.mkdtemp(prefix="mallard-faults-"))
    results = {}
    try:
        counts, files = kills(arguments, folder / "kills")
        results["kill -9"] = tell("kill -9", counts, arguments)
        if arguments.full_disks:
            counts = full_disks(arguments, folder / "disks")
            results["full disk"] = tell("full disk", counts, arguments)
        if arguments.flips or arguments.tears:
            counts = damages(arguments, folder / "damages", files[0])
            results["damaged files"] = tell("damaged files", counts, arguments)
    finally:
        if not arguments.keep:
            shutil.rmtree(folder, ignore_errors=True)
    if arguments.json:
        print(json.dumps(results, indent=2))
    wrong = any(counts.get(key) for counts in results.values() for key in BAD)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
