"""Measure the service under load, and compare every answer with the offline one.

    make load
    make load LOAD="--seconds 60 --clients 64 --words 15 --model models/NAME.h5"
    make load LOAD="--processes 1"      by default as many as there are cores

One client first, for how long an answer takes; then many, for how many tokens a second;
then bulk tagging in this process, for how many there could be. It ends with 1 if an
answer is lost or is that of another request.
"""

from __future__ import annotations

import argparse
import http.client
import json
import random
import re
import selectors
import socket
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import tagger  # noqa: E402
from tagger.commands.tag import newest_model  # noqa: E402
from util.CoNLL import readCoNLL  # noqa: E402
from util.cores import usable_cores  # noqa: E402


def requests_of(model, count: int, words: int) -> list[tuple[bytes, object, int]]:
    """Return requests of about so many words, their answers, and their tokens."""
    draw = random.Random(1)
    pool = [
        s["tokens"] for s in readCoNLL(ROOT / "data/sample/test.txt", {0: "tokens"})
    ]
    found = []
    for _ in range(count):
        text = ""
        while len(text.split()) < words:
            text += " ".join(draw.choice(pool)) + " "
        text = " ".join(text.split()[:words])
        answer = model.tag(text)
        tokens = sum(len(sentence["tokens"]) for sentence in answer)
        found.append((json.dumps({"text": text}).encode(), answer, tokens))
    return found


def head(port: int, size: int) -> bytes:
    """Return the head of a request."""
    return (
        f"POST /v1/tag HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {size}\r\n\r\n"
    ).encode()


def checked(port: int, sent: list) -> list[tuple[bytes, bytes, int]]:
    """Return requests as bytes, the bodies of their answers, and their tokens.

    Each answer is compared with the offline one first; then bytes are enough.
    """
    found = []
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    for body, wanted, size in sent:
        connection.request("POST", "/v1/tag", body)
        answer = connection.getresponse().read()
        if json.loads(answer).get("sentences") != wanted:
            raise SystemExit(f"Another answer than offline: {answer.decode()[:200]}")
        found.append((head(port, len(body)) + body, answer, size))
    return found


class Client:
    """One connection, which asks again when it was answered."""

    def __init__(self, port: int, sent: list, seed: int):
        self._draw, self._sent = random.Random(seed), sent
        self.socket = socket.create_connection(("127.0.0.1", port), 60)
        self.times: list[float] = []
        self.tokens, self.wrong = 0, []

    def ask(self) -> None:
        """Send the next request."""
        self._request, self._wanted, self._size = self._draw.choice(self._sent)
        self._got = b""
        self._started = time.perf_counter()
        self.socket.sendall(self._request)

    def read(self) -> bool:
        """Read what has come; return whether that is a whole answer."""
        part = self.socket.recv(1 << 20)
        self._got += part
        start, found, body = self._got.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)\r\ncontent-length: (\d+)", start)
        if part and (not found or len(body) < int(length.group(1))):
            return False
        self.times.append(time.perf_counter() - self._started)
        if not start.startswith(b"HTTP/1.1 200 ") or body != self._wanted:
            self.wrong.append(self._got.decode("utf-8", "replace")[:300])
        else:
            self.tokens += self._size
        return True


def clients(port: int, sent: list, seconds: float, count: int) -> tuple:
    """Let clients ask for some seconds; return sorted times, tokens, wrong answers.

    They are one process that waits for all of them: what it takes itself, the service
    on the same machine lacks.
    """
    several = [Client(port, sent, seed) for seed in range(count)]
    with selectors.DefaultSelector() as selector:
        for one in several:
            selector.register(one.socket, selectors.EVENT_READ, one)
            one.ask()
        end = time.perf_counter() + seconds
        waiting = count
        while waiting:
            for key, _ in selector.select(60):
                if not key.data.read():
                    continue
                if time.perf_counter() < end and not key.data.wrong:
                    key.data.ask()
                else:
                    selector.unregister(key.fileobj)
                    waiting -= 1
    for one in several:
        one.socket.close()
    times = sorted(t for one in several for t in one.times)
    wrong = [text for one in several for text in one.wrong]
    return times, sum(one.tokens for one in several), wrong


def bulk(model, sent: list, seconds: float) -> float:
    """Return the tokens a second of bulk tagging, from texts to records."""
    text = "\n\n".join(json.loads(body)["text"] for body, _, _ in sent)
    model.tag(text)
    tokens, started = 0, time.perf_counter()
    while time.perf_counter() - started < seconds:
        tokens += sum(len(sentence["tokens"]) for sentence in model.tag(text))
    return tokens / (time.perf_counter() - started)


def memory(pid: int) -> float:
    """Return the megabytes of a process and its children; NaN where Linux is not."""
    try:
        status = Path(f"/proc/{pid}/status").read_text("ascii")
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii")
    except OSError:
        return float("nan")
    own = int(re.search(r"VmRSS:\s+(\d+)", status).group(1)) / 1024
    return own + sum(memory(int(child)) for child in children.split())


def main() -> int:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", help="default: the newest one in models/")
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--processes", type=int, default=usable_cores())
    parser.add_argument(
        "--words", type=int, nargs="+", default=[15, 60, 240], help="of a request"
    )
    flags = parser.parse_args()
    path = flags.model or newest_model()
    model = tagger.load(path)
    started = time.perf_counter()
    for _ in range(100):
        model.tagSentences(model.rows([["It", "rains", "."] * 5]))
    network = (time.perf_counter() - started) / 100
    print(f"the network alone, a sentence of 15 words: {1000 * network:.1f} ms")
    command = [sys.executable, "-m", "tagger", "serve", str(Path(path).resolve())]
    command += ["--port", "0", "--processes", str(flags.processes)]
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True)
    print(f"processes of the service: {flags.processes}")
    wrong = []
    try:
        line = process.stderr.readline()
        port = int(re.search(r":(\d+)/", line).group(1))
        for words in flags.words:
            offline = requests_of(model, 500, words)
            wrong += measure(port, process, model, offline, words, flags)
    finally:
        process.terminate()
        code = process.wait(30)
    print(f"wrong answers: {len(wrong)}{' ' + wrong[0] if wrong else ''}; exit {code}")
    return int(bool(wrong) or code != 0)


def measure(port: int, process, model, offline: list, words: int, flags) -> list[str]:
    """Measure requests of one size; print, and return the wrong answers."""
    sent = checked(port, offline)
    before = memory(process.pid)
    print(f"requests of {words} words")
    all_wrong = []
    for count in dict.fromkeys((1, flags.clients)):
        times, tokens, wrong = clients(port, sent, flags.seconds, count)
        all_wrong += wrong
        middle, late = (1000 * times[int(len(times) * part)] for part in (0.5, 0.99))
        rate = tokens / flags.seconds
        print(
            f"  {count} client{'s' * (count > 1)}: {len(times)} requests, "
            f"p50 {middle:.1f} ms, p99 {late:.1f} ms, {rate:,.0f} tokens/s"
        )
    most = bulk(model, offline, flags.seconds / 2)
    print(
        f"  bulk tagging: {most:,.0f} tokens/s; the service: {100 * rate / most:.0f} %"
    )
    print(f"  memory: {before:.0f} MB before, {memory(process.pid):.0f} MB after")
    return all_wrong


if __name__ == "__main__":
    sys.exit(main())
