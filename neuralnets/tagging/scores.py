"""Scores of a tagger: its labels beside those that the rows hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from neuralnets.batches.table import Row
from util import tagschemes
from util.BIOF1Validation import count_spans

if TYPE_CHECKING:
    from neuralnets.BiLSTM import BiLSTM


class Comparison(NamedTuple):
    """Predicted and gold label indices of sentences, `[length]` each.

    `labels` holds the label of each index.
    """

    predicted: list[np.ndarray]
    gold: list[np.ndarray]
    labels: Mapping[int, str]

    def accuracy(self) -> float:
        """Return the share of tokens with the right label; 0 without tokens."""
        if not sum(map(len, self.gold)):
            return 0.0
        right = np.concatenate(self.predicted) == np.concatenate(self.gold)
        return float(np.mean(right))

    def span_scores(self) -> tuple[float, float, float]:
        """Return precision, recall and F1 of spans in [0, 1], as conlleval counts."""
        label = self.labels
        # A gold index that the labels lack stands for a value that they do not know.
        return count_spans(
            [[label[index] for index in row.tolist()] for row in self.predicted],
            [[label.get(index, "?") for index in row.tolist()] for row in self.gold],
        ).scores()


def split_score(tagger: BiLSTM, name: str, rows: Sequence[Row] | None) -> float:
    """Return a task's score of one split: span F1 or accuracy, by its label.

    A split that is missing, or has no labels, scores NaN.
    """
    label = tagger.labelKeys[name]
    if not rows or not any(row[label] for row in rows):
        return float("nan")
    if tagschemes.scheme_of(label) is not None:
        return tagger.computeF1(name, rows)[2]
    return tagger.computeAcc(name, rows)
