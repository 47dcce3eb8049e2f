"""Which type is taken for which."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

import numpy as np

from tagger.evaluation.comparison import Comparison

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
        types: How many of the rows, and of the columns, are types.
    """

    gold: list[str]
    predicted: list[str]
    counts: np.ndarray
    types: int


def confusion(comparison: Comparison) -> Confusion:
    """Count which type is taken for which."""
    pairs: Counter = Counter()
    frequency: Counter = Counter()
    for _, (gold, predicted) in comparison:
        there = {(unit.start, unit.end): unit.type for unit in gold}
        found = {(unit.start, unit.end): unit.type for unit in predicted}
        frequency.update(there.values())
        pairs.update((there.get(p), found.get(p)) for p in {*there, *found})
    types = {type_ for pair in pairs for type_ in pair} - {None}
    ordered = sorted(types, key=lambda type_: (-frequency[type_], type_))
    place = {name: index for index, name in enumerate([*ordered, None])}
    size = len(ordered) + comparison.spans
    counts = np.zeros((size, size), int)
    for (gold, predicted), count in pairs.items():
        counts[place[gold], place[predicted]] = count
    if not comparison.spans:
        return Confusion(ordered, ordered, counts, len(ordered))
    return Confusion([*ordered, SPURIOUS], [*ordered, MISSED], counts, len(ordered))


def most_confused(table: Confusion, most: int) -> Confusion:
    """Return the table of the types with the most errors, for a plot that is too big.

    The order stays; the rows and columns of `MISSED` and `SPURIOUS` stay, too.
    """
    size = table.types
    if size <= most:
        return table
    wrong = table.counts.copy()
    np.fill_diagonal(wrong[:size, :size], 0)
    errors = wrong.sum(1)[:size] + wrong.sum(0)[:size]
    kept = np.sort(np.argsort(-errors, kind="stable")[:most]).tolist()
    shown = [*kept, *range(size, len(table.gold))]
    return Confusion(
        [table.gold[i] for i in shown],
        [table.predicted[i] for i in shown],
        table.counts[np.ix_(shown, shown)],
        most,
    )
