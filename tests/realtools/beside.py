"""What the programs that try real annotation tools share."""

import contextlib
import http.client
import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parents[2]

TEXTS = [
    "😀 Lena Brandt works for the Riverside Library in Leeds.",
    "She took the 9:15 train to Manchester.",
    "Nothing.",
]


def free_port() -> int:
    """Return a port that nobody uses now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def call(address: str, method: str, path: str, data=None, **headers):
    """Return the JSON of an answer.

    Raises:
        SystemExit: It is a refusal.
    """
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=300)
    body = None if data is None else json.dumps(data)
    headers = {"Content-Type": "application/json", **headers}
    with contextlib.closing(connection):
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        content = answer.read()
    if answer.status >= 300:
        raise SystemExit(f"{method} {path}: {answer.status} {content[:500]!r}")
    return json.loads(content) if content[:1] in (b"{", b"[") else content


def wait_until(true, seconds: float, what: str) -> None:
    """Wait until something is so.

    Raises:
        SystemExit: It takes too long.
    """
    end = time.monotonic() + seconds
    while True:
        with contextlib.suppress(OSError, SystemExit):
            if true():
                return
        if time.monotonic() > end:
            raise SystemExit(f"{what} takes too long")
        time.sleep(1)


@contextlib.contextmanager
def running(command: list, log: Path, **environment: str):
    """Run a program until the block ends; what it writes goes to a file."""
    with open(log, "wb") as file:
        process = subprocess.Popen(
            list(map(str, command)),
            stdout=file,
            stderr=subprocess.STDOUT,
            env={**os.environ, **environment},
        )
        try:
            yield process
        except BaseException:
            sys.stderr.write(log.read_text("utf-8", "replace")[-3000:])
            raise
        finally:
            process.terminate()
            process.wait(60)


@contextlib.contextmanager
def service(model: str, folder: Path):
    """Serve a model; yield the address."""
    port = free_port()
    command = [sys.executable, "-m", "tagger", "serve", model, "--port", port]
    command += ["--annotations", folder / "annotations.jsonl"]
    with running(command, folder / "service.log", PYTHONPATH=str(ROOT)):
        address = f"http://127.0.0.1:{port}"
        wait_until(lambda: call(address, "GET", "/health"), 60, "the service")
        yield address


def check(true, what: str) -> None:
    """Say that something is so.

    Raises:
        SystemExit: It is not.
    """
    if not true:
        raise SystemExit(f"WRONG: {what}")
    print(f"ok: {what}", flush=True)


def spans_of_texts(ours: str) -> list[list[tuple[int, int, str]]]:
    """Return the spans that the service finds in each of the texts.

    Raises:
        SystemExit: It finds none behind the emoji.
    """
    found = [
        [
            (span["start"], span["end"], span["type"])
            for sentence in text["sentences"]
            for spans in sentence["spans"].values()
            for span in spans
        ]
        for text in call(ours, "POST", "/v1/tag", {"texts": TEXTS})["texts"]
    ]
    check(any(start > 1 for start, *_ in found[0]), "the model finds spans")
    return found


def tagger(folder: Path, *arguments) -> None:
    """Run a command of the project in a folder.

    Raises:
        CalledProcessError: It fails.
    """
    command = [sys.executable, "-m", "tagger", *map(str, arguments)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run(command, check=True, cwd=folder, env=environment)


def train(export: Path, folder: Path) -> None:
    """Train a model on what was exported."""
    corpus = folder / "mine"
    corpus.mkdir()
    for name in ("train", "dev", "test"):
        tagger(folder, "collect", export, "--output", corpus / f"{name}.txt")
    flags = ["--label", "NER_BIO", "--columns", "0:tokens,1:NER_BIO", "--epochs", "1"]
    tagger(folder, "train", corpus, *flags)
    check(list((folder / "models").glob("*.h5")), "the export trains a model")
