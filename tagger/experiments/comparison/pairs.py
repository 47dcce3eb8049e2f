"""Two configurations, each trained with several seeds: which is better?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tagger.experiments.comparison.power import LEVEL, seeds_needed
from tagger.experiments.comparison.superiority import superiority


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
            for up to 8 runs without ties.
        superiority, low, high: The probability that one run of A beats one of B,
            ties counted half, with its 95 % interval.
        seeds_needed: Seeds per model that would show this probability to differ from
            one half, None if not even `power.MOST_SEEDS` would.
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
    seeds_needed: int | None

    @property
    def settled(self) -> bool:
        """Whether one is shown to be better.

        The interval leaves out one half, and the U test agrees: with three runs
        each, the interval alone would be wrong once in ten times.
        """
        return self.mann_whitney_p < LEVEL and not self.low <= 0.5 <= self.high


def compare(a: np.ndarray, b: np.ndarray) -> Pair:
    """Compare the scores of two configurations, `[M]` and `[N]`, at least 2 each."""
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
    # Where all scores are equal, SciPy's test finds no number in newer versions.
    mann_whitney_p = np.nan_to_num(stats.mannwhitneyu(a, b).pvalue, nan=1.0)
    found = superiority(a, b)
    return Pair(
        mean_difference=float(np.mean(a) - np.mean(b)),
        median_difference=float(np.median(a) - np.median(b)),
        ks=float(ks.statistic),
        ks_p=float(ks.pvalue),
        brown_forsythe=brown_forsythe,
        brown_forsythe_p=brown_forsythe_p,
        welch_p=welch_p,
        mann_whitney_p=float(mann_whitney_p),
        superiority=found.estimate,
        low=found.low,
        high=found.high,
        seeds_needed=seeds_needed(found.estimate),
    )
