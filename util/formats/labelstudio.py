"""Label Studio's JSON: a list of tasks, as it exports and imports them.

A task holds `data` with a text, and `annotations` of it; each of them has a `result`, a
list of regions. Offsets are code points, the end exclusive.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from util.formats import jsontext, tokenlists
from util.formats.document import DEFAULT, UNNAMED, Document, Span
from util.formats.options import Options, Shape
from util.formats.problems import Problems
from util.formats.writers import TextWriter
from util.jsonlines import to_line

# What its templates call the labels and the text.
_LABELS, _TEXT = "label", "text"
_OTHER = "left out, since its text is not what stands there"


def read(path: str, options: Options, problems: Problems) -> Iterator[Document]:
    """Yield the text of each task; of several annotations, the first not skipped.

    A task without annotations has the spans of its first prediction.

    Raises:
        ValueError: It is no such export.
    """
    with open(path, "rb") as file:
        tasks = jsontext.parse(jsontext.decode(file.read(), path), path)
    if isinstance(tasks, dict) and "annotations" in tasks:
        tasks = [tasks]
    if not isinstance(tasks, list):
        raise ValueError(f"{path}: no export of Label Studio (export it as JSON).")
    for number, task in enumerate(tasks, 1):
        where = f"{path}: task {number}"
        document = _task(task, where, problems)
        if document is not None:
            yield document


def _task(task: Any, where: str, problems: Problems) -> Document | None:
    if isinstance(task, dict) and "predictions" in task:
        task = {"annotations": [], **task}
    if not isinstance(task, dict) or not isinstance(task.get("annotations"), list):
        raise ValueError(
            f"{where}: no `annotations`: no export of Label Studio (export it as JSON)."
        )
    kept = []
    for annotation in task["annotations"]:
        if not isinstance(annotation, dict):
            raise ValueError(f"{where}: an annotation must be an object, not a number.")
        if not annotation.get("was_cancelled"):
            kept.append(annotation)
    if not task["annotations"]:
        predictions = jsontext.entries(task, "predictions", where)
        kept = [found for found in predictions if isinstance(found, dict)]
    if not kept:
        problems.note("a task without an annotation that was not skipped, left out")
        return None
    if len(kept) > 1:
        problems.add(
            "taken, others of its annotations are left out", where, "the first"
        )
    results = jsontext.entries(kept[0], "result", where)
    meta = task.get("meta")
    name = meta.get("id") if isinstance(meta, dict) else None
    name = task.get("id") if name is None else name
    name = "" if name is None else str(name)
    return document_of(task.get("data"), results, where, problems, name)


def document_of(
    data: Any,
    results: list[Any],
    where: str,
    problems: Problems,
    name: str = "",
) -> Document | None:
    """Return a text and its regions, None if it is no text.

    Args:
        data: That of the task.
        results: The regions of an annotation.
        where: File and line, to be told.
        problems: Gets what is no label of a text.
        name: That of the task.

    Raises:
        ValueError: They are none of Label Studio's.
    """
    if not isinstance(data, dict):
        raise ValueError(f"{where}: `data` must be an object with a text.")
    text = data.get("text")
    if text is None:
        text = next((value for value in data.values() if isinstance(value, str)), None)
    if not isinstance(text, str):
        problems.add("left out, since its data hold no text", where)
        return None
    spans = []
    for result in results:
        if not isinstance(result, dict):
            raise ValueError(f"{where}: a region must be an object.")
        spans += _spans(result, text, where, problems)
    return Document(text, spans, tokenlists.read(data, text, where), name, where)


def _spans(
    result: Mapping[str, Any], text: str, where: str, problems: Problems
) -> Iterator[Span]:
    value = result.get("value")
    if result.get("type") != "labels" or not isinstance(value, dict):
        kind = jsontext.shown(result.get("type"))
        problems.amount(f"results of the type {kind}, which are not converted")
        return
    start, end = (jsontext.offset(value.get(k), k, where) for k in ("start", "end"))
    layer = result.get("from_name")
    layer = UNNAMED if layer in (None, "", _LABELS) else str(layer)
    labels = jsontext.entries(value, "labels", where)
    if not labels:
        problems.add("left out, since it has no label", where, f"{start} to {end}")
    for label in labels:
        score = jsontext.score(result.get("score"), where)
        label = jsontext.label(label, where)
        span = Span(start, end, label, layer, score, where)
        said = value.get("text")
        inside = 0 <= start < end <= len(text)
        if isinstance(said, str) and inside and _solid(said) != _solid(text[start:end]):
            problems.span(_OTHER, span, Document(text))
        else:
            yield span


def _solid(text: str) -> str:
    return "".join(text.replace("\\n", "\n").split())


def region(
    place: tuple[int, int],
    text: str,
    label: str,
    names: tuple[str, str] = (_LABELS, _TEXT),
    score: float | None = None,
) -> dict[str, Any]:
    """Return a span as a region of Label Studio.

    Args:
        place: Its first character and the one behind its last.
        text: What stands there.
        label: Its label.
        names: What the labelling interface calls the labels and the text.
        score: How probable it is.
    """
    start, end = place
    value = {"start": start, "end": end, "text": text, "labels": [label]}
    from_name, to_name = names
    found = {"from_name": from_name, "to_name": to_name, "type": "labels"}
    return {**found, "score": score, "value": value}


class Writer(TextWriter):
    """Writes a list of tasks; spans of all layers stand in one annotation.

    Where all of them have a score, they stand in a prediction.
    """

    def __init__(self, path: str, options: Options, shape: Shape, problems: Problems):
        super().__init__(path, options, shape, problems)
        self._before = "["

    def write(self, document: Document) -> None:
        """Write a task."""
        self._problems.lost(document, columns=True)
        result = []
        for number, span in enumerate(sorted(document.spans, key=_place), 1):
            name = _LABELS if span.layer in (UNNAMED, DEFAULT) else span.layer
            covered = document.text[span.start : span.end]
            found = region(
                (span.start, span.end), covered, span.label, (name, _TEXT), span.score
            )
            if span.score is None:
                del found["score"]
            result.append({"id": f"r{number}", **found})
        task: dict[str, Any] = {}
        if document.name.isascii() and document.name.isdecimal():
            task["id"] = int(document.name)
        elif document.name:
            task["meta"] = {"id": document.name}
        task["data"] = {"text": document.text, **tokenlists.written(document)}
        scores = [span.score for span in document.spans]
        if scores and None not in scores:  # what nobody has looked at yet
            score = sum(scores) / len(scores)
            task["predictions"] = [{"result": result, "score": score}]
        else:
            task["annotations"] = [{"result": result, "was_cancelled": False}]
        self._file.write(self._before + "\n" + to_line(task).rstrip("\n"))
        self._before = ","

    def close(self) -> None:
        """End the file."""
        self._file.write("\n]\n" if self._before == "," else "[]\n")
        super().close()


def _place(span: Span) -> tuple:
    return span.start, span.end, span.layer, span.label
