"""Reading what two taggers say of the same sentences, counted sentence by sentence."""

from __future__ import annotations

import argparse
import itertools
import re
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from util.BIOF1Validation import count_spans
from util.corpus.groups import read_groups

LAST_TWO = (-2, -1)
MEASURES = ("f1", "accuracy")
_SPAN_TAG = re.compile(r"O|[BIES]-.+")


class Counts(NamedTuple):
    """How many units (spans or tokens) each sentence has, `[S]` each.

    Attributes:
        right: That a tagger got right.
        found: That it predicted.
        there: That there are.
    """

    right: np.ndarray
    found: np.ndarray
    there: np.ndarray

    def score(self) -> float:
        """Return F1 in [0, 1]; the accuracy, if the units are tokens."""
        both = self.found.sum() + self.there.sum()
        return float(2 * self.right.sum() / both) if both else 0.0


class _Sentence(NamedTuple):
    where: str
    gold: list[str]
    predicted: list[str]


def read_counts(
    path_a: str,
    path_b: str,
    columns: tuple[int, int] = LAST_TWO,
    measure: str | None = None,
) -> tuple[Counts, Counts, str]:
    """Count what two files of predictions got right.

    Args:
        path_a, path_b: One token per line and an empty line between sentences, as
            the conlleval script reads it.
        columns: Indices of gold and predicted tags, from the end if negative.
        measure: One of `MEASURES`; None: `f1` if all tags are tags of spans.

    Returns:
        The counts of both, and the measure.

    Raises:
        ValueError: The files do not hold the same sentences with the same gold tags,
            or nothing in them is right.
    """
    pairs = []
    for a, b in itertools.zip_longest(_read(path_a, columns), _read(path_b, columns)):
        if a is None or b is None:
            ended, other = (path_a, b) if a is None else (path_b, a)
            raise ValueError(f"{ended} ends before the sentence at {other.where}.")
        if a.gold != b.gold:
            raise ValueError(
                f"{a.where} and {b.where}: other gold tags, or another sentence. Both "
                "files must hold the same sentences; --columns says where the tags are."
            )
        pairs.append((a.gold, a.predicted, b.predicted))
    if not pairs:
        raise ValueError(f"{path_a}: there are no sentences in it.")
    if measure is None:
        tags = {tag for pair in pairs for column in pair for tag in column}
        spans = all(map(_SPAN_TAG.fullmatch, tags)) and tags != {"O"}
        measure = MEASURES[not spans]
    count = _span_counts if measure == "f1" else _token_counts
    a, b = (
        Counts(*np.array([count(pair[0], pair[which]) for pair in pairs]).T)
        for which in (1, 2)
    )
    if not (a.right.any() or b.right.any()):
        raise ValueError(
            f"{path_a} and {path_b}: not a single tag is right. --columns says where "
            "gold and predicted tags are."
        )
    return a, b, measure


def parse_columns(text: str) -> tuple[int, int]:
    """Read the flag that names the columns of gold and predicted tags.

    >>> parse_columns("2:gold,4:predicted")
    (2, 4)
    """
    found = {}
    for part in text.split(","):
        index, _, name = part.partition(":")
        if index.strip().isdigit():
            found[name.strip()] = int(index)
    if found.keys() != {"gold", "predicted"}:
        raise argparse.ArgumentTypeError(
            f"expected INDEX:gold,INDEX:predicted such as 2:gold,3:predicted, "
            f"found {text!r}"
        )
    if found["gold"] == found["predicted"]:
        raise argparse.ArgumentTypeError(f"gold and predicted are one column: {text}")
    return found["gold"], found["predicted"]


def _read(path: str, columns: tuple[int, int]) -> Iterator[_Sentence]:
    gold, predicted = columns
    # A token, too, if the tags are the last two columns.
    needed = 3 if columns == LAST_TWO else max(columns) + 1
    for group in read_groups(path, {0: "tokens"}):
        rows, lines = group.rows, group.numbers()
        if not rows:
            continue
        for number, row in zip(lines, rows):
            if len(row) < needed:
                raise ValueError(
                    f"{path}:{number}: expected at least {needed} columns, found "
                    f"{len(row)}. Each line holds a token, its gold tag and the "
                    "predicted one; --columns says where they are."
                )
        yield _Sentence(
            f"{path}:{lines[0]}",
            [row[gold] for row in rows],
            [row[predicted] for row in rows],
        )


def _span_counts(gold: list[str], predicted: list[str]) -> tuple[int, int, int]:
    counts = count_spans([predicted], [gold])
    return (
        sum(counts.correct.values()),
        sum(counts.predicted.values()),
        sum(counts.gold.values()),
    )


def _token_counts(gold: list[str], predicted: list[str]) -> tuple[int, int, int]:
    return sum(map(str.__eq__, gold, predicted)), len(gold), len(gold)
