"""The distinct values of columns: which are empty, or hold what does not show."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence

from util.corpus import kinds
from util.corpus.findings import Findings
from util.corpus.watch import Group

# Not the joiners U+200C and U+200D: Persian, Indian scripts and emoji are spelt so.
_HIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u200b\u200e\u200f\u2028-\u202e\u2060-\u2064\ufeff\ufffd]"
    r"|^\s|\s$"
)
# Of more values, those seen so far are looked at and forgotten.
_MOST = 300_000


class Values:
    """Collects the distinct values of a file, and the first line of each.

    Args:
        findings: Gets what is wrong.
        labels: The columns that a model is to predict.
    """

    def __init__(self, findings: Findings, labels: Collection[str] = ()):
        self._findings, self._labels = findings, set(labels)
        self._lines: dict[str, dict[str, int]] = {}

    def add(self, sentence: Mapping[str, Sequence[str]], group: Group) -> None:
        """Take the values of a sentence, by column.

        Raises:
            ValueError: A label is empty, if the findings are strict.
        """
        for column, values in sentence.items():
            lines = self._lines.setdefault(column, {})
            if not all(map(lines.__contains__, values)):
                for value, number in zip(values, group.numbers()):
                    lines.setdefault(value, number)
                if len(lines) > _MOST:
                    self.check()

    def check(self) -> None:
        """Note what is wrong with the values so far."""
        for column, lines in self._lines.items():
            if "" in lines and column == "tokens":
                self._findings.add(kinds.EMPTY_TOKEN, lines[""], "an empty token")
            elif "" in lines and column in self._labels:
                self._findings.add(kinds.EMPTY_LABEL, lines[""], "an empty label")
            for value in lines:
                if not value.isprintable() or "\ufffd" in value:
                    self._look_for_hidden(value, lines[value])
        self._lines.clear()

    def _look_for_hidden(self, value: str, line: int) -> None:
        found = sorted(set(_HIDDEN.findall(value)))
        if found:
            names = ", ".join(f"U+{ord(character):04X}" for character in found)
            self._findings.add(kinds.HIDDEN, line, f"{names} in {value!r}"[:100])
