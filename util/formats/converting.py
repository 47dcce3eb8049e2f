"""One file from one format to another, as a whole or not at all."""

from __future__ import annotations

import contextlib
import logging
import os
import secrets
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from util.corpus import findings
from util.files import atomic_path, naming
from util.formats import layers, registry
from util.formats.aligning import within_text
from util.formats.document import Document, joined
from util.formats.options import Options, Shape
from util.formats.pipes import STREAM
from util.formats.problems import Problems
from util.formats.splitting import sentences_of

_UNKNOWN = "\ufffd"
_BROKEN = "kept, but U+FFFD says that a character was lost before"
_WEIGHTED = ("conll", "spans")  # what has a place for weights
_LABELS = 1_000  # of a column, that tell what it is


class Source(NamedTuple):
    """A file to read.

    Attributes:
        path: Where it is.
        form: Its format.
    """

    path: str
    form: str


class Lossy(ValueError):
    """Something would be lost, and `--strict` forbids it."""


def documents(
    sources: Iterable[Source], options: Options, problems: Problems
) -> Iterator[Document]:
    """Yield the texts of files, with the layers and columns that are wanted."""
    for source in sources:
        found = registry.module_of(source.form).read(source.path, options, problems)
        if registry.READ[source.form].sentences and options.group != 1:
            found = _grouped(found, options.group)
        for document in found:
            if _UNKNOWN in document.text and source.form != "conll":  # which tells it
                problems.add(_BROKEN, document.where, repr(_around(document.text)))
            yield layers.chosen(within_text(document, problems), options, problems)


def _around(text: str) -> str:
    at = text.index(_UNKNOWN)
    return text[max(at - 10, 0) : at + 10]


def _grouped(found: Iterable[Document], size: int) -> Iterator[Document]:
    group: list[Document] = []
    for document in found:
        group.append(document)
        if len(group) == size:
            yield joined(group)
            group = []
    if group:
        yield joined(group)


def shape_of(sources: Sequence[Source], options: Options) -> Shape:
    """Return what files hold; they are read once for this.

    Raises:
        ValueError: One of them cannot be read, or there is nothing in them.
    """
    shape = Shape()
    if options.tasks:
        shape.layers += options.tasks
    dropped = Problems(0)
    with _told_later():
        for document in documents(sources, options, dropped):
            _add(document, shape)
    names = ", ".join(source.path for source in sources)
    if not shape.documents:
        raise ValueError(f"{names}: there is no text in it that could be converted.")
    if options.layout is not None:
        for name in options.layout.values():
            stem, _, scheme = name.rpartition("_")
            if scheme in ("BIO", "IOB", "IOBES") and not options.tasks:
                shape.layers += [stem] * (stem not in shape.layers)
    wanted = [name for name in options.columns if name not in shape.columns]
    if wanted:
        there = ", ".join(shape.columns) or "none"
        raise ValueError(
            f"{names}: there is no column {wanted[0]} of labels. There are: {there}."
        )
    others = [line for line in dropped.summary() if layers.NO_TASK in line]
    if options.tasks and not shape.spans and others:
        raise ValueError(
            f"{names}: no --task names what is in it: {'; '.join(others)}."
        )
    if not shape.layers and not shape.columns:
        shape.layers.append("NER")
    return shape


def _add(document: Document, shape: Shape) -> None:
    shape.documents += 1
    shape.spans += len(document.spans)
    shape.marked.update({span.layer for span in document.spans})
    shape.weighted = shape.weighted or document.weight is not None
    for span in document.spans:
        if span.layer not in shape.layers:
            shape.layers.append(span.layer)
    for sentence in document.sentences or ():
        for name, labels in sentence.columns.items():
            seen = shape.columns.setdefault(name, set())
            if len(seen) < _LABELS:
                seen.update(labels)


@contextlib.contextmanager
def _told_later() -> Iterator[None]:
    """Keep quiet what the second reading tells, too."""
    told = logging.getLogger(findings.__name__)
    before = told.level
    told.setLevel(logging.ERROR)
    try:
        yield
    finally:
        told.setLevel(before)


def write(
    sources: Sequence[Source],
    target: str,
    form: str,
    options: Options,
    problems: Problems,
    strict: bool = False,
) -> tuple[Shape, Any]:
    """Write files in another format.

    Args:
        sources: What to read; each is read twice.
        target: The file or folder to write.
        form: Its format.
        options: The flags.
        problems: Gets what is lost.
        strict: Write nothing if anything is lost.

    Returns:
        What the files hold, and the writer.

    Raises:
        Lossy: `strict` is set, and something would be lost.
        ValueError: Something is wrong; nothing is written.
    """
    shape = shape_of(sources, options)
    place = _folder if form == "brat" else _file
    with place(target) as path:
        writer = registry.module_of(form).Writer(path, options, shape, problems)
        try:
            for document in documents(sources, options, problems):
                if registry.FORMATS[form].split:
                    sentences = sentences_of(document, options.style)
                    document = document._replace(sentences=sentences)
                    if not sentences:
                        problems.note("a text without words, left out")
                        continue
                if document.weight is not None and form not in _WEIGHTED:
                    problems.amount("weights of texts, which have no place there")
                writer.write(document)
        finally:
            writer.close()
        if strict and problems.total:
            raise Lossy(
                f"{problems.total:,} problems, and --strict: {target} is not written "
                f"({'; '.join(problems.summary())})."
            )
    return shape, writer


@contextlib.contextmanager
def _file(target: str) -> Iterator[str]:
    """Yield a path whose content becomes the file, or standard output, in the end."""
    if target != STREAM:
        with atomic_path(target) as path:
            yield path
        return
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "content")
        yield path
        with naming("standard output"), open(path, "rb") as file:
            sys.stdout.flush()
            shutil.copyfileobj(file, sys.stdout.buffer)


@contextlib.contextmanager
def _folder(target: str) -> Iterator[str]:
    """Yield a folder that gets its name in the end; it may not be there yet."""
    place = os.path.realpath(target)
    if os.path.lexists(place) and (not os.path.isdir(place) or os.listdir(place)):
        raise ValueError(
            f"{target}: is there already, and nothing is overwritten. Name another "
            "folder."
        )
    above, name = os.path.split(place)
    os.makedirs(above, exist_ok=True)
    path = os.path.join(above, f".{name}.{secrets.token_hex(4)}.part")
    os.mkdir(path)
    try:
        yield path
        if os.path.isdir(place):
            os.rmdir(place)
        os.rename(path, place)
    except BaseException:
        shutil.rmtree(path, ignore_errors=True)
        raise
