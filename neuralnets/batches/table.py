"""Sentences as arrays: the rows of `createMatrices`, laid out in columns.

What depends on the written word alone (its vector, casing, characters) is kept once
per distinct form, and each token points to its form. A network then computes it once
per form of a batch instead of once per token.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

import numpy as np

from neuralnets.inputs import TASK_ID, Input

Row = Mapping[str, list]

_WORDS = "raw_tokens"


class SentenceTable:
    """Sentences in columns: `S` sentences, `N` tokens in all, `V` distinct forms.

    Attributes:
        lengths: Tokens of each sentence, `[S]`.
        offsets: Where each sentence starts among the `N` tokens, `[S]`.
        form: The form of each token, `[N]`.
        form_columns: What belongs to a form, `[V]` or `[V, C]`, by column.
        token_columns: What belongs to a token, `[N]` or `[N, F]`, by column.
        sentence_columns: What belongs to a sentence, `S` values, by column.
    """

    def __init__(
        self,
        rows: Sequence[Row],
        inputs: Sequence[Input],
        label: str | None = None,
        mask_padding_token: bool = True,
    ):
        """Lay out rows.

        Args:
            rows: One dictionary of lists per sentence.
            inputs: The inputs of the network.
            label: Column of the gold labels, if they are wanted.
            mask_padding_token: Leave out the padding token of one-token sentences.

        Raises:
            ValueError: Something is no row, or lacks a column; the message names it.
        """
        if not hasattr(rows, "__getitem__"):
            raise ValueError(f"Sentences must be a list. Received: {_shortened(rows)}")
        columns = [i.column for i in inputs if i.name != TASK_ID]
        columns += [label] * (label is not None)
        # Words that look like numbers would pass for indices.
        _check_rows(rows[:1] if isinstance(rows, Sequence) else rows, columns)
        try:
            self._lay_out(rows, inputs, label, mask_padding_token)
        except (AttributeError, LookupError, TypeError, ValueError):
            _check_rows(rows, columns, whole=True)
            raise

    def _lay_out(self, rows, inputs, label, mask_padding_token) -> None:
        first = next(iter(inputs)).column
        self.lengths = np.array(
            [_tokens(row, first, mask_padding_token) for row in rows], np.int32
        )
        self.offsets = np.concatenate([[0], np.cumsum(self.lengths)[:-1]]).astype(int)
        if not rows:
            self.offsets = np.zeros(0, int)
        self.token_columns: dict[str, np.ndarray] = {}
        self.form_columns: dict[str, np.ndarray] = {}
        self.sentence_columns: dict[str, list] = {}
        keys = []
        for input_ in inputs:
            if input_.name == TASK_ID and not all(TASK_ID in row for row in rows):
                continue  # whoever makes a batch knows the task
            if input_.is_direct:
                self.token_columns[input_.name] = input_.of_rows(rows, self.lengths)
                continue
            if input_.per_sentence:
                self.sentence_columns[input_.column] = [r[input_.column] for r in rows]
                continue
            flat = self._flat(rows, input_.column)
            if not input_.per_form:
                self.token_columns[input_.name] = input_.encode(flat)
            else:
                values, key = input_.encode_distinct(flat)
                self.form_columns[input_.name] = values
                keys.append(key)
        if label is not None:
            labels = self._flat(rows, label)
            self.token_columns[label] = np.fromiter(labels, np.int32, len(labels))
        self.form = self._forms(keys)

    def __len__(self) -> int:
        return len(self.lengths)

    def labels(self, label: str) -> list[np.ndarray]:
        """Return the gold labels of each sentence."""
        return np.split(self.token_columns[label], self.offsets[1:])[: len(self)]

    def _flat(self, rows: Sequence[Row], name: str) -> list:
        """Return the values of a column for all tokens, one sentence after another."""
        for number, (row, length) in enumerate(zip(rows, self.lengths)):
            has = len(row.get(name, ()))
            # The padding token is no word.
            if has < length and not (name == _WORDS and (has, length) == (1, 2)):
                raise _lacking(number + 1, row, name)
        columns = (row.get(name, ()) for row in rows)
        return list(
            itertools.chain.from_iterable(
                column if len(column) == length else _fitted(column, length)
                for column, length in zip(columns, self.lengths)
            )
        )

    def _forms(self, keys: list[np.ndarray]) -> np.ndarray:
        """Number the distinct combinations of `keys`; thin out the form columns."""
        if not keys:
            return np.zeros(int(self.lengths.sum()), np.int32)
        combined, count = np.zeros(len(keys[0]), np.int64), 1
        for key in keys:
            size = int(key.max(initial=0)) + 1
            if count * size >= 1 << 62:
                _, combined = np.unique(combined, return_inverse=True)
                count = len(combined)
            combined = combined * size + key
            count *= size
        _, one_of_each, form = np.unique(
            combined, return_index=True, return_inverse=True
        )
        for key, name in zip(keys, self.form_columns):
            self.form_columns[name] = self.form_columns[name][key[one_of_each]]
        return form.astype(np.int32)


def _tokens(row: Row, column: str, mask_padding_token: bool) -> int:
    """Return how many tokens a row has, the padding of a one-token row left out.

    Index 0 stands for padding among words only: elsewhere it may be a real value.
    """
    length = len(row[column])
    if not mask_padding_token and column == _WORDS:
        return max(length, len(row.get("tokens", ())))  # the padding is no word
    if length != 2 or not mask_padding_token:
        return length
    if "raw_tokens" in row:
        return min(len(row["raw_tokens"]), length)
    words = row.get("tokens", ())
    return 1 if len(words) == 2 and words[1] == 0 else 2


def _fitted(values: list, length: int) -> list:
    """Return the values of `length` tokens; a padding token has None."""
    return [*values[:length], *[None] * (length - len(values))]


_HOW = "Make rows with `rows(sentences)`, or with `createMatrices`."


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
                f"Sentence {number} must be a dictionary of columns by name. {_HOW} "
                f"Received: {_shortened(row)}"
            )
        for column in columns:
            if whole and column not in row:
                raise _lacking(number, row, column)
            values = row.get(column, ())
            if isinstance(values, str):
                held = values
            elif column == "raw_tokens":
                continue
            else:
                inner = (v if isinstance(v, (list, tuple)) else [v] for v in values)
                held = next((v for vs in inner for v in vs if isinstance(v, str)), None)
            if held is not None:
                raise ValueError(
                    f"Sentence {number} holds text in the column '{column}', where the "
                    f"indices of a list must stand. {_HOW} Received: {_shortened(held)}"
                )


def _lacking(number: int, row: Row, column: str) -> ValueError:
    words = " ".join(map(str, row.get("raw_tokens", ())[:8]))
    return ValueError(
        f"Sentence {number} ({words} ...) lacks the column '{column}', which the model "
        f"needs. {_HOW}"
    )


def _shortened(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
