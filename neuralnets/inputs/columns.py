"""Inputs that are one index per token, each embedded in a table of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from neuralnets.framework import keras, tf
from neuralnets.keraslayers.lookup import embed
from neuralnets.layernames import layer_name
from neuralnets.randomness import initializer_seed

TASK_ID = "taskID"

# Words, characters and the task have inputs of these names.
_TAKEN = ("words", "char", "task_id")


class Input:
    """One column of indices, embedded in a table of its own.

    Attributes:
        name: The input's name.
        column: The column of the rows that it reads.
        input_name: The name of its Keras input.
        per_form: Whether it depends on the written word alone.
        per_sentence: Whether it depends on the sentence as a whole.
        derived: Whether the tokens are all that it needs.
        is_direct: Whether it goes past the encoder; see `DirectInput`.
        rows: Rows of the embedding table.
        unknown: The row for values that the table lacks.
    """

    per_form = False
    per_sentence = False
    derived = False
    is_direct = False

    def __init__(
        self, name: str, rows: int, size: int, seed: int, unknown: int | None = None
    ):
        self.name = name
        self.column = name
        self.rows = rows
        self.size = size
        self.seed = seed
        self.unknown = rows - 1 if unknown is None else unknown
        self.layer_name = layer_name("feature", name)
        self.input_name = f"{layer_name('feature', name, _TAKEN)}_input"

    @property
    def columns(self) -> list[str]:
        """The columns that sentences need for it, besides their tokens."""
        return [] if self.derived else [self.name]

    def encode(self, values: Sequence[int]) -> np.ndarray:
        """Return the values of all tokens as indices `[N]` that the table has."""
        indices = np.fromiter(values, np.int32, len(values))
        indices[indices >= self.rows] = self.unknown
        return indices

    def encode_distinct(self, values: Sequence) -> tuple[np.ndarray, np.ndarray]:
        """Return the values that there are and, for each token, which it has."""
        return np.arange(self.rows, dtype=np.int32), self.encode(values)

    def of_batch(self, values: np.ndarray) -> np.ndarray:
        """Return a batch's values as the network wants them."""
        return values

    def stored(self) -> dict[str, Any]:
        """Return parameters that a model file must hold besides those given."""
        return {}

    def keras_input(self) -> keras.layers.Layer:
        """Return the symbolic input: `[W]` per form, `[B, T]` per token."""
        shape = () if self.per_form else (None,)
        return keras.Input(shape, name=self.input_name, dtype="int32")

    def embed(self, x: tf.Tensor) -> tf.Tensor:
        """Return the vectors `[..., size]` of the symbolic input."""
        return self._look_up(f"{self.layer_name}_emebddings", 0.05, x)

    def _look_up(self, name: str, width: float, x: tf.Tensor) -> tf.Tensor:
        table = keras.layers.Embedding(
            self.rows,
            self.size,
            name=name,
            dtype="float32",
            embeddings_initializer=keras.initializers.RandomUniform(
                -width, width, initializer_seed(self.seed, name)
            ),
        )
        return embed(table, x)


class CasingInput(Input):
    """The casing class of a word."""

    per_form = True
    derived = True


class TaskInput(Input):
    """Which task a sentence belongs to, as a one-hot vector."""

    derived = True

    def __init__(self, tasks: int, seed: int):
        super().__init__(TASK_ID, tasks, tasks, seed)
        self.input_name = "task_id_input"

    def embed(self, x: tf.Tensor) -> tf.Tensor:
        """Return the one-hot vectors `[B, T, tasks]`."""
        return keras.layers.Embedding(
            self.rows,
            self.rows,
            name="task_id_embedding",
            dtype="float32",
            trainable=False,
            embeddings_initializer="identity",
        )(x)
