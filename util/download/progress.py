"""What a download shows of its files, one after another."""

from __future__ import annotations

import logging

from util.progress import Progress


class Transfers:
    """Shows one file's progress after another's, and log lines above it.

    Call it as `progress(label, bytes_done, bytes_total)`.
    """

    def __init__(self) -> None:
        self._progress: Progress | None = None
        self._label = ""

    def __call__(self, label: str, done: int, total: int | None) -> None:
        """Show how far a file has come; a new label starts a new bar."""
        if self._progress is None or label != self._label:
            self.close()
            self._label = label
            look = {"initial": done, "unit_divisor": 1024, "leave": True}
            self._progress = Progress(label, "bytes", total, **look)
        self._progress(done, total)

    def __enter__(self) -> Transfers:
        """Write log lines above the bar."""
        self._logger, self._handler = logging.getLogger("util"), _LinesAboveTheBar()
        self._logger.addHandler(self._handler)
        self._logger.setLevel(logging.INFO)
        self._logger.propagate = False
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
        self._logger.removeHandler(self._handler)
        self._logger.propagate = True

    def close(self) -> None:
        """End the bar, if one is shown."""
        if self._progress is not None:
            self._progress.close()
        self._progress = None


class _LinesAboveTheBar(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        Progress.line(self.format(record))
