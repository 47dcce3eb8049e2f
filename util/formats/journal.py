"""The journal of the service: what Label Studio's webhooks sent, one line each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import zip_longest
from typing import Any

from util.formats import doccano, jsontext, labelstudio
from util.formats.document import Document
from util.formats.options import Options
from util.formats.problems import Problems

TOOL = "label-studio"
_DELETED = "ANNOTATION_DELETED", "ANNOTATIONS_DELETED"
# What a webhook may say of annotations.
ACTIONS = ("ANNOTATION_CREATED", "ANNOTATIONS_CREATED", "ANNOTATION_UPDATED", *_DELETED)
_ODD = "not an annotation as Label Studio or doccano write it. Export it again."


def records_of(data: Mapping[str, Any], now: str) -> list[dict[str, Any]]:
    """Return what the journal keeps of a webhook's request, one for each annotation.

    Several that were made at once have a list of tasks, one for each of them; of those
    that were deleted only the number is told.

    Args:
        data: The request.
        now: When it came.
    """
    found = _list(data.get("annotations") or data.get("annotation"))
    records = []
    for annotation, task in zip_longest(found, _list(data.get("task"))):
        if not isinstance(annotation, dict):
            continue
        content = task.get("data") if isinstance(task, dict) else None
        records.append(
            {
                "tool": TOOL,
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


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _number(project: Any) -> Any:
    return project.get("id") if isinstance(project, dict) else project


def read(path: str, options: Options, problems: Problems) -> Iterator[Document]:
    """Yield what people annotated; of an annotation that changed, its last state.

    Lines of doccano's export may stand between, as files are put together.

    Raises:
        ValueError: A line is something else.
    """
    newest: dict[Any, tuple[str, dict[str, Any]]] = {}
    for where, text in jsontext.lines(path):
        try:
            record = jsontext.parse(text, where)
        except ValueError:
            # A line that a crash left half written was never acknowledged.
            problems.add("left out, since it is half a line", where)
            continue
        is_record = isinstance(record, dict)
        if is_record and record.get("tool") == TOOL:
            key: Any = str(record.get("project")), str(record.get("annotation"))
        elif is_record and "text" in record and {"label", "entities"} & set(record):
            key = where
        else:
            raise ValueError(
                f"{where}: neither an annotation of this service nor a line of "
                "doccano's export (JSONL)."
            )
        newest.pop(key, None)
        newest[key] = where, record
    for where, record in newest.values():
        if "tool" not in record:
            yield doccano.document_of(record, where, problems)
            continue
        try:
            document = _document(record, where, problems)
        except ValueError as error:  # of one line, which harms no other
            problems.add(f"left out: {str(error).partition(': ')[2]}", where)
            continue
        if document is not None:
            yield document


def _document(
    record: Mapping[str, Any], where: str, problems: Problems
) -> Document | None:
    """Return an annotation of Label Studio as a text, None if it is gone."""
    try:
        gone = record["action"] in _DELETED or record["was_cancelled"]
        data, results = record["data"], record["result"]
    except KeyError:
        raise ValueError(f"{where}: {_ODD}") from None
    if gone:
        problems.note("an annotation that was deleted or skipped, left out")
        return None
    results = jsontext.entries({"result": results}, "result", where)
    return labelstudio.document_of(data, results, where, problems)
