"""Counts what of a vector file is not read, or is odd, and says where, in one line."""

from __future__ import annotations

import logging
from typing import NamedTuple

logger = logging.getLogger(__name__)

RAGGED, NOT_FINITE, DUPLICATE = "ragged", "not finite", "duplicate"
_WITH_BLANKS = "words with blanks"
_PLACES = 10
# A file of other things is given up after so many lines.
_MOST_RAGGED = 1_000


class Ledger:
    """What was noticed in one file.

    Args:
        path: The file.

    Attributes:
        unit: What is counted: lines, or words where there are none.
        place: The line, or the word, that was read last, from 1.
        size: How many numbers a vector has.
    """

    def __init__(self, path: str):
        self.path, self.unit, self.place, self.size = path, "line", 0, 0
        self._found: dict[str, _Places] = {}
        self._first_ragged = ""
        self._promised = self._read = 0

    def leave_out(self, kind: str, line: str = "") -> None:
        """Note that what was read last is left out.

        Args:
            kind: `RAGGED`, `NOT_FINITE` or `DUPLICATE`.
            line: Its text.

        Raises:
            ValueError: More lines are ragged than not: the file holds something else.
        """
        if kind == RAGGED and not self._first_ragged:
            self._first_ragged = (
                f"{self.path}:{self.place}: expected a word and {self.size} numbers, "
                f"separated by blanks, found {line[:60]!r}. Is this a text file of "
                "word vectors?"
            )
        self._note(kind)
        if self._count(RAGGED) == _MOST_RAGGED:
            self._refuse_ragged()

    def has_blanks(self) -> None:
        """Note that the word that was read last holds blanks."""
        self._note(_WITH_BLANKS)

    def end(self, promised: int, read: int) -> None:
        """Note that the file ends.

        Args:
            promised: How many words its header says it has, 0 without one.
            read: How many it has.
        """
        self._promised, self._read = promised, read
        self._refuse_ragged()

    def log(self) -> None:
        """Say what was noticed."""
        parts = []
        left = [kind for kind in self._found if kind != _WITH_BLANKS]
        if left:
            total = sum(map(self._count, left))
            verb = "was" if total == 1 else "were"
            where = ", ".join(f"{self._where(kind)} ({kind})" for kind in left)
            parts.append(f"{_plural(total, self.unit)} {verb} left out: {where}")
        if self._promised > self._read:
            parts.append(
                f"its header promises {self._promised:,} words, but it holds "
                f"{self._read:,}: is it cut off?"
            )
        level = logging.WARNING if parts else logging.INFO
        if self._count(_WITH_BLANKS):
            count = self._count(_WITH_BLANKS)
            what = "1 word holds" if count == 1 else f"{count:,} words hold"
            parts.append(f"{what} blanks: {self._where(_WITH_BLANKS)}")
        if parts:
            logger.log(level, "%s: %s", self.path, "; ".join(parts))

    def _note(self, kind: str) -> None:
        found = self._found.setdefault(kind, _Places([0], []))
        found.count[0] += 1
        if len(found.first) < _PLACES:
            found.first.append(self.place)

    def _count(self, kind: str) -> int:
        return self._found[kind].count[0] if kind in self._found else 0

    def _where(self, kind: str) -> str:
        count, first = self._count(kind), self._found[kind].first
        more = f" and {count - len(first):,} more" * (count > len(first))
        places = ", ".join(map(str, first))
        return f"{self.unit}{'s' * (count > 1)} {places}{more}"

    def _refuse_ragged(self) -> None:
        ragged = self._count(RAGGED)
        if ragged and 2 * ragged >= self.place:
            raise ValueError(self._first_ragged)


class _Places(NamedTuple):
    count: list[int]
    first: list[int]


def _plural(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'s' * (count != 1)}"
