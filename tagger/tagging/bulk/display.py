"""How far a bulk run has come: files, tokens per second, and the time left."""

from __future__ import annotations

import time

from tqdm import tqdm

from util.progress import Progress

_SECONDS_BETWEEN_LINES = 60.0


class Display:
    """Shows a run on standard error.

    Args:
        total: How many files there are.
        finished: How many of them were finished before.
        size: Of the others together, in bytes.

    Attributes:
        files: How many are finished.
    """

    def __init__(self, total: int, finished: int, size: int):
        self.files, self._total = finished, total
        self._left, self._seen, self._tokens = size, 0, 0
        self._began = time.monotonic()
        self._progress = Progress("Tagged", "tokens", seconds=_SECONDS_BETWEEN_LINES)
        self.line = self._progress.line
        if finished:
            self.line(f"{finished} of {total} files are finished already.")

    def tagged(self, tokens: int, size: int) -> None:
        """Count tokens, and the bytes that they have in their file."""
        self._tokens += tokens
        self._seen += size
        self._left -= size
        self._progress(self._tokens, note=self._note)

    def left_out(self, size: int) -> None:
        """Count bytes that need not be tagged."""
        self._left -= size

    def finished(self) -> None:
        """Count a file that is finished."""
        self.files += 1

    def close(self) -> None:
        """End the bar."""
        self._progress.close()

    def _note(self) -> str:
        note = f"{self.files} of {self._total} files"
        if self._seen and self._left > 0:
            seconds = (time.monotonic() - self._began) * self._left / self._seen
            note += f", about {tqdm.format_interval(seconds)} left"
        return note
