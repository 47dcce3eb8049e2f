"""How much each setting alone says of the scores, whatever the others are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tagger.experiments.analysis.runs import MOST_OPTIONS, Runs

_GROUPS = 5  # of a quantity


def importances(runs: Runs, names: Sequence[str] = ()) -> dict[str, float]:
    """Return the share of the scores' ranks that a setting explains, highest first.

    It is the effect size of Kruskal and Wallis' test, (H - k + 1) / (N - k) of N runs
    in k groups, 0 where chance explains as much (Tomczak & Tomczak 2014). Ranks, since
    a failed run should count as bad and no more. The groups are a setting's options,
    or fifths of a quantity.

    Args:
        runs: The runs; settings should have been drawn independently.
        names: Of settings; none: all that have groups.
    """
    from scipy import stats

    count = len(runs.scores)
    ranks = stats.rankdata(runs.scores)
    total = np.sum((ranks - ranks.mean()) ** 2)
    found = {}
    for name in names or runs.settings:
        group = _groups(runs.settings[name])
        if group is None or not total:
            continue
        sizes = np.bincount(group)
        if len(sizes) in (1, count):
            continue
        means = np.bincount(group, ranks) / sizes
        between = np.sum(sizes * (means - ranks.mean()) ** 2)
        h = (count - 1) * between / total
        found[name] = max(0.0, float((h - len(sizes) + 1) / (count - len(sizes))))
    return dict(sorted(found.items(), key=lambda item: -item[1]))


def _groups(values: Sequence[str]) -> np.ndarray | None:
    """Return the number of each run's group, `[N]`; None: too many, and no numbers."""
    options, group = np.unique(values, return_inverse=True)
    if len(options) > MOST_OPTIONS:
        try:
            numbers = np.array([float(value) for value in values])
        except ValueError:
            return None
        borders = np.quantile(numbers, np.arange(1, _GROUPS) / _GROUPS)
        _, group = np.unique(np.searchsorted(borders, numbers), return_inverse=True)
    return group.reshape(-1)
