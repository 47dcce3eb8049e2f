"""The most frequent errors, by what went wrong and at which words."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from tagger.evaluation.comparison import Comparison, Judged, Units
from util import tagschemes
from util.tagschemes import Span

# What can go wrong, in plain words.
KINDS = {
    "missed": "nothing was found where there is a span",
    "spurious": "a span was found where there is none",
    "wrong type": "the boundaries are right, the type is not",
    "wrong boundary": "the type is right, begin or end is not",
    "split": "one span was found as several",
    "joined": "several spans were found as one",
    "wrong boundary and type": "spans overlap, but neither boundary nor type fits",
    "wrong label": "another label was right",
}

_WORDS = 5
_EXAMPLES = 2
_CONTEXT = 8


class Piece(NamedTuple):
    """Some words of an example, and their type; no type outside of spans."""

    type: str
    words: str


class Example(NamedTuple):
    """A place in a sentence where an error stands.

    Attributes:
        before, after: The words around it; cut ones start or end with an ellipsis.
        gold, predicted: The same words in between, read rightly and as predicted.
    """

    before: str
    gold: list[Piece]
    predicted: list[Piece]
    after: str


class ErrorGroup(NamedTuple):
    """All errors of one kind between the same types.

    Attributes:
        kind: A key of `KINDS`.
        gold, predicted: The types that are right and those that were predicted.
        count: How many errors.
        words: The most frequent words in dispute, with their counts.
        examples: Some places.
    """

    kind: str
    gold: tuple[str, ...]
    predicted: tuple[str, ...]
    count: int
    words: list[tuple[str, int]]
    examples: list[Example]


class _Error(NamedTuple):
    """Wrong spans of a sentence that overlap, and what they cover."""

    sentence: Judged
    units: Units  # all of the sentence
    gold: list[Span]
    predicted: list[Span]
    start: int
    end: int


def error_groups(comparison: Comparison) -> list[ErrorGroup]:
    """Return all errors in groups, the most frequent first.

    Wrong spans that overlap are one error. It is where the tagger and the gold labels
    disagree that its words are in dispute: of a span that is one word too long, that
    word.
    """
    groups: dict[tuple, list[_Error]] = defaultdict(list)
    for sentence, units in comparison:
        for error in _errors(sentence, units):
            types = (_types(error.gold), _types(error.predicted))
            kind = _kind(error) if comparison.spans else "wrong label"
            groups[(kind, *types)].append(error)
    found = [_group(key, errors) for key, errors in groups.items()]
    return sorted(found, key=lambda group: (-group.count, group[:3]))


def _errors(sentence: Judged, units: Units) -> Iterator[_Error]:
    """Yield the wrong units of a sentence, those that overlap together."""
    if units.gold == units.predicted:
        return
    right = set(units.gold).intersection(units.predicted)
    wrong = [(unit, side) for side in (0, 1) for unit in units[side]]
    wrong = [(unit, side) for unit, side in wrong if unit not in right]
    wrong.sort(key=lambda pair: pair[0].start)
    end = 0
    sides: tuple[list[Span], list[Span]] = ([], [])
    for unit, side in [*wrong, (Span("", len(sentence.tokens), 0), 0)]:
        if unit.start >= end and (sides[0] or sides[1]):
            start = min(other.start for other in (*sides[0], *sides[1]))
            yield _Error(sentence, units, *sides, start, end)
            sides = ([], [])
        sides[side].append(unit)
        end = max(end, unit.end)


def _types(units: Sequence[Span]) -> tuple[str, ...]:
    return tuple(unit.type for unit in units)


def _kind(error: _Error) -> str:
    gold, predicted = error.gold, error.predicted
    if not predicted:
        return "missed"
    if not gold:
        return "spurious"
    if [unit[1:] for unit in gold] == [unit[1:] for unit in predicted]:
        return "wrong type"
    if len({*_types(gold), *_types(predicted)}) > 1:
        return "wrong boundary and type"
    if len(gold) == 1 < len(predicted):
        return "split"
    return "joined" if len(predicted) == 1 < len(gold) else "wrong boundary"


def _group(key: tuple, errors: list[_Error]) -> ErrorGroup:
    by_words: dict[str, list[_Error]] = defaultdict(list)
    for error in errors:
        by_words[_disputed(error)].append(error)
    counts = Counter({words: len(places) for words, places in by_words.items()})
    frequent = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    examples = [_example(by_words[words]) for words, _ in frequent[:_EXAMPLES]]
    return ErrorGroup(*key, len(errors), frequent[:_WORDS], examples)


def _disputed(error: _Error) -> str:
    """Return the words of an error at which gold and predicted tags differ."""
    length = error.end
    gold, predicted = (
        tagschemes.write(units, length, "BIO")[error.start :]
        for units in (error.gold, error.predicted)
    )
    words = error.sentence.tokens[error.start : error.end]
    return " ".join(w for w, g, p in zip(words, gold, predicted) if g != p)


def _example(errors: list[_Error]) -> Example:
    """Show the first error of the shortest sentence that gives some context."""
    enough = [e for e in errors if len(e.sentence.tokens) > _CONTEXT] or errors
    error = min(enough, key=lambda e: len(e.sentence.tokens))
    tokens, start, end = error.sentence.tokens, error.start, error.end
    left, right = max(start - _CONTEXT, 0), end + _CONTEXT
    return Example(
        " ".join([*["…"][: left > 0], *tokens[left:start]]),
        _pieces(error.units.gold, tokens, start, end),
        _pieces(error.units.predicted, tokens, start, end),
        " ".join([*tokens[end:right], *["…"][: right < len(tokens)]]),
    )


def _pieces(
    units: Sequence[Span], tokens: Sequence[str], start: int, end: int
) -> list[Piece]:
    """Cut the words from `start` to `end` at the boundaries of units."""
    pieces, position = [], start
    for unit in units:
        if unit.start < start or unit.end > end:
            continue
        if unit.start > position:
            pieces.append(Piece("", " ".join(tokens[position : unit.start])))
        pieces.append(Piece(unit.type, " ".join(tokens[unit.start : unit.end])))
        position = unit.end
    if position < end:
        pieces.append(Piece("", " ".join(tokens[position:end])))
    return pieces
