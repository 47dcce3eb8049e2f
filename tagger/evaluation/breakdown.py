"""Where a tagger does well and where it does not: scores by kind of unit."""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from typing import NamedTuple

from tagger.evaluation.comparison import Comparison, Judged
from util.BIOF1Validation import SpanCounts
from util.tagschemes import Span

_LONGEST_SPAN = 5
# The last length of each group of sentences.
_SENTENCES = (5, 10, 20, 30, 50)

KNOWN, UNKNOWN = "known", "unknown"
# What makes a word known: training holds it, or the file of word vectors does.
_TITLES = {
    "training": {KNOWN: "in training", UNKNOWN: "not in training"},
    "vectors": {KNOWN: "with a vector", UNKNOWN: "without a vector"},
}


class Breakdown(NamedTuple):
    """Scores by one property of the units.

    Attributes:
        name: Of the property: `span length`, `sentence length` or `words`.
        groups: The groups that occur, in their natural order.
        counts: By group.
    """

    name: str
    groups: list[str]
    counts: SpanCounts


def breakdowns(comparison: Comparison) -> list[Breakdown]:
    """Return scores by span length, by sentence length, and for unknown words.

    A span is of the unknown words if it holds at least one.
    """
    found = []
    if comparison.spans:
        lengths = [*map(str, range(1, _LONGEST_SPAN)), f"{_LONGEST_SPAN}+"]
        found.append(_breakdown(comparison, "span length", lengths, _span_length))
    groups = [
        f"{first}-{last}" for first, last in zip((1, *_next(_SENTENCES)), _SENTENCES)
    ]
    groups.append(f"{_SENTENCES[-1] + 1}+")

    def sentence_length(sentence: Judged, _: Span) -> str:
        return groups[bisect.bisect_left(_SENTENCES, len(sentence.tokens))]

    found.append(_breakdown(comparison, "sentence length", groups, sentence_length))
    if any(sentence.unknown for sentence in comparison.sentences):
        found.append(_breakdown(comparison, "words", [KNOWN, UNKNOWN], _knowledge))
    return [breakdown for breakdown in found if breakdown.groups]


def group_title(group: str, known_words: str) -> str:
    """Return the name of a group for a reader.

    Args:
        group: One of a breakdown's groups.
        known_words: What makes a word known: `training` or `vectors`.

    >>> group_title("unknown", "vectors"), group_title("1-5", "vectors")
    ('without a vector', '1-5')
    """
    return _TITLES[known_words].get(group, group)


def _breakdown(comparison: Comparison, name: str, groups: list[str], key) -> Breakdown:
    counts = comparison.count(key)
    occurring = {*counts.gold, *counts.predicted}
    return Breakdown(name, [group for group in groups if group in occurring], counts)


def _span_length(_: Judged, unit: Span) -> str:
    length = unit.end - unit.start
    return str(length) if length < _LONGEST_SPAN else f"{_LONGEST_SPAN}+"


def _knowledge(sentence: Judged, unit: Span) -> str:
    return UNKNOWN if any(sentence.unknown[unit.start : unit.end]) else KNOWN


def _next(lasts: Sequence[int]) -> list[int]:
    return [last + 1 for last in lasts]
