"""CoNLL's columns: a token per line with its labels, an empty line behind sentences."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence

from util import tagschemes
from util.CoNLL import write_sentence
from util.corpus import layouts, tagcolumns
from util.corpus.looking import look
from util.corpus.ownlayout import tag_style
from util.corpus.partial import (
    BETWEEN,
    UNKNOWN,
    known_counts,
    label_of,
    parse,
    sets_column,
)
from util.formats.aligning import flat, place
from util.formats.columns import document_of
from util.formats.document import Document
from util.formats.options import Options, Shape
from util.formats.problems import Problems
from util.formats.tags import layer_tags, scored_tags
from util.formats.writers import TextWriter
from util.output.streams import read_blocks
from util.tagschemes import scheme_of
from util.tagstyles import Style

_BREAKS = re.compile(r"[\t\r\n]+")
_SIGNS = re.compile(r"[\s,:]")  # that the flag --columns has no place for
_NOTHING = {"_", "-", "-X-"}  # what columns hold that hold nothing
_WEIGHT = "weight"  # the column of a text's weight, for `tagger train --weights`
_BLOCK = 5_000  # tokens that are read at once


def read(path: str, options: Options, problems: Problems) -> Iterator[Document]:
    """Yield each sentence as a text: its tokens with blanks between them.

    Raises:
        ValueError: What `readCoNLL` refuses, or columns whose meaning is not clear.
    """
    layout, style = options.layout, None
    if layout is None:
        layout, style = _layout(path, options)
    columns = dict(layout)
    if options.partial:  # so that nobody takes them for tags yet
        columns = {i: sets_column(n) if scheme_of(n) else n for i, n in layout.items()}
    blocks = read_blocks(path, columns, options.comment, _BLOCK, tagStyle=style)
    for lines, sentences in blocks:
        numbers = {place[0]: n.number for n, place in reversed(lines) if place}
        for number, sentence in enumerate(sentences):
            where = f"{path}:{numbers[number]}"
            tokens = sentence.pop("tokens")
            if "" in tokens:
                place = number, tokens.index("")
                line = next(line.number for line, at in lines if at == place)
                raise ValueError(f"{path}:{line}: an empty token.")
            named = {}
            for name, values in sentence.items():
                label = label_of(name) or name
                if label != name:
                    values = _known(label, values, where, problems)
                named[label] = values
                _check(label, values, where, problems)
            yield document_of(tokens, named, where)


def _check(name: str, tags: Sequence[str], where: str, problems: Problems) -> None:
    """Tell tags that are in no valid order."""
    scheme = scheme_of(name)
    if scheme and tagschemes.rewrite(tags, scheme) != list(tags):
        what = f"tags of {name} that are no valid {scheme}"
        problems.add("read as conlleval reads them", where, what)


def _known(
    name: str, values: Sequence[str], where: str, problems: Problems
) -> list[str]:
    """Return the tags that are known, O in place of the others."""
    known = []
    try:
        for value in values:
            is_open = value == UNKNOWN or len(parse(value)) > 1
            if is_open:
                problems.amount("open labels (? and A|B), which become O")
            known.append(tagschemes.OUTSIDE if is_open else value)
        tagcolumns.check(known, name)
    except ValueError as error:
        raise ValueError(f"{where}: {error}") from None
    return known


def _layout(path: str, options: Options):
    """Return what the columns of a file probably are, and how tags are written."""
    found = look(path, options.comment)
    if found.token is None or found.comment or len(found.counts) == 1:
        comment = f" --comment '{found.comment}'" if found.comment else ""
        raise ValueError(
            f"{path}: {found.described()} Say what the columns are, such as --columns "
            f"0:tokens,1:NER_BIO{comment}"
        )
    layout, styles = {found.token: "tokens"}, {}
    for column in range(len(found.counts)):
        values = found.counts[column]
        if column == found.token or _counts_tokens(values, column):
            continue
        if set(values) <= _NOTHING:
            continue
        if _are_open(values, column in found.styles):
            raise ValueError(
                f"{path}: column {column} holds tags, some of which are open (? or "
                f"A|B). Say so: --columns {found.token}:tokens,{column}:NER_BIO "
                "--partial. (As they stand, without a scheme in the name: "
                f"--columns {found.token}:tokens,{column}:NER.)"
            )
        name = wanted = found.name_of(column)
        stem, scheme = (wanted.rsplit("_", 1) + [""])[:2]
        number = 1
        while name in layout.values():
            number += 1
            name = f"{stem}{number}_{scheme}" if scheme else f"{stem}{number}"
        layout[column] = name
        if column in found.styles and found.styles[column] != Style():
            styles[name] = str(found.styles[column])
    return dict(sorted(layout.items())), styles or None


def _are_open(values: Mapping[str, int], are_tags: bool) -> bool:
    """Tell tags of which some are known in part, by what they would be otherwise."""
    sets = [value for value in values if BETWEEN in value]
    if are_tags:  # of types such as A|B, and with ? for O, if for anything
        parts = [part for value in sets for part in value.split(BETWEEN)]
        return bool(sets) and not tagschemes.untaggable(parts)
    return bool(sets or UNKNOWN in values) and bool(tag_style(known_counts(values)))


def _counts_tokens(values: Mapping[str, int], column: int) -> bool:
    """Tell a first column that numbers the tokens of each sentence."""
    return column == 0 and all(value.isascii() and value.isdigit() for value in values)


class Writer(TextWriter):
    """Writes columns: tokens, columns of labels, then a column for each layer."""

    def __init__(self, path: str, options: Options, shape: Shape, problems: Problems):
        super().__init__(path, options, shape, problems)
        self.sentences = 0  # that are written

    def columns(self) -> str:
        """Return the flag that says what the columns are."""
        ends = [(name, "") for name in self._shape.columns]
        ends += [(layer, f"_{self._options.scheme}") for layer in self._shape.layers]
        names = ["tokens"]
        for stem, end in ends + [(_WEIGHT, "")] * self._shape.weighted:
            stem = _SIGNS.sub("_", stem)
            numbered = (f"{stem}{number}{end}" for number in itertools.count(2))
            free = itertools.chain([stem + end], numbered)
            names.append(next(name for name in free if name not in names))
        return ",".join(f"{number}:{name}" for number, name in enumerate(names))

    def write(self, document: Document) -> None:
        """Write the sentences of a text."""
        options, layers = self._options, self._shape.layers
        sentences = document.sentences or ()
        placed = place(document, sentences, self._problems)
        if options.sure is None:
            self._problems.lost(document, scores=True)
            kept = flat(placed, document, self._problems)
            tags = layer_tags(sentences, kept, layers, options.scheme)
        else:
            tags = scored_tags(
                document, sentences, placed, layers, options, self._problems
            )
        for number, (tokens, columns) in enumerate(sentences):
            rows = [[_cell(token.form) for token in tokens]]
            if any(word.startswith(layouts.DOCUMENT) for word in rows[0]):
                what = f"a token {layouts.DOCUMENT}"
                lost = "which readers of columns take for the start of a document"
                self._problems.add(f"written, {lost}", document.where, what)
            for name in self._shape.columns:
                rows.append([_cell(x) for x in columns.get(name, ["_"] * len(tokens))])
            rows += [tags[layer][number] for layer in layers]
            if self._shape.weighted:
                weight = 1 if document.weight is None else document.weight
                rows.append([f"{weight:g}"] * len(tokens))
            write_sentence(self._file, rows)
        self.sentences += len(sentences)


def _cell(value: str) -> str:
    """Return a value as one cell of a line, in which a token may hold a line end."""
    return _BREAKS.sub(" ", value) or "_"
