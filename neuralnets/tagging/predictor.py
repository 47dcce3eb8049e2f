"""Tagging: sentences in, label indices or probabilities out, in large batches."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Callable

import numpy as np

from neuralnets.batches.minibatches import make_batch, tagging_batches
from neuralnets.batches.table import SentenceTable
from neuralnets.tagging import confidence
from neuralnets.tagging.engine import Engine
from neuralnets.tagging.pins import Allowed
from util.cores import AT_ONCE, usable_cores
from util.features import Memo
from util.output.confidence import Tagging
from util.task import Task

_CANDIDATES = 25_000_000  # paths compared at once, of 4 bytes each

Take = Callable[[str, np.ndarray, Any], None]


class Predictor:
    """Asks a network about sentences.

    Args:
        engine: What runs it.
        tasks: What it predicts, by name.
    """

    def __init__(self, engine: Engine, tasks: Mapping[str, Task]):
        self._engine = engine
        self.names = {n: confidence.as_objects(t.labels) for n, t in tasks.items()}
        # How spans are read is worked out when it is asked for.
        self._readings = Memo(lambda name: confidence.reading_of(tasks[name]))
        # The threads end with the predictor; new ones for each call would leave a
        # little memory behind in TensorFlow each time.
        self._pool = _running_pool(min(usable_cores(), AT_ONCE))
        self._process = os.getpid()

    def labels(
        self,
        tasks: Iterable[str],
        table: SentenceTable,
        allowed: Mapping[str, Allowed] | None = None,
    ) -> dict[str, list[np.ndarray]]:
        """Return by task the best label indices of each sentence, `[length]` int32.

        The layers that the tasks share run once for all of them.
        """
        return self._rows("decode", tasks, table, allowed)

    def marginals(
        self,
        tasks: Iterable[str],
        table: SentenceTable,
        allowed: Mapping[str, Allowed] | None = None,
    ) -> dict[str, list[np.ndarray]]:
        """Return by task each label's probability at each token, `[length, K]`."""
        return self._rows("marginals", tasks, table, allowed)

    def emissions(
        self, tasks: Iterable[str], table: SentenceTable
    ) -> dict[str, list[np.ndarray]]:
        """Return by task the scores before the head, `[length, K]`."""
        return self._rows("emissions", tasks, table)

    def taggings(
        self,
        tasks: Iterable[str],
        table: SentenceTable,
        nbest: int,
        allowed: Mapping[str, Allowed] | None = None,
    ) -> dict[str, list[Tagging]]:
        """Return by task the best labels of each sentence and how sure they are.

        Args:
            tasks: Which tasks.
            table: The sentences.
            nbest: How many alternatives to add.
            allowed: By task, the labels that the tokens may have; see `pins`.
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
        tokens = max(_CANDIDATES // max(candidates, 1), 1)
        question = ("confidence", nbest)
        self._run(question, tasks, table, take, table.shown, tokens, allowed)
        return results

    def _rows(
        self,
        question: str,
        tasks: Iterable[str],
        table: SentenceTable,
        allowed: Mapping[str, Allowed] | None = None,
    ) -> dict[str, list[np.ndarray]]:
        """Return what a question gives for the tokens of each sentence."""
        tasks = list(tasks)
        results = {task: [np.zeros(0, np.int32)] * len(table) for task in tasks}

        def take(task: str, chosen: np.ndarray, values: np.ndarray) -> None:
            for row, index in enumerate(chosen):
                results[task][index] = values[row, : table.lengths[index]]

        tokens = self._engine.tokens
        self._run((question,), tasks, table, take, table.lengths, tokens, allowed)
        return results

    def _run(
        self,
        question: tuple,
        tasks: list[str],
        table: SentenceTable,
        take: Take,
        shown: np.ndarray,
        tokens: int,
        allowed: Mapping[str, Allowed] | None = None,
    ) -> None:
        """Ask a question of each batch; `take` gets task, sentences and answer."""
        engine = self._engine
        engine.claim()
        if len(tasks) > 1 and any(i.per_task for i in engine.inputs):
            # The inputs differ: nothing can be shared.
            for task in tasks:
                self._run(question, [task], table, take, shown, tokens, allowed)
            return
        task_id = engine.task_ids[tasks[0]] if tasks else None

        def answer(chosen: np.ndarray) -> None:
            batch = make_batch(table, chosen, engine.inputs, task_id=task_id)
            given = self._of_batch(tasks, chosen, table.lengths[chosen], allowed)
            answers = engine.run(
                question, tasks, batch, shown[chosen], self._answer, given
            )
            for task, values in answers.items():
                take(task, chosen, values)

        # Large batches are fastest, as long as there is one for each thread.
        share = -(-int(table.lengths.sum()) // AT_ONCE)
        tokens = min(engine.tokens, max(share, engine.tokens // AT_ONCE), tokens)
        # A step of Viterbi compares each label with each one, for each sentence.
        pairs = max((len(self.names[task]) for task in tasks), default=1) ** 2
        batches = tagging_batches(table.lengths, tokens, 4 * _CANDIDATES // pairs)
        if len(batches) == 1:
            answer(batches[0])
            return
        for _ in self._threads().map(answer, batches):
            pass

    def _of_batch(
        self,
        tasks: Sequence[str],
        chosen: np.ndarray,
        lengths: np.ndarray,
        allowed: Mapping[str, Allowed] | None,
    ) -> dict[str, np.ndarray] | None:
        """Return by task the labels that tokens may have; None: all of them any."""
        found = {}
        for task in tasks:
            own = (allowed or {}).get(task)
            if own is None or all(own[index] is None for index in chosen):
                continue
            shape = len(chosen), int(lengths.max(initial=0)), len(self.names[task])
            found[task] = np.ones(shape, bool)
            for row, index in enumerate(chosen):
                if own[index] is not None:
                    found[task][row, : len(own[index])] = own[index]
        return found or None

    def _answer(self, question, task, emissions, lengths, shown):
        """Return what a task's head says of emissions."""
        head, (name, *arguments) = self._engine.heads[task], question
        if name == "emissions":
            return emissions
        if name == "confidence":
            maths, reading = self._engine.posterior, self._readings[task]
            return confidence.confidence(
                maths, head, emissions, lengths, shown, reading, *arguments
            )
        return getattr(head, name)(emissions, lengths)

    def _threads(self) -> ThreadPoolExecutor:
        """Return the threads; those of the process that this was forked from ended."""
        if self._process != os.getpid():
            self._pool = _running_pool(min(usable_cores(), AT_ONCE))
            self._process = os.getpid()
        return self._pool


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
