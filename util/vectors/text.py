"""Word vectors as text: each line a word and its numbers, with or without a header."""

from __future__ import annotations

import functools
import itertools
import re
import warnings
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from typing import BinaryIO

import numpy as np

from util.vectors.leftout import NOT_FINITE, RAGGED, Ledger

# A small compressed file can hold an endless line.
_LONGEST_LINE = 1 << 24
_LINES_ASKED = 6  # for the number of numbers
# word2vec's and fastText's first line, of text as of binary files.
HEADER = re.compile(r"([0-9]{1,99}) ([0-9]{1,99})")
MOST_NUMBERS = 100_000


def read_text(
    file: BinaryIO, wanted: Collection[str] | None, ledger: Ledger
) -> Iterator[tuple[str, np.ndarray]]:
    """Yield the words of a text file with their vectors `[D]`, one at a time.

    With `wanted`, only the first line and those that begin like a wanted word.

    Args:
        file: The text, in UTF-8.
        wanted: Words; None: all.
        ledger: Gets what is left out, and is at the line of what was yielded.

    Raises:
        ValueError: The file holds no vectors.
    """
    path = ledger.path
    # What a line may begin with: words can hold blanks.
    beginnings = wanted and {word.partition(" ")[0] for word in wanted}
    lines = _lines(path, file)
    head = list(itertools.islice(lines, _LINES_ASKED))
    count = announced = 0
    header = HEADER.fullmatch(head[0][1]) if head and head[0][0] == 1 else None
    if header:
        count, announced = map(int, header.groups())
        refuse_absurd(path, announced)
        del head[0]
    if not head:
        raise ValueError(f"{path}: holds no word vectors.")
    size = ledger.size = _count_numbers(announced, [line for _, line in head])
    place = -1
    for place, (number, line) in enumerate(itertools.chain(head, lines)):
        word, _, numbers = line.partition(" ")
        if place and beginnings is not None and word not in beginnings:
            continue
        ledger.place = number
        vector = _parse(numbers)
        if len(vector) != size:
            # Some words of GloVe's web vectors hold blanks themselves.
            word, *fields = line.rsplit(" ", size)
            vector = _parse(" ".join(fields))
            if len(vector) != size:
                ledger.leave_out(RAGGED, line)
                continue
            ledger.has_blanks()
        if not np.isfinite(vector).all():
            ledger.leave_out(NOT_FINITE)
            continue
        yield word, vector
    ledger.place = number
    ledger.end(count, place + 1)


def refuse_absurd(path: str, size: int) -> None:
    """Raise a `ValueError` for vectors of more numbers than anybody has."""
    if size > MOST_NUMBERS:
        raise ValueError(
            f"{path}: says that its vectors have {size:,} numbers. Is this a file of "
            "word vectors?"
        )


def _lines(path: str, file: BinaryIO) -> Iterator[tuple[int, str]]:
    """Yield the numbered lines of a vector file, with single blanks."""
    read = functools.partial(file.readline, _LONGEST_LINE)
    for number, raw in enumerate(iter(read, b""), 1):
        if len(raw) == _LONGEST_LINE:
            raise ValueError(
                f"{path}:{number}: a line of more than {_LONGEST_LINE:,} "
                "bytes. Is this a text file of word vectors?"
            )
        encoding = "utf-8-sig" if number == 1 else "utf-8"
        line = raw.decode(encoding, "replace").rstrip("\r\n\t ")
        if line:
            yield number, line.replace("\t", " ")


def _count_numbers(announced: int, lines: Sequence[str]) -> int:
    """Return how many numbers a vector has.

    Words may hold blanks, or look like numbers. So the header and the first lines are
    asked, and two must agree: if one damaged line decided, all would be misread.

    Args:
        announced: What the header says, 0 without one.
        lines: The first ones with vectors.
    """
    votes = Counter(map(_numbers_at_the_end, lines))
    votes[announced] += 1
    del votes[0]
    size, agreed = max(votes.items(), key=lambda vote: vote[1], default=(0, 0))
    return size if agreed > 1 else max(lines[0].count(" "), 1)


def _numbers_at_the_end(line: str) -> int:
    fields = line.split(" ")[1:]
    return sum(1 for _ in itertools.takewhile(_is_number, reversed(fields)))


def _is_number(field: str) -> bool:
    return len(_parse(field)) == 1


def _parse(numbers: str) -> np.ndarray:
    """Return the numbers of a line; fewer than it holds where one is malformed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            return np.fromstring(numbers, dtype=np.float32, sep=" ")
        except ValueError:  # NumPy from 2.3 on; before, what it could read
            return np.zeros(0, np.float32)
