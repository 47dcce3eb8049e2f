"""Tagging: sentences in, label indices or probabilities out, in large batches."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Callable

import numpy as np

from neuralnets.architecture import LENGTHS, Network
from neuralnets.batches.minibatches import make_batch, tagging_batches
from neuralnets.batches.table import SentenceTable
from neuralnets.framework import release, tf
from neuralnets.tagging import confidence
from neuralnets.threads import AT_ONCE, claim
from neuralnets.training.step import input_signature
from util.cores import usable_cores
from util.features import Memo
from util.output.confidence import Tagging
from util.task import Task

_TOKENS = 8192  # per batch
_CANDIDATES = 25_000_000  # paths compared at once, of 4 bytes each

Take = Callable[[str, np.ndarray, Any], None]


class Predictor:
    """Runs a network; each question is compiled once.

    Args:
        network: Models and heads.
        tasks: What they predict, by name.
    """

    def __init__(self, network: Network, tasks: Mapping[str, Task]):
        self._network = network
        self.names = {n: confidence.as_objects(t.labels) for n, t in tasks.items()}
        # How spans are read is worked out when it is asked for.
        self._readings = Memo(lambda name: confidence.reading_of(tasks[name]))
        # By question and tasks, each with the temperatures that it was compiled for.
        self._functions: dict[tuple, tuple[list[float], Callable]] = {}
        # While one batch runs through parts that occupy one core, such as Viterbi,
        # the other occupies the other. The threads end with the predictor; new ones
        # for each call would leave a little memory behind in TensorFlow each time.
        self._pool = _running_pool(min(usable_cores(), AT_ONCE))

    def labels(
        self, tasks: Iterable[str], table: SentenceTable
    ) -> dict[str, list[np.ndarray]]:
        """Return by task the best label indices of each sentence, `[length]` int32.

        The layers that the tasks share run once for all of them.
        """
        return self._rows("decode", tasks, table)

    def marginals(
        self, tasks: Iterable[str], table: SentenceTable
    ) -> dict[str, list[np.ndarray]]:
        """Return by task each label's probability at each token, `[length, K]`."""
        return self._rows("marginals", tasks, table)

    def emissions(
        self, tasks: Iterable[str], table: SentenceTable
    ) -> dict[str, list[np.ndarray]]:
        """Return by task the scores before the head, `[length, K]`."""
        return self._rows("emissions", tasks, table)

    def taggings(
        self, tasks: Iterable[str], table: SentenceTable, nbest: int
    ) -> dict[str, list[Tagging]]:
        """Return by task the best labels of each sentence and how sure they are.

        Args:
            tasks: Which tasks.
            table: The sentences.
            nbest: How many alternatives to add.
        """
        tasks = list(tasks)
        results = {task: [confidence.empty(nbest)] * len(table) for task in tasks}

        def take(task: str, chosen: np.ndarray, found: confidence.Confidence) -> None:
            shown, names = table.shown[chosen], self.names[task]
            plain = confidence.taggings(
                found, shown, names, self._readings[task], nbest
            )
            for index, tagging in zip(chosen, plain):
                results[task][index] = tagging

        # A step compares so many paths into each label: the batches shrink with it.
        most = max((len(self.names[task]) for task in tasks), default=1)
        candidates = most * min(nbest, most) * nbest
        tokens = min(_TOKENS, max(_CANDIDATES // max(candidates, 1), 1))
        self._run(("confidence", nbest), tasks, table, take, table.shown, tokens)
        return results

    def _rows(
        self, question: str, tasks: Iterable[str], table: SentenceTable
    ) -> dict[str, list[np.ndarray]]:
        """Return what a question gives for the tokens of each sentence."""
        tasks = list(tasks)
        results = {task: [np.zeros(0, np.int32)] * len(table) for task in tasks}

        def take(task: str, chosen: np.ndarray, values: tf.Tensor) -> None:
            values = values.numpy()
            for row, index in enumerate(chosen):
                results[task][index] = values[row, : table.lengths[index]]

        self._run((question,), tasks, table, take, table.lengths)
        return results

    def _run(
        self,
        question: tuple,
        tasks: list[str],
        table: SentenceTable,
        take: Take,
        shown: np.ndarray,
        tokens: int = _TOKENS,
    ) -> None:
        """Ask a question of each batch; `take` gets task, sentences and answer."""
        claim()
        if len(tasks) > 1 and any(i.per_task for i in self._network.inputs):
            # The inputs differ: nothing can be shared.
            for task in tasks:
                self._run(question, [task], table, take, shown, tokens)
            return
        task_id = self._network.task_ids[tasks[0]] if tasks else None
        # Temperatures are constants of a graph.
        temperatures = [self._network.heads[task].temperature for task in tasks]
        key = (*question, *tasks)
        compiled_for, function = self._functions.get(key, (None, None))
        if compiled_for != temperatures:
            function = self._compile(question, tasks)
            self._functions[key] = temperatures, function

        def answer(chosen: np.ndarray) -> None:
            batch = make_batch(table, chosen, self._network.inputs, task_id=task_id)
            given = tf.nest.map_structure(tf.constant, (batch, shown[chosen]))
            answers = function(*given)
            for task, values in answers.items():
                take(task, chosen, values)
            release(given, answers)

        # A step of Viterbi compares each label with each one, for each sentence.
        pairs = max((len(self.names[task]) for task in tasks), default=1) ** 2
        batches = tagging_batches(table.lengths, tokens, 4 * _CANDIDATES // pairs)
        for _ in self._pool.map(answer, batches):
            pass

    def _compile(self, question: tuple, tasks: list[str]) -> Callable:
        network = self._network
        single = network.models[tasks[0]] if len(tasks) == 1 else None

        def of_task(task, emissions, lengths, shown):
            head, (name, *arguments) = network.heads[task], question
            if name == "emissions":
                return emissions
            if name == "confidence":
                reading = self._readings[task]
                return confidence.confidence(
                    head, emissions, lengths, shown, reading, *arguments
                )
            return getattr(head, name)(emissions, lengths)

        @tf.function(
            input_signature=[
                input_signature(network.inputs),
                tf.TensorSpec([None], tf.int32),
            ],
            autograph=False,
        )
        def answer(batch, shown):
            emissions = (
                {tasks[0]: single(batch, training=False)}
                if single
                else network.joint(batch, training=False)
            )
            return {
                task: of_task(task, emissions[task], batch[LENGTHS], shown)
                for task in tasks
            }

        return answer


def _running_pool(workers: int) -> ThreadPoolExecutor:
    """Return a pool whose threads run already.

    Another thread than the main one starts them: there no Ctrl-C can fall between a
    thread's start and the pool's knowing of it, after which the program would wait for
    that thread for ever.
    """
    pool = ThreadPoolExecutor(workers)
    all_there = threading.Barrier(workers)
    starter = threading.Thread(
        target=lambda: list(pool.map(lambda _: all_there.wait(), range(workers)))
    )
    starter.start()
    starter.join()
    return pool
