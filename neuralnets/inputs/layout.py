"""Where inputs lay their values out, and what they see of a mini-batch."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from util.corpus.rows import Rows, Texts

Row = Mapping[str, list]

WORDS = "raw_tokens"
# What to do where rows are none.
HOW = (
    "Make rows with `rows(sentences)`, or with `createMatrices`; or give text or words "
    "to model.tag('It rains.')."
)


class Layout:
    """The values of `S` sentences, `N` tokens in all, in columns.

    Where sentences are arrays already (`Rows`), no list of their tokens is made, and
    what belongs to a word's form is looked at once per distinct word.

    Attributes:
        rows: One dictionary of lists per sentence.
        lengths: Tokens of each sentence, `[S]`.
        form: The form of each token, `[N]`.
        form_columns: What belongs to a word's form, `[V]` or `[V, C]`, by column.
        keys: Which of them each token has, `[N]`, in the same order; where sentences
            are arrays, each distinct word, `[U]`.
        word: Which of the distinct words each token is, `[N]`; None: no arrays.
        token_columns: What belongs to a token, `[N]` or `[N, F]`, by column.
        sentence_columns: What belongs to a sentence, `S` values, by column.
    """

    def __init__(self, rows: Sequence[Row], lengths: np.ndarray):
        self.rows = rows
        self.word: np.ndarray | None = None
        if isinstance(rows, Rows):
            self._distinct, self.word = rows.distinct()
        self.lengths = lengths
        self.form = np.zeros(int(lengths.sum()), np.int32)
        self.form_columns: dict[str, np.ndarray] = {}
        self.keys: list[np.ndarray] = []
        self.token_columns: dict[str, np.ndarray] = {}
        self.sentence_columns: dict[str, list] = {}

    def flat(self, name: str) -> Sequence:
        """Return the values of a column for all tokens, one sentence after another.

        Raises:
            ValueError: A sentence has fewer; the message names it.
        """
        if self.word is not None:
            found = self.rows.column(name)
            if found is None:
                number = int(np.argmax(self.lengths > 0))
                raise lacking(number + 1, self.rows[number], name)
            return found
        for number, (row, length) in enumerate(zip(self.rows, self.lengths)):
            has = len(row.get(name, ()))
            # The padding token is no word.
            if has < length and not (name == WORDS and (has, length) == (1, 2)):
                raise lacking(number + 1, row, name)
        columns = (row.get(name, ()) for row in self.rows)
        return list(
            itertools.chain.from_iterable(
                column if len(column) == length else _fitted(column, length)
                for column, length in zip(columns, self.lengths)
            )
        )

    def of_forms(self, name: str) -> Sequence:
        """Return the values of what belongs to a word's form, in order of `keys`."""
        if self.word is not None:
            return self.rows.of_words(name, self._distinct)
        return self.flat(name)

    def sentences(self) -> Sequence[list[str]]:
        """Return the words of each sentence."""
        if self.word is not None:
            return Texts(self.rows)
        return [row[WORDS] for row in self.rows]


class Chosen(NamedTuple):
    """The `B` sentences of a mini-batch; see `Layout` for what they have.

    Attributes:
        sentences: Their indices, `[B]`.
        forms: The forms of its words, `[W]`.
        position: Where its tokens stand, `[B, T]`.
        present: Which of them are real, `[B, T]`.
        task_id: Number of the task, if it is known.
    """

    sentences: np.ndarray
    forms: np.ndarray
    position: np.ndarray
    present: np.ndarray
    task_id: int | None


def integers(values: Sequence[int]) -> np.ndarray:
    """Return values as an array of int32 that may be changed."""
    if isinstance(values, np.ndarray):
        return values.astype(np.int32)
    return np.fromiter(values, np.int32, len(values))


def lacking(number: int, row: Row, column: str) -> ValueError:
    """Return the error of a sentence, counted from 1, that lacks a column."""
    words = " ".join(map(str, row.get(WORDS, ())[:8]))
    return ValueError(
        f"Sentence {number} ({words} ...) lacks the column '{column}', which the model "
        f"needs. {HOW}"
    )


def _fitted(values: list, length: int) -> list:
    """Return the values of `length` tokens; a padding token has None."""
    return [*values[:length], *[None] * (length - len(values))]
