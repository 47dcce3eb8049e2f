"""The linear-chain CRF as pure functions (Lafferty et al. 2001), in float32.

Shapes and parameters: see `chain.py`.
"""

from __future__ import annotations

from neuralnets.framework import tf
from neuralnets.keraslayers import agreement, markov, sums
from neuralnets.keraslayers.best_paths import nbest, viterbi
from neuralnets.keraslayers.chain import (
    Chain,
    highest,
    mask,
    near_zero,
    own_scores,
    path_score,
    total,
    with_ends,
)
from neuralnets.keraslayers.messages import factors_of, shift_of

__all__ = [
    "Chain",
    "cross_entropy",
    "expected_share",
    "log_partition",
    "log_probabilities",
    "marginals",
    "nbest",
    "negative_log_agreement",
    "negative_log_likelihood",
    "path_score",
    "viterbi",
]


def negative_log_likelihood(
    emissions: tf.Tensor, labels: tf.Tensor, lengths: tf.Tensor, chain: Chain
) -> tf.Tensor:
    """Return minus the log-probability of each sentence's label path, `[B]`.

    Its gradient with respect to the emissions is the marginals minus the one-hot
    labels.

    Args:
        emissions: `[B, T, K]`.
        labels: `[B, T]` integers; what stands in the padding is ignored.
        lengths: `[B]`.
        chain: The transition, start and end scores.
    """
    scores, transitions = _lowered(emissions, lengths, chain)
    own = own_scores(scores, labels, lengths, transitions)
    # Path and partition are compared token by token: both may be large in the end.
    return sums.log_partition(
        tf.transpose(scores, [1, 0, 2]), tf.transpose(own), lengths, transitions
    )


def negative_log_agreement(
    emissions: tf.Tensor,
    allowed: tf.Tensor,
    lengths: tf.Tensor,
    chain: Chain,
    weights: tf.Tensor | None = None,
) -> tf.Tensor:
    """Return minus the log-probability that each sentence's path is allowed, `[B]`.

    Its gradient with respect to the emissions is the marginals minus those of the
    allowed paths alone (Bellare & McCallum 2007; Tsuboi et al. 2008).

    Args:
        emissions: `[B, T, K]`.
        allowed: The labels that each token may have, `[B, T, K]` booleans; what stands
            in the padding is ignored.
        lengths: `[B]`.
        chain: The transition, start and end scores. A path must be left.
        weights: Of the tokens, `[B, T]`; see `agreement.weighted_disagreement`.
    """
    scores, transitions = _lowered(emissions, lengths, chain)
    allowed |= ~mask(emissions, lengths)[..., None]
    given = (tf.transpose(values, [1, 0, 2]) for values in (scores, allowed))
    if weights is None:
        return agreement.negative_log_agreement(*given, lengths, transitions)
    return agreement.weighted_disagreement(
        *given, tf.transpose(weights), lengths, transitions
    )


def cross_entropy(
    emissions: tf.Tensor,
    labels: tf.Tensor,
    pairs: tf.Tensor,
    lengths: tf.Tensor,
    chain: Chain,
) -> tf.Tensor:
    """Return the cross entropy with another distribution over label paths, `[B]`.

    That is the log-partition less the score that the other distribution expects, for
    which its marginals suffice. The gradient is the difference of the marginals, those
    here minus those there, of labels as of pairs; it is 0 where both are the same.

    Args:
        emissions: `[B, T, K]`.
        labels: The other's probability of each label at each token, `[B, T, K]`; what
            stands in the padding is ignored.
        pairs: How often it expects each label (row) before each one (column), over the
            whole sentence, `[B, K, K]`.
        lengths: `[B]`.
        chain: The transition, start and end scores.
    """
    scores, transitions = _lowered(emissions, lengths, chain)
    # What never happens there may be forbidden here: 0 times minus infinity.
    own = tf.reduce_sum(tf.math.multiply_no_nan(scores, labels), 2)
    own = tf.where(mask(emissions, lengths), own, 0.0)
    steps = tf.reduce_sum(tf.math.multiply_no_nan(transitions, pairs), [1, 2])
    found = sums.log_partition(
        tf.transpose(scores, [1, 0, 2]), tf.transpose(own), lengths, transitions
    )
    return found - steps


def log_probabilities(
    emissions: tf.Tensor, labels: tf.Tensor, lengths: tf.Tensor, chain: Chain
) -> tf.Tensor:
    """Return the log-probabilities of several label paths of each sentence.

    Args:
        emissions: `[B, T, K]`.
        labels: `[B, n, T]`.
        lengths: `[B]`.
        chain: The transition, start and end scores.

    Returns:
        `[B, n]`, without a gradient.
    """
    scores, transitions = _lowered(emissions, lengths, chain)
    labels = tf.transpose(labels, [0, 2, 1])
    own = own_scores(scores, labels, lengths, transitions)  # [B, T, n]
    scores = tf.transpose(scores, [1, 0, 2])
    growth = sums.collect(scores, lengths, factors_of(transitions)).growth
    present = mask(emissions, lengths)[..., None]
    return total(tf.where(present, own - tf.transpose(growth)[..., None], 0.0), 1)


def log_partition(emissions: tf.Tensor, lengths: tf.Tensor, chain: Chain) -> tf.Tensor:
    """Return the log of the sum over all paths of the exponentiated score, `[B]`."""
    scores, transitions = _lowered(emissions, lengths, chain)
    scores = tf.transpose(scores, [1, 0, 2])
    nothing = tf.zeros(tf.shape(scores)[:2])
    steps = tf.range(tf.shape(scores)[0]) > 0
    lowered = tf.where(steps, shift_of(chain.transitions), 0.0)
    lowered += tf.squeeze(highest(emissions), 2)  # [B, T]
    lowered = total(tf.where(mask(emissions, lengths), lowered, 0.0), 1)
    return lowered + sums.log_partition(scores, nothing, lengths, transitions)


def marginals(emissions: tf.Tensor, lengths: tf.Tensor, chain: Chain) -> tf.Tensor:
    """Return the probability of each label at each token, `[B, T, K]`; 0 in padding."""
    scores, transitions = _lowered(emissions, lengths, chain)
    found = sums.collect(
        tf.transpose(scores, [1, 0, 2]), lengths, factors_of(transitions)
    )
    return tf.transpose(found.marginals, [1, 0, 2])


def expected_share(
    emissions: tf.Tensor, lengths: tf.Tensor, chain: Chain, labels: tf.Tensor
) -> tf.Tensor:
    """Return the expected share of tokens with some of the labels, a scalar.

    Args:
        emissions: `[B, T, K]`.
        lengths: `[B]`, of some token in all.
        chain: The transition, start and end scores.
        labels: Which labels, `[K]` booleans.
    """
    scores, transitions = _lowered(emissions, lengths, chain)
    found = markov.marginals(tf.transpose(scores, [1, 0, 2]), lengths, transitions)
    there = mask(emissions, lengths)[..., None] & labels
    count = tf.cast(tf.reduce_sum(lengths), tf.float32)
    found = tf.where(there, tf.transpose(found, [1, 0, 2]), 0.0)
    return tf.reduce_sum(found) / count


def _lowered(
    emissions: tf.Tensor, lengths: tf.Tensor, chain: Chain
) -> tuple[tf.Tensor, tf.Tensor]:
    """Return scores of labels `[B, T, K]` and transitions less their maxima.

    This changes the scores of all paths alike.
    """
    transitions = chain.transitions - shift_of(chain.transitions)
    return with_ends(near_zero(emissions), lengths, chain), transitions
