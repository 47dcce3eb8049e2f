"""The best label paths of chains (Viterbi): the best one, and the n best.

Shapes and parameters: see `neuralnets/keraslayers/chain.py`. The sums are those of the
Keras layers, in their order, so that equally good paths come out alike.
"""

from __future__ import annotations

import numpy as np

from neuralnets.inference.chains import near_zero, path_score, with_ends
from neuralnets.inference.steps import Steps
from neuralnets.keraslayers.parts import Chain


def viterbi(emissions: np.ndarray, lengths: np.ndarray, chain: Chain) -> np.ndarray:
    """Return the best path of each sentence, `[B, T]`, 0 in the padding."""
    steps = Steps(lengths)
    best = steps.pack(with_ends(near_zero(emissions), lengths, chain))  # [N, K]
    ways = chain.transitions[:, None, :]
    previous = best[:0]
    for start, count in zip(steps.start, steps.count):
        here = best[start : start + count]
        if start:
            before = previous[:count]
            before = before - before.max(1, keepdims=True)
            here += (before.T[:, :, None] + ways).max(0)  # [K, B, K] at once
        previous = here
    return steps.unpack(_back(best, steps, chain.transitions.T))


def _back(best: np.ndarray, steps: Steps, into: np.ndarray) -> np.ndarray:
    """Return the labels of the tokens, `[N]`: from the last one's to the first one's.

    Only the predecessors of the label that was chosen are looked at.
    """
    path = np.empty(len(best), np.int32)
    label = best[steps.ends].argmax(1)
    going_on = 0  # those that came from behind; the rest end here
    for start, count in zip(reversed(steps.start), reversed(steps.count)):
        if going_on:
            before = best[start : start + going_on] + into[label[:going_on]]
            label[:going_on] = before.argmax(1)
        path[start : start + count] = label[:count]
        going_on = count
    return path


def nbest(
    emissions: np.ndarray, lengths: np.ndarray, chain: Chain, n: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the `n` best paths `[B, n, T]` and their scores `[B, n]`, best first.

    Where a sentence has fewer than `n` paths, the rest score minus infinity.
    """
    steps = Steps(lengths)
    scores = steps.pack(with_ends(near_zero(emissions), lengths, chain))  # [N, K]
    labels = scores.shape[1]
    into = chain.transitions.T
    sources = min(n, labels)
    # Hypotheses stand as [B, n, K]: the n best paths that end in each label.
    best = np.full((len(lengths), n, labels), -np.inf, scores.dtype)
    best[:, 0] = scores[: len(lengths)]
    pointers = [np.zeros(0, np.intp)]
    for start, count in zip(steps.start[1:], steps.count[1:]):
        # The n best paths into a label come from labels whose own best ones lead.
        earlier = best[:count]
        earlier = earlier - earlier.max((1, 2), keepdims=True)
        before = top(earlier[:, :1] + into, sources)[1]  # [B, next, sources]
        rows = np.arange(count)[:, None, None]
        candidates = earlier.transpose(0, 2, 1)[rows, before]  # [B, next, sources, n]
        candidates = candidates + into[np.arange(labels)[:, None], before][..., None]
        values, where = top(candidates.reshape(count, labels, -1), n)
        label = np.take_along_axis(before, where // n, 2)
        pointers.append((where % n * labels + label).transpose(0, 2, 1))
        best[:count] = values.transpose(0, 2, 1)
        best[:count] += scores[start : start + count, None]
    values, state = top(best.reshape(len(best), -1), n)
    paths = np.empty((len(scores), n), np.int32)
    for step in reversed(range(len(steps.count))):
        start, count = steps.start[step], steps.count[step]
        paths[start : start + count] = state[:count] % labels
        if step:
            flat = pointers[step].reshape(count, -1)
            state[:count] = np.take_along_axis(flat, state[:count], 1)
    paths = steps.unpack(paths)
    found = path_score(emissions, paths, lengths, chain)
    scored = np.empty_like(values)
    scored[steps.order] = values
    return paths.transpose(0, 2, 1), np.where(np.isfinite(scored), found, -np.inf)


def top(values: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the `n` largest along the last axis, and where; of equals the first."""
    where = np.argsort(-values, -1, kind="stable")[..., :n]
    return np.take_along_axis(values, where, -1), where
