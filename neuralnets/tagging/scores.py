"""Scores of a tagger: its labels beside those that the rows hold."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from neuralnets.batches.table import Row
from neuralnets.inputs.layout import WORDS
from util.BIOF1Validation import count_spans
from util.corpus import tagcolumns
from util.corpus.datasets import SPLITS
from util.corpus.partial import sets_column
from util.corpus.rows import Rows
from util.tagschemes import OUTSIDE

logger = logging.getLogger(__name__)

# A run of gold labels of which nothing is known is taken for one span.
_UNKNOWN = "I-?"


def is_labelled(rows: Sequence[Row] | None, column: str) -> bool:
    """Tell whether a split is there and has labels to be scored against."""
    sets = sets_column(column)
    return bool(rows) and any(
        row.get(column) and not all(row.get(sets) or [0]) for row in rows
    )


class Comparison(NamedTuple):
    """Predicted and gold label indices of sentences, `[length]` each.

    Attributes:
        predicted, gold: The indices.
        labels: The label of each index.
        rows: The sentences.
        column: The one that is predicted.
        whole: Which labels are known, and not in part; None: all. The others do not
            count: as spans are read, both sides are outside there.
    """

    predicted: list[np.ndarray]
    gold: list[np.ndarray]
    labels: Mapping[int, str]
    rows: Sequence[Row]
    column: str
    whole: list[np.ndarray] | None = None

    def accuracy(self) -> float:
        """Return the share of tokens with the right label; 0 without tokens."""
        if not sum(map(len, self.gold)):
            return 0.0
        right = np.concatenate(self.predicted) == np.concatenate(self.gold)
        if self.whole is not None:
            right = right[np.concatenate(self.whole)]
        return float(np.mean(right)) if len(right) else 0.0

    def span_scores(self) -> tuple[float, float, float]:
        """Return precision, recall and F1 of spans in [0, 1], as conlleval counts."""
        label = self.labels
        predicted = [[label[index] for index in row.tolist()] for row in self.predicted]
        gold = gold_labels(self.rows, self.column, label, map(len, predicted))
        if self.whole is not None:
            predicted = list(map(_outside, predicted, self.whole))
            gold = list(map(_outside, gold, self.whole))
        tagcolumns.check_scored(predicted, gold, self.column)
        return count_spans(predicted, gold).scores()


def _outside(labels: Sequence[str], whole: np.ndarray) -> list[str]:
    """Return labels, `O` where they do not count."""
    return [label if counts else OUTSIDE for label, counts in zip(labels, whole)]


def gold_labels(
    rows: Sequence[Row],
    column: str,
    labels: Mapping[int, str],
    lengths: Iterable[int] | None = None,
) -> list[list[str]]:
    """Return the right labels of sentences, those that a model lacks as they are.

    Args:
        rows: The sentences.
        column: The column of the labels.
        labels: The label of each index that the model has.
        lengths: How many tokens of each sentence count, by default the real ones.
    """
    if lengths is None:
        return [_gold(row, column, labels) for row in rows]
    return [_gold(row, column, labels, n) for row, n in zip(rows, lengths)]


def _gold(
    row: Row, column: str, labels: Mapping[int, str], length: int | None = None
) -> list[str]:
    """Return the right labels of a sentence; see `gold_labels`."""
    if length is None:
        length = len(row.get("raw_tokens", row[column]))
    indices = row[column][:length]
    texts = [labels.get(index) for index in indices]
    sets = row.get(sets_column(column))
    if sets and any(sets):
        texts = [_UNKNOWN if set_ else text for text, set_ in zip(texts, sets)]
    if None in texts:
        # Each on its own would open a span, and an `I-` go on with none.
        texts = [
            getattr(index, "value", _UNKNOWN) if text is None else text
            for index, text in zip(indices, texts)
        ]
    return texts


def tell_partial(name: str, splits: Mapping[str, Sequence[Row]], column: str) -> None:
    """Log how many labels scores count, where some are known in part only."""
    sets = sets_column(column)
    for split in ("dev", "test"):
        rows = splits.get(f"{split}Matrix") or ()
        count = sum(len(row.get(WORDS, ())) for row in rows if row.get(column))
        unknown = sum(map(bool, itertools.chain(*(row.get(sets, ()) for row in rows))))
        if unknown:
            logger.info(
                "%s, %s: scores count the %s of %s tokens whose label is known, and "
                "the spans on them.",
                *(name, split, f"{count - unknown:,}", f"{count:,}"),
            )


def check_data(
    name: str,
    splits: Mapping[str, Sequence[Row]],
    column: str,
    labels: Mapping[int, str],
) -> None:
    """Raise unless the labels of a data set are tags, if their column says so.

    Args:
        name: The data set.
        splits: Its sentences.
        column: The column of the labels.
        labels: The label of each index.

    Raises:
        ValueError: The message names the data set and the style.
    """
    for split in SPLITS:
        rows = splits.get(f"{split}Matrix") or ()
        if isinstance(rows, Rows):
            rows = rows.select([column, sets_column(column)])
        # One by one: there may be more sentences than memory.
        gold = (_gold(row, column, labels) for row in rows if row.get(column))
        try:
            tagcolumns.check(itertools.chain.from_iterable(gold), column)
        except ValueError as error:
            raise ValueError(f"Data set '{name}', {split}: {error}") from None
