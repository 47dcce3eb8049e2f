"""Word vectors and ELMo in one lookup: the sister repository's names for both.

A thin door: the vectors come from `neuralnets.elmo`, word vectors from
`util.WordEmbeddings`. `ELMoBiLSTM` takes such a lookup.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from neuralnets import layermodes
from neuralnets.elmo import ElmoVectors
from util.corpus.datasets import MissingData
from util.WordEmbeddings import read_vectors, word_index


class ELMoWordEmbeddings:
    """Gives tokens their word vectors and their ELMo vectors.

    Args:
        embeddings_path: Text file of word vectors, or None for ELMo alone.
        elmo_options_file, elmo_weight_file: The language model's files.
        elmo_mode: `'average'` of the layers, `'weighted_average'` (the tagger learns
            the weights), `'last'`, a layer's number from 0 on, `'concat'`, or None for
            word vectors alone.
        elmo_cuda_device: -1 for the processor, else a graphics card's number.
        elmo_layers: The layers to average or to join; None: all.

    Attributes:
        cache_computed_elmo_embeddings: Keep what is computed in memory.

    Raises:
        ValueError: A file is missing, the mode is not one, or there is nothing to
            look up.

    Example:
        lookup = ELMoWordEmbeddings(None, "options.json", "weights.hdf5", "average")
        lookup.sentenceLookup({"tokens": ["Hello", "world"]}).shape  # (2, 1024)
    """

    def __init__(
        self,
        embeddings_path: str | None,
        elmo_options_file: str | None = None,
        elmo_weight_file: str | None = None,
        elmo_mode: layermodes.Mode | None = "average",
        elmo_cuda_device: int = -1,
        elmo_layers: Sequence[int] | None = None,
    ):
        self.embeddings_path = embeddings_path
        self.elmo_options_file = elmo_options_file
        self.elmo_weight_file = elmo_weight_file
        self.elmo_mode = elmo_mode
        self.elmo_cuda_device = elmo_cuda_device
        self.elmo_layers = elmo_layers
        self._words: tuple[dict[str, int], np.ndarray] | None = None
        if embeddings_path is not None and not os.path.isfile(embeddings_path):
            raise MissingData(embeddings_path)
        self.elmo: ElmoVectors | None = None
        if elmo_mode is None:
            if embeddings_path is None:
                raise ValueError(
                    "Without word vectors and with `elmo_mode` None there is nothing "
                    "to look up."
                )
            return
        if elmo_options_file is None or elmo_weight_file is None:
            raise ValueError(
                f"`elmo_mode` {elmo_mode!r} needs `elmo_options_file` and "
                "`elmo_weight_file`."
            )
        self.elmo = ElmoVectors(
            elmo_options_file,
            elmo_weight_file,
            elmo_mode,
            elmo_layers,
            elmo_cuda_device,
        )

    # ------------------------------------------------------------------ the cache

    @property
    def cache_computed_elmo_embeddings(self) -> bool:
        """Whether computed vectors are kept in memory."""
        return self.elmo is not None and self.elmo.remember

    @cache_computed_elmo_embeddings.setter
    def cache_computed_elmo_embeddings(self, keep: bool) -> None:
        if self.elmo is not None:
            self.elmo.remember = bool(keep)

    def loadCache(self, path: str) -> None:
        """Take vectors from a cache file from now on; it is read as they are needed.

        Raises:
            ValueError: It is not a cache, or one of other options or weights.
        """
        self._need_elmo().open_cache(path)

    def storeCache(self, path: str) -> None:
        """Append the vectors that are kept in memory to a cache file."""
        self._need_elmo().store_cache(path)

    def addToCache(self, sentences: Sequence[Mapping[str, Any]]) -> None:
        """Compute the vectors of sentences and keep them in memory."""
        self._need_elmo().add([_tokens(sentence) for sentence in sentences])

    def _need_elmo(self) -> ElmoVectors:
        if self.elmo is None:
            raise ValueError("With `elmo_mode` None there are no vectors to cache.")
        return self.elmo

    # --------------------------------------------------------------------- lookup

    @property
    def words(self) -> tuple[dict[str, int], np.ndarray] | None:
        """The index of each word and the word vectors `[V, D]`; None without a file."""
        if self._words is None and self.embeddings_path is not None:
            self._words = read_vectors(self.embeddings_path)
        return self._words

    def sentenceLookup(self, sentence: Mapping[str, Any]) -> np.ndarray:
        """Return the vectors of a sentence, `[T, D]`: word vectors, then ELMo's.

        With the mode `'weighted_average'` they are `[T, L, D]`, the word vectors in
        front of each layer.

        Args:
            sentence: A dictionary with the list `tokens`, or that list.
        """
        return self.batchLookup([sentence], "tokens")[0]

    def batchLookup(
        self, sentences: Sequence[Mapping[str, Any]], feature_name: str = "tokens"
    ) -> list[np.ndarray]:
        """Return a feature of several sentences.

        Args:
            sentences: Dictionaries of lists by name.
            feature_name: `'tokens'` for the joined vectors; any other is a column of
                the sentences, which is returned as it is.
        """
        if feature_name != "tokens":
            return [np.asarray(sentence[feature_name]) for sentence in sentences]
        texts = [_tokens(sentence) for sentence in sentences]
        parts = []
        if self.embeddings_path is not None:
            index, vectors = self.words
            parts.append([vectors[[word_index(t, index) for t in x]] for x in texts])
        if self.elmo is not None:
            parts.append(self.elmo(texts))
        return [_joined(*of_sentence) for of_sentence in zip(*parts)]

    # -------------------------------------------------------------------- identity

    def getConfig(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {
            "embeddings_path": self.embeddings_path,
            "elmo_options_file": self.elmo_options_file,
            "elmo_weight_file": self.elmo_weight_file,
            "elmo_mode": self.elmo_mode,
            "elmo_cuda_device": self.elmo_cuda_device,
            "elmo_layers": self.elmo_layers,
        }

    def getIdentifier(self) -> str:
        """Return a name that two lookups share if they give the same vectors."""
        words = os.path.basename(self.embeddings_path or "no_vectors")
        if self.elmo is None:
            return f"ELMoWordEmbeddings_{words}_None"
        layers = "" if self.elmo_layers is None else f"_{list(self.elmo_layers)}"
        return f"ELMoWordEmbeddings_{words}_{self.elmo.key}_{self.elmo_mode}{layers}"


def _tokens(sentence: Mapping[str, Any] | Sequence[str]) -> list[str]:
    """Return the words of a sentence, or of a row from `createMatrices`."""
    if isinstance(sentence, Mapping):
        sentence = sentence.get("raw_tokens", sentence.get("tokens"))
    return list(sentence)


def _joined(first: np.ndarray, second: np.ndarray | None = None) -> np.ndarray:
    if second is None:
        return first
    if second.ndim == 3:
        first = np.repeat(first[:, None], second.shape[1], axis=1)
    return np.concatenate([first, second], -1)
