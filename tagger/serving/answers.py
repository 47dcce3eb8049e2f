"""From what the network found to the bytes of an answer."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from tagger.serving.batching import Found
from tagger.serving.questions import Question
from tagger.serving.shelf import Entry
from tagger.serving.words import Words
from util.output.conll import ConllWriter
from util.output.html_page import HtmlWriter
from util.output.records import rounded, sentence_record
from util.output.window import Request, Window
from util.task import Task

JSON, TEXT, HTML = "application/json", "text/plain", "text/html"
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def to_json(data: Any) -> bytes:
    """Return JSON in UTF-8; a half of a character stands in it by its number."""
    return _encode(data).encode("utf-8", "backslashreplace")


class Answer:
    """A request and what was found.

    Args:
        question: The request.
        entry: The model.
        words: The sentences.
        found: What the model says of them.
    """

    def __init__(self, question: Question, entry: Entry, words: Words, found: Found):
        self._question, self._entry, self._words = question, entry, words
        self._found = found
        tasks = entry.model.tasks
        self.tasks: list[Task] = [tasks[name] for name in question.tasks or tasks]
        self._request = Request(question.confidence, question.nbest)
        self._window = Window(words.tokens, found.labels, found.taggings, words.places)

    def data(self) -> dict[str, Any]:
        """Return it as plain data: the model's name, and sentences or texts."""
        records = self.records()
        if not self._question.several:
            return {"model": self._entry.name, "sentences": list(records)}
        return {
            "model": self._entry.name,
            "texts": [
                {"sentences": [next(records) for _ in range(count)]}
                for count in self._words.counts
            ],
        }

    def records(self) -> Iterator[dict[str, Any]]:
        """Yield each sentence as docs/Output_Formats.md has it."""
        for number in range(len(self._words.tokens)):
            record = sentence_record(self._window, number, self.tasks, self._request)
            if self._question.others:
                self._add_others(record["tokens"], number)
            yield record

    def encoded(self, kind: str) -> bytes:
        """Return it as JSON, columns, or a page."""
        if kind == JSON:
            return to_json(self.data())
        file = io.StringIO()
        if kind == TEXT:
            writer: Any = ConllWriter(file, self.tasks, self._request)
        else:
            name = self._entry.name
            writer = HtmlWriter(file, self.tasks, self._request, name, name)
        writer.begin()
        writer.write(self._window)
        writer.end()
        return file.getvalue().encode("utf-8", "backslashreplace")

    def _add_others(self, tokens: Sequence[dict[str, Any]], number: int) -> None:
        """Add the likeliest labels besides the one that a token has."""
        for task in self.tasks:
            marginals = self._found.marginals[task.name][number]
            most = min(self._question.others + 1, marginals.shape[1])
            best = np.argsort(-marginals, 1)[:, :most].tolist()
            for entry, row, order in zip(tokens, marginals, best):
                others = [
                    i for i in order if task.labels[i] != entry["labels"][task.name]
                ]
                entry.setdefault("others", {})[task.name] = [
                    {"label": task.labels[i], "confidence": rounded(float(row[i]))}
                    for i in others[: self._question.others]
                ]
