"""CoNLL-U: UPOS, XPOS, and tags in MISC, such as `NER=B-PER`.

The format: https://universaldependencies.org/format.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from util import tagschemes
from util.corpus.layouts import CONLLU, is_range
from util.corpus.lines import BLANKS, is_blank, numbered_lines
from util.formats.aligning import flat, place
from util.formats.columns import document_of
from util.formats.document import Document
from util.formats.options import Options, Shape
from util.formats.problems import Problems
from util.formats.tags import layer_tags
from util.formats.writers import TextWriter, window_of
from util.output.conllu import ConlluWriter
from util.task import Task

_EMPTY = "_"
_COLUMNS = ("UPOS", "XPOS")
_NOT_KEPT = ("LEMMA", "FEATS", "HEAD", "DEPREL", "DEPS")
_GLUED = "SpaceAfter=No"


def read(path: str, options: Options, problems: Problems) -> Iterator[Document]:
    """Yield each sentence as a text; its words are those of the column FORM.

    The rows of contractions (`1-2`) and of elided words (`8.1`) are no words.

    Raises:
        ValueError: A line has not ten columns separated by tabs.
    """
    rows: list[list[str]] = []
    start = 0
    for number, line in numbered_lines(path):
        if is_blank(line):
            if rows:
                yield _sentence(rows, f"{path}:{start}", options, problems)
            rows = []
            continue
        if line[0] == "#" and not rows:
            continue
        cells = line.split("\t")
        where = f"{path}:{number}"
        if len(cells) != len(CONLLU):
            raise ValueError(
                f"{where}: CoNLL-U needs {len(CONLLU)} columns separated by tabs, "
                f"found {len(cells)}."
            )
        if not cells[0].isdecimal() and not is_range(cells[0]):
            raise ValueError(
                f"{where}: the first column of CoNLL-U is a number. "
                f"Received: {cells[0][:40]!r}"
            )
        if not cells[1].strip(BLANKS):
            raise ValueError(f"{where}: the column FORM is empty.")
        if not rows:
            start = number
        rows.append(cells)
    if rows:
        yield _sentence(rows, f"{path}:{start}", options, problems)


def _sentence(
    rows: Sequence[Sequence[str]], where: str, options: Options, problems: Problems
) -> Document:
    words, glued = [], []
    surface, last = "", 0  # of a contraction, and the number of its last word
    for cells in rows:
        id_ = cells[0]
        if "-" in id_:
            problems.note("a contraction (1-2), of which the words are taken")
            surface, last = cells[1], int(id_.split("-")[1])
            first = len(words)
            behind = _GLUED in cells[-1].split("|")
        elif "." in id_:
            problems.amount("elided words (8.1), which are not converted")
        else:
            words.append(cells)
            glued.append(_GLUED in cells[-1].split("|"))
            if surface and int(id_) == last:
                forms = [word[1] for word in words[first:]]
                if "".join(forms) == surface:  # don't: do n't
                    glued[first:] = [True] * (len(forms) - 1) + [behind]
                elif behind:
                    glued[-1] = True
                surface = ""
    if not words:
        raise ValueError(f"{where}: a sentence without words.")
    for name in _NOT_KEPT:
        at = CONLLU.index(name)
        if name not in options.columns:
            count = sum(word[at] not in (_EMPTY, "") for word in words)
            if count:
                problems.amount(f"values of {name}, which is not converted", count)
    columns = _columns(words, options, problems)
    return document_of([word[1] for word in words], columns, where, glued)


def _columns(
    words: Sequence[Sequence[str]], options: Options, problems: Problems
) -> dict[str, list[str]]:
    """Return the columns of labels, and of tags, that a sentence has."""
    columns: dict[str, list[str]] = {}
    wanted = options.columns or _COLUMNS
    for name in wanted:
        if name in CONLLU[2:-1]:
            values = [word[CONLLU.index(name)] for word in words]
            if set(values) != {_EMPTY}:
                columns[name] = values
    keys: dict[str, list[str]] = {}
    for number, word in enumerate(words):
        for pair in word[-1].split("|") if word[-1] != _EMPTY else ():
            key, _, value = pair.partition("=")
            row = keys.setdefault(key, [""] * len(words))
            row[number] = value.replace("\\p", "|").replace("\\\\", "\\")
    for key, row in keys.items():
        if key == "SpaceAfter":
            continue
        tags = [value or tagschemes.OUTSIDE for value in row]
        if key in options.columns:
            columns[key] = [value or _EMPTY for value in row]
        elif not tagschemes.untaggable(tags) and any(row):
            columns[f"{key}_BIO"] = tags
        else:
            count = len(row) - row.count("")
            problems.amount(f"values of {key} in MISC, which are not converted", count)
    return columns


class Writer(TextWriter):
    """Writes CoNLL-U: UPOS, XPOS, and all else in MISC."""

    def __init__(self, path: str, options: Options, shape: Shape, problems: Problems):
        super().__init__(path, options, shape, problems)
        tasks = [
            Task(name, name, tuple(sorted(labels)))
            for name, labels in shape.columns.items()
        ]
        tasks += [Task(n, f"{n}_{options.scheme}", ()) for n in shape.layers]
        self._writer = ConlluWriter(self._file, tasks)

    def write(self, document: Document) -> None:
        """Write the sentences of a text."""
        sentences = document.sentences or ()
        self._problems.lost(document, scores=True)
        placed = place(document, sentences, self._problems)
        kept = flat(placed, document, self._problems)
        tags = layer_tags(sentences, kept, self._shape.layers, self._options.scheme)
        for number, sentence in enumerate(sentences):
            own = {layer: rows[number] for layer, rows in tags.items()}
            self._writer.write(window_of(document, sentence, own))

    def close(self) -> None:
        """End the file."""
        self._writer.end()
        super().close()
