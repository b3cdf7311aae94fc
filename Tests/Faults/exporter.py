"""Kills `mallard export` at random moments, and counts what stands at the final path.

    make faults
    python3 Tests/Faults/exporter.py --kills 200

Every format is written whole once. Then exports are killed at random moments of their run; after
each kill there is either nothing at the final path, or a dataset with the bytes of the whole one.
The next run continues with what the killed one left. Exit code 1 when anything else was found.
"""

import argparse
import collections
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
MALLARD = pathlib.Path(os.environ.get("MALLARD", ROOT / ".build/release/mallard"))
FORMATS = {
    "lerobot-images": ["--format", "lerobot", "--images", "--file-megabytes", "1"],
    "lerobot-video": ["--format", "lerobot", "--video", "--file-megabytes", "1"],
    "robomimic": ["--format", "robomimic"],
    "mcap": ["--format", "mcap"],
}


def content(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*")) if path.is_file()}


def start(recording, output, options):
    return subprocess.Popen(
        [str(MALLARD), "export", str(recording), "--output", str(output), "--json", *options],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finish(process):
    out, errors = process.communicate()
    if process.returncode != 0:
        sys.exit(f"export failed: {errors}")
    return json.loads(out)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--recording", help="otherwise a fleet makes one")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    generator = random.Random(arguments.seed)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="mallard-exporter-"))
    counts = {name: collections.Counter() for name in FORMATS}
    try:
        recording = arguments.recording
        if recording is None:
            recording = folder / "fleet.sqlite"
            subprocess.run(
                [str(MALLARD), "fleet", "--robots", "2", "--operators", "2", "--episodes", "6",
                 "--lockstep", "--recording", str(recording)],
                check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL)
        whole, seconds = {}, {}
        for name, options in FORMATS.items():
            began = time.monotonic()
            finish(start(recording, folder / name, options))
            seconds[name] = time.monotonic() - began
            whole[name] = content(folder / name)
        number = 0
        while sum(count["kills"] for count in counts.values()) < arguments.kills:
            number += 1
            name = list(FORMATS)[number % len(FORMATS)]
            count, output = counts[name], folder / f"{name}-{number}"
            # A few kills of one export, then it may go on to its end.
            for _ in range(generator.randint(1, 4)):
                process = start(recording, output, FORMATS[name])
                time.sleep(generator.uniform(0, seconds[name]))
                process.send_signal(signal.SIGKILL)
                process.communicate()
                if process.returncode == -signal.SIGKILL:
                    count["kills"] += 1
                if output.exists():
                    count["whole after a kill" if content(output) == whole[name]
                          else "HALF AT THE FINAL PATH"] += 1
                    break
                count["nothing after a kill"] += 1
            if not output.exists():
                summary = finish(start(recording, output, FORMATS[name]))
                count["finished"] += 1
                count["of these resumed"] += summary["resumedEpisodes"] > 0
            count["equal in the end" if content(output) == whole[name]
                  else "DIFFERENT IN THE END"] += 1
            shutil.rmtree(output)
            shutil.rmtree(f"{output}.partial", ignore_errors=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    bad = sum(
        count["HALF AT THE FINAL PATH"] + count["DIFFERENT IN THE END"]
        for count in counts.values())
    if arguments.json:
        print(json.dumps(counts, indent=2))
    else:
        for name, count in counts.items():
            print(f"{name}: " + ", ".join(f"{value} {key}" for key, value in sorted(count.items())))
        print(f"{sum(c['kills'] for c in counts.values())} kills, {bad} half or different datasets")
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
