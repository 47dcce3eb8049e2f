"""The lines of a text file, whatever ends them, and the columns of a line."""

from __future__ import annotations

import codecs
import contextlib
import re
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Callable

from util.files import naming

BLANKS = " \t\r\n\v\f"
NOT_UTF8_BUT_16 = "not UTF-8, but as it seems UTF-16"
_CHUNK = 1 << 16
# Text holds next to none of them; every other byte of English in UTF-16 is one.
_MOST_NULS = 0.2

# What is called for bytes that are not UTF-8: the line and what is wrong with it.
Refuse = Callable[[int, str], None]


class LineEnds:
    """How the lines of a file end.

    Attributes:
        crlf, lf, cr: How many end as in Windows, in Unix, with a carriage return alone.
        first_cr: The first line of the last kind.
        mark: Whether the file begins with a byte-order mark.
    """

    def __init__(self):
        self.crlf = self.lf = self.cr = self.first_cr = 0
        self.mark = False


def numbered_lines(
    path: str,
    starts: deque[int] | None = None,
    ends: LineEnds | None = None,
    refuse: Refuse | None = None,
) -> Iterator[tuple[int, str]]:
    """Yield the lines of a UTF-8 file without their ends, numbered from 1.

    Lines end with LF, CRLF or CR. Nothing else ends one: words may hold U+2028, U+0085,
    vertical tabs and form feeds.

    Args:
        path: The file, or `-` for standard input.
        starts: Gets where each line starts: the characters of the untouched file
            before it, line ends and a byte-order mark included.
        ends: Gets how the lines end.
        refuse: Called for a line that is not UTF-8, which is then read with
            replacement characters, and for a file in UTF-16, of which nothing is read.
            None: both are errors.

    Raises:
        ValueError: A line is not UTF-8.
    """
    ends = LineEnds() if ends is None else ends
    number = position = 0
    for raw in _chunks(path):
        if number == 0:
            if is_utf16(raw):
                _refuse(path, 1, NOT_UTF8_BUT_16, refuse)
                return
            if raw.startswith(codecs.BOM_UTF8):
                raw = raw[len(codecs.BOM_UTF8) :]
                ends.mark, position = True, 1
        for piece in _decodable(raw):
            text = _decode(path, piece, number, refuse)
            lines, sizes = _split(text, number, ends)
            if starts is not None:
                for size in sizes:
                    starts.append(position)
                    position += size
            for line in lines:
                number += 1
                yield number, line


def split_line(line: str) -> list[str]:
    """Split a line into its columns: on tabs if it holds one, else on ASCII blanks.

    ASCII blanks around a value are no part of it.

    >>> split_line("New York\\tB-LOC "), split_line("10\\u00a0000  CD")
    (['New York', 'B-LOC'], ['10\\xa0000', 'CD'])
    """
    if line.isprintable():  # so its only blanks are U+0020
        return line.split()
    if "\t" in line:
        row = line.split("\t")
        if " " in line or "\v" in line or "\f" in line or "\r" in line:
            return [value.strip(BLANKS) for value in row]
        return row
    return re.split(r"[ \r\v\f]+", line.strip(BLANKS))


def is_blank(line: str) -> bool:
    """Tell whether a line holds nothing but ASCII blanks."""
    return not line or (line.isspace() and not line.strip(BLANKS))


def _chunks(path: str) -> Iterator[bytes]:
    """Yield the bytes of a file in pieces, all but the last ending with LF."""
    with contextlib.ExitStack() as stack:
        if path == "-":
            file = sys.stdin.buffer
            stack.enter_context(naming("standard input"))
        else:
            file = stack.enter_context(open(path, "rb"))
        while True:
            raw = file.read(_CHUNK)
            if not raw:
                return
            yield raw if raw.endswith(b"\n") else raw + file.readline()


def is_utf16(raw: bytes) -> bool:
    """Tell UTF-16 by its mark, or by its NULs: its bytes may happen to be UTF-8."""
    marked = raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return marked or raw.count(0) > _MOST_NULS * len(raw)


def _decodable(raw: bytes) -> list[bytes]:
    """Return a piece of a file as it is, or line by line if some are not UTF-8."""
    try:
        raw.decode()
    except UnicodeDecodeError:
        return raw.splitlines(keepends=True) if b"\r" not in raw else _by_feeds(raw)
    return [raw]


def _by_feeds(raw: bytes) -> list[bytes]:
    *lines, last = raw.split(b"\n")
    return [line + b"\n" for line in lines] + [last] * bool(last)


def _decode(path: str, raw: bytes, before: int, refuse: Refuse | None) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        returns = raw[: error.start].count(b"\r")
        at = error.start - raw[: error.start].rfind(b"\r") - 1
        what = f"not UTF-8 ({error.reason} at byte {at})"
        _refuse(path, before + returns + 1, what, refuse)
        return raw.decode(errors="replace")


def _refuse(path: str, number: int, what: str, refuse: Refuse | None) -> None:
    if refuse is None:
        raise ValueError(
            f"{path}:{number}: {what}. Convert the file, for example with iconv."
        )
    refuse(number, what)


def _split(text: str, before: int, ends: LineEnds) -> tuple[list[str], Iterable[int]]:
    """Split a text into lines, and return their sizes, line ends included."""
    lines = text.split("\n")
    last = lines.pop()  # empty, unless the file ends without a line end
    feeds, returns = len(lines), text.count("\r")
    if not returns or returns == feeds == text.count("\r\n"):
        if returns:
            lines = text.replace("\r\n", "\n").split("\n")[:-1]
            ends.crlf += feeds
        else:
            ends.lf += feeds
        size = 2 if returns else 1
        if last:
            lines.append(last)
        return lines, (len(line) + size for line in lines)
    return _split_at_returns(lines, last, before, ends)


def _split_at_returns(
    texts: list[str], last: str, before: int, ends: LineEnds
) -> tuple[list[str], list[int]]:
    """Split the texts before line feeds, and the one behind them, where CRs end lines.

    Several carriage returns before a line feed are one line end with it.
    """
    lines: list[str] = []
    sizes: list[int] = []
    for text in texts:
        bare = text.rstrip("\r")
        end = len(text) - len(bare) + 1
        ends.crlf += end > 1
        ends.lf += end == 1
        *whole, rest = bare.split("\r")
        lines += [*whole, rest]
        sizes += [*(len(line) + 1 for line in whole), len(rest) + end]
        _count_returns(len(whole), before + len(lines) - len(whole), ends)
    whole = last.split("\r")
    if whole[-1] == "":  # nothing, or the last line ends like the others
        whole.pop()
    _count_returns(last.count("\r"), before + len(lines) + 1, ends)
    lines += whole
    sizes += [len(line) + 1 for line in whole]
    return lines, sizes


def _count_returns(count: int, line: int, ends: LineEnds) -> None:
    if count:
        ends.cr += count
        ends.first_cr = ends.first_cr or line
