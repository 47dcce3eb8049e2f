"""What a long run shows: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import logging
import sys
import time

from tqdm import tqdm

logger = logging.getLogger(__name__)


class Progress:
    """A tqdm bar on a terminal, a plain line every tenth of a file elsewhere.

    Call it as `progress(label, bytes_done, bytes_total)`.
    """

    def __init__(self) -> None:
        self._bar: tqdm | None = None
        self._label = ""
        self._next = 0.0
        self._started = time.monotonic()

    def __call__(self, label: str, done: int, total: int | None) -> None:
        """Show how far a file has come; a new label starts a new bar."""
        if label != self._label:
            self.close()
            self._label, self._next = label, 0.1
            self._started = time.monotonic()
            if sys.stderr.isatty():
                self._bar = tqdm(
                    desc=label,
                    total=total,
                    initial=done,
                    unit="B",
                    unit_scale=True,
                    unit_divisor=1024,
                )
        if self._bar is not None:
            self._bar.total = total
            self._bar.update(done - self._bar.n)
        elif total and self._next * total <= done < total:
            # Short transfers need no lines in between.
            if time.monotonic() - self._started > 2:
                logger.info("%s: %d %%", label, 100 * done // total)
            self._next = done / total + 0.1

    def __enter__(self) -> Progress:
        """Write log lines above the bar."""
        self._logger, self._handler = logging.getLogger("util"), LinesAboveTheBar()
        self._logger.addHandler(self._handler)
        self._logger.setLevel(logging.INFO)
        self._logger.propagate = False
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
        self._logger.removeHandler(self._handler)
        self._logger.propagate = True

    def close(self) -> None:
        """Ends the bar, if one is shown."""
        if self._bar is not None:
            self._bar.close()
        self._bar, self._label = None, ""


class LinesAboveTheBar(logging.Handler):
    """Log lines that leave a progress bar intact."""

    def emit(self, record: logging.LogRecord) -> None:
        """Writes one record to standard error."""
        tqdm.write(self.format(record), file=sys.stderr)
