"""doccano's JSON lines: what it exports, and imports as JSONL.

A line holds `text` and `label`, a list of `[start, end, label]`. A project with
relations writes `entities` instead: objects with `start_offset` and `end_offset`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from util.formats import jsontext, tokenlists
from util.formats.document import Document, Span
from util.formats.layers import prefixed
from util.formats.options import Options
from util.formats.problems import Problems
from util.formats.writers import TextWriter
from util.jsonlines import to_line


def read(path: str, options: Options, problems: Problems) -> Iterator[Document]:
    """Yield the texts of an export.

    Raises:
        ValueError: A line is something else.
    """
    for where, record in jsontext.objects(path):
        yield document_of(record, where, problems)


def document_of(
    record: Mapping[str, Any], where: str, problems: Problems | None = None
) -> Document:
    """Return the text of a line."""
    text = jsontext.string(record, "text", where)
    if "label" not in record and "entities" not in record:
        if isinstance(record.get("labels"), list):
            record = {**record, "label": record["labels"]}  # of older versions
        else:
            raise ValueError(
                f"{where}: neither `label` nor `entities`: no line that doccano "
                "exports as JSONL."
            )
    spans = [
        _listed(entry, where) for entry in jsontext.entries(record, "label", where)
    ]
    spans += [
        _object(entry, where) for entry in jsontext.entries(record, "entities", where)
    ]
    for key in ("relations", "Comments", "comments"):
        if record.get(key) and problems is not None:
            count = len(jsontext.entries(record, key, where))
            problems.amount(f"{key.lower()}, which are not converted", count)
    name = record.get("id")
    return Document(
        text,
        spans,
        tokenlists.read(record, text, where),
        "" if name is None else str(name),
        where,
    )


def _listed(entry: Any, where: str) -> Span:
    if not isinstance(entry, list) or len(entry) != 3:
        raise ValueError(
            f"{where}: `label` must hold [start, end, label]. "
            f"Received: {jsontext.shown(entry)}"
        )
    start, end = (jsontext.offset(value, "label", where) for value in entry[:2])
    return Span(start, end, jsontext.label(entry[2], where), where=where)


def _object(entry: Any, where: str) -> Span:
    if not isinstance(entry, dict):
        raise ValueError(
            f"{where}: `entities` must hold objects. Received: {jsontext.shown(entry)}"
        )
    start, end = (
        jsontext.offset(entry.get(key), key, where)
        for key in ("start_offset", "end_offset")
    )
    return Span(start, end, jsontext.label(entry.get("label"), where), where=where)


def region(start: int, end: int, label: str) -> dict[str, Any]:
    """Return a span as doccano's auto-labelling wants it."""
    return {"label": label, "start_offset": start, "end_offset": end}


class Writer(TextWriter):
    """Writes a line for each text; several layers get their names before the labels."""

    def write(self, document: Document) -> None:
        """Write a text."""
        self._problems.lost(document, scores=True, columns=True)
        spans = sorted(document.spans, key=lambda s: s[:4])
        record: dict[str, Any] = {
            "text": document.text,
            "label": [[s.start, s.end, prefixed(s, self._shape)] for s in spans],
            **tokenlists.written(document),
        }
        if document.name:
            record["id"] = (
                int(document.name) if _is_id(document.name) else (document.name)
            )
        self._file.write(to_line(record))


def _is_id(name: str) -> bool:
    return name.isascii() and name.isdigit() and len(name) < 16 and name[0] != "0"
