"""A sentence as HTML: spans highlighted, or labels below the words."""

from __future__ import annotations

import functools
import html
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from util import tagschemes
from util.output.confidence import ConfidentSpan
from util.output.offsets import Place
from util.task import Task

# Below this, a highlighted span has a dashed border.
_UNSURE = 0.8
# Characters that HTML does not allow are shown as pictures of themselves.
_CONTROLS = {code: 0x2400 + code for code in range(32) if chr(code) not in "\t\n\r"}
_CONTROLS.update({code: 0xFFFD for code in range(0x7F, 0xA0)})


class Reading(NamedTuple):
    """One way to label a sentence.

    Attributes:
        labels: Its labels.
        spans: Its spans; None where labels write none.
        token_probabilities: Of the labels; empty if they are not to be shown.
        usual: What is shown pale, since it is as always: spans without their
            probability, or pairs of token and label.
    """

    labels: Sequence[str]
    spans: Sequence[ConfidentSpan] | None
    token_probabilities: Sequence[float] = ()
    usual: Collection[tuple] = ()


# Where a piece of HTML stands in the text of its sentence, and the piece.
_Piece = tuple[int, int, str]


def paragraph(place: Place, reading: Reading, classes: Mapping[str, str]) -> str:
    """Return a sentence as a paragraph; every character of its text is in it.

    Args:
        place: The sentence.
        reading: How it is labelled.
        classes: The style class of each type of span, or label.
    """
    units = _labelled if reading.spans is None else _marked
    pieces, position = [], 0
    for start, end, unit in units(place, reading, classes):
        pieces += [escape(place.text[position:start]), unit]
        position = end
    return '<p dir="auto">' + "".join(pieces) + "</p>"


def _marked(
    place: Place, reading: Reading, classes: Mapping[str, str]
) -> Iterator[_Piece]:
    """Yield the spans of a sentence and the tokens between them."""
    position = 0
    for span in reading.spans:
        yield from _outside(place, reading, position, span.start)
        position = span.end
        start, end = place.within[span.start][0], place.within[span.end - 1][1]
        name, shown = classes[span.type], ""
        if reading.token_probabilities:
            name += unsure(span.probability)
            shown = shade(span.probability) + f' title="{_tooltip(reading, span)}"'
        name += " usual" * (span[:3] in reading.usual)
        yield (
            start,
            end,
            f'<mark class="{name}"{shown}>{escape(place.text[start:end])}'
            f"<small>{escape(span.type)}</small></mark>",
        )
    yield from _outside(place, reading, position, len(reading.labels))


def _outside(place: Place, reading: Reading, first: int, last: int) -> Iterator[_Piece]:
    for token in range(first, last):
        start, end = place.within[token]
        text = escape(place.text[start:end])
        if reading.token_probabilities:
            text = f'<span class="out"{_token(reading, token)}>{text}</span>'
        yield start, end, text


def _labelled(
    place: Place, reading: Reading, classes: Mapping[str, str]
) -> Iterator[_Piece]:
    """Yield the tokens of a sentence with their labels below."""
    for token, ((start, end), label) in enumerate(zip(place.within, reading.labels)):
        name = classes[label] + " usual" * ((token, label) in reading.usual)
        shown = _token(reading, token) if reading.token_probabilities else ""
        yield (
            start,
            end,
            f'<span class="word">{escape(place.text[start:end])}'
            f'<span class="label {name}"{shown}>{escape(label)}</span></span>',
        )


def usual(labels: Sequence[str], task: Task) -> Collection[tuple]:
    """Return what a reading like these labels holds, for `Reading.usual`."""
    if task.scheme is not None:
        return set(map(tuple, tagschemes.spans(labels)))
    return set(enumerate(labels))


def unsure(probability: float) -> str:
    """Return the style class of an improbable span, with a blank before it."""
    return " unsure" * (probability < _UNSURE)


def shade(probability: float) -> str:
    """Return the attribute that makes a colour as strong as a probability."""
    return f' style="--p:{probability:.2f}"'


def _token(reading: Reading, token: int) -> str:
    """Return shade and tooltip of a token."""
    tooltip = _sure(reading.labels[token], reading.token_probabilities[token])
    return f'{shade(reading.token_probabilities[token])} title="{tooltip}"'


def _tooltip(reading: Reading, span: ConfidentSpan) -> str:
    """Return the confidence of a span and, line by line, that of its tokens."""
    labels = reading.labels[span.start : span.end]
    tokens = reading.token_probabilities[span.start : span.end]
    lines = [(span.type, span.probability), *zip(labels, tokens)]
    return "\n".join(_sure(*line) for line in lines)


def _sure(label: str, probability: float) -> str:
    return f"{escape(label)} {probability:.4f}"


@functools.lru_cache(maxsize=65536)
def escape(text: str) -> str:
    r"""Return a text as HTML that shows it, also within quotes.

    >>> escape('<b title="x">\x00')
    '&lt;b title=&quot;x&quot;&gt;␀'
    """
    return html.escape(text).translate(_CONTROLS)
