"""Two configurations, each trained with several seeds: which is better?"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tagger.experiments.comparison.power import LEVEL, seeds_needed
from tagger.experiments.comparison.superiority import superiority

# The approximation by a normal distribution needs more runs of each.
_FEW = 8


@dataclass
class Pair:
    """The tests of A against B, as independent samples.

    Attributes:
        mean_difference, median_difference: A minus B, in [-1, 1].
        ks, ks_p: Kolmogorov-Smirnov: are the distributions the same?
        brown_forsythe, brown_forsythe_p: Do the scores spread alike? None where
            none of them spread, or of two runs.
        welch_p: Welch's t test: are the means the same? None where no scores spread.
        mann_whitney_p: Mann and Whitney's U test: does neither win more often? Exact
            for up to 8 runs.
        superiority, low, high: The probability that one run of A beats one of B,
            ties counted half, with its 95 % interval.
        level: That a p must not reach to count as shown, 5 % over the number of
            pairs that are compared; Holm's correction asks for this, or for less.
        seeds_needed: Seeds per model that would show this probability to differ from
            one half at that level, None if not even `power.MOST_SEEDS` would.
        ks_corrected, brown_forsythe_corrected, mann_whitney_corrected: The p-values,
            corrected for the number of pairs (Holm).
    """

    mean_difference: float
    median_difference: float
    ks: float
    ks_p: float
    brown_forsythe: float | None
    brown_forsythe_p: float | None
    welch_p: float | None
    mann_whitney_p: float
    superiority: float
    low: float
    high: float
    level: float
    seeds_needed: int | None
    ks_corrected: float
    brown_forsythe_corrected: float | None
    mann_whitney_corrected: float

    @property
    def settled(self) -> bool:
        """Whether one is shown to be better.

        The U test says so, in the light of how many pairs are compared, and the
        interval leaves out one half.
        """
        outside = not self.low <= 0.5 <= self.high
        return self.mann_whitney_corrected < LEVEL and outside


def compare_all(pairs: Sequence[tuple[np.ndarray, np.ndarray]]) -> list[Pair]:
    """Compare several pairs of configurations, with p-values corrected for that."""
    level = LEVEL / max(len(pairs), 1)
    found = [compare(a, b, level) for a, b in pairs]
    corrected = (
        holm([getattr(pair, f"{test}_p") for pair in found])
        for test in ("ks", "brown_forsythe", "mann_whitney")
    )
    return [
        dataclasses.replace(
            pair,
            ks_corrected=ks,
            brown_forsythe_corrected=brown_forsythe,
            mann_whitney_corrected=mann_whitney,
        )
        for pair, ks, brown_forsythe, mann_whitney in zip(found, *corrected)
    ]


def compare(a: np.ndarray, b: np.ndarray, level: float = LEVEL) -> Pair:
    """Compare the scores of two configurations, as if there were no others.

    Args:
        a, b: Scores, `[M]` and `[N]`, at least 2 each.
        level: For the seeds that are needed.
    """
    from scipy import stats

    brown_forsythe = brown_forsythe_p = welch_p = None
    if np.ptp(a) > 0 or np.ptp(b) > 0:
        # From the moments, as equal scores upset the test itself.
        moments = [
            value
            for scores in (a, b)
            for value in (np.mean(scores), np.std(scores, ddof=1), len(scores))
        ]
        welch_p = float(stats.ttest_ind_from_stats(*moments, equal_var=False).pvalue)
        # Two scores are equally far from their median: nothing to compare.
        if min(len(a), len(b)) > 2:
            test = stats.levene(a, b, center="median")
            brown_forsythe, brown_forsythe_p = map(float, test)
    ks = stats.ks_2samp(a, b)
    mann_whitney_p = _u_test(a, b)
    found = superiority(a, b)
    return Pair(
        mean_difference=float(np.mean(a) - np.mean(b)),
        median_difference=float(np.median(a) - np.median(b)),
        ks=float(ks.statistic),
        ks_p=float(ks.pvalue),
        brown_forsythe=brown_forsythe,
        brown_forsythe_p=brown_forsythe_p,
        welch_p=welch_p,
        mann_whitney_p=mann_whitney_p,
        superiority=found.estimate,
        low=found.low,
        high=found.high,
        level=level,
        seeds_needed=seeds_needed(found.estimate, level=level),
        ks_corrected=float(ks.pvalue),
        brown_forsythe_corrected=brown_forsythe_p,
        mann_whitney_corrected=mann_whitney_p,
    )


def _u_test(a: np.ndarray, b: np.ndarray) -> float:
    """Return p of the U test, exact for a few runs.

    SciPy approximates it where scores are equal, and then calls three equal scores
    better than three others at 5 %; the exact p is 0.1.
    """
    from scipy import stats

    few = min(len(a), len(b)) <= _FEW
    p = stats.mannwhitneyu(a, b, method="exact" if few else "asymptotic").pvalue
    # Where all scores are equal, SciPy's test finds no number in newer versions.
    return float(np.nan_to_num(p, nan=1.0))


def holm(ps: Sequence[float | None]) -> list[float | None]:
    """Correct p-values for how many tests there are (Holm 1979).

    Whoever believes those below a level is wrong about any of the tests with a
    probability of that level at most. None, a test that could not be done, stays.

    >>> holm([0.01, 0.04, None, 0.03])
    [0.03, 0.06, None, 0.06]
    """
    corrected = list(ps)
    known = sorted((p, place) for place, p in enumerate(ps) if p is not None)
    least = 0.0
    for rank, (p, place) in enumerate(known):
        least = max(least, min((len(known) - rank) * p, 1.0))
        corrected[place] = least
    return corrected
