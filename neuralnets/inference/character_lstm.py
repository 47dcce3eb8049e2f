"""The character LSTM: both ends of a word's reading."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from neuralnets.inference.recurrent import Recurrent
from neuralnets.inference.steps import Steps


class CharacterLSTM:
    """Reads the characters of words in both directions and keeps the last outputs.

    Args:
        vectors: Of the characters, `[A, E]`.
        weights: See `Recurrent`.
        gate: See `Recurrent`.
    """

    def __init__(self, vectors: np.ndarray, weights: Sequence[np.ndarray], gate: str):
        self._vectors = vectors
        self._layer = Recurrent(weights, "LSTM", gate)
        self.width = self._layer.width

    def __call__(self, characters: np.ndarray) -> np.ndarray:
        """Return what it makes of words `[W, C]`, `[W, 2H]`."""
        lengths = np.maximum(np.count_nonzero(characters, 1), 1)
        steps = Steps(lengths)
        # A character's projection is computed once for all of its places.
        return self._layer.last(self._vectors, steps, steps.pack(characters))
