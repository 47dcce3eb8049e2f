"""Trainings as processes of this machine."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from util.cores import usable_cores

ROOT = str(Path(__file__).resolve().parents[3])
_THREADS = ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")


class ThisMachine:
    """Starts trainings here.

    Args:
        jobs: How many there are at once.
        keep_open: File descriptors that the processes inherit.
    """

    def __init__(self, jobs: int, keep_open: Sequence[int] = ()):
        self._environment = {**os.environ, **threads(jobs, os.environ)}
        self._environment["PYTHONPATH"] = python_path()
        self._open = tuple(keep_open)

    def start(self, program: Sequence[str], log: str) -> Process:
        """Start Python with a script and its flags; what it says goes to `log`."""
        with open(log, "ab") as file:
            # A session of its own: Ctrl-C reaches it through `end` alone.
            process = subprocess.Popen(
                [sys.executable, *program],
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                env=self._environment,
                start_new_session=True,
                pass_fds=self._open,
            )
        return Process(process)


class Process:
    """A training's process."""

    lost = ""

    def __init__(self, process: subprocess.Popen):
        self._process = process

    def poll(self) -> int | None:
        """Return the exit code, None while it runs."""
        return self._process.poll()

    def end(self) -> None:
        """Ask it to end; its finished epochs are kept."""
        # Started in the background by a shell, it may be deaf to SIGINT.
        deaf = signal.getsignal(signal.SIGINT) == signal.SIG_IGN
        deaf = deaf or os.name != "posix"  # Windows ends processes in one way alone
        with contextlib.suppress(OSError):
            self._process.send_signal(signal.SIGTERM if deaf else signal.SIGINT)

    def wait(self, seconds: float) -> None:
        """Wait until it has ended; kill it if it does not."""
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def python_path() -> str:
    """Return where Python looks: `-m tagger` is this very project, wherever it runs."""
    return os.pathsep.join(filter(None, [ROOT, os.environ.get("PYTHONPATH")]))


def threads(jobs: int, environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment variables that give each process its share of the cores.

    One process alone chooses for itself; see `neuralnets/threads.py`. What the user
    has set stays.
    """
    return {} if jobs == 1 else threads_for(usable_cores() // jobs, environment)


def threads_for(cores: int, environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment variables for a process that has so many cores."""
    if set(_THREADS) & set(environment):
        return {}
    share = max(cores, 1)
    return dict(zip(_THREADS, (str(max(share // 2, 1)), str(min(share, 2)))))
