"""Writing a cache of sentences' layers; see `cachedatabase`."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from neuralnets.elmo.cachedatabase import (
    BYTES_OF_A_ROW,
    FORMAT,
    SCHEMA,
    TOKENS_OF_A_ROW,
    open_database,
    sentence_name,
    tables,
    writing,
)
from neuralnets.elmo.cachefile import check_key, open_begun
from neuralnets.elmo.packing import pack

# A killed run loses no more than this and what it computes.
_BYTES_AT_A_TIME = 4 * 1024 * 1024


class CacheWriter:
    """Appends sentences to a cache.

    Args:
        path: The file, for messages.
        database: The file, open for writing.
        dtype: Of the vectors.
    """

    def __init__(self, path: str, database: sqlite3.Connection, dtype: np.dtype):
        self._path, self._database, self._dtype = path, database, dtype
        self._waiting: dict[bytes, np.ndarray] = {}
        self._waiting_bytes = 0

    def __contains__(self, tokens: Sequence[str]) -> bool:
        return self._knows(sentence_name(tokens))

    def append(self, tokens: Sequence[str], vectors: np.ndarray) -> None:
        """Write a sentence's vectors `[T, L, D]`, unless they are in the file."""
        name = sentence_name(tokens)
        if not tokens or self._knows(name):
            return
        self._waiting[name] = np.asarray(vectors, self._dtype)
        self._waiting_bytes += vectors.nbytes
        if self._waiting_bytes >= _BYTES_AT_A_TIME:
            self.flush()

    def flush(self) -> None:
        """Write what waits to the file: all of it or nothing."""
        with writing(self._path, self._database) as run:
            # Another program may have written some of them meanwhile.
            new = {n: v for n, v in self._waiting.items() if not self._in_file(n)}
            (last,) = run("SELECT ifnull(max(number), 0) FROM vectors").fetchone()
            for number, (vectors, sentences) in enumerate(_rows(new), last + 1):
                row = number, len(vectors), pack(vectors)
                run("INSERT INTO vectors VALUES (?, ?, ?)", row)
                for name, count, behind in sentences:
                    row = name, count, number, behind
                    run("INSERT INTO sentences VALUES (?, ?, ?, ?)", row)
        self._waiting, self._waiting_bytes = {}, 0

    def _knows(self, name: bytes) -> bool:
        return name in self._waiting or self._in_file(name)

    def _in_file(self, name: bytes) -> bool:
        question = "SELECT 1 FROM sentences WHERE name = ?"
        return self._database.execute(question, (name,)).fetchone() is not None


def _rows(
    sentences: Mapping[bytes, np.ndarray],
) -> Iterator[tuple[np.ndarray, list[tuple[bytes, int, int]]]]:
    """Yield the vectors of each row, and the sentences that begin in it.

    Of a sentence: its name, how many tokens it has, and how many stand before it.
    """
    together: list[np.ndarray] = []
    begun: list[tuple[bytes, int, int]] = []
    for name, vectors in sentences.items():
        behind = sum(map(len, together))
        if len(vectors) > TOKENS_OF_A_ROW:
            entries = [(name, len(vectors), 0)]
            for start in range(0, len(vectors), TOKENS_OF_A_ROW):
                yield vectors[start : start + TOKENS_OF_A_ROW], entries
                entries = []
            continue
        together.append(vectors)
        begun.append((name, len(vectors), behind))
        if (behind + len(vectors)) * vectors[0].nbytes >= BYTES_OF_A_ROW:
            yield np.concatenate(together), begun
            together, begun = [], []
    if together:
        yield np.concatenate(together), begun


@contextlib.contextmanager
def append_to(
    path: str, key: str, layer_count: int, width: int, half: bool = False
) -> Iterator[CacheWriter]:
    """Open a cache for appending; one that does not exist is made.

    Args:
        path: The file.
        key: The content key of the options and weights.
        layer_count, width: Of each token.
        half: Keep half precision. It matters for a new file only.

    Raises:
        ValueError: The file is not a cache, one of other weights, or it cannot be
            written to.
    """
    cache = open_begun(path)
    if cache is not None:
        check_key(cache, key)
        half = cache.half
        cache.close()
    dtype = np.dtype("<f2" if half else "<f4")
    os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
    with contextlib.closing(open_database(path)) as database:
        if cache is None:
            with writing(path, database) as run:
                if not tables(database):
                    for statement in SCHEMA.split(";")[:-1]:
                        run(statement)
                    about = FORMAT, key, layer_count, width, dtype.str
                    run("INSERT INTO about VALUES (?, ?, ?, ?, ?)", about)
        writer = CacheWriter(path, database, dtype)
        yield writer
        writer.flush()
