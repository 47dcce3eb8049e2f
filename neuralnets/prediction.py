"""Tagging: sentences in, label indices out, in large batches."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Callable

import numpy as np
import tensorflow as tf

from neuralnets.architecture import LENGTHS, Network
from neuralnets.inputs import TASK_ID
from neuralnets.minibatches import make_batch, tagging_batches
from neuralnets.sentences import SentenceTable
from neuralnets.training import input_signature

_BATCHES_AT_ONCE = 2


class Predictor:
    """Runs a network; each question is compiled once.

    Args:
        network: Models and heads.
    """

    def __init__(self, network: Network):
        self._network = network
        self._functions: dict[tuple, Callable] = {}

    def labels(
        self, tasks: Iterable[str], table: SentenceTable
    ) -> dict[str, list[np.ndarray]]:
        """Return by task the best label indices of each sentence, `[length]` int32.

        The layers that the tasks share run once for all of them.
        """
        return self._run("decode", tasks, table)

    def marginals(
        self, tasks: Iterable[str], table: SentenceTable
    ) -> dict[str, list[np.ndarray]]:
        """Return by task each label's probability at each token, `[length, K]`."""
        return self._run("marginals", tasks, table)

    def emissions(
        self, tasks: Iterable[str], table: SentenceTable
    ) -> dict[str, list[np.ndarray]]:
        """Return by task the scores before the head, `[length, K]`."""
        return self._run("emissions", tasks, table)

    def _run(
        self, question: str, tasks: Iterable[str], table: SentenceTable
    ) -> dict[str, list[np.ndarray]]:
        """Answer a question for each sentence of a table, in its order."""
        tasks = tuple(tasks)
        if len(tasks) > 1 and any(i.name == TASK_ID for i in self._network.inputs):
            # The task is an input: nothing can be shared.
            return {t: self._run(question, (t,), table)[t] for t in tasks}
        task_id = self._network.task_ids[tasks[0]] if tasks else None
        key = (question, *tasks)
        if key not in self._functions:
            self._functions[key] = self._compile(question, tasks)
        function = self._functions[key]
        results: dict[str, list] = {
            task: [np.zeros(0, np.int32)] * len(table) for task in tasks
        }

        def answer(chosen: np.ndarray) -> None:
            batch = make_batch(table, chosen, self._network.inputs, task_id=task_id)
            for task, values in function(batch).items():
                values = values.numpy()
                for row, index in enumerate(chosen):
                    results[task][index] = values[row, : table.lengths[index]]

        # While one batch runs through parts that occupy one core, such as Viterbi,
        # the other occupies the other.
        with ThreadPoolExecutor(_BATCHES_AT_ONCE) as pool:
            for _ in pool.map(answer, tagging_batches(table.lengths)):
                pass
        return results

    def _compile(self, question: str, tasks: tuple[str, ...]) -> Callable:
        network = self._network
        single = network.models[tasks[0]] if len(tasks) == 1 else None

        @tf.function(input_signature=[input_signature(network.inputs)], autograph=False)
        def answer(batch):
            emissions = (
                {tasks[0]: single(batch, training=False)}
                if single
                else network.joint(batch, training=False)
            )
            if question == "emissions":
                return {task: emissions[task] for task in tasks}
            return {
                task: getattr(network.heads[task], question)(
                    emissions[task], batch[LENGTHS]
                )
                for task in tasks
            }

        return answer
