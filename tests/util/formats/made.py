"""Texts to convert, of several scripts, and what the tests ask of them."""

from __future__ import annotations

from pathlib import Path

from util.formats import registry
from util.formats.converting import Source, documents, write
from util.formats.document import Document, Span
from util.formats.options import Options
from util.formats.problems import Problems

OPTIONS = Options()
# An emoji of several code points, letters with marks of their own, right to left.
TEXTS = [
    ("Lena Brandt works in Leeds.", ["Lena Brandt/PER", "Leeds/LOC"]),
    ("Mia 😀 👩‍🚀 lives in Köln.", ["Mia/PER", "Köln/LOC"]),
    ("Zoe\u0308 met Andre\u0301 in A\u030arhus.", ["Zoe\u0308/PER", "A\u030arhus/LOC"]),
    ("ذهبت ليلى إلى القاهرة.", ["ليلى/PER", "القاهرة/LOC"]),
    ("דנה גרה בחיפה.", ["דנה/PER", "בחיפה/LOC"]),
    ("Nothing here.", []),
    ('He said "Leeds" & <b>left</b>.', ["Leeds/LOC"]),
]


def document(text: str, found: list[str], layer: str = "NER") -> Document:
    """Return a text with spans, each as `words/LABEL`."""
    spans = []
    for entry in found:
        words, label = entry.rsplit("/", 1)
        start = text.index(words)
        spans.append(Span(start, start + len(words), label, layer))
    return Document(text, spans)


DOCUMENTS = [document(*entry) for entry in TEXTS]


def store(made, folder: Path, form: str = "spans", options: Options = OPTIONS) -> Path:
    """Write texts in a format; return where."""
    path = folder / f"first.{form}"
    writer = registry.module_of("spans").Writer(str(path), options, None, Problems(0))
    for each in made:
        writer.write(each)
    writer.close()
    return path if form == "spans" else turn(path, "spans", form, options)[0]


def turn(path: Path, form: str, to: str, options: Options = OPTIONS):
    """Convert a file; return where the new one is, and the problems."""
    target = path.with_name(f"{path.stem}-{to}.{to}")
    problems = Problems(0)
    write([Source(str(path), form)], str(target), to, options, problems)
    return target, problems


def spans_of(path: Path, form: str, options: Options = OPTIONS) -> list[list[tuple]]:
    """Return by text the words and the label of each span, without blanks."""
    found = documents([Source(str(path), form)], options, Problems(0))
    return [
        sorted(("".join(d.text[s.start : s.end].split()), s.label) for s in d.spans)
        for d in found
    ]
