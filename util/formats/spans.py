"""Plain JSON lines of spans, as many a system writes what it predicts.

A line is `{"text": ..., "spans": [{"start", "end", "label", "score"}]}`. `entities` is
taken for `spans`, `type` or `entity_group` for `label`, `confidence` for `score`. A
span may name its layer, and `weight` says what a text counts in training. No other
format here holds so much, and needs no tokens.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from util.formats import jsontext, tokenlists
from util.formats.document import UNNAMED, Document, Sentence, Span
from util.formats.options import Options
from util.formats.problems import Problems
from util.formats.writers import TextWriter
from util.jsonlines import to_line

SPANS = ("spans", "entities")
_LABELS = ("label", "type", "entity_group", "entity")
_SCORES = ("score", "confidence", "probability")


def read(path: str, options: Options, problems: Problems) -> Iterator[Document]:
    """Yield the texts of a file.

    Raises:
        ValueError: A line is something else.
    """
    for where, record in jsontext.objects(path):
        text = jsontext.string(record, "text", where)
        key = next((key for key in SPANS if key in record), None)
        if key is None:
            raise ValueError(f"{where}: neither `spans` nor `entities`.")
        spans = [_span(s, where) for s in jsontext.entries(record, key, where)]
        name = record.get("id")
        yield Document(
            text,
            spans,
            _sentences(record, text, where),
            "" if name is None else str(name),
            where,
            jsontext.weight(record.get("weight"), where),
        )


def _span(entry: Any, where: str) -> Span:
    if not isinstance(entry, dict):
        raise ValueError(
            f"{where}: a span must be an object with start, end and label. "
            f"Received: {jsontext.shown(entry)}"
        )
    start, end = (jsontext.offset(entry.get(k), k, where) for k in ("start", "end"))
    label = jsontext.label(_first(entry, _LABELS), where)
    layer = entry.get("layer", UNNAMED)
    if layer != UNNAMED:
        jsontext.label(layer, where)
    score = jsontext.score(_first(entry, _SCORES), where)
    return Span(start, end, label, layer, score, where)


def _first(entry: Mapping[str, Any], keys: tuple[str, ...]) -> Any:
    return next((entry[key] for key in keys if entry.get(key) is not None), None)


def _sentences(record: Mapping[str, Any], text: str, where: str):
    """Return the sentences, with the columns of labels that stand beside the tokens."""
    sentences = tokenlists.read(record, text, where)
    columns = record.get("columns")
    if not columns:
        return sentences
    if sentences is None:
        raise ValueError(
            f"{where}: `columns` are labels of `tokens`, which are not there."
        )
    found = []
    for number, sentence in enumerate(sentences):
        try:
            own = {str(name): list(rows[number]) for name, rows in columns.items()}
        except (AttributeError, IndexError, KeyError, TypeError):
            own = {"": []}
        size = len(sentence.tokens)
        if any(len(x) != size or not all(map(_is_label, x)) for x in own.values()):
            raise ValueError(
                f"{where}: `columns` must hold, by name, a label for each of `tokens`."
            )
        found.append(Sentence(sentence.tokens, own))
    return found


def _is_label(value: Any) -> bool:
    return isinstance(value, str) and value.isprintable()


class Writer(TextWriter):
    """Writes a line for each text."""

    def write(self, document: Document) -> None:
        """Write a text."""
        record: dict[str, Any] = {"id": document.name} if document.name else {}
        record["text"] = document.text
        if document.weight is not None:
            record["weight"] = document.weight
        record["spans"] = []
        for span in sorted(document.spans, key=lambda s: s[:4]):
            found = {"start": span.start, "end": span.end, "label": span.label}
            found["layer"] = span.layer
            if span.score is not None:
                found["score"] = span.score
            record["spans"].append(found)
        record.update(tokenlists.written(document))
        names = {name for s in document.sentences or () for name in s.columns}
        if names:
            record["columns"] = {
                name: [list(s.columns[name]) for s in document.sentences]
                for name in sorted(names)
            }
        self._file.write(to_line(record))
