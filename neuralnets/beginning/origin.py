"""The stored model that a new one begins with, and what may differ from it."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from neuralnets import hyperparameters
from neuralnets.beginning.growth import grown
from neuralnets.beginning.teacher import Teacher
from neuralnets.inference.tagger import NeedsTensorFlow
from neuralnets.loading import load
from neuralnets.storage import h5file
from neuralnets.storage.modelfile import ModelFile
from neuralnets.tagging import temperature
from neuralnets.training.entityratio import KEY as RATIO
from neuralnets.training.knowing import LABEL_WEIGHTS
from neuralnets.training.wordmodel import KEY as LM_COST
from util.corpus.partial import number_sets, sets_column
from util.tagschemes import OUTSIDE
from util.task import Task
from util.WordEmbeddings import UNKNOWN

logger = logging.getLogger(__name__)

Mappings = Mapping[str, Mapping[str, int]]

# All others shape the network, or its inputs.
_FREE = {
    *("optimizer", "learningRate", "learningRateDecay", "earlyStopping"),
    *("miniBatchSize", "clipvalue", "clipnorm", "rareWordDropout", "directDropout"),
    *("constrainTransitions", "trainWordEmbeddings", "seed", "language"),
    *(LABEL_WEIGHTS, RATIO, LM_COST, "averageWeights"),
}
# These belong to a training, and to labels that may change; what predicts words would
# begin anew, and disturb what has been learnt.
_ANEW = (LABEL_WEIGHTS, RATIO, LM_COST, "averageWeights", temperature.KEY)


class Origin:
    """A stored model that a new one begins with.

    Args:
        path: Its file.
        params: Parameters that replace those of the file.

    Attributes:
        content: What the file holds.
        checksum: That of the file, or of its weights.
        teacher: The model, which says what the old labels are.

    Raises:
        ValueError: It is no model that another one can begin with, or a parameter is
            given that would make another network.
    """

    def __init__(self, path: str, params: Mapping[str, Any] | None):
        self.path = path
        given = hyperparameters.merge(params)
        changed = {key: given[key] for key in params or ()}
        own = {key: v for key, v in changed.items() if key == "constrainTransitions"}
        try:
            self.teacher = Teacher.loadModel(path, {**own, temperature.KEY: {}})
        except NeedsTensorFlow:
            raise ValueError(
                f"{path}: reads ELMo's vectors. No model can begin with such a one; "
                "train a new one on all the data."
            ) from None
        content = load(path, None, {}, lambda content, sources: content)
        stored = hyperparameters.merge(content.params, strict=False)
        for key, value in changed.items():
            if key not in _FREE and not _alike(key, value, stored[key]):
                raise ValueError(
                    f"`{key}` is {stored[key]!r} in {path}: a model that begins with "
                    f"it cannot have another one. Received: {value!r}"
                )
        anew = {key: hyperparameters.PARAMETERS[key].default for key in _ANEW}
        content.params.update({**stored, **anew, **changed})
        self.content: ModelFile = content
        self.checksum = h5file.checksum(path) or _digest(content)

    def task(self, name: str, label: str) -> Task:
        """Return the model's task that one of the data goes on with.

        Raises:
            ValueError: There is none, or it is not clear which.
        """
        found = {task.name: task for task in self.content.tasks if task.label == label}
        if name in found:
            return found[name]
        if len(found) == 1:
            return next(iter(found.values()))
        tasks = ", ".join(f"{task.name} ({task.label})" for task in self.content.tasks)
        raise ValueError(
            f"{self.path} has {'several tasks' if found else 'no task'} with the label "
            f"'{label}': '{name}' cannot go on with it. Name the column, or the data "
            f"set, as it does. Its tasks: {tasks}"
        )

    def tasks(self, datasets: Mapping[str, Mapping[str, Any]]) -> dict[str, Task]:
        """Return by data set the model's task that it goes on with; tell of others."""
        found = {name: self.task(name, d["label"]) for name, d in datasets.items()}
        left = {task.name for task in self.content.tasks} - {
            task.name for task in found.values()
        }
        if left:
            logger.warning(
                "%s: its tasks %s have no data here and will not be in the new model.",
                *(self.path, ", ".join(sorted(left))),
            )
        return found

    def classifiers(self, tasks: Mapping[str, Task]) -> dict[str, Any]:
        """Return each task's own classifier, if it has one, by the new name."""
        own = self.content.params.get("customClassifier", {})
        return {n: own[task.name] for n, task in tasks.items() if task.name in own}

    def mappings(
        self,
        source: Mappings,
        labels: Mapping[str, bool],
        words: bool,
        others: Iterable[str] = (),
    ) -> dict[str, dict[str, int]]:
        """Return its mappings, and behind their values what only the data have.

        Characters and labels are added, and words, if their vectors are trained.

        Args:
            source: The mappings of the data.
            labels: The columns that are predicted, and whether new labels alone are
                marked there: an `O` then says that, and is no label itself.
            words: Whether the data's words may be added.
            others: Columns of which the data's own values count, such as weights.
        """
        merged = {name: dict(values) for name, values in self.content.mappings.items()}
        stored = self.content.weights.get("word_embeddings")
        trained = bool(words and stored and self.content.params["trainWordEmbeddings"])
        if trained and len(merged["tokens"]) == len(stored[0]):
            _add(merged["tokens"], source["tokens"])
        if self.content.params["charEmbeddings"]:
            _add(merged["characters"], source["characters"])
        for column, marks in labels.items():
            new = source.get(column, ())
            _add(merged[column], (x for x in new if not marks or x != OUTSIDE))
            if sets_column(column) in source:
                sets = merged.setdefault(sets_column(column), {})
                number_sets(source[sets_column(column)], sets)
        merged.update({name: dict(source[name]) for name in others if name in source})
        return merged

    def words(self, mappings: Mappings) -> np.ndarray | None:
        """Return its word vectors, and those of new words of the mappings.

        A new word begins as the unknown word, which it was for the stored model.
        """
        stored = self.content.weights.get("word_embeddings")
        if not stored:
            return None
        rows = max(len(stored[0]), len(mappings["tokens"]))
        return grown(stored[0], (rows, stored[0].shape[1]), UNKNOWN)


def _add(mapping: dict[str, int], values: Iterable[str]) -> None:
    for value in values:
        mapping.setdefault(value, len(mapping))


def _digest(content: ModelFile) -> str:
    """Return a checksum of what a file of the original tool holds; it has none."""
    digest = hashlib.blake2b(digest_size=16)
    for array in (array for layer in content.weights.values() for array in layer):
        digest.update(np.ascontiguousarray(array).reshape(-1).view(np.uint8))
    return digest.hexdigest()


def _alike(key: str, value: Any, stored: Any) -> bool:
    """Tell whether a parameter leaves the network what it is."""
    if key == "dropout":  # its kind decides on layers, its rates do not
        return isinstance(value, tuple) == isinstance(stored, tuple)
    return value == stored
