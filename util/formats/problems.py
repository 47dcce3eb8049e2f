"""What could not be carried over: each place is told, all are counted."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping

from util.corpus.checking.report import printable
from util.formats.document import Document, Span

logger = logging.getLogger(__name__)

SHOWN = 20  # of a kind
_NONE: Mapping[str, str] = {}
_LONGEST = 40  # characters of a text that are shown


class Problems:
    """Logs the places of each kind of problem, and counts them.

    Args:
        shown: How many of a kind are logged; None: all.
        name: How to call files that have another name here, such as standard input.
    """

    def __init__(self, shown: int | None = SHOWN, name: Mapping[str, str] = _NONE):
        self._shown, self._names = shown, name
        self.counts: Counter[str] = Counter()
        self._amounts: Counter[str] = Counter()
        self._notes: Counter[str] = Counter()

    def add(self, kind: str, where: str, what: str = "") -> None:
        """Note a problem.

        Args:
            kind: What became of it, such as `left out: overlaps another span`.
            where: File and line.
            what: What it is.
        """
        for path, name in self._names.items():
            where = where.replace(path, name)
        self.counts[kind] += 1
        if self._shown == 0:
            return
        if self._shown is None or self.counts[kind] <= self._shown:
            told = f"{what}: {kind}" if what else kind
            logger.warning("%s", printable(f"{where}: {told}"))
        elif self.counts[kind] == self._shown + 1:
            logger.warning("More of this (--list-all shows them): %s", kind)

    def span(self, kind: str, span: Span, document: Document) -> None:
        """Note a span."""
        self.add(kind, span.where or document.where, described(span, document.text))

    def amount(self, what: str, count: int = 1) -> None:
        """Count what a format has no place for; it is told once, in the end."""
        self._amounts[what] += count

    def note(self, what: str) -> None:
        """Count what is worth telling, but no problem."""
        self._notes[what] += 1

    def lost(
        self, document: Document, scores: bool = False, columns: bool = False
    ) -> None:
        """Count what a format has no place for.

        Args:
            document: What is written.
            scores: Whether the scores of spans are lost.
            columns: Whether the columns of labels are lost.
        """
        if scores:
            count = sum(span.score is not None for span in document.spans)
            if count:
                self.amount("scores, which have no place there", count)
        for sentence in document.sentences or () if columns else ():
            for name, labels in sentence.columns.items():
                self.amount(f"labels of {name}, which have no place there", len(labels))

    def summary(self) -> list[str]:
        """Return a line for each kind."""
        lines = [f"{count:,} x {kind}" for kind, count in self.counts.items()]
        for counts in (self._amounts, self._notes):
            lines += [f"{count:,} x {what}" for what, count in counts.items()]
        return [printable(line) for line in lines]

    @property
    def total(self) -> int:
        """How many things are lost or changed; notes are not."""
        return sum(self.counts.values()) + sum(self._amounts.values())


def described(span: Span, text: str) -> str:
    """Return what a span is, and where.

    >>> described(Span(0, 4, "PER"), "Lena is here.")
    "PER at characters 0 to 4 ('Lena')"
    """
    covered = text[max(span.start, 0) : max(span.end, 0)]
    if len(covered) > _LONGEST:
        covered = covered[:_LONGEST] + "..."
    label = span.label[:_LONGEST]
    return f"{label} at characters {span.start} to {span.end} ({covered!r})"
