"""How far a tagger's probabilities can be believed.

Of the answers that a tagger gives 80 %, 80 % should be right. Guo et al. (2017): On
Calibration of Modern Neural Networks.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from tagger.evaluation.comparison import Comparison

BINS = 15


class Bin(NamedTuple):
    """The answers whose probability is above `low` and at most `high`.

    `confidence` is their mean probability, `accuracy` the share that is right; both
    are 0 if there are none.
    """

    low: float
    high: float
    count: int
    confidence: float
    accuracy: float


class Reliability(NamedTuple):
    """How probabilities and truth compare.

    Attributes:
        count: Answers in all.
        confidence: Their mean probability.
        accuracy: The share that is right.
        error: The expected calibration error: the mean distance between confidence
            and accuracy of the bins, weighted by their counts.
        bins: Of equal width, from 0 to 1.
    """

    count: int
    confidence: float
    accuracy: float
    error: float
    bins: list[Bin]


def reliability(
    probabilities: Sequence[float] | np.ndarray,
    right: Sequence[bool] | np.ndarray,
    bins: int = BINS,
) -> Reliability:
    """Compare probabilities with what turned out to be right.

    Args:
        probabilities: Of each answer, `[N]`.
        right: Whether each answer is right, `[N]`.
        bins: How many bins.

    >>> found = reliability([0.9, 0.9, 0.6, 0.6], [True, True, True, False], 10)
    >>> round(found.error, 3), round(found.confidence, 3), found.accuracy
    (0.1, 0.75, 0.75)
    """
    probability = np.clip(np.asarray(probabilities, float), 0.0, 1.0)
    hits = np.asarray(right, float)
    # A probability on the border belongs to the bin below it.
    place = np.clip(np.ceil(probability * bins).astype(int) - 1, 0, bins - 1)
    counts = np.bincount(place, minlength=bins)
    divisor = np.maximum(counts, 1)
    confidence = np.bincount(place, probability, bins) / divisor
    accuracy = np.bincount(place, hits, bins) / divisor
    total = max(len(probability), 1)
    return Reliability(
        len(probability),
        float(probability.sum() / total),
        float(hits.sum() / total),
        float((counts * np.abs(confidence - accuracy)).sum() / total),
        [
            Bin(
                number / bins,
                (number + 1) / bins,
                int(counts[number]),
                float(confidence[number]),
                float(accuracy[number]),
            )
            for number in range(bins)
        ],
    )


def calibration(comparison: Comparison) -> dict[str, Reliability]:
    """Return how reliable the probabilities of tokens, spans and sentences are.

    A span is right if it is among the gold ones; a sentence if all of its labels are.
    Labels that write no spans have no entry for spans.
    """
    tokens: list[np.ndarray] = []
    hits: list[np.ndarray] = []
    spans: list[tuple[float, bool]] = []
    for sentence, (gold, _) in comparison:
        tagging = sentence.tagging
        tokens.append(np.asarray(tagging.token_probabilities, float))
        hits.append(np.fromiter(map(str.__eq__, tagging.labels, sentence.gold), bool))
        if comparison.spans:
            there = set(gold)
            spans += [(span.probability, span[:3] in there) for span in tagging.spans]
    none = np.zeros(0)
    found = {
        "tokens": reliability(
            np.concatenate([none, *tokens]), np.concatenate([none, *hits])
        )
    }
    if comparison.spans:
        found["spans"] = reliability(
            [probability for probability, _ in spans], [right for _, right in spans]
        )
    found["sentences"] = reliability(
        [sentence.tagging.probability for sentence in comparison.sentences],
        [bool(row.all()) for row in hits],
    )
    return found
