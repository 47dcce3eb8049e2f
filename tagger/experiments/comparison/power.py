"""How many seeds it takes to show a difference."""

from __future__ import annotations

import math

from tagger.experiments.comparison.superiority import variance

MOST_SEEDS = 1000
LEVEL = 0.05
WANTED_POWER = 0.8


def power(superiority: float, n: int, level: float = LEVEL) -> float:
    """Return how likely Mann and Whitney's two-sided U test finds a difference.

    Args:
        superiority: The true probability that one run beats one of the other.
        n: Runs of each of the two.
        level: That p must not reach.

    Returns:
        The power in [0, 1], approximated by normal distributions: U has the variance
        of the null hypothesis where the test draws its line (Noether 1987), and Hanley
        and McNeil's where it falls.
    """
    from scipy import special

    line = special.ndtri(1 - level / 2) * math.sqrt((2 * n + 1) / (12 * n * n))
    beyond = abs(superiority - 0.5) - line
    deviation = math.sqrt(variance(superiority, n, n))
    if deviation == 0:  # one always wins
        return float(beyond > 0)
    return float(special.ndtr(beyond / deviation))


def seeds_needed(
    superiority: float, most: int = MOST_SEEDS, level: float = LEVEL
) -> int | None:
    """Return the fewest runs per model that show a difference.

    To show: a two-sided U test finds it with a probability of 80 %.

    Args:
        superiority: See `power`.
        most: Where to stop.
        level: Of the test. The fewer runs there are, the less likely is a clean sweep
            by chance: at 5 % it takes 4 of each, whatever the superiority.

    Returns:
        None if `most` are too few.
    """
    if power(superiority, most, level) < WANTED_POWER:
        return None
    fewest = next(n for n in range(1, most) if 2 / math.comb(2 * n, n) < level)
    low, high = fewest - 1, most
    while high - low > 1:
        middle = (low + high) // 2
        if power(superiority, middle, level) >= WANTED_POWER:
            high = middle
        else:
            low = middle
    return high
