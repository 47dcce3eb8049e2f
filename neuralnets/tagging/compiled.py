"""A Keras network as the predictor's engine; each question is compiled once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Callable

import numpy as np

from neuralnets.architecture import Network
from neuralnets.framework import release, tf
from neuralnets.keraslayers import posterior
from neuralnets.layernames import LENGTHS
from neuralnets.threads import claim
from neuralnets.training.stepgraph import input_signature


class Compiled:
    """Runs a network with TensorFlow; see `engine.Engine`.

    Args:
        network: Models and heads.
    """

    tokens = 8192
    posterior = posterior
    claim = staticmethod(claim)

    def __init__(self, network: Network):
        self._network = network
        self.inputs, self.heads = network.inputs, network.heads
        self.task_ids = network.task_ids
        # By question and tasks, each with the temperatures that it was compiled for.
        self._functions: dict[tuple, tuple[list[float], Callable]] = {}

    def run(
        self,
        question: tuple,
        tasks: Sequence[str],
        batch: Mapping[str, np.ndarray],
        shown: np.ndarray,
        answer: Callable[..., Any],
        allowed: Mapping[str, np.ndarray] | None = None,
    ) -> dict[str, Any]:
        """Return by task what `answer` says of a batch; see `engine.Engine`."""
        # Temperatures are constants of a graph.
        temperatures = [self.heads[task].temperature for task in tasks]
        key = (*question, *tasks, *(("allowed", task) for task in allowed or ()))
        compiled_for, function = self._functions.get(key, (None, None))
        if compiled_for != temperatures:
            function = self._compile(question, tasks, answer, list(allowed or ()))
            self._functions[key] = temperatures, function
        given = tf.nest.map_structure(
            tf.constant, (dict(batch), shown, dict(allowed or {}))
        )
        answers = function(*given)
        found = tf.nest.map_structure(lambda x: x if x is None else x.numpy(), answers)
        release(given, answers)
        return found

    def _compile(
        self,
        question: tuple,
        tasks: Sequence[str],
        answer: Callable[..., Any],
        pinned: Sequence[str],
    ) -> Callable:
        network = self._network
        single = network.models[tasks[0]] if len(tasks) == 1 else None

        @tf.function(
            input_signature=[
                input_signature(network.inputs),
                tf.TensorSpec([None], tf.int32),
                {task: tf.TensorSpec([None, None, None], tf.bool) for task in pinned},
            ],
            autograph=False,
        )
        def compiled(batch, shown, allowed):
            emissions = (
                {tasks[0]: single(batch, training=False)}
                if single
                else network.joint(batch, training=False)
            )
            for task in pinned:
                scores = emissions[task]
                emissions[task] = tf.where(allowed[task], scores, float("-inf"))
            return {
                task: answer(question, task, emissions[task], batch[LENGTHS], shown)
                for task in tasks
            }

        return compiled
