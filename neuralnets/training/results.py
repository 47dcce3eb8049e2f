"""The results file: one line per epoch and evaluated task, separated by tabs."""

from __future__ import annotations

import errno
import os
from typing import Any

from util.files import atomic_path, naming


class ResultsFile:
    """Appends the lines of one run to a file that may hold those of others.

    A line has the epoch, the task, its dev and test score, its best dev score so far
    and the test score that belongs to it.

    Args:
        path: The file; None: nothing is written.
    """

    def __init__(self, path: str | None):
        self._path = path
        self._start = os.path.getsize(path) if path and os.path.exists(path) else 0
        self._lines: list[str] = []

    def append(self, *values: object) -> None:
        """Write one line."""
        line = "\t".join(map(str, values)) + "\n"
        self._lines.append(line)
        if self._path:
            os.makedirs(os.path.dirname(self._path) or ".", exist_ok=True)
            with naming(self._path):
                with open(self._path, "ab", buffering=0) as file:
                    end = file.seek(0, os.SEEK_END)
                    if file.write(line.encode()) < len(line.encode()):
                        file.truncate(end)
                        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    @property
    def lines(self) -> list[str]:
        """The lines of this run."""
        return list(self._lines)

    def as_plain_data(self) -> dict[str, Any]:
        """Return what a checkpoint stores."""
        return {"start": self._start, "lines": self._lines}

    def restore(self, data: dict[str, Any]) -> None:
        """Bring the file back to what it was when a checkpoint was written.

        The lines of finished epochs are kept, those of unfinished ones go.
        """
        self._start, self._lines = data["start"], list(data["lines"])
        if not self._path:
            return
        before = b""
        if os.path.exists(self._path):
            with open(self._path, "rb") as file:
                before = file.read(self._start)
        with atomic_path(self._path) as temporary, open(temporary, "wb") as file:
            file.write(before + "".join(self._lines).encode())
