"""The character CNN: filters as tables, for there are few characters."""

from __future__ import annotations

import numpy as np

# As in the Keras layer: what padding gets, so that it is never the maximum.
_NEVER = np.float32(-1e6)


class CharacterCNN:
    """A 'same' convolution over the characters of words and its maximum.

    What a filter adds for a character at each of its places is computed once; a word
    then only looks it up.

    Args:
        vectors: Of the characters, `[A, E]`.
        kernel: `[length, E, F]`.
        bias: `[F]`.
        mask_padding: Leave the padding out of the maximum.
    """

    def __init__(
        self,
        vectors: np.ndarray,
        kernel: np.ndarray,
        bias: np.ndarray,
        mask_padding: bool,
    ):
        tables = np.matmul(vectors, kernel)  # [length, A, F]
        if mask_padding:
            tables[:, 0] = 0
        # The last row is what stands outside of all words.
        self._tables = np.pad(tables, ((0, 0), (0, 1), (0, 0)))
        self._bias = bias
        self._mask = mask_padding
        self.width = len(bias)

    def __call__(self, characters: np.ndarray) -> np.ndarray:
        """Return what the filters see of words `[W, C]`, `[W, F]`."""
        length, outside = len(self._tables), self._tables.shape[1] - 1
        words, width = characters.shape
        left = (length - 1) // 2
        around = ((0, 0), (left, length - 1 - left))
        padded = np.pad(characters, around, constant_values=outside)
        found = self._tables[0][padded[:, :width]]
        for place in range(1, length):
            found += self._tables[place][padded[:, place : place + width]]
        if not self._mask:
            return found.max(1) + self._bias
        present = characters != 0
        found[~present] += _NEVER
        highest = found.max(1)
        highest[~present.any(1)] = 0
        return highest + self._bias
