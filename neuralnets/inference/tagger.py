"""A stored model that tags with NumPy alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from neuralnets.batches.table import Row
from neuralnets.inference.network import Network
from neuralnets.inference.weights import Weights
from neuralnets.inputs import ELMO, ELMO_EMBEDDINGS, VectorSource, make_inputs
from neuralnets.loading import load
from neuralnets.storage.modelfile import ModelFile
from neuralnets.tagging.tagger import Tagger


class NeedsTensorFlow(ValueError):
    """A model, or what is asked of it, that NumPy alone does not do."""


class StoredTagger(Tagger):
    """A stored model, to tag with it; its methods are those of `BiLSTM`.

    Example:
        tagger = StoredTagger.loadModel("models/NAME.h5")
        for sentence in tagger.tag("Lena is in Leeds."):
            print(sentence["tokens"])
    """

    models = None  # of Keras there are none

    @classmethod
    def loadModel(
        cls, modelPath: str, params: Mapping[str, Any] | None = None
    ) -> StoredTagger:
        """Load a stored model.

        Args:
            modelPath: The file.
            params: Parameters that replace those of the file, such as the paths of
                files that the model needs.

        Raises:
            NeedsTensorFlow: The model reads ELMo's vectors.
            ValueError: The file is missing, damaged, or not a model; or it needs other
                files, which are not there.
        """

        def rebuild(
            content: ModelFile, sources: Mapping[str, VectorSource]
        ) -> StoredTagger:
            model = cls(content.params)
            embeddings = model._take_over(content)
            inputs = make_inputs(
                {**model.params, "seed": 0, "trainWordEmbeddings": False},
                model.mappings,
                embeddings,
                model._task_count or len(model.tasks),
                model._conventions,
                sources,
                model._features,
            )
            network = Network(
                inputs,
                list(model.tasks.values()),
                model.params,
                model._conventions,
                Weights(modelPath, content.weights),
            )
            model._install(network, network)
            return model

        return load(modelPath, params, {}, rebuild, check=_check)

    def fitTemperature(self, modelName: str, sentences: Sequence[Row]) -> float:
        """Refuse to: what changes a model is `BiLSTM`'s."""
        raise NeedsTensorFlow(
            "Fitting a temperature needs TensorFlow: load the model with "
            "BiLSTM.loadModel, or give --engine tensorflow."
        )


def _check(path: str, content: ModelFile) -> None:
    """Raise `NeedsTensorFlow` unless NumPy does for a model."""
    if {ELMO, ELMO_EMBEDDINGS} & set(content.params.get("featureNames", ())):
        raise NeedsTensorFlow(
            f"{path}: reads ELMo's vectors, which needs TensorFlow. Load it with "
            "BiLSTM.loadModel, or give --engine tensorflow."
        )
