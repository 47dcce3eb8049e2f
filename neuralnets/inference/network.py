"""The network in NumPy: from a batch to the emissions of each task."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Callable, NamedTuple

import numpy as np

from neuralnets.conventions import Conventions
from neuralnets.inference import posterior
from neuralnets.inference.blas import one_thread
from neuralnets.inference.crf import CRFHead
from neuralnets.inference.direct_scores import DirectScores
from neuralnets.inference.lookup import Reader, reader
from neuralnets.inference.recurrent import Recurrent
from neuralnets.inference.softmax import SoftmaxHead
from neuralnets.inference.steps import Steps
from neuralnets.inference.weights import Weights
from neuralnets.inputs import DirectInput, Input
from neuralnets.inputs.columns import FormInput
from neuralnets.layernames import FORM_INDEX, LENGTHS, recurrent_name, task_names
from util.task import Task


class TaskLayers(NamedTuple):
    """What a task has of its own: layers, the last one's weights, direct scores."""

    recurrent: list[Recurrent]
    dense: list[np.ndarray]  # kernel [D, K] and bias [K], or nothing
    direct: dict[str, DirectScores]  # by the input that they read


class Network:
    """Runs a stored network; see `engine.Engine`.

    Args:
        inputs: Its inputs.
        tasks: What it predicts, in order.
        params: The complete parameters.
        conventions: How it departs from new ones.
        weights: Its weights.

    Raises:
        OtherWeights: They do not fit.
    """

    tokens = 4096
    posterior = posterior

    def __init__(
        self,
        inputs: Sequence[Input],
        tasks: Sequence[Task],
        params: Mapping[str, Any],
        conventions: Conventions,
        weights: Weights,
    ):
        self.inputs = inputs
        self.task_ids = {task.name: task.index for task in tasks}
        self._params, self._gate, self._weights = params, conventions.gate, weights
        self._readers: list[tuple[Input, Reader]] = []
        width = 0
        for input_ in inputs:
            if not isinstance(input_, DirectInput):
                read, size = reader(input_, weights)
                self._readers.append((input_, read))
                width += size
        cells = [(params["recurrentCell"], units) for units in params["LSTM-Size"]]
        self._shared, width = self._recurrent("shared", cells, width)
        self._layers: dict[str, TaskLayers] = {}
        self.heads: dict[str, CRFHead | SoftmaxHead] = {}
        for task in tasks:
            self._layers[task.name], self.heads[task.name] = self._task(task, width)
        del self._weights  # the layers have what they need of them

    def claim(self) -> None:
        """Work in any process, forked ones included."""

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
        with one_thread():
            emissions, lengths = self.emissions(batch, tasks), batch[LENGTHS]
            for task, labels in (allowed or {}).items():
                never = np.float32(-np.inf)
                emissions[task] = np.where(labels, emissions[task], never)
            return {
                task: answer(question, task, emissions[task], lengths, shown)
                for task in tasks
            }

    def emissions(
        self, batch: Mapping[str, np.ndarray], tasks: Sequence[str]
    ) -> dict[str, np.ndarray]:
        """Return the scores of each task's labels, `[B, T, K]`.

        Args:
            batch: See `make_batch`.
            tasks: Which tasks.
        """
        steps = Steps(batch[LENGTHS])
        x, index = self._read(batch, steps)
        for layer in self._shared:
            x, index = layer(x, steps, index), None
        return {
            task: steps.unpack(self._scores(self._layers[task], x, index, steps, batch))
            for task in tasks
        }

    def _read(self, batch, steps) -> tuple[np.ndarray | None, np.ndarray | None]:
        """Return what is known of each token, `[N, D]`.

        Where the written words tell all, it is that of each form, `[W, D]`, with the
        form of each token, `[N]`.
        """
        index = steps.pack(batch[FORM_INDEX])
        of_forms = [isinstance(input_, FormInput) for input_, _ in self._readers]
        parts = []
        for (input_, read), of_form in zip(self._readers, of_forms):
            values = batch[input_.input_name]
            vectors = read(values if of_form else steps.pack(values))
            parts.append(vectors[index] if of_form and not all(of_forms) else vectors)
        if not parts:
            return None, None
        x = parts[0] if len(parts) == 1 else np.concatenate(parts, 1)
        return x, index if all(of_forms) else None

    def _scores(self, layers, x, index, steps, batch) -> np.ndarray:
        """Return a task's scores of all tokens, `[N, K]`."""
        for layer in layers.recurrent:
            x, index = layer(x, steps, index), None
        found = [add(batch[name], steps) for name, add in layers.direct.items()]
        if layers.dense:
            kernel, bias = layers.dense
            scores = x @ kernel
            scores += bias
            found.append(scores if index is None else scores[index])
        return found[0] if len(found) == 1 else sum(found[1:], found[0])

    def _recurrent(self, owner, cells, width) -> tuple[list[Recurrent], int]:
        """Return an owner's layers, and how wide the last one's output is."""
        directions = 1 + self._params["bidirectional"]
        layers = []
        for number, (cell, units) in enumerate(cells, 1):
            if not self._readers:
                raise ValueError("its recurrent layers would read nothing")
            name = recurrent_name(owner, cell, number, self._params["dropout"])
            arrays = self._weights.recurrent(name, cell, width, units, directions)
            gate = self._gate if cell == "LSTM" else "sigmoid"
            layers.append(Recurrent(arrays, cell, gate))
            width = layers[-1].width
        return layers, width

    def _task(self, task, width) -> tuple[TaskLayers, CRFHead | SoftmaxHead]:
        """Return a task's layers and its head."""
        own = self._params["customClassifier"].get(task.name)
        *hidden, kind = own or self._params["classifier"]
        labels, is_crf = len(task.labels), kind == "CRF"
        names = task_names(task.name, is_crf)
        recurrent, width = self._recurrent(names.owner, hidden, width)
        direct = {}
        for input_ in self.inputs:
            if isinstance(input_, DirectInput):
                shapes = [(input_.rows, labels)]
                if not self._readers:
                    shapes.append((labels,))
                scores = self._weights.take(names.direct, *shapes)
                direct[input_.input_name] = DirectScores(*scores)
        dense = []
        if self._readers:
            dense = self._weights.take(names.dense, (width, labels), (labels,))
        head = SoftmaxHead()
        if is_crf:
            shapes = (labels, labels), (labels,), (labels,)
            head = CRFHead(*self._weights.take(names.crf, *shapes))
        return TaskLayers(recurrent, dense, direct), head
