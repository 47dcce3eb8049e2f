"""Processes that tag, each with a share of the cores; one that dies is replaced."""

from __future__ import annotations

import argparse
import contextlib
import logging
import os
import pickle
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tagger.tagging.bulk.tasks import Answer
from util.cores import share_of_cores

logger = logging.getLogger(__name__)

_MODULE = "tagger.tagging.bulk.worker"  # run as a program it is `__main__`
_ROOT = Path(__file__).resolve().parents[3]
_TRIES = 3  # a file that no process survives is given up
_SECONDS_TO_END = 5.0


class CannotStart(ValueError):
    """No process can tag anything, such as without a model."""


class _Died(Exception):
    """A process ended before it answered."""


class _Process:
    """One of the processes."""

    def __init__(self, environment: Mapping[str, str]):
        self._process = subprocess.Popen(
            [sys.executable, "-m", _MODULE, str(os.getpid())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=_ROOT,
            env={**os.environ, **environment},
        )

    def ask(self, question: Any) -> Answer:
        """Return the answer to a question.

        Raises:
            _Died: The process has ended.
        """
        try:
            pickle.dump(question, self._process.stdin, pickle.HIGHEST_PROTOCOL)
            self._process.stdin.flush()
            return pickle.load(self._process.stdout)
        except (EOFError, OSError, ValueError, pickle.UnpicklingError):
            self.end()
            raise _Died(f"exit code {self.wait()}") from None

    def end(self) -> None:
        """Ask the process to end; it removes what it has half written."""
        with contextlib.suppress(OSError):
            self._process.terminate()

    def wait(self) -> int:
        """Wait until it has ended after `end`; kill it if it does not."""
        try:
            return self._process.wait(_SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()

    def close(self) -> None:
        """Close the pipes; whoever used them must have ended."""
        for pipe in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):
                pipe.close()


class Workers:
    """Some processes that load the models when the first task comes.

    Args:
        count: How many.
        arguments: As for `tag_files`.
        columns: As for `Reader`.
    """

    def __init__(
        self,
        count: int,
        arguments: argparse.Namespace,
        columns: Mapping[int, str] | None = None,
    ):
        self._setup = os.getcwd(), arguments, columns
        self._environment = share_of_cores(count)
        self._most = 2 * count  # each has its next task when it has done one
        self._threads = ThreadPoolExecutor(count)  # each waits for a process
        self._lock = threading.Lock()
        self._started: list[_Process] = []
        self._idle: list[_Process] = []
        self._closed = False

    @property
    def most(self) -> int:
        """How many tasks keep all processes at work."""
        return self._most

    def submit(self, task: Any) -> Future:
        """Return what will be the answer to a task.

        Its exceptions: `CannotStart`; `ValueError`, if the task could not be done.
        """
        return self._threads.submit(self._do, task)

    def in_order(self, tasks: Iterable[Any]) -> Iterator[Any]:
        """Yield the answers to tasks, of which a few are read in advance."""
        futures: deque[Future] = deque()
        try:
            for task in tasks:
                futures.append(self.submit(task))
                if len(futures) > self._most:
                    yield futures.popleft().result()
            while futures:
                yield futures.popleft().result()
        finally:
            for future in futures:
                future.cancel()

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._closed = True
        for process in self._started:
            process.end()
        for process in self._started:
            process.wait()
        self._threads.shutdown(cancel_futures=True)
        for process in self._started:
            process.close()

    def _do(self, task: Any) -> Any:
        for _ in range(_TRIES):
            try:
                process = self._any()
                answer = process.ask(task)
            except _Died as error:
                why = error
                continue
            self._idle.append(process)
            return _result(answer, ValueError)
        raise ValueError(f"the process that tagged it died {_TRIES} times ({why}).")

    def _any(self) -> _Process:
        """Return a process that has nothing to do, a new one if there is none."""
        with self._lock:
            if self._closed:
                raise _Died("ended")
            if self._idle:
                return self._idle.pop()
            process = _Process(self._environment)
            self._started.append(process)
        _result(process.ask(self._setup), CannotStart)
        return process


def _result(answer: Answer, failure: type[ValueError]) -> Any:
    for note in answer.notes:
        logger.warning("%s", note)
    if answer.fault is not None:
        raise failure(answer.fault)
    return answer.result
