"""Layers of spans: their names, also in formats that have no place for them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from util.formats.document import DEFAULT, UNNAMED, Document, Span
from util.formats.options import Options, Shape
from util.formats.problems import Problems

_BETWEEN = "__"
NO_TASK = ", which no --task names"


def prefixed(span: Span, shape: Shape) -> str:
    """Return the label of a span, with its layer unless there is only one.

    >>> prefixed(Span(0, 1, "LOC", "inner"), Shape(["inner"]))
    'LOC'
    >>> prefixed(Span(0, 1, "LOC", "inner"), Shape(["outer", "inner"]))
    'inner__LOC'
    """
    if len(shape.layers) < 2:
        return span.label
    return f"{span.layer}{_BETWEEN}{span.label}"


def chosen(document: Document, options: Options, problems: Problems) -> Document:
    """Return a document with the layers and columns that are wanted alone.

    Spans of a format without layers get the first name of `options.tasks`, or that
    which stands before their label, as `prefixed` writes it.
    """
    tasks, columns = options.tasks, options.columns
    spans = []
    for span in document.spans:
        named = _named(span, tasks)
        _check((named.layer, named.label), span.where)
        if tasks and named.layer not in tasks:
            problems.amount(f"spans of {named.layer}{NO_TASK}")
        else:
            spans.append(named)
    document = document._replace(spans=spans)
    for sentence in document.sentences or ():
        for name, labels in sentence.columns.items():
            _check((name, *labels), document.where)
    if columns and document.sentences is not None:
        document = document._replace(
            sentences=[
                s._replace(columns={n: v for n, v in s.columns.items() if n in columns})
                for s in document.sentences
            ]
        )
    return document


def _check(names: Iterable[str], where: str) -> None:
    for name in names:
        if not name.isprintable():
            raise ValueError(
                f"{where}: the label {name[:40]!r} holds signs that cannot be printed."
            )


def _named(span: Span, tasks: Sequence[str]) -> Span:
    if span.layer != UNNAMED:
        return span
    before, between, label = span.label.partition(_BETWEEN)
    if between and label and before in tasks:
        return span._replace(layer=before, label=label)
    return span._replace(layer=tasks[0] if tasks else DEFAULT)
