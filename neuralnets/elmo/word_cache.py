"""The vectors of recent words, so that a frequent word is encoded once."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from neuralnets.elmo.characters import Spelling


class WordCache:
    """Keeps the vectors of the words used last.

    Args:
        encode: From spellings to their vectors `[W, P]`.
        most_words: How many to keep between calls.
    """

    def __init__(
        self, encode: Callable[[Sequence[Spelling]], np.ndarray], most_words: int
    ):
        self._encode = encode
        self._most_words = most_words
        self._vectors: dict[Spelling, np.ndarray] = {}  # oldest first

    def __len__(self) -> int:
        return len(self._vectors)

    def __call__(self, spellings: Sequence[Spelling]) -> np.ndarray:
        """Return the vectors of distinct words, `[W, P]`, in their order."""
        known = self._vectors
        new = [spelling for spelling in spellings if spelling not in known]
        if new:
            known.update(zip(new, map(np.copy, self._encode(new))))
        for spelling in spellings:
            known[spelling] = known.pop(spelling)
        vectors = np.stack([known[spelling] for spelling in spellings])
        for spelling in list(known)[: max(0, len(known) - self._most_words)]:
            del known[spelling]
        return vectors
