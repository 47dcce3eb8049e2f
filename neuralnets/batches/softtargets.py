"""What another model says of the labels of training sentences, as probabilities."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from neuralnets.batches.minibatches import places_of
from neuralnets.batches.table import SentenceTable


class SoftTargets(NamedTuple):
    """Probabilities of labels, in the order of a table of sentences.

    A chain needs no more of another distribution over label paths than these: how it
    spreads over each token's labels, and how often it expects two behind each other.

    Attributes:
        labels: Of each token, `[N, K]`.
        pairs: How often each label (row) comes before each one (column) in a sentence,
            `[S, K, K]`; `[S, 0, 0]` where no chain asks for them.
    """

    labels: np.ndarray
    pairs: np.ndarray

    def of_batch(
        self, table: SentenceTable, chosen: np.ndarray
    ) -> dict[str, np.ndarray]:
        """Return those of some sentences: `labels` `[B, T, K]`, `pairs` `[B, K, K]`."""
        position, present = places_of(table, chosen)
        labels = self.labels[position] * present[..., None]
        return {"labels": labels, "pairs": self.pairs[chosen]}
