"""One training: a process of its own."""

from __future__ import annotations

import contextlib
import math
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence

from tagger.experiments.seedruns.seedfolder import SeedFolder

_SECONDS_TO_END = 15.0
_SECONDS_BETWEEN_LOOKS = 2.0


class Training:
    """Starts a training, or goes on with it.

    Args:
        folder: The training's.
        program: The training script and its further flags, as Python is given them.
        environment: The process's.
        keep_open: File descriptors that the process inherits.

    Attributes:
        folder: The training's.
        resumed: Whether it goes on with an earlier one.
        stopped: Whether it was ended before its time.
    """

    def __init__(
        self,
        folder: SeedFolder,
        program: Sequence[str],
        environment: Mapping[str, str],
        keep_open: Sequence[int] = (),
    ):
        self.folder = folder
        self.stopped = False
        self._last_moment = math.inf
        self.resumed = folder.started
        self._before = folder.seconds
        self._looked, self._state, self._epochs = -_SECONDS_BETWEEN_LOOKS, "", 0
        command = [sys.executable, *program]
        command += ["--seed", str(folder.seed), "--output", folder.path]
        command += ["--resume"] * self.resumed
        os.makedirs(folder.path, exist_ok=True)
        self._began = time.monotonic()
        with open(folder.log, "ab") as log:
            self._log_start = log.tell()
            # A session of its own: Ctrl-C reaches it through `end` alone.
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=dict(environment),
                start_new_session=True,
                pass_fds=tuple(keep_open),
            )

    @property
    def seconds(self) -> float:
        """How long it has trained, earlier processes included."""
        return self._before + time.monotonic() - self._began

    def poll(self) -> int | None:
        """Return the exit code, None while it runs."""
        if time.monotonic() > self._last_moment:
            self._process.kill()
        return self._process.poll()

    def state(self) -> str:
        """Say what the running process has reached."""
        now = time.monotonic()
        if now - self._looked >= _SECONDS_BETWEEN_LOOKS:
            self._looked = now
            self._look()
        return f"{self.folder.name} {self._state}"

    def _look(self) -> None:
        self._state = "starts"
        with contextlib.suppress(OSError, ValueError):
            outcomes = self.folder.outcomes()
            if not outcomes:
                return
            epochs = max(found.epoch for found in outcomes.values())
            best = ", ".join(f"{100 * found.dev:.2f}" for found in outcomes.values())
            self._state = f"epoch {epochs} best dev {best}"
            if epochs != self._epochs:
                self._epochs = epochs
                self.folder.store_seconds(self.seconds)

    def finish(self) -> None:
        """Store the results after the process has ended well.

        Raises:
            ValueError: It has left none.
        """
        self.folder.store_seconds(self.seconds)
        self.folder.finish(self.seconds)

    def last_line(self) -> str:
        """Return the last line that this process logged."""
        return self.folder.last_line(self._log_start)

    def stop(self) -> None:
        """End it before its time: what it has reached is its result."""
        self.stopped = True
        self._last_moment = time.monotonic() + _SECONDS_TO_END
        self.end()

    def end(self) -> None:
        """Ask the process to end; its finished epochs are kept."""
        # Started in the background by a shell, it may be deaf to SIGINT.
        deaf = signal.getsignal(signal.SIGINT) == signal.SIG_IGN
        deaf = deaf or os.name != "posix"  # Windows ends processes in one way alone
        with contextlib.suppress(OSError):
            self._process.send_signal(signal.SIGTERM if deaf else signal.SIGINT)

    def wait(self) -> None:
        """Wait until it has ended after `end`; kill it if it does not."""
        try:
            self._process.wait(_SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        with contextlib.suppress(OSError):  # a full disk may be why it ends
            self.folder.store_seconds(self.seconds)
