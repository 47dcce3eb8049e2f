"""What becomes of an input: rows of its table, or a word's encoded characters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Callable

import numpy as np

from neuralnets.conventions import Conventions
from neuralnets.inference.character_cnn import CharacterCNN
from neuralnets.inference.character_lstm import CharacterLSTM
from neuralnets.inference.remembered import Remembered
from neuralnets.inference.weights import Weights
from neuralnets.inputs import CharacterInput, Input

# From an input's values in a batch to vectors.
Reader = Callable[[np.ndarray], np.ndarray]


def reader(input_: Input, weights: Weights) -> tuple[Reader, int]:
    """Return what makes vectors of an input's values, and their width."""
    shape = input_.rows, input_.size
    (table,) = weights.take(input_.table_name, shape)
    if isinstance(input_, CharacterInput):
        return _characters(table, input_.params, input_.conventions, weights)
    return table.__getitem__, input_.size


def _characters(
    table: np.ndarray,
    params: Mapping[str, Any],
    conventions: Conventions,
    weights: Weights,
) -> tuple[Reader, int]:
    size = table.shape[1]
    if params["charEmbeddings"] == "CNN":
        length, filters = params["charFilterLength"], params["charFilterSize"]
        shapes = (length, size, filters), (filters,)
        kernel, bias = weights.take("char_cnn", *shapes)
        encode = CharacterCNN(table, kernel, bias, conventions.mask_characters)
        # Where padding counts, as far as the longest word, that may be any word.
        if not conventions.mask_characters and params["maxCharLength"] <= 0:
            return encode, encode.width
    else:
        arrays = weights.recurrent("char_lstm", "LSTM", size, params["charLSTMSize"])
        encode = CharacterLSTM(table, arrays, conventions.gate)
    return Remembered(encode, encode.width), encode.width
