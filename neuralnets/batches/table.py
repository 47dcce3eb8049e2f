"""Sentences as arrays: the rows of `createMatrices`, laid out in columns.

What depends on the written word alone (its vector, casing, characters) is kept once
per distinct form, and each token points to its form. A network then computes it once
per form of a batch instead of once per token.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from neuralnets.inputs import Input
from neuralnets.inputs.layout import HOW, WORDS, Layout, Row, integers, lacking
from util.corpus.partial import sets_column
from util.corpus.rows import Rows

__all__ = ["Row", "SentenceTable"]


class SentenceTable(Layout):
    """Sentences in columns: `S` sentences, `N` tokens in all, `V` distinct forms.

    Args:
        rows: One dictionary of lists per sentence.
        inputs: The inputs of the network.
        label: Column of the gold labels, if they are wanted.
        mask_padding_token: Leave out the padding token of one-token sentences.

    Attributes:
        offsets: Where each sentence starts among the `N` tokens, `[S]`.
        shown: How many tokens of each sentence are real, `[S]`. Models of the original
            tool label the padding token of one-token sentences, too.

    Raises:
        ValueError: Something is no row, or lacks a column; the message names it.
    """

    def __init__(
        self,
        rows: Sequence[Row],
        inputs: Sequence[Input],
        label: str | None = None,
        mask_padding_token: bool = True,
    ):
        if not hasattr(rows, "__getitem__"):
            raise ValueError(f"Sentences must be a list. Received: {_shortened(rows)}")
        columns = [input_.column for input_ in inputs if input_.column]
        columns += [label] * (label is not None)
        # Words that look like numbers would pass for indices.
        _check_rows(rows[:1] if isinstance(rows, Sequence) else rows, columns)
        first = next(iter(columns), WORDS)
        try:
            if isinstance(rows, Rows) and not (mask_padding_token and rows.has(first)):
                rows = list(rows)
            if isinstance(rows, Rows):
                super().__init__(rows, rows.lengths.astype(np.int32))
                self.shown = self.lengths
            else:
                lengths = [_tokens(row, first, mask_padding_token) for row in rows]
                super().__init__(rows, np.array(lengths, np.int32))
                words = [len(row.get(WORDS, range(n))) for row, n in zip(rows, lengths)]
                self.shown = np.minimum(np.array(words, np.int32), self.lengths)
            for input_ in inputs:
                input_.lay_out(self)
            if label is not None:
                self.token_columns[label] = integers(self.flat(label))
                self._lay_out_sets(sets_column(label))
        except (AttributeError, LookupError, TypeError, ValueError):
            _check_rows(rows, columns, whole=True)
            raise
        ends = np.cumsum(self.lengths, dtype=int)
        self.offsets = ends - self.lengths
        self._number_forms()
        del self.rows  # what inputs need of them is laid out

    def __len__(self) -> int:
        return len(self.lengths)

    def _lay_out_sets(self, column: str) -> None:
        """Number the sets of labels, if some label is known in part; 0: it is known."""
        if self.word is not None:
            numbers = self.rows.column(column)
            if numbers is not None and numbers.any():
                self.token_columns[column] = integers(numbers)
            return
        sets = [
            row.get(column) or [0] * length
            for row, length in zip(self.rows, self.lengths)
        ]
        if any(map(any, sets)):
            found = [number for row, n in zip(sets, self.lengths) for number in row[:n]]
            self.token_columns[column] = np.array(found, np.int32)

    def whole(self, label: str) -> np.ndarray:
        """Return which labels are known, and not in part, `[N]`."""
        sets = self.token_columns.get(sets_column(label))
        return np.ones(len(self.form), bool) if sets is None else sets == 0

    def labels(self, label: str) -> list[np.ndarray]:
        """Return the gold labels of each sentence."""
        return np.split(self.token_columns[label], self.offsets[1:])[: len(self)]

    def _number_forms(self) -> None:
        """Number the distinct combinations of the keys; thin out the form columns."""
        if not self.keys:
            return
        combined, count = np.zeros(len(self.keys[0]), np.int64), 1
        for key in self.keys:
            size = int(key.max(initial=0)) + 1
            if count * size >= 1 << 62:
                _, combined = np.unique(combined, return_inverse=True)
                count = len(combined)
            combined = combined * size + key
            count *= size
        _, one_of_each, form = np.unique(
            combined, return_index=True, return_inverse=True
        )
        for key, name in zip(self.keys, self.form_columns):
            self.form_columns[name] = self.form_columns[name][key[one_of_each]]
        self.keys.clear()
        self.form = form.astype(np.int32)
        if self.word is not None:
            self.form = self.form[self.word]
            self.word = None


def _tokens(row: Row, column: str, mask_padding_token: bool) -> int:
    """Return how many tokens a row has, the padding of a one-token row left out.

    Index 0 stands for padding among words only: elsewhere it may be a real value.
    """
    length = len(row[column])
    if not mask_padding_token and column == WORDS:
        return max(length, len(row.get("tokens", ())))  # the padding is no word
    if length != 2 or not mask_padding_token:
        return length
    if WORDS in row:
        return min(len(row[WORDS]), length)
    words = row.get("tokens", ())
    return 1 if len(words) == 2 and words[1] == 0 else 2


def _check_rows(rows: Sequence[Row], columns: Sequence[str], whole=False) -> None:
    """Raise a `ValueError` that says which of the rows is none, and why.

    Args:
        rows: The rows.
        columns: Those that the network reads.
        whole: Whether each column must be there.
    """
    for number, row in enumerate(rows, 1):
        if not isinstance(row, Mapping):
            raise ValueError(
                f"Sentence {number} must be a dictionary of columns by name. {HOW} "
                f"Received: {_shortened(row)}"
            )
        for column in columns:
            if whole and column not in row:
                raise lacking(number, row, column)
            values = row.get(column, ())
            if isinstance(values, str):
                held = values
            elif column == WORDS:
                continue
            else:
                inner = (v if isinstance(v, (list, tuple)) else [v] for v in values)
                held = next((v for vs in inner for v in vs if isinstance(v, str)), None)
            if held is not None:
                raise ValueError(
                    f"Sentence {number} holds text in the column '{column}', where the "
                    f"indices of a list must stand. {HOW} Received: {_shortened(held)}"
                )


def _shortened(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
