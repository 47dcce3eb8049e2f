"""Sums over all label paths of a chain, token by token, as logs in double precision.

What arrives at a token, from before it and from behind it, is scaled before it goes
on, so that neither the range of the numbers nor what is rounded grows with a sentence's
length. The scores are `[T, B, K]`, time first, those of the ends included.
"""

from __future__ import annotations

import numpy as np

from neuralnets.inference.chains import finite

# Below it, a sum of products may lack parts that double precision rounds to 0 (e^-708).
_LEAST = 1e-250


class Factors:
    """Transitions of which the largest is 0, and their exponentials, `[K, K]`."""

    def __init__(self, transitions: np.ndarray):
        self.logs = transitions.astype(np.float64)
        self.values = np.exp(self.logs)
        self.allowed = np.isfinite(self.logs).astype(np.float64)

    def transposed(self) -> Factors:
        """Return the factors from the next to the previous label."""
        return Factors(self.logs.T)


def logsumexp(values: np.ndarray, axis: int, keepdims: bool = False) -> np.ndarray:
    """Return the log of the sum of exponentials; of nothing it is minus infinity."""
    most = finite(values.max(axis, keepdims=True))
    with np.errstate(divide="ignore"):
        sums = np.log(np.exp(values - most).sum(axis, keepdims=True)) + most
    return sums if keepdims else np.squeeze(sums, axis)


def log_scaled(values: np.ndarray) -> np.ndarray:
    """Return logs of which the exponentials add up to 1 over the labels."""
    return values - finite(logsumexp(values, -1, keepdims=True))


def step(values: np.ndarray, factors: Factors) -> np.ndarray:
    """Return `log(exp(values) @ factors)`, whatever is rounded to 0; `[B, K]`."""
    most = finite(values.max(-1, keepdims=True))
    values = values - most
    sums = np.exp(values) @ factors.values
    small = sums < _LEAST
    # What is rounded to 0 matters only where there is a way at all.
    if small.any() and (small & (np.isfinite(values) @ factors.allowed > 0)).any():
        return logsumexp(values[..., None] + factors.logs, 1) + most
    with np.errstate(divide="ignore"):
        return np.log(sums) + most


def messages(
    scores: np.ndarray, labels: np.ndarray, present: np.ndarray, factors: Factors
) -> tuple[np.ndarray, np.ndarray]:
    """Return the logs of what arrives at each token from before and from behind it.

    Args:
        scores: `[T, B, K]`, 0 in the padding.
        labels: A label sequence that is not forbidden, `[T, B]`.
        present: What is no padding, `[T, B, 1]`.
        factors: Of the transitions.

    Returns:
        Two times `[T, B, K]`, exact up to something that only depends on the token.
    """
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        local = np.exp(scores - scores.max(2, keepdims=True))
        before, behind = _pass_on(local, 1, present, factors, _quick_step)
        upto = before * local
        both = (upto * behind).sum(2) / upto.sum(2)
        own = np.minimum(before, behind)
        own = np.take_along_axis(own, labels[..., None], 2)
        # What is rounded to 0 would then add nothing that counts.
        if (both > _LEAST**0.5).all() and (own > 0).all():
            return np.log(before), np.log(behind)
    return _pass_on(scores, 0, present, factors, _log_step)


def _quick_step(arriving, local, factors):
    arriving = arriving * local
    arriving /= arriving.sum(1, keepdims=True)
    return arriving @ factors.values


def _log_step(arriving, local, factors):
    return step(log_scaled(arriving + local), factors)


def _pass_on(local, nothing, present, factors, go_on):
    """Pass messages both ways; `nothing` is what adds nothing."""
    before, behind = np.full_like(local, nothing), np.full_like(local, nothing)
    back = factors.transposed()
    padded = not present.all()
    for t in range(1, len(local)):
        before[t] = go_on(before[t - 1], local[t - 1], factors)
        u = len(local) - t
        behind[u - 1] = go_on(behind[u], local[u], back)
        if padded:
            behind[u - 1] = np.where(present[u], behind[u - 1], nothing)
    return before, behind
