"""What is wrong with a column file, found line by line: the errors and the warnings.

Whoever reads the file decides what becomes of them: training, scoring and tagging stop
at the first error and log the warnings; the data check lists everything.
"""

from __future__ import annotations

import logging
import os

from util.corpus.checking.report import (
    ERROR,
    NOTE,
    WARNING,
    Finding,
    plural,
    printable,
)
from util.corpus.checking.tally import PLACES
from util.corpus.kinds import ENCODING, UTF16, Kind
from util.corpus.lines import NOT_UTF8_BUT_16, LineEnds

_MOST_ERRORS = 20
logger = logging.getLogger(__name__)


class Findings:
    """Collects what is wrong with one file.

    Args:
        path: The file.
        strict: Raise the first error, rather than collect it.

    Attributes:
        ends: How the lines of the file end.
    """

    def __init__(self, path: str, strict: bool = True):
        self.path, self.strict, self.ends = os.fspath(path), strict, LineEnds()
        self._found: dict[Kind, tuple[int, list[str]]] = {}

    def add(
        self, kind: Kind, line: int, what: str = "", hint: str = "", count: int = 1
    ) -> None:
        """Note something.

        Args:
            kind: What kind of thing it is.
            line: Where; 0: the whole file.
            what: What is there.
            hint: What to do there, if that is not the advice for all of its kind.
            count: How often it is found.

        Raises:
            ValueError: It is an error, and these are strict.
        """
        place = (f"{self.path}:{line}" if line else self.path) + f": {what}" * bool(
            what
        )
        if self.strict and kind.level == ERROR:
            what = what or f"{plural(count, kind.noun)} {kind.text[:-1]}"
            place = f"{self.path}:{line or 1}"
            text = f"{place}: {what}. {hint or kind.advice}"
            raise ValueError(printable(text.rstrip()))
        total, places = self._found.setdefault(kind, (0, []))
        if len(places) < (_MOST_ERRORS if kind.level == ERROR else PLACES):
            places.append(place + f". {hint}" * bool(hint))
        self._found[kind] = total + count, places

    def refuse(self, line: int, what: str) -> None:
        """Note a line, or a file, that is not UTF-8, as `numbered_lines` finds it."""
        self.add(UTF16 if what == NOT_UTF8_BUT_16 else ENCODING, line, what)

    def report(self) -> list[Finding]:
        """Return what was found; the texts begin with a count."""
        found = [
            Finding(
                kind.level,
                kind.name,
                f"{plural(count, kind.noun)} {kind.text} {kind.advice}".rstrip(),
                count,
                places,
            )
            for kind, (count, places) in self._found.items()
        ]
        return found + self._line_ends()

    def log(self) -> None:
        """Log the warnings."""
        for finding in self.report():
            if finding.level != NOTE:
                place = finding.places[0].removeprefix(f"{self.path}:")
                text = f"{self.path}:{place}. In this file: {finding.text}"
                logger.warning("%s", printable(text))

    def _line_ends(self) -> list[Finding]:
        ends, found = self.ends, []
        if ends.mark:
            text = "begins with a byte-order mark, which is skipped."
            place = f"{self.path}:1"
            found.append(Finding(NOTE, "byte_order_mark", text, 1, [place]))
        if ends.crlf and ends.lf:
            text = (
                f"mixed line ends, {ends.crlf:,} of Windows and {ends.lf:,} of Unix. "
                "Both are read."
            )
            count = min(ends.crlf, ends.lf)
            found.append(Finding(WARNING, "line_ends", text, count, [self.path]))
        elif ends.crlf:
            text = "line ends of Windows (CRLF), which are read."
            found.append(Finding(NOTE, "line_ends", text, ends.crlf, [self.path]))
        if ends.cr:
            text = (
                f"{plural(ends.cr, 'line')} ending with a carriage return alone, which "
                "is read."
            )
            place = f"{self.path}:{ends.first_cr}"
            found.append(Finding(WARNING, "line_ends", text, ends.cr, [place]))
        return found
