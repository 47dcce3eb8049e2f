"""A stored model's weights in a network that has more labels, words and characters."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from neuralnets.architecture import Network
from neuralnets.layernames import task_names
from util.features import UNKNOWN
from util.tagschemes import OUTSIDE
from util.task import Task

Weights = Mapping[str, Sequence[np.ndarray]]

# A new label begins as an `O` that is a hundred times as rare.
_RARE = math.log(100)


def grown(array: np.ndarray, shape: Sequence[int], like: int | None) -> np.ndarray:
    """Return an array in a larger shape; what is new repeats an entry of each axis.

    Args:
        array: What there is.
        shape: The new shape, on no axis smaller.
        like: The entry; None: the mean of all.

    >>> grown(np.array([[1.0, 2.0]]), (2, 3), 0)
    array([[1., 2., 1.],
           [1., 2., 1.]])
    """
    for axis, size in enumerate(shape):
        missing = size - array.shape[axis]
        if missing > 0:
            entry = (
                array.mean(axis, keepdims=True)
                if like is None
                else np.take(array, [like], axis)
            )
            array = np.concatenate([array, np.repeat(entry, missing, axis)], axis)
    return array


def carry(
    network: Network, weights: Weights, tasks: Sequence[tuple[Task, Task]]
) -> None:
    """Give a network the weights of a stored model, in place.

    Old labels, words and characters keep theirs. A new label begins as a rare `O`, a
    new character as the unknown one.

    Args:
        network: The new network.
        weights: Those of the stored model, by layer.
        tasks: Each new task, and the old one that it goes on with.
    """
    layers = {
        layer.name: layer for model in network.models.values() for layer in model.layers
    }
    of_tasks = {}
    for new, old in tasks:
        own = set(layers) & {
            layer.name for layer in network.models[new.name].layers if layer.weights
        }
        of_tasks.update(_task_layers(new, old, own, weights))
    for name, layer in layers.items():
        if not layer.weights:
            continue
        shapes = [tuple(weight.shape) for weight in layer.weights]
        if name in of_tasks:
            stored, old, scores = of_tasks[name]
            like = old.labels.index(OUTSIDE) if OUTSIDE in old.labels else None
            found = [grown(x, s, like) for x, s in zip(weights[stored], shapes)]
            if scores and found[-1].ndim == 1:
                found[-1] = _rare(found[-1], len(old.labels))
        else:
            found = [grown(x, s, UNKNOWN) for x, s in zip(weights[name], shapes)]
        layer.set_weights(found)


def _task_layers(new, old, layers, weights):
    """Return for each layer of a task: the stored one, the old task, if it scores."""
    found = {}
    for is_crf in (True, False):
        names, stored = (task_names(task.name, is_crf) for task in (new, old))
        for mine, its, scores in (
            (names.dense, stored.dense, True),
            (names.direct, stored.direct, True),
            (names.crf, stored.crf, False),
        ):
            if mine in layers and its in weights:
                found[mine] = its, old, scores
    for name in layers:
        owner, its = (task_names(task.name, True).owner for task in (new, old))
        if name.startswith(f"{owner}_") and name not in found:
            rest = name[len(owner) :]
            if its + rest in weights:
                found[name] = its + rest, old, False
    return found


def _rare(bias: np.ndarray, old: int) -> np.ndarray:
    """Return biases, those of new labels lowered."""
    return np.where(np.arange(len(bias)) < old, bias, bias - _RARE)
