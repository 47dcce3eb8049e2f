"""fastText's binary model: a dictionary, and a table of words and n-grams.

The layout is that of its `Args::load`, `Dictionary::load` and `DenseMatrix::load`.
"""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import struct
import tempfile
from collections.abc import Collection, Iterator
from typing import BinaryIO, NamedTuple

import numpy as np

from util.files import naming
from util.vectors.leftout import NOT_FINITE, Ledger
from util.vectors.subwords import subword_rows
from util.vectors.text import refuse_absurd

logger = logging.getLogger(__name__)

MAGIC = struct.pack("<i", 793712314)
_VERSIONS = (11, 12)
_SUPERVISED = 3
_VERSION, _ARGS, _SIZES = map(struct.Struct, ("<2i", "<12id", "<3i2q"))
_ENTRY, _TABLE = map(struct.Struct, ("<qb", "<?2q"))
_CHUNK = 1 << 20
_LONGEST_WORD = 1 << 16  # bytes
_LONGEST_GRAM = 100
_BYTES_AT_ONCE = 1 << 12  # of words
_INSTEAD = "Give the vectors of an unsupervised model, such as its .vec file."


class _Model(NamedTuple):
    """What comes before the table: the needed words by row, and its sizes."""

    words: list[tuple[int, bytes]]
    count: int  # of words, needed or not
    rows: int
    size: int
    least: int
    most: int
    buckets: int
    offset: int  # of the table, in bytes


def read_fasttext(
    file: BinaryIO,
    wanted: Collection[str] | None,
    ledger: Ledger,
    bytes_there: int,
) -> Iterator[tuple[str, np.ndarray]]:
    """Yield the words of a fastText model with their vectors `[D]`, one at a time.

    A word's vector is the mean of its own row and of those of its n-grams. The table
    stays on the disk; that of a compressed file goes to a temporary one.

    Args:
        file: The bytes, at their beginning.
        wanted: Only these words; None: all.
        ledger: Gets what is left out, and is at the number of the word yielded.
        bytes_there: The size of the file, 0 if it is compressed.

    Raises:
        ValueError: The file is cut off or damaged, or the model is supervised or
            quantised.
    """
    try:
        yield from _read(file, wanted, ledger, bytes_there)
    except struct.error:
        raise ValueError(
            f"{ledger.path}: a fastText model that ends early or is damaged."
        ) from None


def _read(
    file: BinaryIO,
    wanted: Collection[str] | None,
    ledger: Ledger,
    bytes_there: int,
) -> Iterator[tuple[str, np.ndarray]]:
    path, ledger.unit = ledger.path, "word"
    reader = _Reader(file)
    model = _read_model(reader, path, wanted)
    ledger.size, length = model.size, 4 * model.rows * model.size
    if bytes_there and model.offset + length > bytes_there:
        raise ValueError(
            f"{path}: promises {model.rows:,} vectors of {model.size:,} numbers, but "
            f"it has {bytes_there:,} bytes. Is it cut off?"
        )
    with contextlib.ExitStack() as stack:
        table, offset = path, model.offset
        if not bytes_there:
            table, offset = stack.enter_context(_unpacked(path, reader, length)), 0
        shape = model.rows, model.size
        for some in _in_blocks(model.words):
            # Opened again and again: what was read of it then need not stay in memory.
            matrix = np.memmap(table, "<f4", "r", offset, shape)
            with np.errstate(over="ignore", invalid="ignore"):  # told below
                vectors = _means(matrix, some, model)
            del matrix
            finite = np.isfinite(vectors).all(axis=1)
            for (row, word), vector, good in zip(some, vectors, finite):
                ledger.place = row + 1
                if good:
                    yield word.decode("utf-8", "replace"), vector
                else:
                    ledger.leave_out(NOT_FINITE)


