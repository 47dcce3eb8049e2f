"""How probable it is that a label path agrees with what is known of its labels.

What is known are sets: at each token some labels are allowed, all of them where nothing
is known. The scores here are `[T, B, K]`, time first, those of the ends included; for
the other shapes and the parameters see `chain.py`.
"""

from __future__ import annotations

from neuralnets.framework import tf
from neuralnets.keraslayers import messages, sums
from neuralnets.keraslayers.chain import time_mask, total

# In place of minus infinity where TensorFlow derives the gradients: e^-10,000 is 0.
_HARDLY = -1e4


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
    scores = tf.where(present[..., None], tf.maximum(scores, _HARDLY), 0.0)
    transitions = tf.maximum(transitions, _HARDLY)
    agreeing = tf.where(allowed | ~present[..., None], 0.0, _HARDLY)
    nothing = tf.zeros_like(scores[:1])
    following = tf.concat([scores[1:], nothing], 0)
    goes_on = tf.concat([present[1:], tf.zeros_like(present[:1])], 0)

    def backward(behind, given):
        score, on = given
        arriving = transitions + (score + behind)[:, None]  # [B, K, K]
        behind = messages.log_scaled(tf.reduce_logsumexp(arriving, 2))
        return tf.where(on[:, None], behind, 0.0)

    behind = tf.scan(backward, (following, goes_on), nothing[0], reverse=True)

    # Of a label, the probability of the next one: the chain as a Markov chain.
    def forward(state, given):
        before, _ = state
        score, allowed_here = given
        steps = tf.nn.log_softmax(transitions + score[:, None])
        return _agree(tf.reduce_logsumexp(before[..., None] + steps, 1), allowed_here)

    first = _agree(tf.nn.log_softmax(scores[0] + behind[0]), agreeing[0])
    rest = tf.scan(forward, (scores[1:] + behind[1:], agreeing[1:]), first)
    logs = tf.concat([first[1][None], rest[1]], 0)  # [T, B]
    return -total(tf.where(present, logs * weights, 0.0), 0)


def _agree(logs: tf.Tensor, agreeing: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Return the labels' log-probabilities if one that agrees is right, and its own."""
    logs += agreeing
    own = tf.reduce_logsumexp(logs, 1)
    return logs - own[:, None], own
