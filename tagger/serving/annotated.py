"""Annotated texts, whichever tool they come from: a text, and labels of its characters.

The journal of the service, exports of Label Studio (JSON) and of doccano (JSONL).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

DELETED = "ANNOTATION_DELETED"
_MALFORMED = (AttributeError, KeyError, TypeError, ValueError)
_ODD = "not an annotation as Label Studio or doccano write it. Export it again."


class Annotated(NamedTuple):
    """A text and what people say of it: first character, last plus one, label."""

    text: str
    spans: list[tuple[int, int, str]]


def label_studio_record(data: Mapping[str, Any], now: str) -> list[dict[str, Any]]:
    """Return what the journal keeps of a webhook's request, one for each annotation.

    Args:
        data: The request.
        now: When it came.
    """
    found = data.get("annotations") or [data.get("annotation")]
    task = data.get("task")
    content = task.get("data") if isinstance(task, dict) else None
    records = []
    for annotation in found if isinstance(found, list) else ():
        if not isinstance(annotation, dict):
            continue
        records.append(
            {
                "tool": "label-studio",
                "action": data["action"],
                "annotation": annotation.get("id"),
                "project": _number(data.get("project")),
                "time": now,
                "data": content if isinstance(content, dict) else {},
                "result": annotation.get("result") or [],
                "was_cancelled": bool(annotation.get("was_cancelled")),
            }
        )
    return records


def _number(project: Any) -> Any:
    return project.get("id") if isinstance(project, dict) else project


def read_annotated(path: str) -> list[Annotated]:
    """Read what people annotated; of an annotation that changed, its last state.

    Args:
        path: The journal, or an export.

    Raises:
        OSError: It cannot be read.
        ValueError: It is something else.
    """
    with open(path, encoding="utf-8") as file:
        content = file.read()
    if content.lstrip().startswith("["):
        return list(_export(path, content))
    newest: dict[Any, tuple[int, dict[str, Any]]] = {}
    for number, line in enumerate(content.split("\n"), 1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except ValueError:
            record = None
        if isinstance(record, dict) and record.get("tool") == "label-studio":
            key: Any = record.get("project"), record.get("annotation")
        elif isinstance(record, dict) and "label" in record and "text" in record:
            key = number
        elif isinstance(record, dict):
            raise ValueError(
                f"{path}:{number}: neither an annotation of this service nor a line of "
                "doccano's export (JSONL)."
            )
        else:
            continue  # a line that a crash left half written was never acknowledged
        newest.pop(key, None)
        newest[key] = number, record
    found = []
    for number, record in newest.values():
        try:
            found += _line(record)
        except _MALFORMED:
            raise ValueError(f"{path}:{number}: {_ODD}") from None
    return found


def _line(record: Mapping[str, Any]) -> Iterator[Annotated]:
    if "tool" not in record:
        yield Annotated(record["text"], [_span(*given) for given in record["label"]])
    elif record["action"] != DELETED and not record["was_cancelled"]:
        yield from _studio(record["data"], record["result"])


def _span(start: int, end: int, label: str) -> tuple[int, int, str]:
    return int(start), int(end), str(label)


def _export(path: str, content: str) -> Iterator[Annotated]:
    """Yield the first annotation that nobody skipped of each task of an export."""
    try:
        tasks = json.loads(content)
    except ValueError as error:
        raise ValueError(f"{path}: no JSON ({error}).") from None
    for number, task in enumerate(tasks, 1):
        annotations = task.get("annotations") if isinstance(task, dict) else None
        if annotations is None:
            raise ValueError(f"{path}: no export of Label Studio (export it as JSON).")
        try:
            kept = (a for a in annotations if not a.get("was_cancelled"))
            first = next(kept, None)
            if first is not None:
                yield from _studio(task["data"], first.get("result", ()))
        except _MALFORMED:
            raise ValueError(f"{path}: task {number}: {_ODD}") from None


def _studio(data: Mapping[str, Any], results: Any) -> Iterator[Annotated]:
    values = [
        result["value"]
        for result in results
        if result.get("type") == "labels" and "start" in result.get("value", {})
    ]
    text = data.get("text")
    if text is None:
        text = next((value for value in data.values() if isinstance(value, str)), None)
    if text is None:
        return
    spans = [_span(v["start"], v["end"], x) for v in values for x in v["labels"]]
    yield Annotated(text, spans)
