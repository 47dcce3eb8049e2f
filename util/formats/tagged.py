"""Our own JSON lines: an object per sentence, as `tagger tag --format json` writes it.

docs/Output_Formats.md tells what is in them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from util import tagschemes
from util.formats import jsontext
from util.formats.aligning import Placed, flat, place
from util.formats.document import Document, Sentence, Span, Token
from util.formats.options import Options, Shape
from util.formats.problems import Problems
from util.formats.tags import layer_tags
from util.formats.writers import TextWriter, window_of
from util.jsonlines import to_line
from util.output.records import rounded, sentence_record
from util.output.window import Request
from util.task import Task

_BREAK = re.compile(r"[\t\r\n]")


def read(path: str, options: Options, problems: Problems) -> Iterator[Document]:
    """Yield each sentence as a text of its own.

    Raises:
        ValueError: A line is something else.
    """
    for where, record in jsontext.objects(path):
        text = jsontext.string(record, "text", where)
        tokens, labels = _tokens(record, text, where)
        layers = record.get("spans", {})
        if not isinstance(layers, dict):
            raise ValueError(
                f"{where}: `spans` must be an object with a list for each task. If "
                "this is another system's file, give --from spans."
            )
        spans: list[Span] = []
        for layer in layers:
            spans += [
                _span(entry, layer, tokens, where)
                for entry in jsontext.entries(layers, layer, where)
            ]
        columns = {name: row for name, row in labels.items() if name not in layers}
        for name in [n for n, row in columns.items() if _are_tags(row)]:
            found = tagschemes.spans(columns.pop(name))
            spans += [
                Span(tokens[a].start, tokens[b - 1].end, type_, name, where=where)
                for type_, a, b in found
            ]
        yield Document(text, spans, [Sentence(tokens, columns)], "", where)


def _are_tags(row: Sequence[str]) -> bool:
    return any(tag[1:2] == "-" for tag in row) and not tagschemes.untaggable(row)


def _tokens(
    record: Mapping[str, Any], text: str, where: str
) -> tuple[list[Token], dict[str, list[str]]]:
    """Return the tokens, each behind the one before, and their labels by task."""
    tokens: list[Token] = []
    labels: dict[str, list[str]] = {}
    at = 0
    for number, entry in enumerate(jsontext.entries(record, "tokens", where)):
        if not isinstance(entry, dict):
            raise ValueError(f"{where}: a token must be an object.")
        written = jsontext.string(entry, "text", where)
        start = text.find(written, at)
        if start < 0 or not written or text[at:start].strip():
            raise ValueError(
                f"{where}: the token {written[:40]!r} does not stand in the text "
                f"behind character {at}."
            )
        at = start + len(written)
        form = entry.get("read_as", written)
        if not isinstance(form, str) or not form or _BREAK.search(form):
            raise ValueError(f"{where}: `read_as` must be a word.")
        tokens.append(Token(form, start, at))
        found = entry.get("labels", {})
        if not isinstance(found, dict):
            raise ValueError(f"{where}: the `labels` of a token must be an object.")
        if number and set(found) != set(labels):
            raise ValueError(f"{where}: its tokens have labels of different tasks.")
        for task, label in found.items():
            labels.setdefault(task, []).append(jsontext.label(label, where))
    if not tokens:
        raise ValueError(
            f"{where}: `tokens` are missing: no line that tagger tag --format json "
            "writes. If this is another system's file, give --from spans."
        )
    return tokens, labels


def _span(entry: Any, layer: str, tokens: Sequence[Token], where: str) -> Span:
    if not isinstance(entry, dict):
        raise ValueError(f"{where}: a span must be an object.")
    first, last = (
        jsontext.offset(entry.get(key), key, where)
        for key in ("first_token", "last_token")
    )
    if not 0 <= first <= last < len(tokens):
        raise ValueError(
            f"{where}: a span has the tokens {first} to {last}, and the sentence "
            f"{len(tokens)}."
        )
    label = jsontext.label(entry.get("type"), where)
    score = jsontext.score(entry.get("confidence"), where)
    return Span(tokens[first].start, tokens[last].end, label, layer, score, where)


class Writer(TextWriter):
    """Writes a line for each sentence of each text."""

    def __init__(self, path: str, options: Options, shape: Shape, problems: Problems):
        super().__init__(path, options, shape, problems)
        self._tasks = [Task(name, name, ()) for name in shape.columns]
        self._tasks += [Task(n, f"{n}_{options.scheme}", ()) for n in shape.layers]

    def write(self, document: Document) -> None:
        """Write the sentences of a text."""
        sentences = document.sentences or ()
        placed = place(document, sentences, self._problems)
        kept = flat(placed, document, Problems(0))  # the spans below are all of them
        tags = layer_tags(sentences, kept, self._shape.layers, self._options.scheme)
        mine: list[list[Placed]] = [[] for _ in sentences]
        for entry in placed:
            mine[entry.sentence].append(entry)
        for number, sentence in enumerate(sentences):
            own = {layer: rows[number] for layer, rows in tags.items()}
            window, tokens = window_of(document, sentence, own), sentence.tokens
            tasks = [task for task in self._tasks if task.name in window.labels]
            record = sentence_record(window, 0, tasks, Request())
            for layer in self._shape.layers:
                record["spans"][layer] = [
                    _record(entry[1], entry[2], entry.span, tokens, document.text)
                    for entry in mine[number]
                    if entry.span.layer == layer
                ]
            self._file.write(to_line(record))


def _record(
    first: int, end: int, span: Span, tokens: Sequence[Token], text: str
) -> dict[str, Any]:
    start, behind = tokens[first].start, tokens[end - 1].end
    found: dict[str, Any] = {"type": span.label, "start": start, "end": behind}
    found["text"] = text[start:behind]
    found.update(first_token=first, last_token=end - 1)
    if span.score is not None:
        found["confidence"] = rounded(span.score)
    return found
