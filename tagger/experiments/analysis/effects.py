"""What an option is worth where all else is equal.

As Reimers and Gurevych (2017) ask it: of runs that differ in one setting alone, which
option wins how often, and by how much? What only says more of the option goes along
with it, as the size of a character LSTM does.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from tagger.experiments.analysis.runs import MOST_OPTIONS, Runs

_LEAST = 30  # configurations with all options, for those alone to count


@dataclass
class Effect:
    """An option beside the best one, over configurations that were tried with both.

    Attributes:
        value: The option.
        n: Configurations.
        wins: In how many of them it is better; ties are halved.
        difference: The median of its score minus the best one's, in points.
        low, high: Its interval of 95 %, by order statistics; None: too few.
        p: Two-sided binomial test of the wins, ties left out.
        p_corrected: After Holm's correction for all comparisons of the report.
        differences: All of them, `[n]`.
    """

    value: str
    n: int
    wins: float
    difference: float
    low: float | None
    high: float | None
    p: float
    differences: np.ndarray = field(repr=False)
    p_corrected: float = 1.0


@dataclass
class Setting:
    """What the options of a setting are worth.

    Attributes:
        name: The column.
        best: The option that wins most, or that the others were to be compared with.
        configurations: How many were tried with several options.
        complete: How many with all; from 30 on these alone count.
        spread: The median distance of the best and the worst option of a configuration.
        firsts: By option, the share of complete configurations in which it is best.
        effects: The other options.
    """

    name: str
    best: str
    configurations: int
    complete: int
    spread: float
    firsts: dict[str, float]
    effects: list[Effect]


def analyse(
    runs: Runs, names: Sequence[str] = (), baselines: dict[str, str] | None = None
) -> list[Setting]:
    """Return what settings are worth, the one that matters most first.

    Args:
        runs: The runs.
        names: Of settings; none: all that have up to 15 options and were varied alone.
        baselines: By setting, the option to compare with instead of the best.

    Raises:
        ValueError: There is no such setting or option, or it was never varied alone.
    """
    baselines = dict(baselines or {})
    for name in (*names, *baselines):
        if name not in runs.settings:
            known = ", ".join(runs.settings) or "none"
            raise ValueError(
                f"no setting {name} with several values. There are: {known}"
            )
    found = []
    for name in names or runs.settings:
        if not names and len(set(runs.settings[name])) > MOST_OPTIONS:
            continue
        options, scores = tried(runs, name)
        if len(scores):
            found.append(_setting(name, options, scores, baselines.get(name)))
        elif names:
            raise ValueError(f"no two runs differ in {name} alone.")
    correct([effect for setting in found for effect in setting.effects])
    return sorted(found, key=lambda setting: -setting.spread)


def tried(runs: Runs, name: str) -> tuple[list[str], np.ndarray]:
    """Return the options of a setting, and what configurations score with them.

    Returns:
        The options, `[O]`, and the median scores of the configurations that were tried
        with several of them, `[C, O]`; NaN where one was not tried.
    """
    codes = {n: np.unique(v, return_inverse=True) for n, v in runs.settings.items()}
    options, option = codes[name]
    others = [c for n, (_, c) in codes.items() if n != name and not _tied(option, c)]
    keys = np.stack([np.zeros_like(option), *others], axis=1)
    _, configuration = np.unique(keys, axis=0, return_inverse=True)
    configuration = configuration.reshape(-1)
    count, width = configuration.max() + 1, len(options)
    cell = configuration * width + option
    order = np.lexsort((runs.scores, cell))
    cells, starts, sizes = np.unique(cell[order], return_index=True, return_counts=True)
    ordered = runs.scores[order]
    medians = (ordered[starts + (sizes - 1) // 2] + ordered[starts + sizes // 2]) / 2
    table = np.full(count * width, np.nan)
    table[cells] = medians
    table = table.reshape(count, width)
    return options.tolist(), table[np.sum(~np.isnan(table), axis=1) > 1]


def _tied(option: np.ndarray, other: np.ndarray) -> bool:
    """Tell whether a column only says more of an option, or the same.

    So it is if no value of it goes with two options, but for one that is all that it
    ever is with both of them, such as a size of 0 where there is no such layer.
    """
    pairs = np.unique(np.stack([option, other], axis=1), axis=0)
    values = np.bincount(pairs[:, 0])  # of the column, by option
    _, shared = np.unique(pairs[:, 1], return_inverse=True)
    common = np.bincount(shared)[shared] > 1  # pairs whose value has other options, too
    return not np.any(common & (values[pairs[:, 0]] > 1))


def _setting(
    name: str, options: list[str], scores: np.ndarray, baseline: str | None
) -> Setting:
    if baseline is not None and baseline not in options:
        raise ValueError(f"{name} is never {baseline}; it is {', '.join(options)}.")
    whole = scores[~np.isnan(scores).any(axis=1)]
    used = whole if len(whole) >= _LEAST else scores
    best = _best(used) if baseline is None else options.index(baseline)
    top = np.argmax(whole, axis=1)
    return Setting(
        name=name,
        best=options[best],
        configurations=len(scores),
        complete=len(whole),
        spread=float(np.median(np.nanmax(used, axis=1) - np.nanmin(used, axis=1))),
        firsts={
            option: float(np.mean(top == number)) if len(whole) else 0.0
            for number, option in enumerate(options)
        },
        effects=[
            effect(option, differences)
            for option, differences in _beside(options, used, best)
        ],
    )


def _best(scores: np.ndarray) -> int:
    """Return the option that wins the largest share of its direct comparisons."""
    shares = []
    for number in range(scores.shape[1]):
        differences = scores[:, [number]] - np.delete(scores, number, axis=1)
        known = differences[~np.isnan(differences)]
        shares.append(_wins(known) / max(len(known), 1))
    return int(np.argmax(shares))


def _beside(
    options: Sequence[str], scores: np.ndarray, best: int
) -> Iterator[tuple[str, np.ndarray]]:
    for number, option in enumerate(options):
        differences = scores[:, number] - scores[:, best]
        known = differences[~np.isnan(differences)]
        if number != best and len(known):
            yield option, known


def _wins(differences: np.ndarray) -> float:
    return float(np.sum(differences > 0) + np.sum(differences == 0) / 2)


def effect(value: str, differences: np.ndarray) -> Effect:
    """Return what is known of an option from its differences to another, `[n]`."""
    from scipy import stats

    n = len(differences)
    ordered = np.sort(differences)
    better, worse = int(np.sum(differences > 0)), int(np.sum(differences < 0))
    rank = int(stats.binom.ppf(0.025, n, 0.5))
    known = rank > 0
    return Effect(
        value=value,
        n=n,
        wins=_wins(differences),
        difference=float(np.median(differences)),
        low=float(ordered[rank - 1]) if known else None,
        high=float(ordered[n - rank]) if known else None,
        p=stats.binomtest(better, better + worse).pvalue if better + worse else 1.0,
        differences=differences,
    )


def correct(effects: Sequence[Effect]) -> None:
    """Correct p-values for their number, as Holm does: sets `p_corrected`."""
    highest = 0.0
    for rank, one in enumerate(sorted(effects, key=lambda each: each.p)):
        highest = max(highest, min(1.0, one.p * (len(effects) - rank)))
        one.p_corrected = highest
