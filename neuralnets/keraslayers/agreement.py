"""How probable it is that a label path agrees with what is known of its labels.

What is known are sets: at each token some labels are allowed, all of them where nothing
is known. The scores here are `[T, B, K]`, time first, those of the ends included; for
the other shapes and the parameters see `chain.py`.
"""

from __future__ import annotations

from neuralnets.framework import tf
from neuralnets.keraslayers import markov, messages, sums
from neuralnets.keraslayers.chain import time_mask, total


@tf.custom_gradient
def negative_log_agreement(
    scores: tf.Tensor, allowed: tf.Tensor, lengths: tf.Tensor, transitions: tf.Tensor
) -> tf.Tensor:
    """Return minus the log of the share that agreeing paths have in all, `[B]`.

    Its gradient is the difference of two marginals: of all paths, and of those that
    agree (Tsuboi et al. 2008). It can be differentiated once.

    Args:
        scores: `[T, B, K]`.
        allowed: Which labels agree, `[T, B, K]`; some path of each sentence must.
        lengths: `[B]`.
        transitions: `[K, K]`; the largest is 0.
    """
    factors = messages.factors_of(transitions)
    every = sums.collect(scores, lengths, factors)
    some = sums.collect(tf.where(allowed, scores, float("-inf")), lengths, factors)
    present = time_mask(scores, lengths)

    def gradient(upstream):
        weights = tf.where(present, upstream, 0.0)  # [T, B]
        pairs = (sums.pairs(found, weights, factors) for found in (every, some))
        difference = (every.marginals - some.marginals) * weights[..., None]
        return difference, None, None, tf.subtract(*pairs)

    # Token by token: both sums may be large in the end.
    return total(tf.where(present, every.growth - some.growth, 0.0), 0), gradient


def weighted_disagreement(
    scores: tf.Tensor,
    allowed: tf.Tensor,
    weights: tf.Tensor,
    lengths: tf.Tensor,
    transitions: tf.Tensor,
) -> tf.Tensor:
    """Return the same as a weighted sum over tokens, `[B]`.

    A token adds minus the log of the probability that its label agrees, given that
    those before it do. With weights of 1 that is `negative_log_agreement`.

    Args:
        scores, allowed, lengths, transitions: As there.
        weights: Of the tokens, `[T, B]`.
    """
    present = time_mask(scores, lengths)
    ahead, transitions = markov.chain(scores, lengths, transitions)
    agreeing = tf.where(allowed | ~present[..., None], 0.0, markov.HARDLY)

    def forward(state, given):
        before, _ = state
        here, agreeing_here, first = given
        return _agree(markov.step(before, here, transitions, first), agreeing_here)

    start = tf.zeros_like(ahead[0]), tf.zeros_like(ahead[0, :, 0])
    given = ahead, agreeing, markov.firsts(ahead)
    _, logs = tf.scan(forward, given, start)  # [T, B]
    return -total(tf.where(present, logs * weights, 0.0), 0)


def _agree(logs: tf.Tensor, agreeing: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Return the labels' log-probabilities if one that agrees is right, and its own."""
    logs += agreeing
    own = tf.reduce_logsumexp(logs, 1)
    return logs - own[:, None], own
