"""How well labels are found that a stored model had, before and after more training."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from typing import NamedTuple

from neuralnets.batches.table import Row
from neuralnets.tagging.scores import gold_labels
from util import tagschemes
from util.corpus.partial import sets_column
from util.tagschemes import OUTSIDE
from util.task import Task


class Kept(NamedTuple):
    """The scores of a split, F1 in [0, 1]; of labels without a right one, NaN.

    Attributes:
        task, split: Which.
        agreement: Whether the stored model says the old labels around the new ones, for
            none are given: the F1 is then how far a model agrees with it.
        before, after: Of the old labels alone, of the stored model and of the new one.
        new: Of the new labels, of the new model.
    """

    task: str
    split: str
    agreement: bool
    before: float
    after: float
    new: float

    def __str__(self) -> str:
        text = f"{self.task} {self.split}, old labels: "
        if math.isnan(self.after):
            text += "there are none"
        elif self.agreement:
            text += (
                "none are given; agreement with the stored model, "
                f"F1 {100 * self.after:.2f}"
            )
        else:
            text += f"F1 {100 * self.before:.2f} before, {100 * self.after:.2f} after"
        if not math.isnan(self.new):
            text += f"; new labels: F1 {100 * self.new:.2f}"
        return text


def compared(
    task: str,
    split: str,
    agreement: bool,
    rows: Sequence[Row],
    old: Task,
    new: Task,
    before: Sequence[Sequence[str]],
    after: Sequence[Sequence[str]],
) -> Kept:
    """Return the scores of what two models say.

    Args:
        task, split, agreement: As in `Kept`.
        rows: The sentences, with right labels in the new model's indices.
        old, new: The task before and after.
        before, after: What the models say.
    """
    lengths = list(map(len, after))
    gold = gold_labels(rows, new.label, dict(enumerate(new.labels)), lengths)
    open_ = [row.get(sets_column(new.label)) or () for row in rows]
    before, after, gold = (
        [_closed(*pair) for pair in zip(side, open_)] for side in (before, after, gold)
    )
    spans = new.scheme is not None
    names = _names(old.labels, spans)
    added = _names(new.labels, spans) - names
    return Kept(
        *(task, split, agreement),
        *(_f1(said, gold, names, spans) for said in (before, after)),
        _f1(after, gold, added, spans),
    )


def _closed(labels: Sequence[str], open_: Sequence[int]) -> Sequence[str]:
    """Return labels, `O` where the right one is not known: that does not count."""
    known = not any(open_)
    return labels if known else [OUTSIDE if s else x for x, s in zip(labels, open_)]


def _names(labels: Collection[str], spans: bool) -> set[str]:
    """Return the types of tags, or the labels, without `O`."""
    return set(tagschemes.types(list(labels)) if spans else labels) - {OUTSIDE}


def _f1(
    said: Sequence[Sequence[str]],
    gold: Sequence[Sequence[str]],
    names: set[str],
    spans: bool,
) -> float:
    """Return the F1 of spans of some types, or of tokens with some labels."""
    found, right = (
        {
            (number, unit)
            for number, labels in enumerate(side)
            for unit in (tagschemes.spans(labels) if spans else _tokens(labels))
            if unit.type in names
        }
        for side in (said, gold)
    )
    if not right:
        return math.nan
    return 2 * len(found & right) / (len(found) + len(right))


def _tokens(labels: Sequence[str]) -> list[tagschemes.Span]:
    """Return every token as a span of its own."""
    return [tagschemes.Span(x, at, at + 1) for at, x in enumerate(labels)]
