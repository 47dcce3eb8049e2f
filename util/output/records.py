"""A tagged sentence as plain data, with the place of everything in its text."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from util.output.window import Request, Window
from util.task import Task

_DIGITS = 6


def sentence_record(
    window: Window, number: int, tasks: Sequence[Task], request: Request
) -> dict[str, Any]:
    """Return what is known of a sentence, as docs/Output_Formats.md has it.

    Args:
        window: Sentences with their tags and places.
        number: Which of them.
        tasks: The tasks, in order.
        request: What was asked of the tagger.
    """
    text, _, file = window.places[number]
    sentence = {
        "text": text,
        "start": file[0][0] if file else 0,
        "end": file[-1][1] if file else 0,
        "tokens": _tokens(window, number, tasks, request),
        "spans": {
            task.name: _spans(window, number, task.name, request)
            for task in tasks
            if task.scheme is not None
        },
    }
    if window.taggings is not None:
        found = {t.name: window.taggings[t.name][number] for t in tasks}
        if request.confidence:
            sentence["confidence"] = {
                task: rounded(tagging.probability) for task, tagging in found.items()
            }
        if request.nbest:
            sentence["sequences"] = {
                task: [
                    {"labels": labels, "confidence": rounded(probability)}
                    for labels, probability in tagging.alternatives
                ]
                for task, tagging in found.items()
            }
    return sentence


def _tokens(
    window: Window, number: int, tasks: Sequence[Task], request: Request
) -> list[dict[str, Any]]:
    text, within, file = window.places[number]
    names = [task.name for task in tasks]
    labels = zip(*(window.labels[name][number] for name in names))
    tokens = []
    for token, (a, b), (start, end), those in zip(
        window.sentences[number], within, file, labels
    ):
        written = text[a:b]
        entry = {"text": written, "start": start, "end": end}
        if token != written:
            entry["read_as"] = token
        entry["labels"] = dict(zip(names, those))
        tokens.append(entry)
    if request.confidence:
        columns = (window.taggings[n][number].token_probabilities for n in names)
        for entry, row in zip(tokens, zip(*columns)):
            entry["confidence"] = dict(zip(names, map(rounded, row)))
    return tokens


def _spans(
    window: Window, number: int, task: str, request: Request
) -> list[dict[str, Any]]:
    text, within, file = window.places[number]
    spans = []
    for type_, first, end, probability in window.spans(task, number):
        span = {
            "type": type_,
            "start": file[first][0],
            "end": file[end - 1][1],
            "text": text[within[first][0] : within[end - 1][1]],
            "first_token": first,
            "last_token": end - 1,
        }
        if request.confidence:
            span["confidence"] = rounded(probability)
        spans.append(span)
    return spans


def rounded(probability: float) -> float | None:
    """Return a probability with six significant digits; JSON has no NaN.

    >>> rounded(0.98765432), rounded(0.00000123456789), rounded(float("nan"))
    (0.987654, 1.23457e-06, None)
    """
    if math.isnan(probability):
        return None
    return float(f"{probability:.{_DIGITS}g}")
