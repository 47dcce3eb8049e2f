"""Input of any size, piece by piece, for tagging."""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Iterator, Mapping
from typing import Optional, TextIO

from util.CoNLL import Line, Sentence, read_lines
from util.corpus import tagcolumns
from util.files import naming

_TOKENS = 50_000
# A file may hold little but empty lines and comments.
_LINES_PER_TOKEN = 4

# A line and, for a token, its sentence in the block and its place in the sentence.
PlacedLine = tuple[Line, Optional[tuple[int, int]]]


@contextlib.contextmanager
def open_text(path: str, untouched: bool = False) -> Iterator[TextIO]:
    """Open a UTF-8 text file, with or without a byte-order mark; `-`: standard input.

    Bytes that are not UTF-8 become the replacement character.

    Args:
        path: The file.
        untouched: Keep the byte-order mark, and the line ends as they are.
    """
    encoding, newline = ("utf-8", "") if untouched else ("utf-8-sig", None)
    options = {"encoding": encoding, "newline": newline, "errors": "replace"}
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

    Every line of the file stands in one block, in order.

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
    for lines, sentences in _blocks(path, columns, commentSymbol, tokens, numbered):
        try:
            tagcolumns.treat(sentences, styles)
        except tagcolumns.NotATag as error:
            place = error.sentence, error.token
            number = next(line.number for line, where in lines if where == place)
            raise ValueError(f"{path}:{number}: {error}") from None
        yield lines, sentences


def _blocks(path, columns, commentSymbol, tokens, numbered):
    lines: list[PlacedLine] = []
    sentences: list[Sentence] = []
    count, inside = 0, False
    for line in read_lines(path, columns, commentSymbol, numbered):
        if line.row is None:
            lines.append((line, None))
            inside = inside and not line.blank
            full = count >= tokens or len(lines) >= _LINES_PER_TOKEN * tokens
            if not inside and full:
                yield lines, sentences
                lines, sentences, count = [], [], 0
            continue
        if not inside:
            sentences.append({name: [] for name in columns.values()})
            inside = True
        for index, name in columns.items():
            sentences[-1][name].append(line.row[index])
        lines.append((line, (len(sentences) - 1, len(sentences[-1]["tokens"]) - 1)))
        count += 1
    if lines:
        yield lines, sentences
