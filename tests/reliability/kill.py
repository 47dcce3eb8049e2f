"""Kills training runs and checks that each resumed one ends bit-equal.

    python tests/reliability/kill.py [KILLS [OF_THEM_WHILE_WRITING [SEED]]]

Real processes, SIGKILL: at random moments after the first training step, and in the
middle of writing a checkpoint.
"""

import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CHILD = Path(__file__).with_name("kill_child.py")
WAIT = 120  # seconds for a run to end
# Sentences per split, so that a run takes seconds.
SENTENCES = {"train": 120, "dev": 20, "test": 20}


def make_folder(folder: Path) -> Path:
    """Make a working folder with a slice of the sample corpus."""
    (folder / "sample").mkdir(parents=True)
    for split, count in SENTENCES.items():
        text = (ROOT / f"data/sample/{split}.txt").read_text(encoding="utf-8")
        part = "\n\n".join(text.split("\n\n")[:count]) + "\n"
        (folder / f"sample/{split}.txt").write_text(part, encoding="utf-8")
    return folder


def start(folder: Path, *flags: str) -> subprocess.Popen:
    """Start a training run in a folder."""
    return subprocess.Popen(
        [sys.executable, str(CHILD), str(folder), *flags],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def digest(process: subprocess.Popen) -> str:
    """Wait for a run to end and return its digest."""
    output, errors = process.communicate(timeout=WAIT)
    found = re.search(r"DIGEST (\w+)", output)
    if not found:
        raise AssertionError(f"The run ended without a result:\n{errors[-2000:]}")
    return found.group(1)


def wait_for_step(process: subprocess.Popen) -> None:
    """Wait until a run has made its first training step."""
    for line in process.stdout:
        if line.startswith("STEP"):
            return
    raise AssertionError(f"The run never trained:\n{process.stderr.read()[-2000:]}")


def kill_at(process: subprocess.Popen, seconds: float) -> bool:
    """Kill a run some time after its first step; tell whether it still ran."""
    wait_for_step(process)
    time.sleep(seconds)
    return _kill(process)


def kill_while_writing(process: subprocess.Popen, folder: Path, which: int) -> bool:
    """Kill a run while it writes its checkpoint number `which` (from 1).

    Tells whether it was caught: an unfinished file is then left behind.
    """
    wait_for_step(process)
    seen: set[str] = set()
    while process.poll() is None:
        parts = {str(p) for p in (folder / "out").glob(".*.checkpoint.*.part")}
        seen |= parts
        if parts and len(seen) >= which:
            _kill(process)
            return bool(list((folder / "out").glob(".*.checkpoint.*.part")))
    return False


def _kill(process: subprocess.Popen) -> bool:
    alive = process.poll() is None
    if alive:
        process.send_signal(signal.SIGKILL)
    process.communicate()
    return alive


def main(kills: int = 20, writing: int = 5, seed: int = 1) -> None:
    """Run the whole check and print a line per kill."""
    draw = random.Random(seed)
    with tempfile.TemporaryDirectory() as temporary:
        base = Path(temporary)
        begun = time.monotonic()
        reference = start(make_folder(base / "reference"))
        wait_for_step(reference)
        stepped = time.monotonic()
        expected = digest(reference)
        length = time.monotonic() - stepped
        print(
            f"An uninterrupted run takes {time.monotonic() - begun:.1f} s, of which "
            f"{length:.1f} s after the first step.",
            flush=True,
        )
        done = 0
        while done < kills:
            folder = make_folder(base / "killed")
            process = start(folder)
            if done < writing:
                which = draw.randint(1, 4)
                hit = kill_while_writing(process, folder, which)
                when = f"while it wrote checkpoint {which}"
            else:
                moment = draw.uniform(0, 0.9 * length)
                hit = kill_at(process, moment)
                when = f"{moment:.2f} s after its first step"
            if hit:
                done += 1
                result = digest(start(folder, "--resume"))
                verdict = "bit-equal" if result == expected else "DIFFERENT"
                print(f"{done:3} killed {when}: {verdict}", flush=True)
                if result != expected:
                    sys.exit(1)
            shutil.rmtree(folder)
    print(f"{done} passed, 0 failed")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
