"""Raw text into sentences of tokens; what an annotation spans stays one sentence."""

from __future__ import annotations

import io
from collections.abc import Sequence

from util.formats.document import Document, Sentence, Token
from util.output.offsets import UntouchedText
from util.output.segmentation import Style, read_text


def sentences_of(document: Document, style: Style) -> Sequence[Sentence]:
    """Return the sentences of a document: its own, or those of its text.

    Where a span goes on behind a sentence, that was no end: it goes on, too.

    Args:
        document: The document.
        style: How its text is split.

    Raises:
        ValueError: It cannot be split; the message says what is missing.
    """
    if document.sentences is not None:
        return document.sentences
    text = UntouchedText(io.StringIO(document.text, newline=""))
    found: list[list[Token]] = []
    try:
        for window in read_text(text, style=style):
            for forms, (_, start, within) in zip(window, text.place(window)):
                places = ((start + a, start + b) for a, b in within)
                found.append([Token(f, a, b) for f, (a, b) in zip(forms, places)])
    except ValueError as error:
        raise ValueError(f"{document.where}: {error}") from None
    return [Sentence(tokens) for tokens in _whole(found, document)]


def _whole(found: list[list[Token]], document: Document) -> list[list[Token]]:
    """Join the sentences that a span has tokens of."""
    spans = sorted((s.start, s.end) for s in document.spans if s.start < s.end)
    whole: list[list[Token]] = []
    reach = at = 0  # how far spans go that begin before here
    for tokens in found:
        if whole and tokens[0].start < reach:
            whole[-1] += tokens
        else:
            whole.append(tokens)
        while at < len(spans) and spans[at][0] < tokens[-1].end:
            if spans[at][1] <= len(document.text):
                reach = max(reach, spans[at][1])
            at += 1
    return whole
