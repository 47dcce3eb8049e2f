"""What was computed of words is remembered, for most come again."""

from __future__ import annotations

import threading
from typing import Callable

import numpy as np

MOST = 50_000  # words; of 50 numbers each, they take 10 MB


class Remembered:
    """Asks an encoder about each spelling once, and keeps a bounded number of answers.

    Threads may share it.

    Args:
        encode: Of characters `[W, C]`, 0 behind each word, the vectors `[W, width]`.
        width: Of the vectors.
        most: Answers kept; all are forgotten when there would be more.
    """

    def __init__(
        self,
        encode: Callable[[np.ndarray], np.ndarray],
        width: int,
        most: int = MOST,
    ):
        self._encode = encode
        self._shape = most, width
        self._lock = threading.Lock()
        self._forget()

    def __call__(self, characters: np.ndarray) -> np.ndarray:
        """Return the vectors of words, `[W, width]`."""
        used = characters.shape[1] - np.argmax(characters[:, ::-1] != 0, 1)
        keys = [row[:n].tobytes() for row, n in zip(characters, used.tolist())]
        with self._lock:
            index, table = self._index, self._table
        new = [place for place, key in enumerate(keys) if key not in index]
        if new:
            vectors = self._encode(characters[new])
            with self._lock:
                if len(index) + len(new) > len(table):
                    self._forget()
                    return self._encode(characters)
                for place, vector in zip(new, vectors):
                    if keys[place] not in index:
                        table[len(index)] = vector
                        index[keys[place]] = len(index)
        return table[[index[key] for key in keys]]

    def _forget(self) -> None:
        self._index: dict[bytes, int] = {}
        self._table = np.empty(self._shape, np.float32)
