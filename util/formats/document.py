"""The neutral record between all formats: a text, its tokens, what is said of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Optional

# The layer of spans of formats that name none.
UNNAMED = ""
DEFAULT = "NER"


class Token(NamedTuple):
    """A token: what a tagger reads, and the characters `start` to `end` of the text."""

    form: str
    start: int
    end: int


class Span(NamedTuple):
    """Characters `start` to `end` (exclusive) that have a label.

    Attributes:
        start, end: Unicode code points of the document's text.
        label: The type, such as `PER`.
        layer: What kind of spans it belongs to, such as `NER`.
        score: How probable it is, from 0 to 1; None where nothing is said.
        where: File and line, to be told.
    """

    start: int
    end: int
    label: str
    layer: str = UNNAMED
    score: Optional[float] = None  # noqa: UP045
    where: str = ""


class Sentence(NamedTuple):
    """The tokens of a sentence, and columns of labels, one for each token."""

    tokens: Sequence[Token]
    columns: Mapping[str, Sequence[str]] = {}


class Document(NamedTuple):
    """A text and what is said of it.

    Attributes:
        text: As it stands in its file.
        spans: In any order; they may overlap.
        sentences: None for a text that nobody has split yet.
        name: What the file calls it, empty for nothing.
        where: File and line, to be told.
        weight: How much it counts in training; None where nothing is said.
    """

    text: str
    spans: Sequence[Span] = ()
    sentences: Optional[Sequence[Sentence]] = None  # noqa: UP045
    name: str = ""
    where: str = ""
    weight: Optional[float] = None  # noqa: UP045


def shifted(sentence: Sentence, by: int) -> Sentence:
    """Return a sentence that stands so many characters further back."""
    tokens = [Token(form, start + by, end + by) for form, start, end in sentence.tokens]
    return sentence._replace(tokens=tokens)


def joined(documents: Sequence[Document]) -> Document:
    """Return documents as one, with a line end between each two.

    >>> joined([Document("a"), Document("b", [Span(0, 1, "X")])]).spans[0].start
    2
    """
    if len(documents) == 1:
        return documents[0]
    spans: list[Span] = []
    sentences: list[Sentence] = []
    start = 0
    for document in documents:
        spans += [
            span._replace(start=span.start + start, end=span.end + start)
            for span in document.spans
        ]
        sentences += [shifted(s, start) for s in document.sentences or ()]
        start += len(document.text) + 1
    text = "\n".join(document.text for document in documents)
    known = all(document.sentences is not None for document in documents)
    first = documents[0]
    return Document(text, spans, sentences if known else None, first.name, first.where)
