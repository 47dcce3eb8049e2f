"""Word vectors and ELMo in one lookup: the sister repository's names for both.

A thin door: the vectors come from `neuralnets.elmo`, word vectors from
`util.WordEmbeddings`. `ELMoBiLSTM` takes such a lookup.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from neuralnets import layermodes
from neuralnets.elmo import ElmoVectors, MissingFile
from neuralnets.elmo.places import local_place
from neuralnets.elmo.wordvectors import read_words, row_of
from util.corpus.datasets import MissingData
from util.features import Memo

logger = logging.getLogger(__name__)


class ELMoWordEmbeddings:
    """Gives tokens their word vectors and their ELMo vectors.

    Args:
        embeddings_path: File of word vectors, or None for ELMo alone.
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
        lookup.sentenceLookup([{"tokens": ["Hello", "world"]}])["elmo"][0].shape
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
        self._device = elmo_cuda_device
        self.elmo_layers = elmo_layers
        self._words: tuple[dict[str, int], np.ndarray] | None = None
        if embeddings_path is not None and not os.path.isfile(embeddings_path):
            raise MissingData(local_place(embeddings_path), vectors=True)
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
        files = elmo_options_file, elmo_weight_file
        for path in files:
            if "://" in path and not os.path.isfile(local_place(path)):
                raise MissingFile(local_place(path), f"Nothing is fetched from {path}.")
        self.elmo = ElmoVectors(
            *map(local_place, files), elmo_mode, elmo_layers, elmo_cuda_device
        )

    @classmethod
    def known(
        cls,
        path: str | None,
        words: tuple[dict[str, int], np.ndarray] | None,
        elmo: ElmoVectors | None,
    ) -> ELMoWordEmbeddings:
        """Return a lookup of vectors that are at hand, as in a loaded model.

        Args:
            path: Where the word vectors came from.
            words: The row of each word, and the vectors.
            elmo: Where ELMo's vectors come from.
        """
        lookup = cls.__new__(cls)
        lookup.embeddings_path = path if words else None
        lookup._words = words
        lookup.elmo = elmo
        options, weights = elmo.paths if elmo else (None, None)
        lookup.elmo_options_file, lookup.elmo_weight_file = options, weights
        lookup.elmo_mode = elmo and elmo.mode
        lookup.elmo_layers = elmo and elmo.layers
        lookup._device = elmo.device if elmo else -1
        return lookup

    @property
    def elmo_cuda_device(self) -> int:
        """-1 for the processor, else a graphics card's number; may be changed."""
        return self._device

    @elmo_cuda_device.setter
    def elmo_cuda_device(self, number: int) -> None:
        if self.elmo is not None:
            self.elmo.device = number
        self._device = number

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

        A file that is not there is told of, and no error.

        Raises:
            ValueError: It is not a cache, or one of other options or weights.
        """
        if not os.path.exists(path):
            logger.warning("ELMo cache file not found: %s", path)
            return
        self._need_elmo().open_cache(path)

    def storeCache(self, path: str) -> None:
        """Append the vectors that are kept in memory to a cache file."""
        self._need_elmo().store_cache(path)

    def addToCache(self, sentences: Sequence[Any]) -> None:
        """Compute the vectors of sentences and keep them in memory.

        Args:
            sentences: As for `sentenceLookup`, or the tokens of one sentence.
        """
        if all(isinstance(token, str) for token in sentences):
            sentences = [sentences]
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
            self._words = read_words(self.embeddings_path)
        return self._words

    def sentenceLookup(
        self, sentences: Sequence[Mapping[str, Any]]
    ) -> dict[str, list[np.ndarray]]:
        """Return all that there is of several sentences.

        Args:
            sentences: Dictionaries with the list `tokens`, rows from `createMatrices`,
                or lists of tokens.

        Returns:
            By `'tokens'` and `'elmo'`, as far as there are such vectors, what
            `batchLookup` returns.
        """
        features = ["tokens"] * (self.words is not None)
        features += ["elmo"] * (self.elmo is not None)
        return {name: self.batchLookup(sentences, name) for name in features}

    def batchLookup(
        self, sentences: Sequence[Mapping[str, Any]], feature_name: str = "tokens"
    ) -> list[np.ndarray]:
        """Return the vectors of several sentences.

        Args:
            sentences: As for `sentenceLookup`.
            feature_name: `'tokens'` for word vectors, `'elmo'` for ELMo's.

        Returns:
            For each sentence `[T, D]`; ELMo's are `[T, L, D]` with the mode
            `'weighted_average'`.

        Raises:
            ValueError: There are no such vectors.
        """
        if isinstance(sentences, Mapping):
            raise ValueError("Look up a list of sentences, not one sentence.")
        texts = [_tokens(sentence) for sentence in sentences]
        if feature_name == "elmo" and self.elmo is not None:
            return self.elmo(texts)
        if feature_name == "tokens" and self.words is not None:
            index, vectors = self.words
            rows = Memo(lambda word: row_of(word, index))
            return [vectors[[rows[token] for token in text]] for text in texts]
        raise ValueError(
            f"The lookup has no vectors {feature_name!r}. 'tokens' needs "
            "`embeddings_path`, 'elmo' an `elmo_mode`."
        )

    def getConfig(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        names = "embeddings_path elmo_options_file elmo_weight_file elmo_mode"
        names += " elmo_cuda_device elmo_layers"
        return {name: getattr(self, name) for name in names.split()}

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
    if sentence is None or isinstance(sentence, str):
        raise ValueError(
            "A sentence must be a dictionary with the list `tokens`, or that list. "
            f"Received: {sentence!r}"
        )
    return list(sentence)
