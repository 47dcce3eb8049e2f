"""Text or tokens to tagged sentences, in one call."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Union

from util.output.offsets import UntouchedText, place_of_text, place_of_tokens
from util.output.records import sentence_record
from util.output.segmentation import Style, read_text
from util.output.window import Request, Window, ask

# A text, or sentences: their tokens, or their columns by name.
Taggable = Union[str, Sequence[Union[Sequence[str], Mapping[str, Sequence[str]]]]]


def tag(
    model: Any, given: Taggable, style: Style, request: Request
) -> list[dict[str, Any]]:
    """Tag a text, or sentences of tokens; see `Tagger.tag`.

    Args:
        model: A `BiLSTM`.
        given: The text, or the sentences.
        style: How the text is written.
        request: What is asked for besides the labels.
    """
    tasks = list(model.tasks.values())
    return [
        sentence_record(window, number, tasks, request)
        for window in _windows(model, given, style, request)
        for number in range(len(window.sentences))
    ]


def _windows(
    model: Any, given: Taggable, style: Style, request: Request
) -> Iterator[Window]:
    if isinstance(given, str):
        text = UntouchedText(io.StringIO(given, newline=""))
        for sentences in read_text(text, style=style):
            places = [place_of_text(*place) for place in text.place(sentences)]
            yield Window(sentences, *ask(model, model.rows(sentences), request), places)
        return
    sentences = [
        list(each["tokens"] if isinstance(each, Mapping) else each)
        for each in _checked(given)
    ]
    places = [place_of_tokens(tokens) for tokens in sentences]
    yield Window(sentences, *ask(model, model.rows(given), request), places)


def _checked(given: Any) -> Sequence[Any]:
    """Return sentences; raise `ValueError` if they are something else."""
    fits = isinstance(given, Sequence) and all(
        isinstance(each, Mapping)
        and "tokens" in each
        or isinstance(each, Sequence)
        and not isinstance(each, str)
        and all(isinstance(token, str) for token in each)
        for each in given
    )
    if not fits:
        raise ValueError(
            "`tag` takes a text, as in tag('It rains.'), or a list of sentences, each "
            f"a list of words: tag([['It', 'rains', '.']]). Received: {given!r:.60}"
        )
    return given
