"""The tagger with ELMo, under the sister repository's name.

A thin door: the tagger is `BiLSTM`, where ELMo is one more input.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from neuralnets.BiLSTM import BiLSTM, Row
from neuralnets.ELMoWordEmbeddings import ELMoWordEmbeddings
from neuralnets.inputs import ELMO
from util.preprocessing import PreparedData, reindex


class ELMoBiLSTM(BiLSTM):
    """A sequence tagger whose tokens are what a lookup makes of them.

    The name `tokens` in `featureNames` stands for all that the lookup has: word
    vectors, if it has a file of them, and ELMo.

    Args:
        embeddingsLookup: Where word vectors and ELMo's vectors come from.
        params: The tagger's parameters, as for `BiLSTM`.

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
        super().__init__(params)
        self.embeddingsLookup = embeddingsLookup
        has_words = embeddingsLookup.embeddings_path is not None
        elmo = embeddingsLookup.elmo
        tokens = ["tokens"] * has_words + [ELMO] * (elmo is not None)
        names: list[str] = []
        for name in self.params["featureNames"]:
            names += tokens if name == "tokens" else [name]
        self.params["featureNames"] = list(dict.fromkeys(names))
        if elmo is not None:
            self.params["elmoOptions"], self.params["elmoWeights"] = elmo.paths
            self.params["elmoMode"] = elmo.mode
            self.params["elmoLayers"] = elmo.layers and list(elmo.layers)
            self.sources[ELMO] = elmo

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
