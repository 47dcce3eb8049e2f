"""Measure bulk tagging, and kill it: a million tokens in many files, and in one.

    TAGGER_DATA=FOLDER python benchmarks/bulk.py models/NAME.h5
    TAGGER_DATA=FOLDER python benchmarks/bulk.py models/NAME.h5 --tokens 100000
    TAGGER_DATA=FOLDER python benchmarks/bulk.py models/NAME.h5 --cluster

The text is the test split of CoNLL-2000, again and again: raw text, or with --columns a
token per line. Each row is a run of `tagger tag`: without --jobs, with --jobs 1, with
--jobs N; its tokens per second from start to end, and the memory of all its processes
together at the peak. Then the last one is killed, and one of its processes, and it goes
on. With --cluster it runs on two Ray nodes of this machine with one CPU each (memory:
those of Ray included), and one of them is killed, too; the Ray for Python 3.9 cannot do
that. It ends with 1 if any output differs from that without --jobs.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Callable

import common
from twonodes import Nodes, two_nodes

ROOT = Path(__file__).resolve().parents[1]
SECONDS_BETWEEN_LOOKS = 0.02
SECONDS_TO_END = 10.0  # of processes whose parent was killed
WORKER = b"tagger.tagging.bulk.worker"  # in the command of a process that tags


def main() -> None:
    """Read the flags and do all of it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model", help="a stored model, .h5")
    parser.add_argument("--tokens", type=int, default=1_000_000, metavar="N")
    parser.add_argument("--files", type=int, default=200, metavar="N")
    parser.add_argument("--jobs", type=int, default=2, metavar="N")
    parser.add_argument("--cluster", action="store_true", help="two nodes, not --jobs")
    parser.add_argument("--columns", action="store_true", help="files of columns")
    parser.add_argument("--format", default="conll", help="of the outputs")
    arguments = parser.parse_args()
    nodes = two_nodes() if arguments.cluster else contextlib.nullcontext()
    with nodes as nodes, tempfile.TemporaryDirectory() as folder:
        right = [
            measure(arguments, Path(folder, f"{count}"), count, nodes)
            for count in (arguments.files, 1)
        ]
    sys.exit(not all(right))


def measure(
    arguments: argparse.Namespace, folder: Path, count: int, nodes: Nodes | None
) -> bool:
    """Tag files in all ways; tell whether all outputs are the same."""
    files, tokens = write_files(folder / "in", arguments, count)
    print(f"{tokens:,} tokens in {count} file{'s' * (count > 1)}:", flush=True)
    command = [sys.executable, "-m", "tagger", "tag", os.path.abspath(arguments.model)]
    command += [*files, "--format", arguments.format]
    command += ["--columns", "0:tokens"] * arguments.columns
    ways = {"without --jobs": [], "--jobs 1": ["--jobs", "1"]}
    ways[f"--jobs {arguments.jobs}"] = ["--jobs", str(arguments.jobs)]
    if nodes is not None:
        nodes.complete()
        ways = {"without --jobs": [], "--cluster": ["--cluster", nodes.address]}
    expected: dict[str, bytes] = {}
    right = True

    def compare(what: str, output: Path) -> None:
        nonlocal right
        same = content(output) == expected
        right &= same
        print(
            f"  {what}: {'the same output' if same else 'ANOTHER OUTPUT'}", flush=True
        )

    for name, flags in ways.items():
        output = folder / name.replace(" ", "_")
        seconds, memory = run([*command, "--output", f"{output}/", *flags])
        expected = expected or content(output)
        speed = f"{tokens / seconds:,.0f} tokens/s, {memory:,.0f} MB at the peak"
        compare(f"{name}: {speed}", output)
    output = folder / "killed"
    size = sum(map(len, expected.values()))
    told = kill([*command, "--output", f"{output}/", *flags], output, size, nodes)
    compare(told, output)
    return right


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
        most = max(most, sum(map(memory_of, list(tree(os.getpid()))[1:])))
        time.sleep(SECONDS_BETWEEN_LOOKS)
    if process.returncode:
        sys.exit(f"Exit code {process.returncode}.")
    return time.monotonic() - began, most


def kill(command: list[str], output: Path, size: int, nodes: Nodes | None) -> str:
    """Kill a run in the middle, then one of its workers and a node; let it end.

    Args:
        command: It.
        output: Its folder.
        size: Of all outputs together, in bytes.
        nodes: Where it runs, if that is not here.

    Returns:
        What was killed, and how far the run was.
    """
    process = subprocess.Popen(command, cwd=ROOT)

    def reach(share: float) -> None:
        wait_for(lambda: written(output) >= share * size or process.poll() is not None)
        if process.poll() is not None:
            sys.exit(f"It ended before it could be killed at {share:.0%}.")

    reach(0.3)
    process.send_signal(signal.SIGKILL)
    process.wait()
    wait_for(lambda: not workers(), SECONDS_TO_END)
    told = f"killed with {written(output) / size:.0%} written"
    process = subprocess.Popen(command, cwd=ROOT)
    reach(0.5)
    victim = wait_for(workers)[0]
    os.kill(victim if nodes is None else parent(victim), signal.SIGKILL)
    told += f", a worker killed with {written(output) / size:.0%}"
    if nodes is not None:
        reach(0.65)
        nodes.kill()
        told += f", a node with {written(output) / size:.0%}"
    if process.wait():
        sys.exit(f"Exit code {process.returncode}.")
    return told


def wait_for(look: Callable, seconds: float = float("inf")):
    """Return what is found, once something is."""
    end = time.monotonic() + seconds
    while not (found := look()):
        if time.monotonic() > end:
            sys.exit(f"Waited in vain for {seconds:.0f} s.")
        time.sleep(SECONDS_BETWEEN_LOOKS)
    return found


def written(output: Path) -> int:
    """Return how many bytes of the outputs are there, unfinished ones included."""
    with contextlib.suppress(FileNotFoundError):  # or has got its final name just now
        found = [p for p in output.iterdir() if p.name != ".tagging.jsonl"]
        return sum(path.stat().st_size for path in found)
    return 0


def workers() -> list[int]:
    """Return the processes that tag, of all that were started here."""
    found = []
    for pid in tree(os.getpid()):
        with contextlib.suppress(OSError):
            if WORKER in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0"):
                found.append(pid)
    return found


def parent(pid: int) -> int:
    """Return the process that started another one."""
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


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
