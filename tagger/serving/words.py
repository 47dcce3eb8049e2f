"""From the texts of a request to rows for the network, each word with its place."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any, NamedTuple

from tagger.serving.questions import Question, check_count, check_tokens
from tagger.serving.refusals import unprocessable
from tagger.serving.settings import Limits
from util.languages import ENGLISH, language_code
from util.output.offsets import (
    Place,
    UntouchedText,
    place_of_text,
    place_of_tokens,
)
from util.output.segmentation import Style, read_text


class Words(NamedTuple):
    """The sentences of a request.

    Attributes:
        tokens: Of each sentence.
        places: Where each stands.
        counts: How many sentences each text has.
        rows: What the network reads.
    """

    tokens: Sequence[Sequence[str]]
    places: Sequence[Place]
    counts: Sequence[int]
    rows: Sequence[Any]


def words_of(
    question: Question, model: Any, name: str, language: str | None, limits: Limits
) -> Words:
    """Split what is to be tagged.

    Args:
        question: The request.
        model: What is to tag it.
        name: What visitors call the model.
        language: That of texts where the request says none; None: the model's.
        limits: What a request may ask for.

    Raises:
        Refused: There is too much of it, or the model needs more than words.
    """
    wanted = model.requiredColumns
    if question.texts is not None:
        _need(wanted, (), name)
        code = question.language or language or model.params.get("language")
        return _texts(question.texts, model, Style(language_code(code)), limits)
    for sentence in question.sentences:
        _need(wanted, sentence, name)
    tokens = [sentence["tokens"] for sentence in question.sentences]
    places = [place_of_tokens(each) for each in tokens]
    return Words(tokens, places, [len(tokens)], model.rows(question.sentences))


def _texts(texts: Sequence[str], model: Any, style: Style, limits: Limits) -> Words:
    tokens, places, counts, total = [], [], [], 0
    for given in texts:
        first = len(tokens)
        text = UntouchedText(io.StringIO(given, newline=""))
        for sentences in _split(text, style):
            for sentence in sentences:
                total += len(sentence)
                check_tokens(sentence, limits)
            check_count(total, limits)
            tokens += sentences
            places += [place_of_text(*place) for place in text.place(sentences)]
        counts.append(len(tokens) - first)
    return Words(tokens, places, counts, model.rows(tokens))


def _split(text: UntouchedText, style: Style):
    try:
        yield from read_text(text, style=style)
    except ValueError:
        # The text says which packages a server lacks, or is for a command line.
        if style.language != ENGLISH:
            raise unprocessable(
                f"Texts in the language {style.language} cannot be split here; send "
                "`sentences` of tokens."
            ) from None
        raise unprocessable(
            "The text writes no blanks between words; say in which language it is "
            "with `language`, such as zh, ja or th, or send `sentences` of tokens."
        ) from None


def _need(wanted: Sequence[str], given: Any, name: str) -> None:
    missing = [column for column in wanted if column not in given]
    if missing:
        entries = ", ".join(f'"{column}": [...]' for column in missing)
        raise unprocessable(
            f"The model {name} reads {', '.join(missing)} besides the words: send "
            f'`sentences` of objects, such as {{"tokens": [...], {entries}}}.'
        )
