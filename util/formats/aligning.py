"""From spans of characters to spans of tokens; what does not fit is told."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from util.formats.document import Document, Sentence, Span
from util.formats.problems import Problems

OUTSIDE = "left out, since it is not within the text"
NO_TOKEN = "left out, since no token is in it"
TWICE = "left out, since it is there twice"
ACROSS = "left out, since it goes on behind the end of a sentence"
WIDENED = "widened to whole tokens"
OVERLAP = "left out, since it overlaps another span, which columns cannot hold"


class Placed(NamedTuple):
    """A span as tokens `first` to `end` (exclusive) of a sentence."""

    sentence: int
    first: int
    end: int
    span: Span


def within_text(document: Document, problems: Problems) -> Document:
    """Return a document without the spans that do not stand in its text, or twice."""
    kept: dict[tuple, Span] = {}
    for span in document.spans:
        if not 0 <= span.start < span.end <= len(document.text):
            problems.span(OUTSIDE, span, document)
        elif kept.setdefault(span[:4], span) is not span:
            problems.span(TWICE, span, document)
    return document._replace(spans=list(kept.values()))


def place(
    document: Document, sentences: Sequence[Sentence], problems: Problems
) -> list[Placed]:
    """Return the tokens of each span, in order; spans may overlap.

    Args:
        document: Its spans stand within its text.
        sentences: Those of the document.
        problems: Gets what does not fit.
    """
    tokens = [token for sentence in sentences for token in sentence.tokens]
    owner = [n for n, s in enumerate(sentences) for _ in s.tokens]
    firsts = [0]
    for sentence in sentences:
        firsts.append(firsts[-1] + len(sentence.tokens))
    starts, ends = [t.start for t in tokens], [t.end for t in tokens]
    placed = []
    for span in document.spans:
        first, end = bisect_right(ends, span.start), bisect_left(starts, span.end)
        if first >= end:
            problems.span(NO_TOKEN, span, document)
            continue
        number = owner[first]
        if owner[end - 1] != number:
            problems.span(ACROSS, span, document)
            continue
        if starts[first] < span.start or span.end < ends[end - 1]:
            problems.span(WIDENED, span, document)
        base = firsts[number]
        placed.append(Placed(number, first - base, end - base, span))
    return sorted(placed, key=lambda p: (p.sentence, p.first, -p.end))


def flat(
    placed: Sequence[Placed], document: Document, problems: Problems
) -> list[Placed]:
    """Return spans of which none of a layer overlap: the likeliest, first, longest."""
    taken: set[tuple[str, int, int]] = set()
    kept = []
    for entry in sorted(placed, key=_likeliest):
        number, first, end, span = entry
        cells = {(span.layer, number, token) for token in range(first, end)}
        if cells & taken:
            problems.span(OVERLAP, span, document)
        else:
            taken |= cells
            kept.append(entry)
    return sorted(kept, key=lambda p: (p.sentence, p.first))


def _likeliest(entry: Placed) -> tuple:
    score = 1.0 if entry.span.score is None else entry.span.score
    return -score, entry.span.start, -entry.span.end
