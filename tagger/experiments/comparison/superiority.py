"""How likely one run of a configuration beats one run of another."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

_TINY = 1e-9


class Superiority(NamedTuple):
    """P(A > B) + P(A = B) / 2, in [0, 1], with the bounds of its interval."""

    estimate: float
    low: float
    high: float


def superiority(a: np.ndarray, b: np.ndarray, confidence: float = 0.95) -> Superiority:
    """Estimate the common-language effect size of two independent samples.

    The estimate is Mann and Whitney's U over the number of pairs. The interval is
    method 5 of Newcombe (2006), "Confidence intervals for an effect size measure
    based on the Mann-Whitney statistic, part 2": the values that lie no further from
    the estimate than their own standard error allows. Unlike Brunner and Munzel's, it
    holds for a handful of runs and where all of A's beat all of B's.

    Args:
        a, b: Scores, `[M]` and `[N]`.
        confidence: Of the interval.
    """
    from scipy import optimize, stats

    m, n = len(a), len(b)
    estimate = float(stats.mannwhitneyu(a, b).statistic) / (m * n)
    z = float(stats.norm.ppf(0.5 + confidence / 2))

    def outside(value: float) -> float:
        return abs(value - estimate) - z * math.sqrt(variance(value, m, n))

    # At 0 and 1 themselves the variance vanishes, so the bound is sought beside them.
    low, high = 0.0, 1.0
    if estimate > 0:
        low = optimize.brentq(outside, 0.0, min(estimate, 1 - _TINY))
    if estimate < 1:
        high = optimize.brentq(outside, max(estimate, _TINY), 1.0)
    return Superiority(estimate, float(low), float(high))


def variance(value: float, m: int, n: int) -> float:
    """Return the variance of the estimate if `value` is the truth.

    Hanley and McNeil's (1982) formula, made symmetric in the sample sizes by Newcombe.
    """
    size = (m + n) / 2 - 1
    rest = size * ((1 - value) / (2 - value) + value / (1 + value))
    return value * (1 - value) * (1 + rest) / (m * n)
