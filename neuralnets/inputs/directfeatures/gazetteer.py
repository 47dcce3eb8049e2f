"""Names per class, from a text file: where they stand in a sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from util.corpus.lines import numbered_lines
from util.features import composed

Names = Mapping[str, Sequence[str]]

# They have a meaning in the feature templates.
_NOT_IN_CLASSES = frozenset("[]|")


def read_gazetteer(path: str) -> dict[str, list[str]]:
    """Read a file with a class and a name per line, such as `LOC New York`.

    Class and name are separated by blanks or a tab; the words of a name by blanks.
    Empty lines and lines that start with `#` are skipped.

    Returns:
        The names of each class, in order and without repeats, in lower case.

    Raises:
        ValueError: There is no name in a line, or in the whole file; or a class is
            not fit for feature templates.
    """
    names: dict[str, dict[str, None]] = {}
    for number, line in numbered_lines(path):
        fields = line.split()
        if not fields or fields[0].startswith("#"):
            continue
        if len(fields) < 2:
            raise ValueError(
                f"{path}:{number}: expected a class and a name, such as 'LOC New "
                f"York', found {line.strip()!r}"
            )
        if not _NOT_IN_CLASSES.isdisjoint(fields[0]):
            raise ValueError(
                f"{path}:{number}: the class {fields[0]!r} may not hold [, ] or |"
            )
        names.setdefault(fields[0], {})[" ".join(fields[1:]).lower()] = None
    if not names:
        raise ValueError(f"{path}: no names in it.")
    return {class_: list(found) for class_, found in names.items()}


class Gazetteer:
    """Marks the tokens of names: `B` the first of a name, `I` the others.

    Letter case does not count, nor whether letters and their marks are composed; of
    several names at a place the longest wins.

    Args:
        names: The names of one class.
    """

    def __init__(self, names: Sequence[str]):
        self._lengths: dict[str, set[int]] = {}
        self._names = {tuple(composed(name.lower()).split()) for name in names}
        if () in self._names:
            raise ValueError("a gazetteer's name has no words")
        for words in self._names:
            self._lengths.setdefault(words[0], set()).add(len(words))

    def marks(self, tokens: Sequence[str]) -> list[str]:
        """Return for each token `B`, `I` or the empty text.

        >>> Gazetteer(["New York", "York"]).marks(["in", "New", "York", "or", "York"])
        ['', 'B', 'I', '', 'B']
        """
        lower = [token.lower() for token in tokens]
        if not all(map(str.isascii, lower)):
            lower = list(map(composed, lower))
        marks = [""] * len(tokens)
        position = 0
        while position < len(lower):
            size = self._longest_at(lower, position)
            marks[position : position + size] = ["B", *["I"] * (size - 1)][:size]
            position += max(size, 1)
        return marks

    def _longest_at(self, words: Sequence[str], position: int) -> int:
        """Return the length of the longest name that starts here, 0 for none."""
        sizes = self._lengths.get(words[position], ())
        fitting = (
            size
            for size in sizes
            if position + size <= len(words)  # a slice would end sooner, unnoticed
            if tuple(words[position : position + size]) in self._names
        )
        return max(fitting, default=0)
