"""Sums over all label paths of a chain by message passing, in log space.

A step is a matrix product of probabilities, `log(exp(a - max) @ factors)`. Where
float32 rounds to 0 the only way that is left, an exact step adds up the logs instead.

Shapes and parameters: see `chain.py`. The scores here are `[T, B, K]`, time first,
those of the ends included.
"""

from __future__ import annotations

from typing import NamedTuple

from neuralnets.framework import tf
from neuralnets.keraslayers.chain import tensor_list

# Transitions below e^-69 of the best count as e^-69, unless they are forbidden or the
# steps are exact.
_LEAST = 1e-30


class Factors(NamedTuple):
    """Exponentiated transitions, scaled to at most 1.

    Attributes:
        values: The factors, `[K, K]`.
        shift: Log of what they were divided by.
        logs: The logs of the factors `[K, K]`, for exact steps; None: quick steps do.
    """

    values: tf.Tensor
    shift: tf.Tensor
    logs: tf.Tensor | None = None


def quick_factors(transitions: tf.Tensor) -> Factors:
    """Return factors for chains in which nothing is forbidden."""
    shift = tf.reduce_max(transitions)
    factors = tf.maximum(tf.exp(transitions - shift), _LEAST)
    return Factors(tf.where(tf.math.is_inf(transitions), 0.0, factors), shift)


def exact_factors(transitions: tf.Tensor) -> Factors:
    """Return factors whose steps are exact, whatever is forbidden or unlikely."""
    shift = _finite(tf.reduce_max(transitions))
    logs = transitions - shift
    return Factors(tf.exp(logs), shift, logs)


def transposed(factors: Factors) -> Factors:
    """Return the factors from the next to the previous label."""
    logs = None if factors.logs is None else tf.transpose(factors.logs)
    return Factors(tf.transpose(factors.values), factors.shift, logs)


def step(values: tf.Tensor, factors: Factors) -> tf.Tensor:
    """Return `log(exp(values) @ exp(transitions))`, `[B, K]` from `[B, K]`."""
    sums, most = _log_sums(values, factors)
    return sums + most + factors.shift


def forward(
    scores: tf.Tensor, present: tf.Tensor, factors: Factors
) -> tuple[tf.Tensor, tf.Tensor]:
    """Return the log of the sums over paths up to each token, and over all of them.

    Args:
        scores: `[T, B, K]`.
        present: Which entries are tokens, `[T, B]`.
        factors: Of the transitions.

    Returns:
        `[T, B, K]`, the scores of the token itself included, and `[B]`.
    """
    steps = tf.shape(scores)[0]

    def body(t, a, alphas):
        following, most = _log_sums(a, factors)
        following += most + factors.shift + scores[t]
        a = tf.where(present[t][:, None], following, a)
        return t + 1, a, alphas.write(t, a)

    alphas = tensor_list(steps, [None, scores.shape[2]]).write(0, scores[0])
    _, last, alphas = tf.while_loop(
        lambda t, *_: t < steps, body, (1, scores[0], alphas)
    )
    return alphas.stack(), tf.reduce_logsumexp(last, 1)


def backward(scores: tf.Tensor, present: tf.Tensor, factors: Factors) -> tf.Tensor:
    """Return the log of the sums over paths that follow each token, `[T, B, K]`."""
    steps = tf.shape(scores)[0]
    back = transposed(factors)
    zeros = tf.zeros_like(scores[0])

    def body(t, b, betas):
        before = step(scores[t] + b, back)
        b = tf.where(present[t][:, None], before, b)
        return t - 1, b, betas.write(t - 1, b)

    betas = tensor_list(steps, [None, scores.shape[2]]).write(steps - 1, zeros)
    *_, betas = tf.while_loop(lambda t, *_: t > 0, body, (steps - 1, zeros, betas))
    return betas.stack()


def _log_sums(values: tf.Tensor, factors: Factors) -> tuple[tf.Tensor, tf.Tensor]:
    """Return what a step gives `[B, K]`, less the maximum `[B, 1]` and the shift."""
    most = tf.reduce_max(values, 1, keepdims=True)
    if factors.logs is None:
        return tf.math.log(tf.matmul(tf.exp(values - most), factors.values)), most
    most = _finite(most)
    values -= most
    sums = tf.matmul(tf.exp(values), factors.values)
    # The ways that float32 rounds to 0 matter only where hardly another one is left.
    ways = tf.matmul(
        tf.cast(tf.math.is_finite(values), tf.float32),
        tf.cast(tf.math.is_finite(factors.logs), tf.float32),
    )
    lost = tf.reduce_any((sums < _LEAST) & (ways > 0))
    log_sums = tf.cond(
        lost,
        lambda: tf.reduce_logsumexp(values[:, :, None] + factors.logs, 1),
        lambda: tf.math.log(sums),
    )
    return log_sums, most


def _finite(values: tf.Tensor) -> tf.Tensor:
    """Return the values, 0 for minus infinity."""
    return tf.where(tf.math.is_finite(values), values, 0.0)
