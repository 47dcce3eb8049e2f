"""Which type is taken for which."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

import numpy as np

from util.reporting.comparison import Comparison

# Stand where a span of one side has no span with the same boundaries on the other.
MISSED, SPURIOUS = "(missed)", "(spurious)"


class Confusion(NamedTuple):
    """How often each right type was predicted as each type.

    Of spans, those with equal boundaries are compared. A right span whose boundaries
    no prediction has counts under `MISSED`, a predicted one whose boundaries no right
    span has under `SPURIOUS`.

    Attributes:
        gold: What the rows stand for: the right types, the most frequent first, and
            for spans `SPURIOUS` at last.
        predicted: What the columns stand for: the same types in the same order, and
            for spans `MISSED` at last.
        counts: `[rows, columns]`.
    """

    gold: list[str]
    predicted: list[str]
    counts: np.ndarray


def confusion(comparison: Comparison) -> Confusion:
    """Count which type is taken for which."""
    pairs: Counter = Counter()
    frequency: Counter = Counter()
    for _, (gold, predicted) in comparison:
        there = {(unit.start, unit.end): unit.type for unit in gold}
        found = {(unit.start, unit.end): unit.type for unit in predicted}
        frequency.update(there.values())
        for place in {*there, *found}:
            pairs[there.get(place, SPURIOUS), found.get(place, MISSED)] += 1
    types = {gold for gold, _ in pairs} | {predicted for _, predicted in pairs}
    ordered = sorted(
        types - {MISSED, SPURIOUS}, key=lambda type_: (-frequency[type_], type_)
    )
    rows = [*ordered, SPURIOUS] if comparison.spans else ordered
    columns = [*ordered, MISSED] if comparison.spans else ordered
    counts = np.zeros((len(rows), len(columns)), int)
    row = {name: index for index, name in enumerate(rows)}
    column = {name: index for index, name in enumerate(columns)}
    for (gold, predicted), count in pairs.items():
        counts[row[gold], column[predicted]] = count
    return Confusion(rows, columns, counts)


def most_confused(table: Confusion, most: int) -> Confusion:
    """Return the table of the types with the most errors, for a plot that is too big.

    The order stays; the rows and columns of `MISSED` and `SPURIOUS` stay, too.
    """
    types = [name for name in table.gold if name != SPURIOUS]
    if len(types) <= most:
        return table
    size = len(types)
    wrong = table.counts.copy()
    np.fill_diagonal(wrong[:size, :size], 0)
    errors = wrong.sum(1)[:size] + wrong.sum(0)[:size]
    kept = np.sort(np.argsort(-errors, kind="stable")[:most])
    rows = [*kept, *range(size, len(table.gold))]
    columns = [*kept, *range(size, len(table.predicted))]
    return Confusion(
        [table.gold[i] for i in rows],
        [table.predicted[i] for i in columns],
        table.counts[np.ix_(rows, columns)],
    )
