"""Measure bulk tagging, and kill it: a million tokens in many files, and in one.

    TAGGER_DATA=FOLDER python benchmarks/bulk.py models/NAME.h5
    TAGGER_DATA=FOLDER python benchmarks/bulk.py models/NAME.h5 --tokens 100000

The text is the test split of CoNLL-2000, again and again: raw text, or with --columns a
token per line. Each row is a run of `tagger tag`: without --jobs, with --jobs 1, with
--jobs N; its tokens per second from start to end, and the memory of all its processes
together at the peak. Then the last one is killed, and one of its processes, and it goes
on. It ends with 1 if any output differs from that without --jobs.
"""

from __future__ import annotations

import argparse
import itertools
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import common

ROOT = Path(__file__).resolve().parents[1]
SECONDS_BETWEEN_LOOKS = 0.02
SECONDS_TO_END = 10.0  # of processes whose parent was killed


def main() -> None:
    """Read the flags and do all of it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model", help="a stored model, .h5")
    parser.add_argument("--tokens", type=int, default=1_000_000, metavar="N")
    parser.add_argument("--files", type=int, default=200, metavar="N")
    parser.add_argument("--jobs", type=int, default=2, metavar="N")
    parser.add_argument("--columns", action="store_true", help="files of columns")
    parser.add_argument("--format", default="conll", help="of the outputs")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        right = [
            measure(arguments, Path(folder, f"{count}"), count)
            for count in (arguments.files, 1)
        ]
    sys.exit(not all(right))


def measure(arguments: argparse.Namespace, folder: Path, count: int) -> bool:
    """Tag files in all ways; tell whether all outputs are the same."""
    files, tokens = write_files(folder / "in", arguments, count)
    print(f"{tokens:,} tokens in {count} file{'s' * (count > 1)}:", flush=True)
    command = [sys.executable, "-m", "tagger", "tag", os.path.abspath(arguments.model)]
    command += [*files, "--format", arguments.format]
    command += ["--columns", "0:tokens"] * arguments.columns
    right = True
    ways = {"without --jobs": [], "--jobs 1": ["--jobs", "1"]}
    ways[f"--jobs {arguments.jobs}"] = ["--jobs", str(arguments.jobs)]
    for name, flags in ways.items():
        output = folder / name.replace(" ", "_")
        seconds, memory = run([*command, "--output", f"{output}/", *flags])
        same = content(output) == content(folder / "without_--jobs")
        right &= same
        print(
            f"  {name}: {tokens / seconds:,.0f} tokens/s, {memory:,.0f} MB at the "
            f"peak, {'the same output' if same else 'ANOTHER OUTPUT'}",
            flush=True,
        )
    output = folder / "killed"
    flags = ["--output", f"{output}/", "--jobs", str(arguments.jobs)]
    told = kill([*command, *flags], output, seconds)
    same = content(output) == content(folder / "without_--jobs")
    print(f"  {told}: {'the same output' if same else 'ANOTHER OUTPUT'}", flush=True)
    return right and same


def write_files(
    folder: Path, arguments: argparse.Namespace, count: int
) -> tuple[list[str], int]:
    """Write the files; return their paths, and how many tokens they have."""
    sentences = [s.tokens for s in common.read(common.corpus_folder(), "test")]
    between, behind = ("\n", "\n\n") if arguments.columns else (" ", "\n")
    endless = itertools.cycle(sentences)
    folder.mkdir(parents=True)
    paths, total = [], 0
    for number in range(count):
        paths.append(str(folder / f"{number:04}.txt"))
        with open(paths[-1], "w", encoding="utf-8") as file:
            for line in itertools.count(1):
                if total >= arguments.tokens * (number + 1) / count:
                    break
                words = next(endless)
                # A paragraph of text has some sentences.
                end = behind + "\n" * (line % 5 == 0 and not arguments.columns)
                file.write(between.join(words) + end)
                total += len(words)
    return paths, total


def run(command: list[str]) -> tuple[float, float]:
    """Return the seconds that a command takes, and its MB of memory at the peak."""
    began, most = time.monotonic(), 0.0
    process = subprocess.Popen(command, cwd=ROOT)
    while process.poll() is None:
        most = max(most, sum(map(memory_of, tree(process.pid))))
        time.sleep(SECONDS_BETWEEN_LOOKS)
    if process.returncode:
        sys.exit(f"Exit code {process.returncode}.")
    return time.monotonic() - began, most


def kill(command: list[str], output: Path, seconds: float) -> str:
    """Kill a run in the middle, then one of its processes, and let it end.

    Args:
        command: It.
        output: Its folder.
        seconds: How long it takes.
    """
    process = subprocess.Popen(command, cwd=ROOT)
    time.sleep(seconds / 2)
    children = list(tree(process.pid))[1:]
    process.send_signal(signal.SIGKILL)
    process.wait()
    end, left = time.monotonic() + SECONDS_TO_END, children
    while left and time.monotonic() < end:
        time.sleep(SECONDS_BETWEEN_LOOKS)
        left = [pid for pid in left if Path(f"/proc/{pid}").exists()]
    finished = sum(not name.startswith(".") for name in os.listdir(output))
    process = subprocess.Popen(command, cwd=ROOT)
    time.sleep(seconds / 4)
    victims = list(tree(process.pid))[1:]
    if victims:
        os.kill(victims[0], signal.SIGKILL)
    if process.wait() or left:
        sys.exit(f"Exit code {process.returncode}; processes left behind: {left}")
    return (
        f"killed with {finished} files finished, then {len(victims[:1])} of its "
        "processes"
    )


def tree(pid: int) -> Iterator[int]:
    """Yield a process and those that it has started."""
    yield pid
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children = path.read_text().split()
        except OSError:
            continue
        for child in children:
            yield from tree(int(child))


def memory_of(pid: int) -> float:
    """Return the MB of a process that are its own, and its share of what it shares."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().split("\n")
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def content(folder: Path) -> dict[str, bytes]:
    """Return the files of a folder, hidden ones included."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


if __name__ == "__main__":
    if not Path("/proc/self/task").is_dir():
        sys.exit("It measures memory with Linux's /proc.")
    main()
