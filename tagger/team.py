"""`--workers N`: the other workers of a training, as processes of this machine.

Where TF_CONFIG is set, somebody else has started them.
"""

from __future__ import annotations

import contextlib
import json
import os
import pickle
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from util.cores import share_of_cores

if TYPE_CHECKING:
    from neuralnets.training.workers import Workers

_MODULE = "tagger.follower"
_ROOT = Path(__file__).resolve().parents[1]
_TF_CONFIG = "TF_CONFIG"
_SECONDS_TO_SEE_AN_END = 2.0  # a connection breaks a little before the process is gone


def share_cores(workers: int) -> None:
    """Leave the other workers of this machine their share of the cores."""
    if workers > 1 and _TF_CONFIG not in os.environ:
        os.environ.update(share_of_cores(workers))


@contextlib.contextmanager
def joined(options: Any, prepared: str) -> Iterator[Workers | None]:
    """Be one of several workers while it lasts, the first unless TF_CONFIG is set.

    Args:
        options: The `TrainingOptions`; `workers` says how many.
        prepared: The path of the prepared data.

    Yields:
        The workers; None: this process trains alone.

    Raises:
        ValueError: TF_CONFIG lists another number of workers.
        WorkerLost: One has ended before all were there.
    """
    count = options.workers
    if count == 1:
        yield None
        return
    # Not before it is needed: it loads TensorFlow.
    from neuralnets.training.workers import Place, Workers

    if _TF_CONFIG in os.environ:
        place = Place.of(os.environ[_TF_CONFIG])
        if len(place.tasks) != count:
            raise ValueError(
                f"--workers {count}: {_TF_CONFIG} lists {len(place.tasks)}."
            )
        yield Workers(place)
        return
    addresses = _free_addresses(count)
    cluster = {"worker": addresses}
    texts = [
        json.dumps({"cluster": cluster, "task": {"type": "worker", "index": rank}})
        for rank in range(count)
    ]
    with _Others(texts[1:], options, prepared) as others, _environment(texts[0]):
        yield Workers(Place.of(texts[0]), others.why_lost)


@contextlib.contextmanager
def _environment(text: str) -> Iterator[None]:
    os.environ[_TF_CONFIG] = text
    try:
        yield
    finally:
        del os.environ[_TF_CONFIG]


def _free_addresses(count: int) -> list[str]:
    """Return addresses of this machine that nobody listens at."""
    with contextlib.ExitStack() as opened:
        servers = [
            opened.enter_context(socket.create_server(("127.0.0.1", 0)))
            for _ in range(count)
        ]
        return [f"127.0.0.1:{server.getsockname()[1]}" for server in servers]


class _Others:
    """All workers but the first, which ends them however it ends itself.

    Args:
        texts: TF_CONFIG of each.
        options, prepared: As for `joined`.
    """

    def __init__(self, texts: list[str], options: Any, prepared: str):
        stem = os.path.splitext(options.resultsPath)[0]
        os.makedirs(os.path.dirname(stem) or ".", exist_ok=True)
        self._processes: list[tuple[subprocess.Popen, str]] = []
        try:
            for rank, text in enumerate(texts, 2):
                log = f"{stem}.worker{rank}.log"
                self._start(text, log)
                self._tell((os.getcwd(), options, prepared))
        except BaseException:
            self._end()
            raise

    def _start(self, text: str, log: str) -> None:
        with open(log, "wb") as file:
            # A session of its own: Ctrl-C in a terminal reaches the first one alone.
            process = subprocess.Popen(
                [sys.executable, "-m", _MODULE, str(os.getpid())],
                stdin=subprocess.PIPE,
                stdout=file,
                stderr=file,
                cwd=_ROOT,
                env={**os.environ, _TF_CONFIG: text},
                start_new_session=True,
            )
        self._processes.append((process, log))

    def _tell(self, what: Any) -> None:
        """Tell the last one what to do; if it has ended, that shows later."""
        process, _ = self._processes[-1]
        with contextlib.suppress(BrokenPipeError), process.stdin as pipe:
            pickle.dump(what, pipe, pickle.HIGHEST_PROTOCOL)

    def why_lost(self, failed: bool = False) -> str | None:
        """Return which worker has ended, and how; None: none has.

        Args:
            failed: One is known to have ended, and may take a moment to be gone.
        """
        last = time.monotonic() + _SECONDS_TO_SEE_AN_END * failed
        while True:
            for rank, (process, log) in enumerate(self._processes, 2):
                code = process.poll()
                if code is not None:
                    count = len(self._processes) + 1
                    return f"worker {rank} of {count} ({_ending(code)}; see {log})"
            if time.monotonic() >= last:
                return None
            time.sleep(0.05)

    def __enter__(self) -> _Others:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def _end(self) -> None:
        """End all by force: they hold nothing, and would wait for this one to end."""
        for process, _ in self._processes:
            process.kill()
        for process, _ in self._processes:
            process.wait()


def _ending(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    with contextlib.suppress(ValueError):
        return f"ended by {signal.Signals(-code).name}"
    return f"ended by signal {-code}"
