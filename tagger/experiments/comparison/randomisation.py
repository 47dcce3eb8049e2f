"""Could two taggers' scores on the same sentences differ by chance alone?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tagger.experiments.comparison.predictions import Counts

ROUNDS = 10_000
_CELLS = 4_000_000  # of a matrix of swaps that is held at once


@dataclass
class Randomisation:
    """The result of the test.

    Attributes:
        score_a, score_b: F1 or accuracy in [0, 1].
        difference: A minus B.
        sentences, different: How many sentences there are, and in how many the two
            did not count alike.
        rounds: How often sentences were swapped at random.
        as_large: In how many of them the scores differed at least as much.
        p: How likely that is if the two are equally good.
    """

    score_a: float
    score_b: float
    difference: float
    sentences: int
    different: int
    rounds: int
    as_large: int
    p: float


def randomisation_test(
    a: Counts, b: Counts, rounds: int = ROUNDS, seed: int = 1
) -> Randomisation:
    """Approximate randomisation, two-sided (Noreen 1989; Yeh 2000).

    If the two are equally good, it does not matter which of them said what of a
    sentence. So each round swaps the two on every sentence with a probability of one
    half, and looks how far apart the scores are then.

    Args:
        a, b: Counts of the same sentences.
        rounds: How often to swap.
        seed: Of the swaps.
    """
    delta = np.stack([a.right - b.right, a.found - b.found], axis=1)  # [S, 2]
    delta = delta[delta.any(axis=1)].astype(float)
    total_a = np.array([a.right.sum(), a.found.sum()], float)
    total_b = np.array([b.right.sum(), b.found.sum()], float)
    there = float(a.there.sum())
    observed = abs(_f1(total_a, there) - _f1(total_b, there))
    generator = np.random.default_rng(seed)
    as_large = 0
    step = max(_CELLS // max(len(delta), 1), 1)
    for start in range(0, rounds, step):
        size = (min(step, rounds - start), len(delta))
        moved = generator.integers(0, 2, size, dtype=np.int8) @ delta  # [rounds, 2]
        differences = np.abs(
            _f1(total_a - moved, there) - _f1(total_b + moved, there)
        )  # [rounds]
        # Equal differences may be rounded apart.
        as_large += int(np.count_nonzero(differences >= observed - 1e-12))
    return Randomisation(
        score_a=a.score(),
        score_b=b.score(),
        difference=a.score() - b.score(),
        sentences=len(a.there),
        different=len(delta),
        rounds=rounds,
        as_large=as_large,
        p=(as_large + 1) / (rounds + 1),
    )


def _f1(totals: np.ndarray, there: float) -> np.ndarray:
    """Return F1 of right and found units, `[..., 2]`, where `there` are to be found."""
    both = totals[..., 1] + there
    return np.divide(2 * totals[..., 0], both, out=np.zeros_like(both), where=both > 0)
