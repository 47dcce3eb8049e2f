"""What is known of the labels of training sentences: sets of them, and weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from neuralnets.batches.minibatches import places_of
from neuralnets.batches.table import Row, SentenceTable
from util.corpus.partial import parse, sets_column


class Known(NamedTuple):
    """What is known of the labels of a batch.

    Attributes:
        allowed: The labels that each token may have, `[B, T, K]` booleans.
        sentences: Their weights, `[B]`.
        tokens: Their weights, `[B, T]`; None: all alike.
    """

    allowed: np.ndarray
    sentences: np.ndarray
    tokens: np.ndarray | None


class Knowledge:
    """What is known of the labels of sentences.

    Args:
        table: The sentences.
        label: The column of the labels.
        names: The label of each index.
        mapping: The number of each set of labels; None: there are no sets.
        sentence_weights: One per sentence; None: all alike.
        label_weights: One per label that has another than 1.

    Attributes:
        masks: Which labels each set allows, `[sets, K]`; the first one is not used.
        sets: The set of each token, 0 where its label is known, `[N]`.
        lengths: Tokens of each sentence, 0 where no label is known, `[S]`.
        sentence_weights: With a mean of 1 over the sentences that train; or None.
        token_weights: With a mean of 1 over the tokens that have labels; or None.
    """

    def __init__(
        self,
        table: SentenceTable,
        label: str,
        names: Sequence[str],
        mapping: Mapping[str, int] | None = None,
        sentence_weights: np.ndarray | None = None,
        label_weights: Mapping[str, float] | None = None,
    ):
        self._table, self._label = table, label
        self._size = len(names)
        self.masks = _masks(names, mapping or {"": 0})
        sets = table.token_columns.get(sets_column(label))
        self.sets = np.zeros(len(table.form), np.int32) if sets is None else sets
        self._open = self.masks.all(1)[self.sets] & (self.sets > 0)
        sentence = np.repeat(np.arange(len(table)), table.lengths)
        known = np.bincount(sentence[~self._open], minlength=len(table))
        self.lengths = np.where(known > 0, table.lengths, 0).astype(np.int32)
        self._partial = np.bincount(sentence[self.sets > 0], minlength=len(table)) > 0
        self.sentence_weights = _of_mean_1(sentence_weights, self.lengths > 0)
        weights = self._of_tokens(names, label_weights or {})
        self.token_weights = _of_mean_1(weights, ~self._open)

    def _of_tokens(
        self, names: Sequence[str], label_weights: Mapping[str, float]
    ) -> np.ndarray | None:
        """Return the weight of each token's label; of a set, the mean of its labels."""
        if not label_weights:
            return None
        of_label = np.array([label_weights.get(name, 1.0) for name in names])
        of_set = self.masks @ of_label / np.maximum(self.masks.sum(1), 1)
        labels = np.where(self.sets > 0, 0, self._table.token_columns[self._label])
        return np.where(self.sets > 0, of_set[self.sets], of_label[labels])

    def of_batch(self, chosen: np.ndarray) -> Known | None:
        """Return what is known of sentences, None where the labels tell all of it."""
        weighted = self.sentence_weights is not None or self.token_weights is not None
        if not weighted and not self._partial[chosen].any():
            return None
        ones = np.ones(len(chosen), np.float32)
        sentences, tokens = self.sentence_weights, self.token_weights
        position, present = places_of(self._table, chosen)
        return Known(
            self.allowed(position) | ~present[..., None],
            ones if sentences is None else sentences[chosen],
            None if tokens is None else tokens[position] * present,
        )

    def allowed(self, position: np.ndarray) -> np.ndarray:
        """Return which labels tokens may have, `[..., K]` of `[...]`."""
        sets = self.sets[position]
        labels = self._table.token_columns[self._label][position]
        own = np.eye(self._size, dtype=bool)[np.where(sets > 0, 0, labels)]
        return np.where((sets > 0)[..., None], self.masks[sets], own)

    def of_sentence(self, number: int) -> np.ndarray | None:
        """Return which labels its tokens may have, None where all are known."""
        if not self._partial[number]:
            return None
        start = self._table.offsets[number]
        return self.allowed(np.arange(start, start + self._table.lengths[number]))


def sentence_weights(
    rows: Sequence[Row], column: str, mapping: Mapping[str, int], name: str
) -> np.ndarray:
    """Return the weight of each sentence, which each of its tokens repeats.

    Raises:
        ValueError: It is no number from 0 on, or its tokens differ in it.
    """
    values = {index: value for value, index in mapping.items()}
    weights = np.ones(len(rows), np.float32)
    for number, row in enumerate(rows):
        indices = row.get(column, ())[: len(row.get("raw_tokens", ()))]
        found = [values.get(index, "") for index in dict.fromkeys(indices)]
        if len(indices) == 0:
            continue
        weight = _number(found[0])
        if weight is None or len(found) > 1:
            words = " ".join(row["raw_tokens"][:8])
            problem = (
                f"its tokens have different weights ({', '.join(found[:3])})"
                if len(found) > 1
                else f"a weight must be a number from 0 on, not {found[0]!r}"
            )
            raise ValueError(
                f"Data set '{name}', sentence {number + 1} ({words} ...): {problem}. "
                f"The column '{column}' must repeat the sentence's weight at each of "
                "its tokens."
            )
        weights[number] = weight
    return weights


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if 0 <= number < float("inf") else None


def _masks(names: Sequence[str], mapping: Mapping[str, int]) -> np.ndarray:
    index = {name: number for number, name in enumerate(names)}
    masks = np.zeros((max(mapping.values()) + 1, len(names)), bool)
    for value, number in mapping.items():
        if number:
            labels = parse(value)
            masks[number, [index[label] for label in labels if label in index]] = True
            masks[number] |= not labels
    return masks


def _of_mean_1(weights: np.ndarray | None, counted: np.ndarray) -> np.ndarray | None:
    """Return weights, over those that count 1 in the mean; None if they are equal."""
    if weights is None or not counted.any():
        return None
    there = weights[counted].astype(np.float64)
    if there.min() == there.max() or not there.any():
        return None
    return (weights / there.mean()).astype(np.float32)
