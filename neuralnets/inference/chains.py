"""What all functions on linear chains share, on arrays.

Shapes and parameters: see `neuralnets/keraslayers/chain.py`, whose functions these are.
"""

from __future__ import annotations

import numpy as np

from neuralnets.keraslayers.parts import Chain


def free_chain(labels: int) -> Chain:
    """Return a chain without preferences: every token is on its own."""
    zeros = np.zeros(labels, np.float32)
    return Chain(np.zeros((labels, labels), np.float32), zeros, zeros)


def at_temperature(
    emissions: np.ndarray, chain: Chain, temperature: float
) -> tuple[np.ndarray, Chain]:
    """Return emissions, less their maxima, and chain, divided by the temperature."""
    emissions = near_zero(emissions)
    if temperature == 1:
        return emissions, chain
    scale = np.float32(temperature)
    return emissions / scale, Chain(*(scores / scale for scores in chain))


def near_zero(emissions: np.ndarray) -> np.ndarray:
    """Return emissions less the maximum of each token: float32 then rounds less."""
    return emissions - finite(emissions.max(2, keepdims=True))


def finite(values: np.ndarray) -> np.ndarray:
    """Return the values, 0 for what is infinite."""
    return np.where(np.isfinite(values), values, np.zeros((), values.dtype))


def with_ends(emissions: np.ndarray, lengths: np.ndarray, chain: Chain) -> np.ndarray:
    """Return emissions plus the first token's start and the last one's end scores."""
    scores = emissions.copy()
    if scores.size:
        scores[:, 0] += chain.start
        scores[np.arange(len(lengths)), lengths - 1] += chain.end
    return scores


def mask(emissions: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Return which entries are tokens and not padding, `[B, T]`."""
    return np.arange(emissions.shape[1]) < lengths[:, None]


def path_score(
    emissions: np.ndarray, labels: np.ndarray, lengths: np.ndarray, chain: Chain
) -> np.ndarray:
    """Return the score of label paths `[B, T, n]`, `[B, n]`."""
    scores = with_ends(emissions, lengths, chain)
    own = np.take_along_axis(scores, labels, 2)
    own[:, 1:] += chain.transitions[labels[:, :-1], labels[:, 1:]]
    own = np.where(mask(scores, lengths)[..., None], own, 0)
    return own.sum(1, dtype=np.float64)
