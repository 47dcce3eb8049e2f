"""What a predictor asks of whatever runs a network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import Any, Callable, Protocol

import numpy as np

from neuralnets.inputs import Input


class Engine(Protocol):
    """What runs a network: TensorFlow or NumPy.

    Attributes:
        inputs: The inputs of the network.
        heads: The head of each task.
        task_ids: The number of each task, if it is known.
        tokens: The most in a batch.
        posterior: What it adds up label sequences with.
    """

    inputs: Sequence[Input]
    heads: Mapping[str, Any]
    task_ids: Mapping[str, int | None]
    tokens: int
    posterior: ModuleType

    def claim(self) -> None:
        """Raise `RuntimeError` where it cannot work any more."""

    def run(
        self,
        question: tuple,
        tasks: Sequence[str],
        batch: Mapping[str, np.ndarray],
        shown: np.ndarray,
        answer: Callable[..., Any],
        allowed: Mapping[str, np.ndarray] | None = None,
    ) -> dict[str, Any]:
        """Return by task what `answer` says of a batch, as arrays.

        Args:
            question, tasks: What is asked; equal ones are answered alike.
            batch: See `make_batch`.
            shown: How many tokens of each sentence are real, `[B]`.
            answer: Of the question, a task, its emissions `[B, T, K]`, lengths and
                `shown`.
            allowed: By task, the labels that each token may have, `[B, T, K]`; tasks
                that are not there, and all without it: every label.
        """
