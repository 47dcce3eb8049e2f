"""A learning curve as a power law: what more data would bring, and how sure that is.

The error falls as `a * n ** -b` with the number of tokens n, a straight line in logs
(Hestness et al. 2017). The interval is that of a new training by linear regression: it
knows how much the trainings scatter, and not whether the law goes on to hold.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

_LEAST = 1e-4  # an error of 0 has no log


class Forecast(NamedTuple):
    """A score to be expected, in [0, 1], and its interval."""

    score: float
    low: float
    high: float


class PowerLaw:
    """The law that fits some trainings best.

    Args:
        tokens: How many each had, two different numbers at least.
        scores: What each reached, in [0, 1].

    Attributes:
        slope: How fast the error falls: b.

    >>> law = PowerLaw([100, 200, 400], [0.6, 0.8, 0.9])
    >>> round(law.slope, 6), round(law.at(800).score, 6)
    (1.0, 0.95)
    """

    def __init__(self, tokens: Sequence[float], scores: Sequence[float]):
        x = np.log(np.asarray(tokens, float))
        y = np.log(np.maximum(1 - np.asarray(scores, float), _LEAST))
        self._count, self._middle = len(x), x.mean()
        self._spread = float(((x - self._middle) ** 2).sum())
        if not self._spread:
            raise ValueError("A curve needs trainings on two amounts of data at least.")
        slope = float(((x - self._middle) * y).sum()) / self._spread
        self.slope, self._height = -slope, float(y.mean())
        rest = y - self._height - slope * (x - self._middle)
        free = self._count - 2
        self._deviation = math.sqrt(float((rest**2).sum()) / free) if free else math.nan

    def at(self, tokens: float, certainty: float = 0.95) -> Forecast:
        """Return what a training on so many tokens is expected to reach.

        Args:
            tokens: How many.
            certainty: That the score of one new training lies in the interval.
        """
        from scipy import stats  # not where text is tagged

        x = math.log(tokens) - self._middle
        error = self._height - self.slope * x
        around = math.nan
        if self._count > 2:
            beyond = stats.t.ppf((1 + certainty) / 2, self._count - 2)
            share = 1 + 1 / self._count + x**2 / self._spread
            around = beyond * self._deviation * math.sqrt(share)
        score, low, high = (
            1 - math.exp(min(error + shift, 0.0)) for shift in (0, around, -around)
        )
        return Forecast(score, low, high)
