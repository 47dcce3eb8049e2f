"""Writing and reading a trained tagger as one .h5 file.

The root carries, as JSON, the attributes `mappings`, `params`, `tasks`, `comments` and
`conventions`, next to `format_version`, `modelName`, `labelKey` and Keras' own
`model_config`; the group `model_weights` holds the weights by layer. Reading rebuilds
the network from our own code and these plain values; nothing in a file is executed.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import h5py
import numpy as np

from neuralnets.conventions import Conventions
from neuralnets.framework import keras, tf, weight_name
from neuralnets.storage import h5file, oldmodel, sister
from util.task import Task, labels_of
from util.version import VERSION

FORMAT_VERSION = 1
# What a file of the original tool says of its task, and where.
_OLD_TASK = (("name", "modelName"), ("label", "labelKey"))

# Parameters that are sizes of weights.
_SIZES = (
    "addFeatureDimensions",
    "charEmbeddingsSize",
    "charFilterSize",
    "charFilterLength",
    "charLSTMSize",
)


class ModelFile(NamedTuple):
    """The content of a file, checked for form but not yet a network."""

    mappings: dict[str, dict[str, int]]
    params: dict[str, Any]
    tasks: list[Task]
    conventions: Conventions
    weights: dict[str, list[np.ndarray]]  # by layer, in order
    features: dict[str, Any] | None = None  # the direct features, if there are any
    vectors: sister.Vectors | None = None  # what must come from other files


def write(
    path: str,
    models: Sequence[keras.Model],
    mappings: Mapping[str, Mapping[str, int]],
    params: Mapping[str, Any],
    tasks: Sequence[Task],
    conventions: Conventions,
    features: Mapping[str, Any] | None = None,
) -> None:
    """Write models that share layers to one file, all of it or nothing.

    Args:
        path: Where to write.
        models: The Keras model of each task.
        mappings, params: As in `BiLSTM`.
        tasks: The tasks, in the order of the models.
        conventions: How this model departs from new ones.
        features: The direct features as plain data, if there are any.
    """
    layers = {layer.name: layer for model in models for layer in model.layers}
    with h5file.create(path) as file:
        file.attrs["format_version"] = FORMAT_VERSION
        file.attrs["mappings"] = json.dumps(mappings)
        file.attrs["params"] = json.dumps(params)
        file.attrs["tasks"] = json.dumps(
            [{"name": t.name, "label": t.label, "index": t.index} for t in tasks]
        )
        file.attrs["conventions"] = json.dumps(conventions._asdict())
        comments = {task.name: task.comment for task in tasks if task.comment}
        if comments:
            file.attrs["comments"] = json.dumps(comments)
        if features is not None:
            file.attrs["features"] = json.dumps(features)
        file.attrs["modelName"] = tasks[0].name
        file.attrs["labelKey"] = tasks[0].label
        file.attrs["keras_version"] = tf.version.VERSION
        file.attrs["backend"] = "tensorflow"
        file.attrs["written_by"] = f"tagger {VERSION}"
        file.attrs["model_config"] = models[0].to_json()
        group = file.create_group("model_weights")
        weighted = [layer for layer in layers.values() if layer.weights]
        group.attrs["layer_names"] = [layer.name.encode() for layer in weighted]
        for layer in weighted:
            own = group.create_group(layer.name)
            names = [weight_name(weight) for weight in layer.weights]
            own.attrs["weight_names"] = [name.encode() for name in names]
            for name, value in zip(names, layer.get_weights()):
                own.create_dataset(name, data=value)


def read(path: str) -> ModelFile:
    """Read a file that `write` or the original tool wrote.

    Raises:
        ValueError: There is no such file, or it is not a model; the message names it.
    """
    if not os.path.isfile(path):
        raise ValueError(f"{path}: no such model file.")
    try:
        with h5file.open_checked(path) as (file, sealed):
            return _content(path, file, sealed)
    except (OSError, LookupError, RuntimeError, TypeError, ValueError) as error:
        if str(error).startswith(f"{path}: "):
            raise
        raise ValueError(
            f"{path}: not a model file, or a damaged one ({error})."
        ) from None


def _content(path: str, file: h5py.File, sealed: bool) -> ModelFile:
    version = file.attrs.get("format_version")
    if version is not None and not sealed:
        raise ValueError(f"{path}: its checksum is missing, so it is damaged.")
    if version is not None and int(version) > FORMAT_VERSION:
        raise ValueError(
            f"{path}: written by a newer version of this project (format {version}, "
            f"known: {FORMAT_VERSION}). Update to read it."
        )
    if "mappings" not in file.attrs or "model_weights" not in file:
        raise ValueError(f"{path}: an HDF5 file, but not a model of this project.")
    mappings, params = _json(path, file, "mappings"), _json(path, file, "params")
    if not isinstance(params, dict):
        raise ValueError(f"{path}: its 'params' are no dictionary.")
    weights = _weights(file["model_weights"], os.path.getsize(path))
    if version is None:
        task = {key: _text(file.attrs[attribute]) for key, attribute in _OLD_TASK}
        config = _json(path, file, "model_config")
        try:
            params, conventions, vectors = oldmodel.interpret(
                config, params, task["name"]
            )
        except ValueError as error:
            raise ValueError(
                f"{path}: not a model of the original tool: {error}."
            ) from None
        tasks = _tasks(path, mappings, [task])
        return ModelFile(mappings, params, tasks, conventions, weights, vectors=vectors)
    tasks = _tasks(path, mappings, _json(path, file, "tasks"))
    if "comments" in file.attrs:
        comments = _json(path, file, "comments")
        signs = comments.values() if isinstance(comments, dict) else [comments]
        if not all(isinstance(sign, str) for sign in signs):
            raise ValueError(f"{path}: its 'comments' are no strings by task.")
        tasks = [task._replace(comment=comments.get(task.name)) for task in tasks]
    conventions = Conventions(**_json(path, file, "conventions"))
    features = _json(path, file, "features") if "features" in file.attrs else None
    return ModelFile(mappings, params, tasks, conventions, weights, features)


def _tasks(path: str, mappings: Any, described: Sequence[dict[str, Any]]) -> list[Task]:
    """Return the tasks; raise unless each one's labels are numbered from 0."""
    for name, values in mappings.items() if isinstance(mappings, dict) else [("", 0)]:
        if not isinstance(values, dict) or not all(
            isinstance(index, int) and 0 <= index < 1 << 31 for index in values.values()
        ):
            raise ValueError(f"{path}: its 'mappings' give '{name}' no indices.")
    if not described:
        raise ValueError(f"{path}: it holds no task.")
    tasks = []
    for task in described:
        labels = mappings.get(task["label"], {})
        if not labels or set(labels.values()) != set(range(len(labels))):
            raise ValueError(
                f"{path}: its 'mappings' do not number the labels '{task['label']}' of "
                f"its task '{task['name']}'."
            )
        tasks.append(Task(labels=labels_of(labels), **task))
    return tasks


