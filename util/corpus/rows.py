"""Rows of prepared data that are arrays, and become dictionaries of lists when asked.

What the written word alone determines is there once per distinct word. Rows are made
anew each time: whoever wants to change some makes a list of them first.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from util.corpus.columns import by_appearance, lists_of

Row = dict[str, list]

RAW, CHARACTERS = "raw_tokens", "characters"
# What the written word alone determines.
OF_WORDS = ("tokens", "casing", CHARACTERS)


class Words:
    """The `V` distinct words of prepared data.

    Args:
        texts: The words.
        indices: Of each word, by column, `[V]`.
        characters: The indices of the characters of all words in a row.
        ends: Where there those of each word end, `[V]`.
    """

    def __init__(
        self,
        texts: Sequence[str],
        indices: Mapping[str, np.ndarray],
        characters: np.ndarray | None = None,
        ends: np.ndarray | None = None,
    ):
        self._values = {RAW: _objects(texts), **indices}
        self._spelled = characters, ends

    def values(self, column: str) -> np.ndarray:
        """Return what stands for each word in a column, `[V]`; lists of characters."""
        if column == CHARACTERS and column not in self._values:
            characters, ends = self._spelled
            starts = [0, *ends.tolist()]
            self._values[column] = _objects(
                [characters[a:b].tolist() for a, b in zip(starts, starts[1:])]
            )
        return self._values[column]


class Rows(Sequence):
    """The rows of a split: `S` sentences, `N` tokens in all.

    Args:
        words: The distinct words of all splits.
        lengths: Tokens of each sentence, `[S]`.
        numbers: Which of the words each token is, `[N]`.
        columns: Indices of the tokens by column, `[N]`.
        names: The keys of a row but `raw_tokens`, in order; what is not there is empty.
        padded: Whether sentences of one token get a padding token.
    """

    def __init__(
        self,
        words: Words,
        lengths: np.ndarray,
        numbers: np.ndarray,
        columns: Mapping[str, np.ndarray],
        names: Sequence[str],
        padded: bool,
    ):
        self.lengths, self.columns = lengths, columns
        self._words, self._numbers = words, numbers
        self._offsets = np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)])
        self._names, self._padded = list(names), padded

    def __len__(self) -> int:
        return len(self.lengths)

    def __getitem__(self, place: Any) -> Any:
        places = range(len(self))[place]
        if not isinstance(place, slice):
            return next(self._made(places, places + 1))
        if places.step == 1:
            return list(self._made(places.start, places.stop))
        return [self[number] for number in places]

    def __iter__(self) -> Iterator[Row]:
        return self._made(0, len(self))

    def __eq__(self, other: object) -> bool:
        """Compare with any sequence of rows."""
        return (
            isinstance(other, Sequence)
            and len(self) == len(other)
            and all(row == its for row, its in zip(self, other))
        )

    __hash__ = None

    def column(self, name: str) -> np.ndarray | None:
        """Return the indices of all tokens, `[N]`; None if the split lacks them."""
        if name in OF_WORDS:
            return self._words.values(name)[self._numbers]
        return self.columns.get(name)

    def select(self, names: Collection[str]) -> Rows:
        """Return the rows with some of their columns alone."""
        given = (self._words, self.lengths, self._numbers, self.columns)
        return Rows(*given, [n for n in self._names if n in names], self._padded)

    def has(self, name: str) -> bool:
        """Tell whether a column is there, or the split lacks it."""
        return name in self.columns or name in (RAW, *OF_WORDS)

    def distinct(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the words that occur, by first appearance, and which each token is.

        Returns:
            Their numbers, for `of_words`, `[U]`; for each token a place there, `[N]`.
        """
        size = len(self._words.values(RAW))
        found = by_appearance(self._numbers, size)
        place = np.zeros(size, np.int32)
        place[found] = np.arange(len(found))
        return found, place[self._numbers]

    def of_words(self, name: str, which: np.ndarray) -> np.ndarray:
        """Return a column's values for some words."""
        return self._words.values(name)[which]

    def lists(self, name: str, first: int, last: int) -> Iterator[list]:
        """Yield the values of a column that is there, of some sentences."""
        offsets = self._offsets[first : last + 1]
        if name in self.columns:
            return lists_of(None, self.columns[name], offsets)
        return lists_of(self._words.values(name), self._numbers, offsets)

    def _made(self, first: int, last: int) -> Iterator[Row]:
        """Yield the rows of some sentences."""
        there = [n for n in self._names if n in OF_WORDS or n in self.columns]
        lists = [self.lists(name, first, last) for name in [RAW, *there]]
        for raw, *found in zip(*lists):
            row = {RAW: raw, **{name: [] for name in self._names}}
            row.update(zip(there, found))
            if self._padded and len(raw) == 1:
                for name in there:
                    row[name].append([0] if name == CHARACTERS else 0)
            yield row


class Texts(Sequence):
    """The words of the sentences of `Rows`, made when they are asked for."""

    def __init__(self, rows: Rows):
        self._rows = rows

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, number: int) -> list[str]:
        return next(self._rows.lists(RAW, number, number + 1))

    def __iter__(self) -> Iterator[list[str]]:
        return self._rows.lists(RAW, 0, len(self._rows))


def _objects(values: Sequence[Any]) -> np.ndarray:
    """Return things of any kind as an array of objects, `[V]`."""
    found = np.empty(len(values), object)
    for number, value in enumerate(values):
        found[number] = value
    return found
