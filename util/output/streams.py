"""Input of any size, piece by piece, for tagging."""

from __future__ import annotations

import codecs
import contextlib
import io
import sys
from collections.abc import Iterator, Mapping
from typing import NamedTuple, Optional, TextIO

from util.CoNLL import Sentence
from util.corpus import tagcolumns
from util.corpus.findings import Findings
from util.corpus.groups import read_groups
from util.corpus.lines import numbered_lines
from util.corpus.values import Values
from util.corpus.watch import Group
from util.files import naming

_TOKENS = 50_000
# A file may hold little but empty lines and comments.
_LINES_PER_TOKEN = 4


class Line(NamedTuple):
    """A line of a column file, without its end; its number counts from 1."""

    number: int
    text: str


# A line and, for a token, its sentence in the block and its place in the sentence.
PlacedLine = tuple[Line, Optional[tuple[int, int]]]


@contextlib.contextmanager
def open_text(
    path: str, untouched: bool = False, encoding: str | None = None
) -> Iterator[TextIO]:
    """Open a text file, with or without a byte-order mark; `-`: standard input.

    Args:
        path: The file.
        untouched: Keep UTF-8's byte-order mark, and the line ends as they are.
        encoding: Whose bytes they must be, or reading raises `UnicodeDecodeError`;
            None: UTF-8, in which others become the replacement character.
    """
    errors = "replace" if encoding is None else "strict"
    encoding = encoding or "utf-8"
    if not untouched and codecs.lookup(encoding).name == "utf-8":
        encoding = "utf-8-sig"
    newline = "" if untouched else None
    options = {"encoding": encoding, "newline": newline, "errors": errors}
    if path == "-":
        with naming("standard input"):
            yield io.TextIOWrapper(sys.stdin.buffer, **options)
        return
    with open(path, **options) as file:
        yield file


def read_blocks(
    path: str,
    columns: Mapping[int, str],
    commentSymbol: str | None = None,
    tokens: int = _TOKENS,
    numbered: Iterator[tuple[int, str]] | None = None,
    tagStyle: tagcolumns.Choice = None,
) -> Iterator[tuple[list[PlacedLine], list[Sentence]]]:
    """Yield the lines of a column file in blocks of whole sentences.

    Every line of the file stands in one block, in order. Behind the last one, what
    looks wrong in the file is logged.

    Args:
        path: The file, or `-` for standard input.
        columns: The columns that the model needs, by index.
        commentSymbol: Lines that start with it are comments.
        tokens: A block ends with the sentence in which it reaches this many.
        numbered: Replaces the file's `numbered_lines`.
        tagStyle: As for `readCoNLL`.

    Yields:
        The lines and the sentences of a block.

    Raises:
        ValueError: As `readCoNLL`.
    """
    styles = tagcolumns.styles_of(columns.values(), tagStyle)
    findings = Findings(path)
    values = Values(findings)
    if numbered is None:
        numbered = numbered_lines(path, None, findings.ends)
    lines: list[PlacedLine] = []
    sentences: list[Sentence] = []
    count = 0
    for group in read_groups(path, columns, commentSymbol, findings, numbered):
        lines += _placed(group, len(sentences))
        if group.rows:
            sentence = {n: [row[i] for row in group.rows] for i, n in columns.items()}
            values.add(sentence, group)
            sentences.append(sentence)
            count += len(group.rows)
        if count >= tokens or len(lines) >= _LINES_PER_TOKEN * tokens:
            yield lines, _treated(path, lines, sentences, styles)
            lines, sentences, count = [], [], 0
    if lines:
        yield lines, _treated(path, lines, sentences, styles)
    values.check()
    findings.log()


def _placed(group: Group, sentence: int) -> list[PlacedLine]:
    """Return the lines of a group with the place of each token."""
    placed: list[PlacedLine] = [(Line(*line), None) for line in group.lines]
    for token, place in enumerate(group.at):
        placed[place] = placed[place][0], (sentence, token)
    return placed


def _treated(path, lines, sentences, styles) -> list[Sentence]:
    try:
        tagcolumns.treat(sentences, styles)
    except tagcolumns.NotATag as error:
        place = error.sentence, error.token
        number = next(line.number for line, where in lines if where == place)
        raise ValueError(f"{path}:{number}: {error}") from None
    return sentences
