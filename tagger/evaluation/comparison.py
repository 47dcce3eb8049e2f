"""Sentences beside what a tagger said of them, and what is counted over both.

A unit is what is right or wrong: a span where the labels write spans, else a token
with its label. Every table counts units, each under a key of its own: the type, the
length of the span, whether the word was known.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Callable, NamedTuple

from util import tagschemes
from util.BIOF1Validation import SpanCounts
from util.output.confidence import Tagging
from util.tagschemes import Span


class Judged(NamedTuple):
    """A sentence, its right labels, and what a tagger said of it.

    Attributes:
        tokens: The words.
        gold: The right label of each word.
        tagging: The tagger's.
        unknown: Whether each word is one that the tagger has no vector for; empty if
            the tagger does not look at whole words.
    """

    tokens: Sequence[str]
    gold: Sequence[str]
    tagging: Tagging
    unknown: Sequence[bool] = ()


class Units(NamedTuple):
    """The units of one sentence, in order."""

    gold: list[Span]
    predicted: list[Span]


# The name under which a unit of a sentence is counted.
Key = Callable[[Judged, Span], str]


class Comparison:
    """The units of all sentences.

    Args:
        sentences: What to compare.
        spans: Whether the labels write spans; if not, every token is a unit.
    """

    def __init__(self, sentences: Sequence[Judged], spans: bool):
        self.sentences = sentences
        self.spans = spans
        read = tagschemes.spans if spans else _tokens
        self.units = [Units(read(s.gold), read(s.tagging.labels)) for s in sentences]

    def __iter__(self) -> Iterator[tuple[Judged, Units]]:
        return zip(self.sentences, self.units)

    def count(self, key: Key | None = None) -> SpanCounts:
        """Count units by a key (default: by type), those predicted by their own.

        A unit is right if type, start and end are.
        """
        key = key or _type
        counts = SpanCounts()
        for sentence, (gold, predicted) in self:
            counts.gold.update(key(sentence, unit) for unit in gold)
            counts.predicted.update(key(sentence, unit) for unit in predicted)
            right = set(gold).intersection(predicted)
            counts.correct.update(key(sentence, unit) for unit in right)
            counts.tokens += len(sentence.gold)
            counts.right_tokens += sum(
                map(str.__eq__, sentence.tagging.labels, sentence.gold)
            )
        return counts


def _type(_: Judged, unit: Span) -> str:
    return unit.type


def _tokens(labels: Sequence[str]) -> list[Span]:
    """Return every token as a unit of its own; its type is the whole label."""
    return [Span(label, i, i + 1) for i, label in enumerate(labels)]
