"""Reading a cache of sentences' layers; see `cachedatabase`."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
from collections.abc import Sequence

import numpy as np

from neuralnets.elmo.cachedatabase import (
    BYTES_OF_A_ROW,
    FORMAT,
    MAKE_ANEW,
    TOKENS_OF_A_ROW,
    empty_database,
    no_cache,
    open_database,
    sentence_name,
    tables,
)
from neuralnets.elmo.packing import unpack

_DTYPES = {"<f2": np.dtype("<f2"), "<f4": np.dtype("<f4")}
_LARGEST = 1 << 20  # numbers of a token


class CacheFile:
    """Reads a cache; vectors are read when they are asked for.

    Args:
        path: The file.

    Attributes:
        key: The content key of the options and weights that it was made with.
        layer_count, width: Of each token, as in `BidirectionalLanguageModel`.

    Raises:
        ValueError: The file is missing, or not a cache of this project.
    """

    def __init__(self, path: str):
        self.path = path
        if not os.path.isfile(path):
            raise ValueError(
                f"{path}: no such file. Create_ELMo_Cache.py writes ELMo caches."
            )
        self._one_at_a_time = threading.Lock()
        self._database = open_database(path)
        try:
            if tables(self._database) != tables(empty_database()):
                raise ValueError("it has other tables")
            self._read_about()
        except (sqlite3.Error, UnicodeError, ValueError) as error:
            self.close()
            raise ValueError(no_cache(path, error)) from None

    def _read_about(self) -> None:
        rows = self._all("SELECT format, key, layers, width, dtype FROM about")
        if len(rows) != 1 or rows[0][0] != FORMAT:
            raise ValueError(f"its format is not {FORMAT}")
        _, self.key, self.layer_count, self.width, dtype = rows[0]
        sizes = self.layer_count, self.width
        if (
            not isinstance(self.key, str)
            or dtype not in _DTYPES
            or not all(isinstance(size, int) and size > 0 for size in sizes)
            or self.layer_count * self.width > _LARGEST
        ):
            raise ValueError("its description is wrong")
        self._dtype = _DTYPES[dtype]

    def __len__(self) -> int:
        return self._one_number("SELECT count(*) FROM sentences")

    def __contains__(self, tokens: Sequence[str]) -> bool:
        return self._place(tokens) is not None

    @property
    def half(self) -> bool:
        """Whether the vectors are in half precision."""
        return self._dtype == np.float16

    @property
    def tokens(self) -> int:
        """How many tokens have their vectors in the file."""
        return self._one_number("SELECT total(tokens) FROM sentences")

    def get(self, tokens: Sequence[str]) -> np.ndarray | None:
        """Return a sentence's vectors `[T, L, D]` float32, None if they are not here.

        Raises:
            ValueError: The file is damaged.
        """
        place = self._place(tokens)
        if place is None:
            return None
        try:
            return self._vectors(len(tokens), *place)
        except ValueError as error:
            raise ValueError(f"{self.path}: damaged ({error}). {MAKE_ANEW}") from None

    def _vectors(self, tokens: int, count: int, first: int, behind: int) -> np.ndarray:
        rows = self._all(
            "SELECT tokens, content FROM vectors WHERE number BETWEEN ? AND ? "
            "ORDER BY number",
            *(first, first + (tokens - 1) // TOKENS_OF_A_ROW),
        )
        for size, content in rows:
            if type(size) is not int or type(content) is not bytes:
                raise ValueError("its rows are wrong")
            if not 0 < size < 2 * TOKENS_OF_A_ROW + BYTES_OF_A_ROW:
                raise ValueError("its rows are wrong")
        parts = [
            unpack(content, (size, self.layer_count, self.width), self._dtype)
            for size, content in rows
        ]
        vectors = parts[0] if len(parts) == 1 else np.concatenate(parts)
        vectors = vectors[behind : behind + tokens]
        if not count == len(vectors) == tokens:
            raise ValueError("its index is wrong")
        return vectors.astype(np.float32, copy=False)

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def _place(self, tokens: Sequence[str]) -> tuple[int, int, int] | None:
        """Return how many tokens a sentence has and where its vectors start."""
        found = self._all(
            "SELECT tokens, first, behind FROM sentences WHERE name = ?",
            sentence_name(tokens),
        )
        if not found or not tokens:
            return None
        if {type(number) for number in found[0]} != {int} or found[0][2] < 0:
            raise ValueError(f"{self.path}: damaged (a wrong index). {MAKE_ANEW}")
        return found[0]

    def _one_number(self, question: str) -> int:
        return int(self._all(question)[0][0])

    def _all(self, question: str, *values: object) -> list[tuple]:
        try:
            with self._one_at_a_time:
                return self._database.execute(question, values).fetchall()
        except (sqlite3.Error, OverflowError) as error:
            raise ValueError(f"{self.path}: damaged ({error}). {MAKE_ANEW}") from None


def open_begun(path: str) -> CacheFile | None:
    """Open a cache; return None if there is none, or one without any content yet.

    Raises:
        ValueError: The file is not a cache.
    """
    if not os.path.exists(path):
        return None
    try:
        with contextlib.closing(open_database(path)) as database:
            if not tables(database):
                return None
    except sqlite3.Error as error:
        raise ValueError(no_cache(path, error)) from None
    return CacheFile(path)


def check_key(cache: CacheFile, key: str) -> None:
    """Raise a `ValueError` if a cache was made with other options or weights."""
    if cache.key != key:
        raise ValueError(
            f"{cache.path}: made with other ELMo options or weights (key {cache.key}, "
            f"these have {key}). Name another cache file, or delete this one."
        )
