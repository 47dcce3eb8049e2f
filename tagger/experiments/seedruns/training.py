"""One training: a process of its own, here or elsewhere."""

from __future__ import annotations

import contextlib
import math
import os
import time
from collections.abc import Sequence

from tagger.experiments.seedruns.machines import Place
from tagger.experiments.seedruns.seedfolder import SeedFolder

_SECONDS_TO_END = 15.0
_SECONDS_BETWEEN_LOOKS = 2.0


class Training:
    """Starts a training, or goes on with it.

    Args:
        folder: The training's.
        program: The training script and its further flags, as Python is given them.
        place: Where it runs.

    Attributes:
        folder: The training's.
        resumed: Whether it goes on with an earlier one.
        stopped: Whether it was ended before its time.
    """

    def __init__(self, folder: SeedFolder, program: Sequence[str], place: Place):
        self.folder = folder
        self.stopped = False
        self._last_moment = math.inf
        self.resumed = folder.started
        self._before = folder.seconds
        self._looked, self._state, self._epochs = -_SECONDS_BETWEEN_LOOKS, "", 0
        command = [*program, "--seed", str(folder.seed), "--output", folder.path]
        command += ["--resume"] * self.resumed
        os.makedirs(folder.path, exist_ok=True)
        self._began = time.monotonic()
        with open(folder.log, "ab") as log:
            self._log_start = log.tell()
        self._process = place.start(command, folder.log)

    @property
    def lost(self) -> str:
        """Why it ended through no fault of its own: its machine died; or empty."""
        return self._process.lost

    @property
    def seconds(self) -> float:
        """How long it has trained, earlier processes included."""
        return self._before + time.monotonic() - self._began

    def poll(self) -> int | None:
        """Return the exit code, None while it runs."""
        if time.monotonic() > self._last_moment:
            self._process.wait(0)
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
        self._process.end()

    def wait(self) -> None:
        """Wait until it has ended after `end`; kill it if it does not."""
        self._process.wait(_SECONDS_TO_END)
        with contextlib.suppress(OSError):  # a full disk may be why it ends
            self.folder.store_seconds(self.seconds)
