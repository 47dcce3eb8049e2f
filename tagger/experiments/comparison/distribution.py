"""What the scores of one configuration look like over its seeds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass
class Distribution:
    """Scores and differences are in [0, 1]; what cannot be told is None.

    Attributes:
        n: Number of seeds.
        mean, median, minimum, maximum: Of the scores.
        deviation: Standard deviation of a sample (divided by n - 1).
        gap_median, gap_95, gap_maximum: By how much two runs of this configuration
            differ: median, 95th percentile and maximum over all pairs.
        spearman, pearson: Correlation of dev and test scores over the seeds.
    """

    n: int
    mean: float
    median: float
    deviation: float | None
    minimum: float
    maximum: float
    gap_median: float | None
    gap_95: float | None
    gap_maximum: float | None
    spearman: float | None
    pearson: float | None


def describe(scores: np.ndarray, dev: np.ndarray, test: np.ndarray) -> Distribution:
    """Describe scores.

    Args:
        scores: Those to describe, `[N]`.
        dev, test: For the correlation, `[N]`; NaN where there is none.
    """
    first, second = np.triu_indices(len(scores), 1)
    gaps = np.abs(scores[first] - scores[second])
    some = len(gaps) > 0
    spearman, pearson = correlations(dev, test)
    return Distribution(
        n=len(scores),
        mean=float(np.mean(scores)),
        median=float(np.median(scores)),
        deviation=float(np.std(scores, ddof=1)) if some else None,
        minimum=float(np.min(scores)),
        maximum=float(np.max(scores)),
        gap_median=float(np.median(gaps)) if some else None,
        gap_95=float(np.percentile(gaps, 95)) if some else None,
        gap_maximum=float(np.max(gaps)) if some else None,
        spearman=spearman,
        pearson=pearson,
    )


def correlations(
    dev: np.ndarray, test: np.ndarray
) -> tuple[float | None, float | None]:
    """Return Spearman's and Pearson's coefficient; None where there is none.

    Fewer than three pairs, or scores that are all alike, have no correlation.
    """
    from scipy import stats

    known = ~(np.isnan(dev) | np.isnan(test))
    dev, test = dev[known], test[known]
    if len(dev) < 3 or np.ptp(dev) == 0 or np.ptp(test) == 0:
        return None, None
    return (
        float(stats.spearmanr(dev, test).statistic),
        float(stats.pearsonr(dev, test).statistic),
    )
