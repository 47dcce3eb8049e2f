"""How many seeds it takes to show a difference."""

from __future__ import annotations

import math

import numpy as np

MOST_SEEDS = 1000
LEVEL = 0.05
WANTED_POWER = 0.8
_QUANTILES = 1000


def power(difference: float, sd_a: float, sd_b: float, n: int) -> float:
    """Return how likely Welch's two-sided t test finds a difference at 5 %.

    Args:
        difference: Of the true means.
        sd_a, sd_b: The true standard deviations, in the same unit; not both 0.
        n: Runs of each of the two, at least 2.

    Returns:
        The power in [0, 1], by the noncentral t distribution with the degrees of
        freedom that belong to the true deviations. The test has to estimate them,
        which costs up to 0.03 for five runs and next to nothing for ten.
    """
    from scipy import special

    var_a, var_b = sd_a**2, sd_b**2
    freedom = (n - 1) * (var_a + var_b) ** 2 / (var_a**2 + var_b**2)
    shift = abs(difference) / math.sqrt((var_a + var_b) / n)
    bound = special.stdtrit(freedom, 1 - LEVEL / 2)
    # t is a normal variable over an estimated deviation: the mean over the latter's
    # quantiles. SciPy's own noncentral t fails far out, more so in older versions.
    shares = (np.arange(_QUANTILES) + 0.5) / _QUANTILES
    estimated = np.sqrt(2 * special.gammaincinv(freedom / 2, shares) / freedom)
    found = special.ndtr(shift - bound * estimated)
    found += special.ndtr(-shift - bound * estimated)
    return float(found.mean())


def seeds_needed(
    difference: float, sd_a: float, sd_b: float, most: int = MOST_SEEDS
) -> int | None:
    """Return the fewest runs per model that show a difference.

    To show: a two-sided test at 5 % finds it with a probability of 80 %.

    Args:
        difference, sd_a, sd_b: See `power`.
        most: Where to stop.

    Returns:
        At least 2; None if `most` are too few.
    """
    if difference == 0:
        return None
    if sd_a == 0 and sd_b == 0:
        return 2
    if power(difference, sd_a, sd_b, most) < WANTED_POWER:
        return None
    low, high = 1, most
    while high - low > 1:
        middle = (low + high) // 2
        if power(difference, sd_a, sd_b, middle) >= WANTED_POWER:
            high = middle
        else:
            low = middle
    return high
