"""Measure the service under load, and compare every answer with the offline one.

    make load
    make load LOAD="--seconds 60 --clients 64 --words 15 --model models/NAME.h5"

One client first, for how long an answer takes; then many, for how many tokens a second;
then bulk tagging in this process, for how many there could be. It ends with 1 if an
answer is lost or is that of another request.
"""

from __future__ import annotations

import argparse
import http.client
import json
import multiprocessing
import random
import re
import subprocess
import sys
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import tagger  # noqa: E402
from tagger.commands.tag import newest_model  # noqa: E402
from util.CoNLL import readCoNLL  # noqa: E402


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


def client(port: int, sent: list, seconds: float, seed: int, results) -> None:
    """Ask for some seconds; put the times, the tokens and what was wrong."""
    draw, times, tokens, wrong = random.Random(seed), [], 0, []
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        body, wanted, size = draw.choice(sent)
        started = time.perf_counter()
        connection.request("POST", "/v1/tag", body)
        response = connection.getresponse()
        content = response.read()
        times.append(time.perf_counter() - started)
        if response.status != 200:
            wrong.append(content.decode()[:200])
        elif json.loads(content)["sentences"] != wanted:
            wrong.append("another answer")
        else:
            tokens += size
    results.put((times, tokens, wrong))


def clients(port: int, sent: list, seconds: float, count: int) -> tuple:
    """Run clients at once, two processes with threads; return times, tokens, errors."""
    queue = multiprocessing.Queue()

    def many(numbers) -> None:
        threads = [
            threading.Thread(target=client, args=(port, sent, seconds, n, queue))
            for n in numbers
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    context = multiprocessing.get_context("fork")
    workers = [
        context.Process(target=many, args=(range(first, count, 2),))
        for first in range(min(2, count))
    ]
    for worker in workers:
        worker.start()
    found = [queue.get() for _ in range(count)]
    for worker in workers:
        worker.join()
    times = sorted(t for times, _, _ in found for t in times)
    return times, sum(t for _, t, _ in found), [w for *_, wrong in found for w in wrong]


def bulk(model, sent: list, seconds: float) -> float:
    """Return the tokens a second of bulk tagging, from texts to records."""
    text = "\n\n".join(json.loads(body)["text"] for body, _, _ in sent)
    model.tag(text)
    tokens, started = 0, time.perf_counter()
    while time.perf_counter() - started < seconds:
        tokens += sum(len(sentence["tokens"]) for sentence in model.tag(text))
    return tokens / (time.perf_counter() - started)


def memory(process) -> float:
    """Return the megabytes that a process holds; NaN where Linux does not say."""
    try:
        status = Path(f"/proc/{process.pid}/status").read_text("ascii")
    except OSError:
        return float("nan")
    return int(re.search(r"VmRSS:\s+(\d+)", status).group(1)) / 1024


def main() -> int:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", help="default: the newest one in models/")
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--words", type=int, default=15)
    flags = parser.parse_args()
    path = flags.model or newest_model()
    model = tagger.load(path)
    sent = requests_of(model, 500, flags.words)
    alone = sent[:100]
    started = time.perf_counter()
    for _, _, _ in alone:
        model.tagSentences(model.rows([["It", "rains", "."] * 5]))
    network = (time.perf_counter() - started) / len(alone)
    command = [sys.executable, "-m", "tagger", "serve", str(Path(path).resolve())]
    process = subprocess.Popen(
        [*command, "--port", "0"], cwd=ROOT, stderr=subprocess.PIPE, text=True
    )
    try:
        line = process.stderr.readline()
        port = int(re.search(r":(\d+)/", line).group(1))
        client_results = clients(port, sent, 1, 2)  # what is made once is made now
        before = memory(process)
        times, _, wrong = clients(port, sent, flags.seconds, 1)
        middle, late = (1000 * times[int(len(times) * part)] for part in (0.5, 0.99))
        print(f"the network alone, a sentence of 15 words: {1000 * network:.1f} ms")
        count = len(times)
        print(f"1 client: {count} requests, p50 {middle:.1f} ms, p99 {late:.1f} ms")
        times, tokens, more = clients(port, sent, flags.seconds, flags.clients)
        rate = tokens / flags.seconds
        middle, late = (1000 * times[int(len(times) * part)] for part in (0.5, 0.99))
        print(
            f"{flags.clients} clients: {len(times)} requests, {rate:,.0f} tokens/s, "
            f"p50 {middle:.0f} ms, p99 {late:.0f} ms"
        )
        print(f"memory: {before:.0f} MB before, {memory(process):.0f} MB after")
    finally:
        process.terminate()
        code = process.wait(30)
    most = bulk(model, sent, flags.seconds / 2)
    print(f"bulk tagging: {most:,.0f} tokens/s; the service: {100 * rate / most:.0f} %")
    wrong += [*more, *client_results[2]]
    print(f"wrong answers: {len(wrong)}{' ' + wrong[0] if wrong else ''}; exit {code}")
    return int(bool(wrong) or code != 0)


if __name__ == "__main__":
    sys.exit(main())