def _read_model(reader: _Reader, path: str, wanted: Collection[str] | None) -> _Model:
    """Read what comes before the table, and keep the needed words."""
    _, version = reader.numbers(_VERSION)
    if version not in _VERSIONS:
        raise ValueError(
            f"{path}: a fastText model of version {version}; those of {_VERSIONS[0]} "
            f"and {_VERSIONS[-1]} can be read. {_INSTEAD}"
        )
    size, _, _, _, _, _, _, kind, buckets, least, most, _, _ = reader.numbers(_ARGS)
    entries, count, _, _, pruned = reader.numbers(_SIZES)
    if kind == _SUPERVISED:
        raise ValueError(f"{path}: a supervised fastText model. {_INSTEAD}")
    refuse_absurd(path, size)
    words = []
    for row in range(entries):
        word = reader.word()
        reader.numbers(_ENTRY)
        if row >= count or not word:
            continue
        if wanted is None or word.decode("utf-8", "replace") in wanted:
            words.append((row, word))
    is_quantised, rows, columns = reader.numbers(_TABLE) if pruned < 0 else (1, 0, 0)
    if is_quantised:
        raise ValueError(f"{path}: a quantised fastText model. {_INSTEAD}")
    if columns != size or rows < count + buckets * (most > 0) or most > _LONGEST_GRAM:
        raise ValueError(f"{path}: a fastText model whose sizes do not fit together.")
    if not (0 < count <= entries and size > 0 and buckets >= 0):
        raise ValueError(f"{path}: holds no word vectors.")
    return _Model(words, count, rows, size, least, most, buckets, reader.taken)


def _in_blocks(words: list[tuple[int, bytes]]) -> Iterator[list[tuple[int, bytes]]]:
    """Yield words in blocks whose n-grams have room in memory."""
    start = length = 0
    for at, (_, word) in enumerate(words):
        length += len(word)
        if length > _BYTES_AT_ONCE and at > start:
            yield words[start:at]
            start, length = at, len(word)
    if words:
        yield words[start:]


@contextlib.contextmanager
def _unpacked(path: str, rest: _Reader, length: int) -> Iterator[str]:
    """Yield a temporary file with the table of a compressed file.

    Args:
        path: The compressed file.
        rest: Reads it, and is at the table.
        length: Of the table, in bytes.
    """
    with tempfile.TemporaryDirectory() as folder:
        free = shutil.disk_usage(folder).free
        if length > free:
            raise ValueError(
                f"{path}: its vectors take {length:,} bytes unpacked, and {folder} has "
                f"room for {free:,}. Set TMPDIR to another folder, or unpack it."
            )
        logger.info("%s: unpacking %s MB.", path, f"{length // 1_000_000:,}")
        table = os.path.join(folder, "table")
        with naming(table), open(table, "wb") as file:
            left = length
            while left:
                block = rest.block(left)
                if not block:
                    raise struct.error
                file.write(block)
                left -= len(block)
        yield table


def _means(
    matrix: np.ndarray, words: list[tuple[int, bytes]], model: _Model
) -> np.ndarray:
    """Return the vectors `[V, D]` of words: the means of their rows of the table."""
    rows = np.array([row for row, _ in words])
    owner, bucket = subword_rows(
        [word for _, word in words], model.least, model.most, model.buckets
    )
    sums = np.array(matrix[rows], np.float32)
    starts = np.flatnonzero(np.append(True, owner[1:] != owner[:-1])[: len(owner)])
    if len(starts):
        grams = np.asarray(matrix[model.count + bucket], np.float32)
        sums[owner[starts]] += np.add.reduceat(grams, starts)
    return sums / (1 + np.bincount(owner, minlength=len(words)))[:, None].astype("f4")


class _Reader:
    """Takes numbers and words off the front of a file."""

    def __init__(self, file: BinaryIO):
        self._file, self._buffer, self._start = file, b"", 0
        self.taken = 0

    def numbers(self, form: struct.Struct) -> tuple:
        if len(self._buffer) - self._start < form.size:
            self._fill()
        values = form.unpack_from(self._buffer, self._start)
        self._start += form.size
        self.taken += form.size
        return values

    def word(self) -> bytes:
        end = self._buffer.find(b"\0", self._start)
        if end < 0:
            self._fill()
            end = self._buffer.find(b"\0")
        if end < 0 or end - self._start > _LONGEST_WORD:
            raise struct.error
        word = self._buffer[self._start : end]
        self.taken += end + 1 - self._start
        self._start = end + 1
        return word

    def block(self, most: int) -> bytes:
        """Return the bytes that come next, at most so many; none at the end."""
        if self._start == len(self._buffer):
            self._fill()
        block = self._buffer[self._start : self._start + most]
        self._start += len(block)
        return block

    def _fill(self) -> None:
        self._buffer = self._buffer[self._start :] + self._file.read(_CHUNK)
        self._start = 0
