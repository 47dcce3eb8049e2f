"""word2vec's binary file: a line `words numbers`, then each word and its float32."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import BinaryIO

import numpy as np

from util.vectors.leftout import NOT_FINITE, Ledger
from util.vectors.text import HEADER, refuse_absurd

_CHUNK = 1 << 20
_LONGEST_WORD = 1 << 16  # bytes
_LONGEST_HEADER = 40
_TEXT_SEEN = 4096
# Text has none of them; among the bytes of numbers they are frequent.
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\v\f\r"))


def is_word2vec(beginning: bytes) -> bool:
    """Tell a binary file from a text by its first bytes: both have the same header."""
    header, newline, rest = beginning.partition(b"\n")
    if not newline or not _header(header):
        return False
    word, _, numbers = rest.lstrip(b"\n")[:_TEXT_SEEN].partition(b" ")
    try:
        float((numbers.split(None, 1) or [b""])[0])
    except ValueError:
        pass
    else:
        return False
    if word.translate(None, _CONTROLS) != word:
        return False
    return numbers.translate(None, _CONTROLS) != numbers or not _is_utf8(numbers)


def read_word2vec(
    file: BinaryIO, wanted: Collection[str] | None, ledger: Ledger, bytes_there: int
) -> Iterator[tuple[str, np.ndarray]]:
    """Yield the words of a binary file with their vectors `[D]`, one at a time.

    Args:
        file: The bytes.
        wanted: Only these words; None: all.
        ledger: Gets what is left out, and is at the number of the word yielded.
        bytes_there: The size of the file, 0 if that is not known.

    Raises:
        ValueError: The file is cut off, or its header is absurd.
    """
    path, ledger.unit = ledger.path, "word"
    count, size = _header(file.readline(_LONGEST_HEADER).rstrip(b"\n"))
    refuse_absurd(path, size)
    if not count or not size:
        raise ValueError(f"{path}: holds no word vectors.")
    if bytes_there and count * (4 * size + 1) > bytes_there:
        raise ValueError(
            f"{path}: its first line promises {count:,} vectors of {size:,} numbers, "
            f"but it has {bytes_there:,} bytes. Is it cut off?"
        )
    ledger.size, length = size, 4 * size
    buffer, start = b"", 0
    for number in range(1, count + 1):
        end = buffer.find(b" ", start)
        if end < 0 or end + 1 + length > len(buffer):
            buffer, start = buffer[start:] + file.read(_CHUNK), 0
            end = buffer.find(b" ")
        if end < 0 or end - start > _LONGEST_WORD or end + 1 + length > len(buffer):
            raise ValueError(
                f"{path}: ends or is damaged at word {number:,} of the {count:,} that "
                "its first line promises."
            )
        # A newline may stand before a word.
        word = buffer[start:end].lstrip(b"\n").decode("utf-8", "replace")
        start = end + 1 + length
        if wanted is not None and word not in wanted:
            continue
        ledger.place = number
        vector = np.frombuffer(buffer, "<f4", size, end + 1)
        if np.isfinite(vector).all():
            yield word, vector
        else:
            ledger.leave_out(NOT_FINITE)


def _header(line: bytes) -> tuple[int, int] | None:
    found = HEADER.fullmatch(line.decode("ascii", "replace").strip())
    return found and (int(found[1]), int(found[2]))


def _is_utf8(data: bytes) -> bool:
    try:
        data[:-4].decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start >= len(data) - 8  # a character that is cut at the end
    return True
