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
    scores: np.ndarray, present: np.ndarray, factors: Factors
) -> tuple[np.ndarray, np.ndarray]:
    """Return the logs of what arrives at each token from before and from behind it.

    Args:
        scores: `[T, B, K]`, 0 in the padding.
        present: What is no padding, `[T, B, 1]`.
        factors: Of the transitions.

    Returns:
        Two times `[T, B, K]`, exact up to something that only depends on the token.
    """
    before, behind = np.zeros_like(scores), np.zeros_like(scores)
    back = factors.transposed()
    for t in range(1, len(scores)):
        before[t] = step(log_scaled(before[t - 1] + scores[t - 1]), factors)
        u = len(scores) - t
        arriving = step(log_scaled(behind[u] + scores[u]), back)
        behind[u - 1] = np.where(present[u], arriving, 0)
    return before, behind
