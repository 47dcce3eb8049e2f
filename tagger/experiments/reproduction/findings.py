"""What runs say of published claims: differences of pairs beside the paper's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from tagger.experiments.analysis.effects import Effect, analyse, correct, effect
from tagger.experiments.analysis.runs import read_runs
from tagger.experiments.reproduction import runs
from tagger.experiments.reproduction.plan import Plan, Setting

SAME, DIFFERENT, UNDECIDED = "same sign", "different", "undecided"
NOT_RUN, NO_CLAIM = "not run yet", "no figure"
# The smallest and the largest of so many differences hold the median in 94 of 100
# cases; with more, order statistics give 95.
_FEWEST_FOR_INTERVAL = 5
_WHERE = {
    "Dataset": "conll2000_chunking.pkl",
    "Embeddings": "glove_6b_100d",
    "Setting": "SingleTask",
}
_FEWEST_PUBLISHED = 5


class Published(NamedTuple):
    """What the paper's table of runs says of a value.

    Attributes:
        difference: The median, in points.
        n: Of how many pairs of configurations.
    """

    difference: float
    n: int


class Finding(NamedTuple):
    """A value beside the recommended one.

    Attributes:
        setting, value: What is compared.
        beside: What it is compared with.
        effect: What the pairs say; None: there are none.
        low, high: The interval of the median difference; None: too few pairs.
        paper: The paper's difference, in points; None: it tells none.
        published: What its table of runs says of the same word vectors; None: nothing.
        verdict: Whether the signs are the same.
    """

    setting: str
    value: str
    beside: str
    effect: Effect | None
    low: float | None
    high: float | None
    paper: float | None
    published: Published | None
    verdict: str


def findings(
    plan: Plan,
    settings: Sequence[str],
    found: runs.Runs,
    published: Mapping[tuple[str, str], Published],
) -> list[Finding]:
    """Return what runs say of each value of settings, in the order of the plan."""
    results = [
        _finding(plan, plan.settings[name], value, found, published)
        for name in settings
        for value in list(plan.settings[name].values)[1:]
    ]
    correct([one.effect for one in results if one.effect is not None])
    return results


def _finding(
    plan: Plan,
    setting: Setting,
    value: str,
    found: runs.Runs,
    published: Mapping[tuple[str, str], Published],
) -> Finding:
    ours = runs.scores(found, plan.option(setting.name, value))
    beside = runs.scores(found, plan.option(setting.name, setting.first))
    pairs = [ours[seed] - beside[seed] for seed in ours if seed in beside]
    known = effect(value, np.array(pairs)) if pairs else None
    low, high = interval(known) if known else (None, None)
    paper = setting.paper(value)
    theirs = published.get((setting.name, value))
    claim = paper if paper is not None or theirs is None else theirs.difference
    return Finding(
        *(setting.name, value, setting.beside, known, low, high, paper, theirs),
        verdict(known, low, high, claim),
    )


def interval(found: Effect) -> tuple[float | None, float | None]:
    """Return the interval of a median difference: of five pairs, all that they span."""
    if found.low is None and found.n >= _FEWEST_FOR_INTERVAL:
        return float(found.differences.min()), float(found.differences.max())
    return found.low, found.high


def verdict(
    found: Effect | None, low: float | None, high: float | None, claim: float | None
) -> str:
    """Say whether an interval that leaves 0 out is on the side of a claim.

    Args:
        found: What the pairs say; None: there are none.
        low, high: The interval; None: too few pairs.
        claim: The published difference; None: there is none.
    """
    if found is None:
        return NOT_RUN
    if claim is None:
        return NO_CLAIM
    if low is None or high is None or low <= 0 <= high:
        return UNDECIDED
    return SAME if low * claim > 0 else DIFFERENT


def published_differences(plan: Plan, path: str) -> dict[tuple[str, str], Published]:
    """Return what the paper's table of runs says, by setting and value.

    What fewer than five pairs say is left out.

    Args:
        plan: The settings, with the columns and values of the table.
        path: The table.

    Raises:
        ValueError: It is another one.
    """
    table = read_runs(path, "Test_F1", _WHERE)
    found = {}
    for setting in plan.settings.values():
        if setting.column not in table.settings:
            continue
        names = {value.published: name for name, value in setting.values.items()}
        baseline = {setting.column: setting.values[setting.first].published}
        (one,) = analyse(table, [setting.column], baseline)
        for each in one.effects:
            if each.value in names and each.n >= _FEWEST_PUBLISHED:
                key = setting.name, names[each.value]
                found[key] = Published(each.difference, each.n)
    return found


def published_scores(path: str) -> np.ndarray:
    """Return the test scores of what the paper recommends, in its table of runs.

    The configurations differ in units, dropout rates and more.
    """
    like = {"Decoder": "CRF", "DropoutType": "Variational", "CharEmbeddings": "CNN"}
    return read_runs(path, "Test_F1", {**_WHERE, **like}).scores


def rows(results: Sequence[Finding]) -> Iterator[list[str]]:
    """Yield a heading, then a row of texts for each finding."""
    yield [
        *("setting", "value", "beside", "n", "wins", "median", "interval"),
        *("paper", "its runs", "verdict"),
    ]
    for one in results:
        cells = [""] * 4
        if one.effect is not None:
            wins = f"{one.effect.wins:g} of {one.effect.n}"
            cells = [str(one.effect.n), wins, _points(one.effect.difference), ""]
        if one.low is not None and one.high is not None:
            cells[3] = f"{_points(one.low)} to {_points(one.high)}"
        theirs = one.published
        yield [
            *(one.setting, one.value, one.beside, *cells, _points(one.paper)),
            f"{_points(theirs.difference)} ({theirs.n})" if theirs else "",
            one.verdict,
        ]


def _points(value: float | None) -> str:
    return "" if value is None else f"{value:+.2f}"
