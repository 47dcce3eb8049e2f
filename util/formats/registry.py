"""Which formats there are, and which of them a file is in."""

from __future__ import annotations

import importlib
import os
from types import ModuleType
from typing import NamedTuple

from util.formats import jsontext


class Format(NamedTuple):
    """A format.

    Attributes:
        module: The module of this room that owns it.
        title: What it is called.
        endings: Of its files; a slash for a folder.
        sentences: Whether a record of it is a sentence rather than a text.
        split: Whether its writer needs sentences of tokens.
    """

    module: str
    title: str
    endings: tuple[str, ...] = ()
    sentences: bool = False
    split: bool = False


FORMATS = {
    "conll": Format(
        "conll",
        "columns (CoNLL)",
        (".conll", ".txt", ".tsv", ".bio", ".iob", ".col"),
        sentences=True,
        split=True,
    ),
    "conllu": Format("conllu", "CoNLL-U", (".conllu",), sentences=True, split=True),
    "doccano": Format("doccano", "doccano's JSON lines"),
    "labelstudio": Format("labelstudio", "Label Studio's JSON", (".json",)),
    "brat": Format("brat", "a folder of brat", ("/",)),
    "docbin": Format("docbin", "spaCy's DocBin", (".spacy",), split=True),
    "json": Format("tagged", "our JSON lines", sentences=True, split=True),
    "spans": Format("spans", "JSON lines of spans"),
}
# What is read, but not written.
JOURNAL = "journal"
READ = {
    **FORMATS,
    JOURNAL: Format("journal", "what tagger serve --annotations stores"),
}
_LINES = (".jsonl", ".ndjson", ".jsonlines", ".jl")


def module_of(name: str) -> ModuleType:
    """Return the module that reads and writes a format."""
    return importlib.import_module(f"util.formats.{READ[name].module}")


def format_of_input(path: str, shown: str) -> str:
    """Return the format of a file, by its ending and its first characters.

    Args:
        path: The file, or a folder.
        shown: What to call it.

    Raises:
        ValueError: It is not known.
    """
    if os.path.isdir(path):
        return "brat"
    ending = os.path.splitext(shown)[1].lower()
    with open(path, "rb") as file:
        head = file.read(1 << 16).removeprefix(b"\xef\xbb\xbf").lstrip()
    if ending == ".spacy":
        return "docbin"
    if not head:
        raise ValueError(f"{shown}: the file is empty.")
    if head[:1] == b"[" and (
        ending in (".json", *_LINES)
        or head[1:].lstrip()[:1]
        in (
            b"{",
            b"]",
        )
    ):
        return "labelstudio"
    if head[:1] == b"{":
        return _json(path, shown, ending)
    if ending in _LINES:
        raise ValueError(f"{shown}:1: expected a JSON object on each line.")
    if ending == ".json":
        raise ValueError(f"{shown}: no JSON: it begins with {head[:20]!r}.")
    if ending == ".ann":
        raise ValueError(
            f"{shown}: brat's format is a folder with .txt and .ann files; name it."
        )
    if ending == ".conllu" or _is_conllu(path):
        return "conllu"
    return "conll"


def _json(path: str, shown: str, ending: str) -> str:
    """Return the format of a file of JSON objects, by the keys of the first one."""
    if ending == ".json":
        with open(path, "rb") as file:
            whole = jsontext.decode(file.read(), shown)
        if '"annotations"' in whole[:100_000] and '"result"' in whole:
            return "labelstudio"
    for where, record in jsontext.objects(path):
        where = where.replace(path, shown)
        if record.get("tool") == "label-studio":
            return JOURNAL
        if isinstance(record.get("tokens"), list) and isinstance(
            record.get("spans", {}), dict
        ):
            return "json" if "label" not in record else "doccano"
        if isinstance(record.get("spans"), list):
            return "spans"
        if isinstance(record.get("label", record.get("labels")), list):
            return "doccano"
        entities = record.get("entities")
        if isinstance(entities, list):
            old = all(isinstance(e, dict) and "start_offset" in e for e in entities)
            return "doccano" if old else "spans"
        raise ValueError(
            f"{where}: the format is not plain to see; it has the keys "
            f"{', '.join(map(str, record))[:100] or 'none'}. Say --from, such as "
            "--from doccano."
        )
    raise ValueError(f"{shown}: the file is empty.")


def _is_conllu(path: str) -> bool:
    """Tell a file of ten columns whose first token has the number 1."""
    with open(path, "rb") as file:
        for line in file:
            if line.startswith((b"# sent_id", b"# text =", b"# newdoc")):
                return True
            if line.strip() and line[:1] != b"#":
                cells = line.rstrip(b"\r\n").split(b"\t")
                return len(cells) == 10 and cells[0] in (b"1", b"1-2")
    return False


def format_of_output(path: str) -> str:
    """Return the format that the name of a file to write says.

    Raises:
        ValueError: It says none.
    """
    if path.endswith(("/", os.sep)) or os.path.isdir(path):
        return "brat"
    ending = os.path.splitext(path)[1].lower()
    for name, form in FORMATS.items():
        if ending in form.endings:
            return name
    what = f"{path}: its name does not say which format to write. "
    if ending in _LINES:
        what = f"{path}: several formats are JSON lines. "
        return _ask(what, ("doccano", "json", "spans"))
    return _ask(what, tuple(FORMATS))


def _ask(what: str, names: tuple[str, ...]) -> str:
    names_and_titles = ", ".join(f"{n} ({FORMATS[n].title})" for n in names)
    raise ValueError(f"{what}Say --to: {names_and_titles}.")
