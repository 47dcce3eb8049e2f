"""Where the tokens of a text stand, as formats keep it that have room for more keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from util.formats import jsontext
from util.formats.document import Document, Sentence, Token

KEY = "tokens"


def written(document: Document) -> dict[str, Any]:
    """Return what is added to a record: start and end of each sentence's tokens."""
    if document.sentences is None:
        return {}
    return {KEY: [[[t.start, t.end] for t in s.tokens] for s in document.sentences]}


def read(record: Mapping[str, Any], text: str, where: str) -> Sequence[Sentence] | None:
    """Return the sentences that a record tells; None if it tells none.

    Raises:
        ValueError: They do not stand in the text one behind the other.
    """
    told = record.get(KEY)
    if told is None:
        return None
    sentences = []
    last = 0
    for places in jsontext.entries(record, KEY, where):
        tokens = []
        for pair in places if isinstance(places, list) else [places]:
            if not isinstance(pair, list) or len(pair) != 2:
                raise ValueError(
                    f"{where}: `{KEY}` must be a list with a list [start, end] for "
                    f"each token of each sentence. Received: {jsontext.shown(pair)}"
                )
            start, end = (jsontext.offset(x, KEY, where) for x in pair)
            if not last <= start < end <= len(text):
                raise ValueError(
                    f"{where}: the token at characters {start} to {end} is not within "
                    "the text, or not behind the one before."
                )
            tokens.append(Token(text[start:end], start, end))
            last = end
        if tokens:
            sentences.append(Sentence(tokens))
    return sentences
