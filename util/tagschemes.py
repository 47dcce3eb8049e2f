"""Tag schemes as data: one table for conversion, scoring and constraints.

A tag is `O`, or a prefix and a type such as `B-NP`. A span is a run of tokens of one
type. Reading tags is the same for every scheme (see `spans`), so a scheme only says
how a span is written down.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple


class Span(NamedTuple):
    """Tokens `start` to `end` (exclusive) that form one unit of `type`."""

    type: str
    start: int
    end: int


class Scheme(NamedTuple):
    """The prefixes with which a scheme writes a span.

    Attributes:
        single: Prefix of a span of one token.
        first, inner, last: Prefixes of the tokens of a longer span.
        adjacent: Prefix of the first token of a span that follows another span of
            the same type at once.
    """

    single: str
    first: str
    inner: str
    last: str
    adjacent: str


SCHEMES = {
    "BIO": Scheme(single="B", first="B", inner="I", last="I", adjacent="B"),
    "IOB": Scheme(single="I", first="I", inner="I", last="I", adjacent="B"),
    "IOBES": Scheme(single="S", first="B", inner="I", last="E", adjacent=""),
}

OUTSIDE = "O"

TAG = re.compile(r"[BIES](-.+)?|O", re.DOTALL)
_TYPED_TAG = re.compile(r"[BIES]-.+|O", re.DOTALL)


# Tags are few and asked for again and again.
@functools.lru_cache(maxsize=4096)
def split_tag(tag: str) -> tuple[str, str]:
    """Return prefix and type of a tag; the type is `_` where the tag has none.

    >>> split_tag("B-NP"), split_tag("I-new-york"), split_tag("O")
    (('B', 'NP'), ('I', 'new-york'), ('O', '_'))
    """
    return tag[:1], tag[1:].split("-", 1)[-1] or "_"


@functools.lru_cache(maxsize=65536)
def continues(previous: str, tag: str) -> bool:
    """Tell whether `tag` belongs to the span that `previous` belongs to.

    This is how the conlleval script reads BIO and IOB, and how seqeval's default
    mode reads IOBES, invalid sequences included.
    """
    prefix, type_ = split_tag(tag)
    previous_prefix, previous_type = split_tag(previous)
    return (
        prefix in ("I", "E")
        and previous_prefix in ("B", "I")
        and (type_ == previous_type)
    )


def spans(tags: Sequence[str]) -> list[Span]:
    """Read the spans of a tag sequence, in order.

    Every tag but `O` belongs to a span, so invalid sequences are read too.

    Args:
        tags: The tags of one sentence, in any scheme.

    Returns:
        The spans; those of adjacent tokens never overlap.

    >>> spans(["B-NP", "I-NP", "B-NP", "O", "I-VP"])
    [Span(type='NP', start=0, end=2), Span(type='NP', start=2, end=3), \
Span(type='VP', start=4, end=5)]
    """
    found: list[Span] = []
    start, previous = 0, OUTSIDE
    for position, tag in enumerate([*tags, OUTSIDE]):
        if continues(previous, tag):
            previous = tag
            continue
        if previous[:1] != OUTSIDE:
            found.append(Span(split_tag(previous)[1], start, position))
        start, previous = position, tag
    return found


def write(spans_: Sequence[Span], length: int, scheme: str) -> list[str]:
    """Write spans as the tags of a sentence.

    Args:
        spans_: Spans in order, without overlap.
        length: Number of tokens of the sentence.
        scheme: A key of `SCHEMES`.

    Returns:
        A list of `length` tags.
    """
    rule = _scheme(scheme)
    tags = [OUTSIDE] * length
    previous = Span("", -1, -1)
    for span in spans_:
        size = span.end - span.start
        prefixes = (
            [rule.single]
            if size == 1
            else [rule.first, *[rule.inner] * (size - 2), rule.last]
        )
        if rule.adjacent and (previous.type, previous.end) == (span.type, span.start):
            prefixes[0] = rule.adjacent
        tags[span.start : span.end] = [f"{prefix}-{span.type}" for prefix in prefixes]
        previous = span
    return tags


def convert(tags: Sequence[str], scheme: str) -> list[str]:
    """Rewrite the tags of a sentence in another scheme.

    The conversions between all schemes are inverse to each other.

    >>> convert(["B-NP", "B-NP", "I-NP", "O"], "IOBES")
    ['S-NP', 'B-NP', 'E-NP', 'O']
    >>> convert(["B-NP", "B-NP", "B-NP", "O"], "IOB")
    ['I-NP', 'B-NP', 'B-NP', 'O']
    """
    return write(spans(tags), len(tags), scheme)


def rewrite(tags: Sequence[str], scheme: str) -> list[str]:
    """Rewrite the tags of a sentence as `convert`; those without types stay without.

    >>> rewrite(["I", "O"], "BIO")
    ['B', 'O']
    """
    rewritten = convert(tags, scheme)
    if any(len(tag) == 1 and tag != OUTSIDE for tag in tags):
        return [tag[:1] if tag[1:] == "-_" else tag for tag in rewritten]
    return rewritten


def untaggable(values: Iterable[str]) -> list[str]:
    """Return the values that are no tags of our schemes, in their order.

    A tag is `O`, or `B-`, `I-`, `E-` or `S-` and a type. Prefixes may stand alone where
    they all do.

    >>> untaggable(["O", "B-PER", "ORG", "U-PER", "B-", "I"])
    ['ORG', 'U-PER', 'B-', 'I']
    >>> untaggable(["O", "B", "I"])
    []
    """
    values = list(values)
    typed = any(len(value) > 1 and TAG.fullmatch(value) for value in values)
    tag = _TYPED_TAG if typed else TAG
    return [value for value in values if not tag.fullmatch(value)]


def types(tags: Sequence[str]) -> list[str]:
    """Return the bare type of each tag, `O` where there is none.

    >>> types(["B-NP", "I-NP", "O"])
    ['NP', 'NP', 'O']
    """
    return [tag if tag == OUTSIDE else split_tag(tag)[1] for tag in tags]


def may_follow(previous: str | None, tag: str | None, scheme: str) -> bool:
    """Tell whether a scheme lets `tag` stand after `previous`.

    Args:
        previous: The tag before, None for the beginning of the sentence.
        tag: The tag after, None for the end of the sentence.
        scheme: A key of `SCHEMES`.

    >>> may_follow("O", "I-NP", "BIO"), may_follow("B-NP", "I-NP", "BIO")
    (False, True)
    """
    rule = _scheme(scheme)
    before, before_type = split_tag(previous or OUTSIDE)
    after, after_type = split_tag(tag or OUTSIDE)
    same = before != OUTSIDE and before_type == after_type
    if (
        same
        and before in (rule.first, rule.inner, rule.adjacent)
        and (after in (rule.inner, rule.last))
    ):
        return True
    closed = before == OUTSIDE or before in (rule.single, rule.last, rule.adjacent)
    if after == OUTSIDE:
        return closed
    starts = (rule.adjacent,) if same and rule.adjacent else (rule.single, rule.first)
    return closed and after in starts


def scheme_of(column: str) -> str | None:
    """Return the scheme that a column's name announces, as in `chunk_BIO`."""
    ending = column.rsplit("_", 1)[-1]
    return ending if "_" in column and ending in SCHEMES else None


def _scheme(name: str) -> Scheme:
    if name not in SCHEMES:
        raise ValueError(
            f"A tag scheme must be one of {', '.join(SCHEMES)}. Received: {name!r}"
        )
    return SCHEMES[name]
