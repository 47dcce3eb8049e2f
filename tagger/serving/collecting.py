"""From annotated characters to columns that `tagger train` reads."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterable, Iterator, Sequence

from tagger.serving.annotated import Annotated
from util.output.offsets import UntouchedText
from util.output.segmentation import Style, read_text

logger = logging.getLogger(__name__)


def sentences_of(
    texts: Iterable[Annotated], language: str
) -> Iterator[tuple[list[str], list[str]]]:
    """Yield the tokens of each sentence and their BIO tags.

    A span that begins or ends within a token takes the whole of it; one that crosses
    another is left out. Both are logged.

    Args:
        texts: What people annotated.
        language: That of the texts.
    """
    style = Style(language)
    for annotated in texts:
        text = UntouchedText(io.StringIO(annotated.text, newline=""))
        spans = sorted(annotated.spans)
        for sentences in read_text(text, style=style):
            for tokens, (_, start, within) in zip(sentences, text.place(sentences)):
                places = [(start + a, start + b) for a, b in within]
                yield tokens, _tags(places, spans)


def _tags(
    places: Sequence[tuple[int, int]], spans: Sequence[tuple[int, int, str]]
) -> list[str]:
    tags = ["O"] * len(places)
    for start, end, label in spans:
        inside = [n for n, (a, b) in enumerate(places) if a < end and start < b]
        if not inside:
            continue
        if any(tags[n] != "O" for n in inside):
            logger.warning("Left out, since it crosses another: %s %d", label, start)
            continue
        if places[inside[0]][0] < start or end < places[inside[-1]][1]:
            logger.warning("Widened to whole tokens: %s %d to %d", label, start, end)
        for n in inside:
            tags[n] = f"I-{label}"
        tags[inside[0]] = f"B-{label}"
    return tags
