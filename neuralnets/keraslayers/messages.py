"""Sums over all label paths of a chain by message passing, scaled at each token.

What arrives at a token, from the tokens before it and from those behind it, is scaled
to a sum of 1 before it goes on (Rabiner 1989). So neither the range of the numbers nor
what is rounded grows with the length of a sentence.

The scores here are `[T, B, K]`, time first, those of the ends included. For the other
shapes and the parameters see `chain.py`.
"""

from __future__ import annotations

from typing import Callable, NamedTuple

from neuralnets.framework import tf
from neuralnets.keraslayers.chain import finite, tensor_list, time_mask

# Below it, a sum of probabilities may lack parts that float32 rounds to 0 (e^-87).
_LEAST = 1e-30


class Factors(NamedTuple):
    """Exponentiated transitions, `[K, K]`; the largest of them is 1.

    Attributes:
        values: The factors.
        logs: Their logs.
    """

    values: tf.Tensor
    logs: tf.Tensor


def shift_of(transitions: tf.Tensor) -> tf.Tensor:
    """Return what transitions are lowered by, a scalar: the largest becomes 0."""
    return tf.stop_gradient(finite(tf.reduce_max(transitions)))


def factors_of(transitions: tf.Tensor) -> Factors:
    """Return the factors of transitions that were lowered by their `shift_of`."""
    return Factors(tf.exp(transitions), transitions)


def transposed(factors: Factors) -> Factors:
    """Return the factors from the next to the previous label."""
    return Factors(*map(tf.transpose, factors))


def log_messages(
    scores: tf.Tensor, lengths: tf.Tensor, factors: Factors
) -> tuple[tf.Tensor, tf.Tensor]:
    """Return the logs of what arrives at each token from before and from behind it.

    Args:
        scores: `[T, B, K]`, 0 in the padding.
        lengths: `[B]`.
        factors: Of the transitions.

    Returns:
        Two times `[T, B, K]`, exact up to something that only depends on the token.
    """

    def go_on(arriving, local, ways):
        return step(log_scaled(arriving + local), ways)

    return _pass_on(scores, 0.0, lengths, factors, go_on)


def messages(
    scores: tf.Tensor, lengths: tf.Tensor, factors: Factors
) -> tuple[tf.Tensor, tf.Tensor]:
    """Return the same as probabilities, from exponentiated scores (1 in the padding).

    It is several times as fast, but what is less than e^-87 of the rest becomes 0.
    """

    def go_on(arriving, local, ways):
        return tf.matmul(scaled(arriving * local), ways.values)

    return _pass_on(scores, 1.0, lengths, factors, go_on)


def scaled(values: tf.Tensor) -> tf.Tensor:
    """Return the values, divided by their sum over the labels."""
    return values / tf.reduce_sum(values, -1, keepdims=True)


def log_scaled(values: tf.Tensor) -> tf.Tensor:
    """Return logs of which the exponentials add up to 1 over the labels."""
    return values - finite(tf.reduce_logsumexp(values, -1, keepdims=True))


def step(values: tf.Tensor, factors: Factors) -> tf.Tensor:
    """Return `log(exp(values) @ factors)`, whatever float32 rounds to 0.

    Args:
        values: `[B, K]`.
        factors: Of the transitions.
    """
    most = finite(tf.reduce_max(values, -1, keepdims=True))
    values -= most
    sums = tf.matmul(tf.exp(values), factors.values)
    # The ways that are rounded to 0 matter only where hardly another one is left.
    lost = too_small(sums, ways(tf.math.is_finite(values), factors))
    log_sums = tf.cond(
        lost,
        lambda: tf.reduce_logsumexp(values[..., None] + factors.logs, 1),
        lambda: tf.math.log(sums),
    )
    return log_sums + most


def ways(labels: tf.Tensor, factors: Factors) -> tf.Tensor:
    """Return where transitions that are not forbidden lead from labels, `[..., K]`."""
    allowed = tf.cast(tf.math.is_finite(factors.logs), tf.float32)
    return tf.matmul(tf.cast(labels, tf.float32), allowed) > 0


def too_small(sums: tf.Tensor, possible: tf.Tensor) -> tf.Tensor:
    """Return whether possible ones among the sums may lack something, a scalar."""
    return tf.reduce_any(~(sums >= _LEAST) & possible)


def _pass_on(
    local: tf.Tensor,
    nothing: float,
    lengths: tf.Tensor,
    factors: Factors,
    go_on: Callable[[tf.Tensor, tf.Tensor, Factors], tf.Tensor],
) -> tuple[tf.Tensor, tf.Tensor]:
    """Pass messages both ways at once.

    Args:
        local: What each token adds, `[T, B, K]`; nothing in the padding.
        nothing: What adds nothing.
        lengths: `[B]`.
        factors: Of the transitions.
        go_on: What arrives at the next token `[B, K]`, of what arrived at this one,
            what this one adds, and the factors in this direction.
    """
    back = transposed(factors)
    present = time_mask(local, lengths)[..., None]
    last = tf.shape(local)[0] - 1
    first = tf.fill(tf.shape(local)[1:], tf.cast(nothing, local.dtype))

    def body(t, before, behind, all_before, all_behind):
        # `gather` is quicker than a slice.
        before = go_on(before, tf.gather(local, t), factors)
        u = last - t
        behind = go_on(behind, tf.gather(local, u), back)
        behind = tf.where(tf.gather(present, u), behind, first)
        all_before = all_before.write(t + 1, before)
        return t + 1, before, behind, all_before, all_behind.write(u - 1, behind)

    shape = [None, local.shape[2]]
    lists = (
        tensor_list(last + 1, shape, local.dtype).write(at, first) for at in (0, last)
    )
    *_, before, behind = tf.while_loop(
        lambda t, *_: t < last, body, (0, first, first, *lists)
    )
    return before.stack(), behind.stack()
