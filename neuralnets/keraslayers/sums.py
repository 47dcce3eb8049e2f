"""What all label paths of a chain add up to, with the gradient by hand.

Shapes and parameters: see `chain.py`. The scores here are `[T, B, K]`, time first,
those of the ends included.
"""

from __future__ import annotations

from typing import NamedTuple

from neuralnets.framework import tf
from neuralnets.keraslayers import messages
from neuralnets.keraslayers.chain import time_mask, total
from neuralnets.keraslayers.messages import Factors

# A label e^87 times less likely than another one counts as impossible here. Where no
# two transitions are further apart than this, those to its neighbours make up for e^60
# of that at most, and e^-27 is nothing. Else each sum is looked at.
_CLOSE = 30.0
# Joint probabilities of what arrives from both sides that are surely not rounded to 0.
_LEAST_JOINT = 1e-20
_NEVER = float("-inf")


class Sums(NamedTuple):
    """The sums over all paths, token by token.

    Attributes:
        growth: Log of the factor by which the paths up to each token become more,
            `[T, B]`. The log-partition is the sum of it, and the transitions' shift
            for each step.
        marginals: The probability of each label at each token, `[T, B, K]`.
        upto, onward: The probability that two labels follow each other is the product
            of `upto` of the first, `onward` of the second and the factor between them,
            `[T, B, K]`.
        logs: Whether the last two are logs, a scalar.
    """

    growth: tf.Tensor
    marginals: tf.Tensor
    upto: tf.Tensor
    onward: tf.Tensor
    logs: tf.Tensor


def collect(scores: tf.Tensor, lengths: tf.Tensor, factors: Factors) -> Sums:
    """Add up the paths: quickly where that is exact, else in logs.

    What stands in the padding is 0, or minus infinity in logs.
    """
    present = time_mask(scores, lengths)[..., None]
    scores = tf.where(present, scores, 0.0)
    passed = _pass_on(scores, lengths, factors)
    chosen = tf.cond(
        passed.lost,
        lambda: _exact(scores, lengths, present, factors),
        lambda: _quick(passed, present),
    )
    return Sums(*chosen, passed.lost)


def log_messages(
    scores: tf.Tensor, lengths: tf.Tensor, factors: Factors
) -> tuple[tf.Tensor, tf.Tensor]:
    """Return what `messages.log_messages` does, in a quicker way where that will do."""
    scores = tf.where(time_mask(scores, lengths)[..., None], scores, 0.0)
    passed = _pass_on(scores, lengths, factors)
    return tf.cond(
        passed.lost,
        lambda: messages.log_messages(scores, lengths, factors),
        lambda: (tf.math.log(passed.before), tf.math.log(passed.behind)),
    )


@tf.custom_gradient
def log_partition(
    scores: tf.Tensor, own: tf.Tensor, lengths: tf.Tensor, transitions: tf.Tensor
) -> tf.Tensor:
    """Return the log-partition `[B]`, relative to a path and without shifts.

    It can be differentiated once.

    Args:
        scores: `[T, B, K]`.
        own: What each token adds to the score of the path, `[T, B]`.
        lengths: `[B]`.
        transitions: `[K, K]`.
    """
    factors = messages.factors_of(transitions)
    sums = collect(scores, lengths, factors)
    present = time_mask(scores, lengths)

    def gradient(upstream):
        weights = tf.where(present, upstream, 0.0)  # [T, B]
        found = pairs(sums, weights, factors)
        return sums.marginals * weights[..., None], -weights, None, found

    return total(tf.where(present, sums.growth - own, 0.0), 0), gradient


def pairs(sums: Sums, weights: tf.Tensor, factors: Factors) -> tf.Tensor:
    """Return how often labels follow each other, `[K, K]`.

    Args:
        sums: Of the paths.
        weights: How often the step into each token counts, `[T, B]`.
        factors: Of the transitions.
    """
    weights = weights[1:]  # into each token but the first
    return tf.cond(
        sums.logs,
        lambda: _exact_pairs(sums, weights, factors),
        lambda: _quick_pairs(sums, weights, factors),
    )


