"""brat's standoff: a folder of texts (`.txt`), each with its spans (`.ann`).

A line of the latter is `T1<TAB>PER 0 5<TAB>Japan`; https://brat.nlplab.org/standoff.html
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from util.formats import jsontext
from util.formats.document import Document, Span
from util.formats.layers import prefixed
from util.formats.options import Options, Shape
from util.formats.problems import Problems
from util.formats.writers import FormatWriter

_PLACE = re.compile(r"(\S+) (\d{1,18}) (\d{1,18})")
_PLACES = re.compile(r"\S+ \d+ \d+(;\d+ \d+)+")
_KINDS = {
    "R": "relations",
    "E": "events",
    "A": "attributes",
    "M": "attributes",
    "N": "normalisations",
    "#": "notes",
    "*": "equivalences",
}
_NO_LABEL = re.compile(r"[^\w-]")
_NO_NAME = re.compile(r"[^\w.-]+")
_PIECES = "left out, since it is of several pieces"
_OTHER = "left out, since its text is not what stands there"


def read(path: str, options: Options, problems: Problems) -> Iterator[Document]:
    """Yield the texts of a folder and of those in it, by their names.

    Raises:
        ValueError: There is none, or a line is none of brat's.
    """
    if not os.path.isdir(path):
        raise ValueError(f"{path}: brat's format is a folder with .txt and .ann files.")
    endings = {os.path.splitext(n)[1] for _, _, names in os.walk(path) for n in names}
    for ending in (".txt", ".ann"):
        if ending not in endings:
            raise ValueError(
                f"{path}: there is no {ending} file in it: no folder of brat. Columns "
                "are converted file by file."
            )
    for folder, folders, names in os.walk(path):
        folders.sort()
        for name in sorted(names):
            stem, ending = os.path.splitext(os.path.join(folder, name))
            if ending == ".txt":
                inside = os.path.relpath(stem, path).replace(os.sep, "/")
                yield _document(stem, inside, problems)
            elif ending == ".ann" and name[:-4] + ".txt" not in names:
                problems.add("left out, since its .txt is missing", f"{stem}.ann")


def _document(stem: str, name: str, problems: Problems) -> Document:
    path = f"{stem}.txt"
    with open(path, "rb") as file:
        raw = file.read()
    mark = "\ufeff" if raw.startswith(b"\xef\xbb\xbf") else ""
    text = mark + jsontext.decode(raw, path)  # brat counts it
    spans: list[Span] = []
    try:
        with open(f"{stem}.ann", "rb") as file:
            for number, line in enumerate(file, 1):
                where = f"{stem}.ann:{number}"
                found = jsontext.decode(line, where).rstrip("\r\n")
                if found.strip():
                    spans += _spans(found, where, text, problems)
    except FileNotFoundError:
        problems.add("taken without spans, since its .ann is missing", path)
    return Document(text, spans, None, name, path)


def _spans(line: str, where: str, text: str, problems: Problems) -> Iterator[Span]:
    if line[0] in _KINDS:
        problems.amount(f"{_KINDS[line[0]]}, which are not converted")
        return
    id_, *rest = line.split("\t")
    if line[0] != "T" or not id_[1:].isdigit() or not rest:
        raise ValueError(
            f"{where}: no line of brat's; expected such as T1<TAB>PER 0 5<TAB>Japan. "
            f"Received: {jsontext.shown(line)}"
        )
    if _PLACES.fullmatch(rest[0]):
        problems.add(_PIECES, where, rest[0][:80])
        return
    match = _PLACE.fullmatch(rest[0])
    if match is None:
        raise ValueError(
            f"{where}: expected LABEL START END. Received: {jsontext.shown(rest[0])}"
        )
    label, start, end = jsontext.label(match[1], where), *map(int, match.groups()[1:])
    span = Span(start, end, label, where=where)
    covered = "".join(text[start:end].split())
    inside = 0 <= start < end <= len(text)
    if inside and len(rest) > 1 and "".join(rest[1].split()) != covered:
        problems.span(_OTHER, span, Document(text))
    else:
        yield span


class Writer(FormatWriter):
    """Writes two files for each text; several layers get their names before labels."""

    def __init__(self, path: str, options: Options, shape: Shape, problems: Problems):
        super().__init__(path, options, shape, problems)
        self._names: set[str] = set()
        self._digits = len(str(shape.documents))

    def write(self, document: Document) -> None:
        """Write a text."""
        self._problems.lost(document, scores=True, columns=True)
        stem = os.path.join(self._path, self._name(document.name))
        with open(f"{stem}.txt", "w", encoding="utf-8", newline="") as file:
            file.write(document.text)
        with open(f"{stem}.ann", "w", encoding="utf-8", newline="\n") as file:
            for number, span in enumerate(
                sorted(document.spans, key=lambda s: s[:4]), 1
            ):
                label = prefixed(span, self._shape)
                plain = _NO_LABEL.sub("_", label)
                if plain != label:
                    self._problems.span(f"renamed to {plain}", span, document)
                covered = " ".join(document.text[span.start : span.end].split())
                file.write(f"T{number}\t{plain} {span.start} {span.end}\t{covered}\n")

    def _name(self, wanted: str) -> str:
        """Return a file's name that is not taken: the text's, or a number."""
        number = len(self._names) + 1
        name = _NO_NAME.sub("-", wanted).strip(".-")[:100]
        if not name or name.casefold() in self._names:
            name = f"{name or 'text'}-{number:0{self._digits}}"
        self._names.add(name.casefold())
        return name
