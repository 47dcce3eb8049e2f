"""The temperature of a task: how far its probabilities are to be trusted.

All scores are divided by it (Guo et al. 2017): above 1 it makes probabilities less
extreme, below 1 more so. The best labels stay the same.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Callable

import numpy as np

from neuralnets.batches.minibatches import tagging_batches

if TYPE_CHECKING:
    from neuralnets.heads import Head

logger = logging.getLogger(__name__)

KEY = "temperature"
LEAST, MOST = 1 / 20, 20.0  # where the best one is searched
_PRECISION = 1e-4  # of its logarithm
_GOLDEN = (math.sqrt(5) - 1) / 2


def fit(
    head: Head, emissions: Sequence[np.ndarray], labels: Sequence[np.ndarray]
) -> float:
    """Return the temperature at which gold labels are the most probable.

    Sentences whose gold labels are unknown to the head, or forbidden, do not count.

    Args:
        head: The task's head.
        emissions: Those of each sentence, `[length, K]`.
        labels: Its gold label indices, `[length]`.

    Raises:
        ValueError: There are no sentences that count, or is one label alone.
    """
    from neuralnets.framework import tf  # to apply a temperature needs none
    from neuralnets.keraslayers import crf

    usable = [
        (scores, gold)
        for scores, gold in zip(emissions, labels)
        if len(gold) and gold.max() < scores.shape[1]
    ]
    if usable and usable[0][0].shape[1] == 1:
        raise ValueError("There is one label alone, which is certain at any.")
    batches = _batches(usable)

    # The graph is made once, for all temperatures and batches.
    @tf.function(
        input_signature=[
            tf.TensorSpec([None, None, None], tf.float32),
            tf.TensorSpec([None, None], tf.int32),
            tf.TensorSpec([None], tf.int32),
            tf.TensorSpec([], tf.float32),
        ],
        autograph=False,
    )
    def losses(scores, gold, lengths, temperature):
        scores, chain = head.distribution(scores, temperature)
        return crf.negative_log_likelihood(scores, gold, lengths, chain)

    def loss(temperature: float) -> float:
        each = np.concatenate([losses(*batch, temperature) for batch in batches])
        return float(np.sum(each, where=np.isfinite(each), dtype=float))

    if not any(np.isfinite(losses(*batch, 1.0)).any() for batch in batches):
        raise ValueError(
            "Fitting a temperature needs sentences with gold labels that the model "
            "knows and allows."
        )
    found = minimise(loss)
    if not LEAST * 1.01 < found < MOST / 1.01:
        logger.warning(
            "The best temperature is at the end of what is searched, %.2f. Are these "
            "enough sentences, which the model was not trained on?",
            found,
        )
    return found


def minimise(loss: Callable[[float], float]) -> float:
    """Return where a loss of the temperature is least, by golden section of its log.

    The negative log-likelihood is convex in 1 / temperature, so it has one minimum.

    >>> round(minimise(lambda t: (t - 2) ** 2), 3)
    2.0
    """
    low, high = math.log(LEAST), math.log(MOST)
    left, right = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
    at_left, at_right = loss(math.exp(left)), loss(math.exp(right))
    while high - low > _PRECISION:
        if at_left <= at_right:
            high, right, at_right = right, left, at_left
            left = high - _GOLDEN * (high - low)
            at_left = loss(math.exp(left))
        else:
            low, left, at_left = left, right, at_right
            right = low + _GOLDEN * (high - low)
            at_right = loss(math.exp(right))
    return math.exp((low + high) / 2)


def _batches(sentences: Sequence[tuple[np.ndarray, np.ndarray]]) -> list[tuple]:
    """Return padded emissions `[B, T, K]`, labels `[B, T]` and lengths `[B]`."""
    from neuralnets.framework import tf

    lengths = np.array([len(gold) for _, gold in sentences], np.int32)
    batches = []
    for chosen in tagging_batches(lengths):
        shape = len(chosen), int(lengths[chosen].max())
        scores = np.zeros((*shape, sentences[chosen[0]][0].shape[1]), np.float32)
        labels = np.zeros(shape, np.int32)
        for row, index in enumerate(chosen):
            emissions, gold = sentences[index]
            scores[row, : len(gold)], labels[row, : len(gold)] = emissions, gold
        batches.append(tuple(map(tf.constant, (scores, labels, lengths[chosen]))))
    return batches