def _weights(group: h5py.Group, most: int) -> dict[str, list[np.ndarray]]:
    """Return the weights by layer, each layer's in the order of `weight_names`."""
    return {
        name: [
            h5file.plain_array(group[name], _text(weight), most)
            for weight in group[name].attrs.get("weight_names", ())
        ]
        for name in map(_text, group.attrs["layer_names"])
    }


def _json(path: str, file: h5py.File, name: str) -> Any:
    try:
        return json.loads(_text(file.attrs[name]))
    except ValueError as error:
        raise ValueError(f"{path}: its '{name}' is not JSON ({error}).") from None


def _text(value: Any) -> str:
    return value.decode("utf-8") if isinstance(value, bytes) else str(value)


def check_sizes(
    params: Mapping[str, Any], weights: Mapping[str, Sequence[np.ndarray]]
) -> None:
    """Raise before a network is built that is larger than what a file holds.

    Args:
        params: The complete parameters, in their normal form.
        weights: The file's weights by layer.

    Raises:
        ValueError: A size asks for more weights than there are.
    """
    stored = sum(array.size for arrays in weights.values() for array in arrays)
    sizes = {key: params[key] for key in _SIZES}
    stacks = [params["classifier"], *params["customClassifier"].values()]
    units = [*params["LSTM-Size"], *(n for stack in stacks for _, n in stack[:-1])]
    # The recurrent weights of a direction are at least units times units.
    sizes["LSTM-Size"] = max(units, default=0) ** 2
    for key, size in sizes.items():
        if size > stored:
            raise ValueError(f"`{key}` asks for more weights than it holds")
    if len(units) > len(weights):
        raise ValueError("`LSTM-Size` asks for more layers than it holds")


def set_weights(
    path: str,
    models: Sequence[keras.Model],
    weights: Mapping[str, Sequence[np.ndarray]],
) -> None:
    """Give models the weights of a file.

    Raises:
        ValueError: A layer is missing in the file or has weights of other shapes.
    """
    for layer in {layer.name: layer for m in models for layer in m.layers}.values():
        if not layer.weights:
            continue
        wanted = [tuple(weight.shape) for weight in layer.weights]
        found = [tuple(value.shape) for value in weights.get(layer.name, ())]
        if wanted != found:
            raise ValueError(
                f"{path}: layer '{layer.name}' should hold weights of the shapes "
                f"{wanted}, but holds {found or 'none'}."
            )
        layer.set_weights(weights[layer.name])
