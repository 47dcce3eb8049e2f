"""The results file: one line per epoch and evaluated task, separated by tabs.

A file may hold the lines of several runs, those of each run together, behind a header
that starts with `#` or none. A run first stores its lines in its checkpoint and then
writes them, so that a resumed run finds in the file no line of its own that it does not
know.
"""

from __future__ import annotations

import errno
import itertools
import logging
import math
import os
from collections.abc import Iterable
from typing import Any, NamedTuple

from util.files import atomic_path, naming

logger = logging.getLogger(__name__)

_PAGE = ".html"  # the end of the page on a run, beside its results
_HEADER = "# epoch\ttask\tdev\ttest\tbest_dev\ttest_at_best_dev\tseed={}\n"


class Line(NamedTuple):
    """What a line says on a task: scores in [0, 1] or NaN, epochs counted from 1."""

    epoch: int
    dev: float
    test: float
    best_dev: float = math.nan
    best_test: float = math.nan


def parse(lines: Iterable[str], path: str = "") -> dict[str, list[Line]]:
    """Return by task what the last run in lines of a results file reached.

    A run ends where the epochs start anew. The last line may still be being written.

    Args:
        lines: With their ends.
        path: Of the file, for errors.

    Raises:
        ValueError: A line is of another form; the message starts with file and line.
    """
    found: dict[str, list[Line]] = {}
    for number, text in enumerate(lines, 1):
        if text.startswith("#"):
            continue
        try:
            epoch, task, *scores = text.rstrip("\r\n").split("\t")
            if not text.endswith("\n") and len(scores) < 4:
                break
            line = Line(int(epoch), *map(float, scores))
        except (TypeError, ValueError):
            raise ValueError(
                f"{path}:{number}: not a line of a results file, which has epoch, "
                "task, dev score and test score, separated by tabs."
            ) from None
        run = found.setdefault(task, [])
        if run and line.epoch <= run[-1].epoch:
            run.clear()
        run.append(line)
    return found


class ResultsFile:
    """Appends the lines of one run to a file that may hold those of others.

    A line has the epoch, the task, its dev and test score, its best dev score so far
    and the test score that belongs to it.

    Args:
        path: The file; None: nothing is written.
        own: Whether a new run starts a file of its own, with a header that tells the
            seed. An earlier file then gets a number, as does a page on that run.
    """

    def __init__(self, path: str | None, own: bool = False):
        self._path = path
        self._own = own
        self._start = os.path.getsize(path) if path and os.path.exists(path) else 0
        self._lines: list[str] = []
        self._written = 0  # lines that stand in the file

    def begin(self, seed: int) -> None:
        """Start a new run."""
        if not self._own or not self._path:
            return
        self._lines = [_HEADER.format(seed)]
        if self._start and os.path.isfile(self._path):
            stem, ending = os.path.splitext(self._path)
            numbered = (f"{stem}.{number}" for number in itertools.count(1))
            free = next(
                name
                for name in numbered
                if not any(os.path.exists(name + end) for end in (ending, _PAGE))
            )
            os.rename(self._path, free + ending)
            if ending != _PAGE and os.path.isfile(stem + _PAGE):
                os.rename(stem + _PAGE, free + _PAGE)
            logger.info("The results of the run before are now in %s.", free + ending)
            self._start = 0

    def add(self, *values: object) -> None:
        """Take in one line; `write` writes it."""
        self._lines.append("\t".join(map(str, values)) + "\n")

    def write(self) -> None:
        """Append the lines that are not in the file yet."""
        new = "".join(self._lines[self._written :]).encode()
        self._written = len(self._lines)
        if not self._path or not new:
            return
        os.makedirs(os.path.dirname(self._path) or ".", exist_ok=True)
        with naming(self._path):
            with open(self._path, "a+b", buffering=0) as file:
                end = file.seek(0, os.SEEK_END)
                if end:  # a line without an end would go on with ours
                    file.seek(end - 1)
                    new = b"\n" * (file.read(1) != b"\n") + new
                if file.write(new) < len(new):
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
        """Bring the file to what a checkpoint says, and go on at its end.

        Lines of this run's unfinished epochs go. Where another run has written behind
        this one, this run's lines move to the end.
        """
        self._start, self._lines = data["start"], list(data["lines"])
        self._written = len(self._lines)
        if not self._path:
            return
        content = b""
        if os.path.exists(self._path):
            with open(self._path, "rb") as file:
                content = file.read()
        start, end = self._place(content)
        others = _ended(content[:start] + self._without_unfinished(content[end:]))
        if len(others) > start:
            logger.info(
                "%s: another run has written there, too. The lines of this one now "
                "stand at the end.",
                self._path,
            )
        self._start = len(others)
        wanted = others + "".join(self._lines).encode()
        if wanted != content:
            with atomic_path(self._path) as temporary, open(temporary, "wb") as file:
                file.write(wanted)

    def _place(self, content: bytes) -> tuple[int, int]:
        """Return where this run's lines start and end in a file.

        Those of the last epoch may be missing: it was stored, then killed. If the file
        is another one, or was changed by hand, they stand nowhere: at its end.
        """
        last = self._lines[-1].split("\t")[0] + "\t" if self._lines else ""
        before_last = [line for line in self._lines if not line.startswith(last)]
        for lines in (self._lines, before_last):
            block = "".join(lines).encode()
            if len(content) >= self._start and content.startswith(block, self._start):
                return self._start, self._start + len(block)
            # Lines of other runs in front may have moved. One that began alike goes on.
            found = (b"\n" + content).find(b"\n" + block) if block else -1
            behind = content[found + len(block) :]
            if found >= 0 and (not behind or behind.startswith((b"1\t", b"#"))):
                return found, found + len(block)
        return len(content), len(content)

    def _without_unfinished(self, behind: bytes) -> bytes:
        """Return what stands behind this run's lines, without more of its own.

        An epoch that is not the first can only be this run's. (Earlier versions wrote
        the lines first; or the last checkpoint is damaged, and this is the one before.)
        """
        epochs = [line for line in self._lines if not line.startswith("#")]
        if epochs:
            epoch = int(epochs[-1].split("\t")[0]) + 1
            while behind.startswith(b"%d\t" % epoch):
                behind = behind.partition(b"\n")[2]
        return behind


def _ended(text: bytes) -> bytes:
    """Return text whose last line has an end."""
    return text if not text or text.endswith(b"\n") else text + b"\n"
