"""Writing and reading a trained tagger as one .h5 file.

The root carries, as JSON, the attributes `mappings`, `params`, `tasks`, `comments` and
`conventions`, next to `format_version`, `modelName`, `labelKey` and Keras' own
`model_config`; the group `model_weights` holds the weights by layer. Reading rebuilds
the network from our own code and these plain values; nothing in a file is executed.
It is long because the two directions of the one format stand side by side.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import h5py
import numpy as np

from neuralnets.conventions import Conventions
from neuralnets.inputs import TOKENS_EMBEDDINGS
from neuralnets.storage import h5file, oldmodel, sister
from util.task import Task, is_plain, labels_of
from util.version import VERSION

if TYPE_CHECKING:
    from neuralnets.framework import keras

FORMAT_VERSION = 1
# What a file of the original tool says of its task, and where.
_OLD_TASK = (("name", "modelName"), ("label", "labelKey"))


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
    scores: Mapping[str, Mapping[str, float]] | None = None,
) -> None:
    """Write models that share layers to one file, all of it or nothing.

    Args:
        path: Where to write.
        models: The Keras model of each task.
        mappings, params: As in `BiLSTM`.
        tasks: The tasks, in the order of the models.
        conventions: How this model departs from new ones.
        features: The direct features as plain data, if there are any.
        scores: By task, its `dev` and `test` score, where they are known.
    """
    from neuralnets.framework import tf, weight_name  # reading needs none

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
        if scores:
            file.attrs["scores"] = json.dumps(scores)
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


def set_params(path: str, params: Mapping[str, Any]) -> None:
    """Replace the parameters in a file that `write` wrote."""
    h5file.set_attribute(path, "params", json.dumps(params))


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
    except h5file.DAMAGE as error:
        if str(error).startswith(f"{path}: "):
            raise ValueError(h5file.brief(error)) from None
        raise ValueError(
            f"{path}: not a model file, or a damaged one ({h5file.brief(error)})."
        ) from None


def _content(path: str, file: h5py.File, sealed: bool) -> ModelFile:
    version = file.attrs.get("format_version")
    if version is not None and not sealed:
        raise ValueError(f"{path}: its checksum is missing, so it is damaged.")
    if version is not None and not _is_version(version):
        raise ValueError(f"{path}: its format_version is {version!r}.")
    if version is not None and version > FORMAT_VERSION:
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
        for key in ("name", "label"):
            if not isinstance(task[key], str) or not is_plain(task[key]):
                raise ValueError(f"{path}: its tasks have a {key} {task[key]!r}.")
        labels = mappings.get(task["label"], {})
        if not labels or set(labels.values()) != set(range(len(labels))):
            raise ValueError(
                f"{path}: its 'mappings' do not number the labels '{task['label']}' of "
                f"its task '{task['name']}'."
            )
        tasks.append(Task(labels=labels_of(labels), **task))
    return tasks


def _weights(group: h5py.Group, most: int) -> dict[str, list[np.ndarray]]:
    """Return the weights by layer, each layer's in the order of `weight_names`.

    Together they take at most so many bytes: a layer could be listed again and again.
    """
    weights: dict[str, list[np.ndarray]] = {}
    for name in map(_text, group.attrs["layer_names"]):
        weights[name] = []
        for weight in group[name].attrs.get("weight_names", ()):
            array = h5file.plain_array(group[name], _text(weight), most)
            most -= array.nbytes
            weights[name].append(array)
    return weights


def _is_version(value: Any) -> bool:
    return isinstance(value, (int, np.integer)) and value > 0


def _json(path: str, file: h5py.File, name: str) -> Any:
    try:
        return json.loads(_text(file.attrs[name]))
    except ValueError as error:
        raise ValueError(f"{path}: its '{name}' is not JSON ({error}).") from None


def _text(value: Any) -> str:
    return value.decode("utf-8") if isinstance(value, bytes) else str(value)


def check_sizes(content: ModelFile, params: Mapping[str, Any]) -> None:
    """Raise before a network is built that is larger than what a file holds.

    Args:
        content: The file's content.
        params: Its complete parameters, in their normal form.

    Raises:
        ValueError: A size asks for more weights than there are.
    """
    arrays = [array for layer in content.weights.values() for array in layer]
    stored = sum(array.size for array in arrays)
    for what, size in _sizes(content, params):
        if size > stored:
            raise ValueError(f"{what} asks for more weights than it holds")
    stacks = [params["classifier"], *params["customClassifier"].values()]
    layers = len(params["LSTM-Size"]) + sum(len(stack) - 1 for stack in stacks)
    if layers > len(content.weights):
        raise ValueError("`LSTM-Size` asks for more layers than it holds")


def _sizes(content: ModelFile, params: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    """Yield what asks for weights, and the least that it asks for."""
    width = 0  # of what is known of a token
    for name in params["featureNames"]:
        if name in ("tokens", TOKENS_EMBEDDINGS):
            (vectors,) = content.weights["word_embeddings"]
            width += vectors.shape[1]
        elif name in content.mappings:
            size = params["addFeatureDimensions"]
            yield "`addFeatureDimensions`", size * len(content.mappings[name])
            width += size
    if params["charEmbeddings"]:
        size, filters = params["charEmbeddingsSize"], params["charFilterSize"]
        yield "`charEmbeddingsSize`", size * len(content.mappings["characters"])
        if params["charEmbeddings"] == "CNN":
            yield "`charFilterSize`", size * filters * params["charFilterLength"]
            width += filters
        else:
            units = params["charLSTMSize"]
            yield "`charLSTMSize`", units * (size + units)
            width += units
    if params["useTaskIdentifier"]:
        (identity,) = content.weights["task_id_embedding"]
        yield "`useTaskIdentifier`", len(identity) ** 2
    for units in params["LSTM-Size"]:
        yield "`LSTM-Size`", units * (width + units)
        width = units
    for task in content.tasks:
        own = params["customClassifier"].get(task.name) or params["classifier"]
        inner = width
        for _, units in own[:-1]:
            yield "`classifier`", units * (inner + units)
            inner = units
        labels = len(task.labels)
        yield f"the number of labels '{task.label}'", labels * max(inner, 1)
        if own[-1] == "CRF":
            yield f"the number of labels '{task.label}'", labels**2


def set_weights(
    path: str,
    models: Sequence[keras.Model],
    weights: Mapping[str, Sequence[np.ndarray]],
) -> None:
    """Give models the weights of a file.

    Raises:
        OtherWeights: A layer is missing in the file or has weights of other shapes.
    """
    for layer in {layer.name: layer for m in models for layer in m.layers}.values():
        if not layer.weights:
            continue
        wanted = [tuple(weight.shape) for weight in layer.weights]
        layer.set_weights(layer_weights(path, weights, layer.name, wanted))


class OtherWeights(ValueError):
    """A layer is missing in a file, or has weights of other shapes."""


def layer_weights(
    path: str,
    weights: Mapping[str, Sequence[np.ndarray]],
    layer: str,
    wanted: Sequence[tuple[int, ...]],
) -> Sequence[np.ndarray]:
    """Return a layer's weights of a file.

    Args:
        path: The file.
        weights: All that it holds.
        layer: The layer's name.
        wanted: The shapes that they must have.

    Raises:
        OtherWeights: They have others.
    """
    found = [tuple(value.shape) for value in weights.get(layer, ())]
    if list(wanted) != found:
        raise OtherWeights(
            f"{path}: layer '{layer}' should hold weights of the shapes {wanted}, but "
            f"holds {found or 'none'}."
        )
    return weights[layer]
