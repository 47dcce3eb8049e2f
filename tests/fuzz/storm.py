"""Throws malformed requests at a service, while others use it, kill and restart it.

    make storm
    make storm STORM="--requests 10000 --minutes 10 --model models/NAME.h5"

First malformed requests alone. Then for some minutes all at once: texts whose answers
are compared with the first one, long lines, annotations, malformed requests, models
that are loaded again; at the end it is killed while annotations arrive. It ends with 1
if an answer was wrong, memory grew, or an annotation that was acknowledged is lost.
"""

import argparse
import collections
import contextlib
import http.client
import json
import random
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(Path(__file__).parent), str(ROOT)]

import requestcases  # noqa: E402

MORE = 1.15  # as much memory at the end as after the first of the minutes, at most
TEXT = "Lena Brandt works in Leeds. 😀 It rains, and she took the 9:15 train. " * 3


class Served:
    """A service in a process of its own."""

    def __init__(self, model: str, annotations: Path):
        arguments = [model, "--annotations", str(annotations), "--port", "0"]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tagger", "serve", *arguments],
            cwd=ROOT,
            stderr=subprocess.PIPE,
            text=True,
        )
        line = self.process.stderr.readline()
        found = re.search(r":(\d+)/", line)
        if not found:
            raise SystemExit(line + self.process.stderr.read())
        self.port = int(found.group(1))
        self.said: list[str] = []
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        self.said.extend(self.process.stderr)

    def ask(self, path: str, data, kind: str = "application/json") -> tuple[int, bytes]:
        """Return status and body of an answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        body = data if isinstance(data, bytes) else json.dumps(data).encode()
        with contextlib.closing(connection):
            connection.request("POST", path, body, {"Content-Type": kind})
            answer = connection.getresponse()
            return answer.status, answer.read()

    def memory(self) -> float:
        """Return the megabytes that it holds; NaN where Linux does not say."""
        try:
            status = Path(f"/proc/{self.process.pid}/status").read_text("ascii")
        except OSError:
            return float("nan")
        return int(re.search(r"VmRSS:\s+(\d+)", status).group(1)) / 1024


def malformed(served: Served, count: int, seed: int, ended=None) -> list[str]:
    """Throw malformed requests; return what was wrong with answers."""
    draw, found = random.Random(seed), []
    good = served.ask("/v1/tag", {"text": TEXT})
    for number in range(count):
        if ended is not None and ended.is_set():
            break
        data = requestcases.request(draw, served.port)
        wrong = requestcases.wrong(requestcases.send(data, draw, served.port))
        if wrong:
            found.append(f"{wrong}\n    asked: {data[:300]!r}")
        if number % 100 == 0 and served.ask("/v1/tag", {"text": TEXT}) != good:
            found.append("a good request got another answer than before")
    return found


def annotation(number: int) -> dict:
    """Return what Label Studio sends when somebody has annotated a text."""
    result = {"type": "labels", "value": {"start": 0, "end": 4, "labels": ["X"]}}
    return {
        "action": "ANNOTATION_CREATED",
        "annotation": {"id": number, "result": [result]},
        "task": {"data": {"text": TEXT}},
    }


def _alike(one, other) -> bool:
    """Return whether answers are equal, probabilities to 1e-5.

    What is tagged together is multiplied together, and on some processors the last bit
    of a product depends on how many rows there are.
    """
    if isinstance(one, float) and isinstance(other, float):
        return abs(one - other) <= 1e-5
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_alike(one[k], other[k]) for k in one)
    if isinstance(one, (list, tuple)) and isinstance(other, (list, tuple)):
        return len(one) == len(other) and all(map(_alike, one, other))
    return one == other


class Mixed:
    """What several visitors do at once for some time.

    Attributes:
        done: How often each did what it does.
        wrong: What was wrong.
        stored: The annotations that were acknowledged.
    """

    def __init__(self, served: Served):
        self.done: collections.Counter = collections.Counter()
        self.wrong: list[str] = []
        self.stored: list[int] = []
        self.ended = threading.Event()
        self._served, self._numbers = served, iter(range(10**9))
        works = [self._text, self._text, self._lines, self._annotate, self._reload]
        self._threads = [
            threading.Thread(target=self._until_ended, args=(work,)) for work in works
        ]
        self._threads.append(threading.Thread(target=self._malformed))
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        """Let them come to an end."""
        self.ended.set()
        for thread in self._threads:
            thread.join()

    def _until_ended(self, work) -> None:
        first = None
        while not self.ended.is_set():
            try:
                answer = work()
            except (OSError, http.client.HTTPException) as error:
                if not self.ended.is_set():
                    self.wrong.append(f"{work.__name__}: {error!r}")
                return
            self.done[work.__name__.strip("_")] += 1
            first = answer if first is None else first
            if not _alike(answer, first):
                self.wrong.append(f"{work.__name__}: {first} and then {answer}")
                return

    def _text(self):
        asked = {"text": TEXT, "nbest": 2, "others": 3}
        status, answer = self._served.ask("/v1/tag", asked)
        return status, json.loads(answer) if status == 200 else answer

    def _lines(self):
        lines = b"\n".join([json.dumps({"text": TEXT}).encode()] * 50)
        return self._served.ask("/v1/tag", lines, "application/x-ndjson")

    def _annotate(self):
        number = next(self._numbers)
        status, _ = self._served.ask("/webhook", annotation(number))
        if status == 201:
            self.stored.append(number)
        return status

    def _reload(self) -> None:
        self._served.process.send_signal(signal.SIGHUP)
        self.ended.wait(2)

    def _malformed(self) -> None:
        seed = 0
        while not self.ended.is_set():
            seed += 1
            with contextlib.suppress(OSError, http.client.HTTPException):
                self.wrong += malformed(self._served, 100, seed, self.ended)
            self.done["malformed"] += 100


def storm(model: str, requests: int, minutes: float, folder: Path, show=print):
    """Do all of it; return what was wrong."""
    stored = folder / "annotations.jsonl"
    served = Served(model, stored)
    wrong = []
    try:
        started = time.monotonic()
        wrong += malformed(served, requests, 0)
        show(f"{requests} malformed requests: {time.monotonic() - started:.0f} s")
        if minutes:
            wrong += _mixed(served, minutes, stored, show)
    finally:
        served.process.kill()
        served.process.wait()
    wrong += [line for line in served.said if "Traceback" in line]
    again = Served(model, stored)
    try:
        status, _ = again.ask("/v1/tag", {"text": TEXT})
        wrong += [] if status == 200 else [f"started again, it answers {status}"]
    finally:
        again.process.terminate()
        again.process.wait(60)
    return wrong


def _mixed(served: Served, minutes: float, stored: Path, show) -> list[str]:
    mixed = Mixed(served)
    began, held = time.monotonic(), []
    while time.monotonic() - began < 60 * minutes and not mixed.wrong:
        time.sleep(60 * minutes / 10)
        held.append(served.memory())
        show(f"{(time.monotonic() - began) / 60:.1f} min: {held[-1]:.0f} MB")
    mixed.ended.set()  # those who are cut off now are not at fault
    served.process.kill()
    mixed.end()
    show(", ".join(f"{name} {count}" for name, count in mixed.done.items()))
    lines = stored.read_text("utf-8").splitlines()[: len(mixed.stored) + 1]
    kept = set()
    for line in lines:
        with contextlib.suppress(ValueError):  # one that was cut by the kill
            kept.add(json.loads(line)["annotation"])
    lost = set(mixed.stored) - kept
    show(f"{len(mixed.stored)} annotations acknowledged, {len(lost)} lost")
    wrong = [*mixed.wrong, *(f"annotation {number} is lost" for number in lost)]
    if held and held[-1] > MORE * held[0]:
        wrong.append(f"memory grew from {held[0]:.0f} to {held[-1]:.0f} MB")
    return wrong


def main() -> int:
    """Do it, and say what was wrong."""
    from tagger.commands.tag import newest_model

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", help="default: the newest one in models/")
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--minutes", type=float, default=10)
    flags = parser.parse_args()
    model = str(Path(flags.model or newest_model()).resolve())
    with tempfile.TemporaryDirectory() as folder:
        wrong = storm(model, flags.requests, flags.minutes, Path(folder))
    for text in wrong[:20]:
        print(text)
    print(f"{len(wrong)} wrong")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
