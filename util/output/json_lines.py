"""JSON lines: an object per sentence, with the place of everything in the file."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any, TextIO

from util.output.window import Request, Window
from util.task import Task

# Some programs end a line at these, which JSON lets stand in a string.
_LINE_ENDS = {ord(c): f"\\u{ord(c):04x}" for c in "\x85\u2028\u2029"}
_DIGITS = 6
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class JsonWriter:
    """Writes a JSON object per sentence and line.

    Args:
        file: Where to write.
        tasks: The tasks, in order.
        request: What was asked of the tagger.
    """

    def __init__(self, file: TextIO, tasks: Sequence[Task], request: Request):
        self._file = file
        self._tasks = tasks
        self._request = request

    def begin(self) -> None:
        """Write nothing."""

    def end(self) -> None:
        """Write nothing."""

    def write(self, window: Window) -> None:
        """Write the sentences of a window."""
        for number in range(len(window.sentences)):
            line = _encode(self._sentence(window, number))
            self._file.write(line.translate(_LINE_ENDS) + "\n")

    def _sentence(self, window: Window, number: int) -> dict[str, Any]:
        text, _, file = window.places[number]
        sentence = {
            "text": text,
            "start": file[0][0],
            "end": file[-1][1],
            "tokens": self._tokens(window, number),
            "spans": {
                task.name: self._spans(window, number, task.name)
                for task in self._tasks
                if task.scheme is not None
            },
        }
        if window.taggings is not None:
            found = {t.name: window.taggings[t.name][number] for t in self._tasks}
            if self._request.confidence:
                sentence["confidence"] = {
                    task: rounded(tagging.probability)
                    for task, tagging in found.items()
                }
            if self._request.nbest:
                sentence["sequences"] = {
                    task: [
                        {"labels": labels, "confidence": rounded(probability)}
                        for labels, probability in tagging.alternatives
                    ]
                    for task, tagging in found.items()
                }
        return sentence

    def _tokens(self, window: Window, number: int) -> list[dict[str, Any]]:
        text, within, file = window.places[number]
        names = [task.name for task in self._tasks]
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
        if self._request.confidence:
            columns = (window.taggings[n][number].token_probabilities for n in names)
            for entry, row in zip(tokens, zip(*columns)):
                entry["confidence"] = dict(zip(names, map(rounded, row)))
        return tokens

    def _spans(self, window: Window, number: int, task: str) -> list[dict[str, Any]]:
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
            if self._request.confidence:
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
