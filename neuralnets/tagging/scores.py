"""Scores of a tagger: its labels beside those that the rows hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from util.BIOF1Validation import count_spans


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