class _Passed(NamedTuple):
    """Messages as probabilities.

    Attributes:
        most: The largest score of each token, `[T, B, 1]`.
        local: Exponentiated scores, the largest 1, `[T, B, K]`.
        before, behind: What arrives from both sides, `[T, B, K]`.
        lost: Whether they lack something that may count, a scalar.
    """

    most: tf.Tensor
    local: tf.Tensor
    before: tf.Tensor
    behind: tf.Tensor
    lost: tf.Tensor


def _pass_on(scores, lengths, factors):
    """Pass messages as probabilities, and look whether that is exact."""
    most = tf.reduce_max(scores, 2, keepdims=True)
    local = tf.exp(scores - most)
    before, behind = messages.messages(local, lengths, factors)

    def look():
        # What is possible at a token, given what is possible at its neighbours.
        present = time_mask(scores, lengths)[..., None]
        possible = present & tf.math.is_finite(scores)
        upto, onward = before * local, behind * local
        every = tf.ones_like(possible[:1])
        from_before = tf.concat([every, messages.ways(upto[:-1] > 0, factors)], 0)
        back = messages.transposed(factors)
        from_behind = messages.ways(onward[1:] > 0, back) | ~present[1:]
        from_behind = tf.concat([from_behind, every], 0)
        both = tf.reduce_sum(messages.scaled(upto) * behind, 2, keepdims=True)
        return (
            messages.too_small(upto, possible & from_before)
            | messages.too_small(onward, possible & from_behind)
            | tf.reduce_any(~(both >= _LEAST_JOINT) & present)
        )

    far = tf.reduce_min(factors.logs) < -_CLOSE
    return _Passed(most, local, before, behind, tf.cond(far, look, lambda: False))


def _quick(passed, present):
    """Return the sums by products of probabilities."""
    upto = passed.before * passed.local
    grown = tf.reduce_sum(upto, 2, keepdims=True)
    joint = upto / grown * passed.behind
    both = tf.reduce_sum(joint, 2, keepdims=True)
    onward = messages.scaled(passed.behind * passed.local)
    return (
        tf.squeeze(tf.math.log(grown) + passed.most, 2),
        tf.where(present, joint / both, 0.0),
        tf.where(present, upto / (grown * both), 0.0),
        tf.where(present, onward, 0.0),
    )


def _exact(scores, lengths, present, factors):
    """Return the sums by logs, in double precision: they may be far below 0."""
    scores = tf.cast(scores, tf.float64)
    factors = messages.factors_of(tf.cast(factors.logs, tf.float64))
    before, behind = messages.log_messages(scores, lengths, factors)
    upto = before + scores
    joint = messages.log_scaled(upto) + behind
    both = tf.reduce_logsumexp(joint, 2, keepdims=True)
    never = tf.constant(_NEVER, tf.float64)
    found = (
        tf.reduce_logsumexp(upto, 2),
        tf.where(present, tf.exp(joint - both), 0.0),
        tf.where(present, messages.log_scaled(upto) - both, never),
        tf.where(present, messages.log_scaled(behind + scores), never),
    )
    return tuple(tf.cast(values, tf.float32) for values in found)


def _quick_pairs(sums: Sums, weights: tf.Tensor, factors: Factors) -> tf.Tensor:
    """Return how often labels follow each other, `[K, K]`, weighted `[T - 1, B]`."""
    labels = tf.shape(factors.values)[0]
    upto = tf.reshape(sums.upto[:-1] * weights[..., None], [-1, labels])
    onward = tf.reshape(sums.onward[1:], [-1, labels])
    return tf.matmul(upto, onward, transpose_a=True) * factors.values


def _exact_pairs(sums: Sums, weights: tf.Tensor, factors: Factors) -> tf.Tensor:
    """Return the same from logs, token by token."""

    def body(t, found):
        logs = sums.upto[t][:, :, None] + sums.onward[t + 1][:, None] + factors.logs
        counts = tf.exp(tf.minimum(logs, 0.0)) * weights[t][:, None, None]
        return t + 1, found + tf.reduce_sum(counts, 0)

    steps = tf.shape(weights)[0]
    start = (0, tf.zeros_like(factors.values))
    return tf.while_loop(lambda t, _: t < steps, body, start)[1]
