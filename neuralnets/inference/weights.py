"""The weights of a file, layer by layer, as the layers here want them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from neuralnets.inference.recurrent import CELLS
from neuralnets.storage.modelfile import layer_weights


class Weights:
    """The weights that a file holds.

    Args:
        path: The file.
        arrays: The arrays of each layer.
    """

    def __init__(self, path: str, arrays: Mapping[str, Sequence[np.ndarray]]):
        self._path, self._arrays = path, arrays

    def take(self, layer: str, *shapes: tuple[int, ...]) -> list[np.ndarray]:
        """Return a layer's weights in float32.

        Raises:
            OtherWeights: They are missing, or of other shapes.
        """
        found = layer_weights(self._path, self._arrays, layer, shapes)
        return [np.ascontiguousarray(array, np.float32) for array in found]

    def recurrent(
        self, layer: str, cell: str, inputs: int, units: int, directions: int = 2
    ) -> list[np.ndarray]:
        """Return the weights of a recurrent layer; see `Recurrent`."""
        width = CELLS[cell].parts * units
        one = (inputs, width), (units, width), (width,)
        return self.take(layer, *one * directions)
