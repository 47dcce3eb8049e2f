"""The tagger with ELMo, under the sister repository's name.

A thin door: the tagger is `BiLSTM`, where ELMo is one more input.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from neuralnets.BiLSTM import BiLSTM, Row
from neuralnets.ELMoWordEmbeddings import ELMoWordEmbeddings
from neuralnets.inputs import ELMO, ELMO_EMBEDDINGS, TOKENS_EMBEDDINGS
from util.preprocessing import PreparedData, reindex

_DEFAULTS = {"optimizer": "adam", "featureNames": ["casing"]}


class ELMoBiLSTM(BiLSTM):
    """A sequence tagger whose tokens are what a lookup makes of them.

    What the lookup has is added to `featureNames`: `tokens_embeddings`, if it has a
    file of word vectors, and `elmo_embeddings`. The name `tokens` stands for both.

    Args:
        embeddingsLookup: Where word vectors and ELMo's vectors come from.
        params: The tagger's parameters, as for `BiLSTM`; the default optimizer is
            adam, the only other default feature casing.

    Attributes:
        embeddingsLookup: As given, or that of a loaded model.

    Example:
        lookup = ELMoWordEmbeddings(None, "options.json", "weights.hdf5")
        model = ELMoBiLSTM(lookup, {"classifier": "CRF"})
        model.setMappings(mappings)
        model.setDataset(datasets, data)
        model.fit(epochs=25)
    """

    def __init__(
        self,
        embeddingsLookup: ELMoWordEmbeddings,
        params: Mapping[str, Any] | None = None,
    ):
        super().__init__({**_DEFAULTS, **(params or {})})
        self.embeddingsLookup = embeddingsLookup
        has_words = embeddingsLookup.embeddings_path is not None
        elmo = embeddingsLookup.elmo
        added = [TOKENS_EMBEDDINGS] * has_words + [ELMO_EMBEDDINGS] * (elmo is not None)
        names: list[str] = []
        for name in self.params["featureNames"]:
            names += added if name == "tokens" else [name]
        self.params["featureNames"] = list(dict.fromkeys(names + added))
        self.params["wordVectors"] = embeddingsLookup.embeddings_path
        if elmo is not None:
            self.params["elmoOptions"], self.params["elmoWeights"] = elmo.paths
            self.params["elmoMode"] = elmo.mode
            self.params["elmoLayers"] = elmo.layers and list(elmo.layers)
            self.sources[ELMO_EMBEDDINGS] = elmo

    def setMappings(
        self, mappings: Mapping[str, Mapping[str, int]], embeddings: Any = None
    ) -> None:
        """Say what the indices in the data mean; words are looked up by the lookup.

        Args:
            mappings: The index of each value, by column.
            embeddings: Not used; for the call of `BiLSTM`.
        """
        self._data_mappings = mappings
        words = self.embeddingsLookup.words
        if words is not None:
            index, embeddings = words
            mappings = {**mappings, "tokens": index}
        super().setMappings(mappings, embeddings)

    def setDataset(
        self,
        datasets: Mapping[str, Mapping[str, Any]],
        data: Mapping[str, Mapping[str, Sequence[Row]]],
    ) -> None:
        """Say what to train on; see `BiLSTM.setDataset`."""
        source = getattr(data, "mappings", self._data_mappings)
        if self.models is None and source is not None and source != self.mappings:
            data = PreparedData(
                {
                    name: {
                        split: reindex(rows, source, self.mappings, [])
                        for split, rows in splits.items()
                    }
                    for name, splits in data.items()
                },
                self.mappings,
            )
        super().setDataset(datasets, data)

    @classmethod
    def loadModel(
        cls,
        modelPath: str,
        params: Mapping[str, Any] | None = None,
        embeddingsLookup: ELMoWordEmbeddings | None = None,
    ) -> ELMoBiLSTM:
        """Load a stored model, to tag with it or to train it further.

        Args:
            modelPath: The file.
            params: As for `BiLSTM.loadModel`.
            embeddingsLookup: Where its vectors come from, in place of the files that
                the model names.

        Raises:
            ValueError: As `BiLSTM.loadModel`, or the lookup has another mode than the
                model was trained with.
        """
        elmo = embeddingsLookup and embeddingsLookup.elmo
        given = dict(params or {})
        if embeddingsLookup and embeddingsLookup.embeddings_path is not None:
            given["wordVectors"] = embeddingsLookup.embeddings_path
        if elmo:
            given["elmoOptions"], given["elmoWeights"] = elmo.paths
        sources = {ELMO: elmo, ELMO_EMBEDDINGS: elmo} if elmo else {}
        model = cls._load(modelPath, given, sources)
        if elmo and set(sources) & set(model.params["featureNames"]):
            trained = model.params["elmoMode"], model.params["elmoLayers"]
            found = elmo.mode, elmo.layers and list(elmo.layers)
            if found != trained:
                raise ValueError(
                    f"{modelPath}: it was trained with the mode {trained[0]!r} of the "
                    f"layers {trained[1]}; the lookup has {found[0]!r} of {found[1]}."
                )
        model.embeddingsLookup = model._own_lookup()
        return model

    def _own_lookup(self) -> ELMoWordEmbeddings:
        """Return a lookup of the vectors that the built network reads."""
        inputs = {input_.name: input_ for input_ in self.network.inputs}
        elmo = inputs.get(ELMO_EMBEDDINGS, inputs.get(ELMO))
        words = None
        if TOKENS_EMBEDDINGS in inputs:
            model = next(iter(self.models.values()))
            (vectors,) = model.get_layer("word_embeddings").get_weights()
            words = self.mappings["tokens"], vectors
        return ELMoWordEmbeddings.known(
            self.params["wordVectors"], words, elmo and elmo.source
        )
