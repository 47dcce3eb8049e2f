"""Where tokens stand in the file that they come from.

Offsets count characters (Unicode code points) of the untouched file: line ends are as
they are, and a byte-order mark counts. So `open(path, encoding="utf-8",
newline="").read()[start:end]` is the token.
"""

from __future__ import annotations

import io
import itertools
import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, TextIO

import numpy as np

from util.corpus.lines import BLANKS, numbered_lines
from util.output.streams import PlacedLine
from util.output.tokens import as_written

MARK = "\ufeff"

# Offsets: the first character and the one behind the last.
Range = tuple[int, int]

# By code, whether `str.split` takes it for a blank; the last one is that of CJK text.
_IS_SPACE = np.array([chr(code).isspace() for code in range(0x3002)])
# A column of a line without tabs.
_COLUMN = re.compile(r"[^ \r\v\f]+")


class Place(NamedTuple):
    """Where a sentence stands.

    Attributes:
        text: The sentence, to be read.
        within: The range of each token in `text`.
        file: The range of each token in the file.
    """

    text: str
    within: list[Range]
    file: list[Range]


def align(tokens: Sequence[str], text: str) -> np.ndarray:
    """Find the tokens of a Treebank tokenizer in the text that they were made from.

    The tokenizer writes a double quote as `` or '', and some '' as ``; else tokens
    are pieces of the text. Between them are only blanks.

    Args:
        tokens: In order, from the first token of the text on.
        text: The text; it may go on behind the last token.

    Returns:
        The range of each token in the text, `[n, 2]`.

    Raises:
        ValueError: The tokens are not those of this text.

    >>> align(["He", "said", "``", "No", "''", "."], 'He  said "No".').tolist()
    [[0, 2], [4, 8], [9, 10], [10, 12], [12, 13], [13, 14]]
    """
    solid = "".join(text.split())
    written = as_written(tokens, solid)
    sizes = np.fromiter(map(len, written), np.int64, len(written))
    ends = np.cumsum(sizes)
    if not solid.startswith("".join(written)):
        raise ValueError("The tokens do not stand in the text.")
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    where = np.flatnonzero(~_IS_SPACE[np.minimum(codes, len(_IS_SPACE) - 1)])
    return np.stack([where[ends - sizes], where[ends - 1] + 1], axis=1)


class UntouchedText:
    """Reads a text with plain line ends, and finds tokens in it as it was before.

    Args:
        file: The open text, neither its line ends translated nor its mark removed.
        start: Where it starts in its file, if it is a piece of one.
    """

    def __init__(self, file: TextIO, start: int = 0):
        self._file = file
        self._newlines = io.IncrementalNewlineDecoder(None, translate=True)
        self._translated = ""  # not yet handed out
        self._kept = file.read(1)  # where the next tokens must stand
        self._start = start  # of what is kept
        if self._kept == MARK and not start:
            self._kept, self._start = "", 1
        self._translated = self._newlines.decode(self._kept)

    def read(self, size: int) -> str:
        """Return the next `size` characters, fewer at the end of the text."""
        self._drop(len(self._kept) - len(self._kept.lstrip()))
        return self._next(size)

    def _next(self, size: int) -> str:
        while len(self._translated) < size:
            block = self._file.read(size)
            self._kept += block
            self._translated += self._newlines.decode(block, final=not block)
            if not block:
                break
        text = self._translated[:size]
        self._translated = self._translated[size:]
        return text

    def place(self, sentences: Sequence[Sequence[str]]) -> list[tuple]:
        """Find the next sentences, in order; none may be left out.

        Returns:
            For each sentence its text, where it starts in the file, and the range of
            each token in the text.
        """
        ranges = align(list(itertools.chain.from_iterable(sentences)), self._kept)
        found, done = [], 0
        for tokens in sentences:
            those = ranges[done : done + len(tokens)]
            start, end = int(those[0, 0]), int(those[-1, 1])
            text, within = self._kept[start:end], those - start
            found.append((text, self._start + start, within.tolist()))
            done += len(tokens)
        self._drop(int(ranges[-1, 1]))
        return found

    def _drop(self, size: int) -> None:
        self._kept = self._kept[size:]
        self._start += size


class PiecesOfText(UntouchedText):
    """Hands out pieces of a text as they were, for others to find tokens in them."""

    def read(self, size: int) -> str:
        """Return the next `size` characters, fewer at the end of the text."""
        return self._next(size)

    def take(self, size: int) -> tuple[str, int]:
        """Return the next piece, and where it starts in the file.

        Args:
            size: Its characters with plain line ends, all of which were read.
        """
        ends = (match.start() for match in re.finditer("\r\n", self._kept))
        # What stands before a line end has grown by those before it.
        grown = sum(
            1
            for _ in itertools.takewhile(
                lambda place: place[1] - place[0] < size, enumerate(ends)
            )
        )
        piece = self._kept[: size + grown], self._start
        self._drop(size + grown)
        return piece


def place_of_text(text: str, start: int, within: Iterable[Sequence[int]]) -> Place:
    """Return the place of a sentence that stands in the file as it is read."""
    within = [(a, b) for a, b in within]
    return Place(text, within, [(start + a, start + b) for a, b in within])


def place_of_tokens(tokens: Sequence[str]) -> Place:
    """Return the place of a sentence that is its tokens with blanks between them."""
    within = list(_joined(tokens))
    return Place(" ".join(tokens), within, within)


class ColumnPlaces:
    """Finds the tokens of a column file, block by block.

    Args:
        path: The file, or `-` for standard input.
        columns: Its columns by index; one is called `tokens`.

    Attributes:
        lines: Its lines with their numbers, for `read_blocks`.
    """

    def __init__(self, path: str, columns: Mapping[int, str]):
        self._starts: deque[int] = deque()
        self._column = next(i for i, name in columns.items() if name == "tokens")
        self.lines = numbered_lines(path, self._starts)

    def place(
        self, lines: Iterable[PlacedLine], sentences: Sequence[Sequence[str]]
    ) -> list[Place]:
        """Return the place of each sentence; its text is its tokens with blanks.

        Args:
            lines: The next block of lines, from `read_blocks`.
            sentences: The tokens of the sentences of this block.
        """
        places = [place_of_tokens(tokens)._replace(file=[]) for tokens in sentences]
        for line, where in lines:
            start = self._starts.popleft()
            if where is not None:
                first, end = column_range(line.text, self._column)
                places[where[0]].file.append((start + first, start + end))
        return places


def _joined(tokens: Iterable[str]) -> Iterator[Range]:
    """Yield the range of each token among tokens joined by blanks."""
    start = 0
    for token in tokens:
        yield start, start + len(token)
        start += len(token) + 1


def column_range(line: str, column: int) -> Range:
    r"""Return where a column stands in its line, as `split_line` reads it.

    >>> column_range("a\tNew York\tB", 1), column_range("  a   bc", 1)
    ((2, 10), (6, 8))
    """
    if "\t" not in line:
        return next(itertools.islice(_COLUMN.finditer(line), column, None)).span()
    start = 0
    for _ in range(column):
        start = line.index("\t", start) + 1
    end = line.find("\t", start)
    value = line[start : len(line) if end < 0 else end]
    start += len(value) - len(value.lstrip(BLANKS))
    return start, start + len(value.strip(BLANKS))
