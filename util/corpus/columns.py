"""Sentences in columns: each distinct value once, and of each token a number.

Numbers of long files go to an unnamed temporary file, which is mapped into memory: the
system may drop its pages and read them again. What grows in memory is the vocabulary,
and a few bytes per sentence.
"""

from __future__ import annotations

import itertools
import tempfile
from array import array
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Callable, NamedTuple

import numpy as np

from util.files import naming

# Of more numbers, those so far go to a file.
_MOST_IN_MEMORY = 1 << 20
_BLOCK = 1 << 16  # tokens that are looked at together

Tokens = list[str]


class Numbers:
    """Collects whole numbers, many of them in a temporary file."""

    def __init__(self):
        self._recent, self._file = array("i"), None

    def extend(self, numbers: Iterable[int]) -> None:
        """Add numbers."""
        self._recent.extend(numbers)
        if len(self._recent) >= _MOST_IN_MEMORY:
            self._move()

    def collected(self) -> np.ndarray:
        """Return all of them, `[N]` int32."""
        if self._file is None:
            return np.array(self._recent, np.int32)
        self._move()
        return np.memmap(self._file, np.int32, "r")

    def _move(self) -> None:
        if self._file is None:
            # It is gone with the last array that maps it.
            self._file = tempfile.TemporaryFile()  # noqa: SIM115
        with naming(tempfile.gettempdir()):  # where a disk may be full
            self._recent.tofile(self._file)
            self._file.flush()
        del self._recent[:]


class Numbering(dict):
    """The number of each value, given by first appearance."""

    def __missing__(self, value: Any) -> int:
        number = self[value] = len(self)
        return number


class Column(NamedTuple):
    """A column of `N` tokens.

    Attributes:
        values: The distinct values, in the order of their first appearance.
        numbers: Which of them each token has, `[N]`.
    """

    values: list[str]
    numbers: np.ndarray

    def counts(self) -> dict[str, int]:
        """Return how often each value occurs."""
        found = np.zeros(len(self.values), np.int64)
        for block in blocks(self.numbers):
            found += np.bincount(block, minlength=len(found))
        return dict(zip(self.values, found.tolist()))

    def renamed(self, names: Mapping[str, str]) -> Column:
        """Return the column with other values in place of these."""
        index = Numbering()
        table = np.array([index[names[v]] for v in self.values], np.int32)
        numbers = Numbers()
        for block in blocks(self.numbers):
            numbers.extend(array("i", table[block].tobytes()))
        return Column(list(index), numbers.collected())


class Columns(Sequence):
    """The sentences of a file: a sequence of dictionaries of lists, made when asked.

    Args:
        lengths: Tokens of each sentence, `[S]`.
        columns: By name, in order.
    """

    def __init__(self, lengths: np.ndarray, columns: Mapping[str, Column]):
        self.lengths = lengths
        self.columns = dict(columns)
        self.offsets = np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)])

    @classmethod
    def of(cls, sentences: Iterable[Mapping[str, Sequence[str]]]) -> Columns:
        """Return sentences in columns; all must have the columns of the first one."""
        lengths = Numbers()
        found: dict[str, tuple[Numbering, Numbers]] = {}
        for sentence in sentences:
            found = found or {name: (Numbering(), Numbers()) for name in sentence}
            for name, (index, numbers) in found.items():
                numbers.extend(map(index.__getitem__, sentence[name]))
            lengths.extend([len(next(iter(sentence.values()), ()))])
        columns = {
            name: Column(list(index), numbers.collected())
            for name, (index, numbers) in found.items()
        }
        return cls(lengths.collected(), columns)

    def __len__(self) -> int:
        return len(self.lengths)

    def __getitem__(self, place: Any) -> Any:
        if isinstance(place, slice):
            return [self[number] for number in range(*place.indices(len(self)))]
        number = range(len(self))[place]
        start, end = self.offsets[number : number + 2]
        return {
            name: [column.values[n] for n in column.numbers[start:end]]
            for name, column in self.columns.items()
        }

    def __iter__(self) -> Iterator[dict[str, Tokens]]:
        if not self.columns:
            return ({} for _ in self.lengths)
        lists = zip(*map(self.lists, self.columns))
        return (dict(zip(self.columns, values)) for values in lists)

    def __eq__(self, other: object) -> bool:
        """Compare with any sequence of sentences."""
        return (
            isinstance(other, Sequence)
            and len(self) == len(other)
            and all(map(dict.__eq__, self, other))
        )

    __hash__ = None

    def lists(self, name: str) -> Iterator[Tokens]:
        """Yield the values of a column, sentence by sentence."""
        column = self.columns[name]
        values = np.array([*column.values, None], object)
        return lists_of(values, column.numbers, self.offsets)

    def select(self, names: Collection[str]) -> Columns:
        """Return the sentences with some of their columns alone."""
        kept = {name: c for name, c in self.columns.items() if name in names}
        return Columns(self.lengths, kept)

    def place_of(self, name: str, values: Collection[str]) -> tuple[int, int, str]:
        """Return sentence, token and value of the first token with one of `values`."""
        column, values = self.columns[name], set(values)
        first = next(n for n, value in enumerate(column.values) if value in values)
        starts = itertools.count(0, _BLOCK)
        for start, block in zip(starts, blocks(column.numbers)):
            if (block == first).any():
                at = start + int(np.argmax(block == first))
                break
        sentence = int(np.searchsorted(self.offsets, at, side="right")) - 1
        return sentence, at - int(self.offsets[sentence]), column.values[first]

    def convert(self, name: str, function: Callable[[Tokens], Tokens]) -> None:
        """Replace a column by what a function makes of each sentence's values."""
        made = Columns.of({name: function(tokens)} for tokens in self.lists(name))
        self.columns.update(made.columns)


def lists_of(
    values: np.ndarray | None, numbers: np.ndarray, offsets: np.ndarray
) -> Iterator[list]:
    """Yield `values[numbers]` as one list per sentence.

    Args:
        values: `[V]`; None: the numbers themselves.
        numbers: `[N]`.
        offsets: Where each of the sentences starts and the last one ends, `[S + 1]`.
    """
    first = 0
    while first < len(offsets) - 1:
        start = int(offsets[first])
        last = int(np.searchsorted(offsets, start + _BLOCK, side="right")) - 1
        last = min(max(last, first + 1), first + _BLOCK)
        block = numbers[start : int(offsets[last])]
        found = (block if values is None else values[block]).tolist()
        ends = (offsets[first : last + 1] - start).tolist()
        for begin, end in zip(ends, ends[1:]):
            yield found[begin:end]
        first = last


def blocks(numbers: np.ndarray) -> Iterator[np.ndarray]:
    """Yield an array in pieces: those of a mapped file need little memory each."""
    for start in range(0, len(numbers), _BLOCK):
        yield numbers[start : start + _BLOCK]


def by_appearance(numbers: np.ndarray, size: int) -> np.ndarray:
    """Return the distinct numbers, all below `size`, in order of first appearance."""
    seen = np.zeros(size, bool)
    found = []
    for block in blocks(numbers):
        here, at = np.unique(block, return_index=True)
        new = ~seen[here]
        seen[here] = True
        found.append(here[new][np.argsort(at[new])])
    return np.concatenate(found) if found else np.zeros(0, np.int64)
