"""The task as an input of the network."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from neuralnets.inputs.columns import Input
from neuralnets.inputs.layout import Chosen, Layout

if TYPE_CHECKING:
    from neuralnets.framework import tf

TASK_ID = "taskID"


class TaskInput(Input):
    """Which task a sentence belongs to, as a one-hot vector."""

    derived = True
    per_task = True

    def __init__(self, tasks: int, seed: int):
        super().__init__(TASK_ID, tasks, tasks, seed)
        self.column = None
        self.input_name, self.table_name = "task_id_input", "task_id_embedding"

    def lay_out(self, layout: Layout) -> None:
        """Add the numbers of tasks, where all rows say them."""
        if all(TASK_ID in row for row in layout.rows):
            layout.token_columns[TASK_ID] = self.encode(layout.flat(TASK_ID))

    def in_batch(self, layout: Layout, chosen: Chosen) -> np.ndarray:
        """Return the task's number for each token, `[B, T]`.

        Raises:
            ValueError: Nobody knows it.
        """
        if TASK_ID in layout.token_columns:
            return super().in_batch(layout, chosen)
        if chosen.task_id is None:
            raise ValueError(
                "The model was trained with `useTaskIdentifier`, and its file does "
                f"not say its number: every row needs a list '{TASK_ID}' with "
                "the task's number for each token."
            )
        return chosen.task_id * chosen.present.astype(np.int32)

    def embed(self, x: tf.Tensor) -> tf.Tensor:
        """Return the one-hot vectors `[B, T, tasks]`."""
        from neuralnets.framework import keras

        return keras.layers.Embedding(
            self.rows,
            self.rows,
            name=self.table_name,
            dtype="float32",
            trainable=False,
            embeddings_initializer="identity",
        )(x)
