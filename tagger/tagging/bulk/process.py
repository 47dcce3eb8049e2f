"""A process of this machine that tags, and how it is asked."""

from __future__ import annotations

import contextlib
import os
import pickle
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tagger.tagging.bulk.tasks import Answer

ROOT = Path(__file__).resolve().parents[3]
_MODULE = "tagger.tagging.bulk.worker"  # run as a program it is `__main__`
_SECONDS_TO_END = 5.0


class Died(Exception):
    """A process ended before it answered."""


class Process:
    """A process that runs `worker.py`.

    Args:
        environment: What is changed of this process's.
    """

    def __init__(self, environment: Mapping[str, str]):
        self._process = subprocess.Popen(
            [sys.executable, "-m", _MODULE, str(os.getpid())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
            env={**os.environ, **environment},
        )

    def ask(self, question: Any) -> Answer:
        """Return the answer to a question.

        Raises:
            Died: The process has ended.
        """
        try:
            pickle.dump(question, self._process.stdin, pickle.HIGHEST_PROTOCOL)
            self._process.stdin.flush()
            return pickle.load(self._process.stdout)
        except (EOFError, OSError, ValueError, pickle.UnpicklingError):
            self.end()
            raise Died(f"exit code {self.wait()}") from None

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
