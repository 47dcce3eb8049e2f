"""ELMo's vectors for the sentences of a batch: from a cache, else computed."""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from neuralnets import layermodes as modes
from neuralnets.elmo.batching import Progress
from neuralnets.elmo.bilm import BidirectionalLanguageModel
from neuralnets.elmo.cachedatabase import sentence_name
from neuralnets.elmo.cachefile import CacheFile, check_key
from neuralnets.elmo.cachewriter import append_to
from neuralnets.elmo.places import WHERE, MissingFile
from neuralnets.framework import tf
from util.corpus.cache import file_digest

logger = logging.getLogger(__name__)


class ElmoVectors:
    """Gives each token of a sentence its vectors.

    The files are opened when they are needed. What a cache holds is read from there;
    the rest is computed, each sentence for itself: its vectors do not depend on what
    was computed before.

    Args:
        options_path: `options.json`.
        weights_path: `weights.hdf5`.
        mode: What becomes of the layers; see `neuralnets.layermodes`.
        layers: The layers to average or to join; None: all.
        device: -1 for the processor, else a graphics card's number.

    Attributes:
        remember: Keep what is computed in memory.

    Raises:
        MissingFile: A file does not exist.
        ValueError: The mode or the device is not one.
    """

    def __init__(
        self,
        options_path: str,
        weights_path: str,
        mode: modes.Mode = "weighted_average",
        layers: Sequence[int] | None = None,
        device: int = -1,
    ):
        if not modes.is_mode(mode):
            raise ValueError(f"The ELMo mode must be {modes.RULE}. Received: {mode!r}")
        for path in (options_path, weights_path):
            if not os.path.isfile(path):
                raise MissingFile(path)
        self.paths = options_path, weights_path
        self.mode, self.layers = mode, layers
        self.remember = False
        self._model: BidirectionalLanguageModel | None = None
        self.device = device
        self._key: str | None = None
        self._caches: list[CacheFile] = []
        self._remembered: dict[bytes, tuple[Sequence[str], np.ndarray]] = {}

    @property
    def device(self) -> int:
        """-1 for the processor, else a graphics card's number; may be changed."""
        return self._number

    @device.setter
    def device(self, number: int) -> None:
        self._device = _device(number)
        self._number = number
        self._model = None  # it is read anew where it will run

    @property
    def key(self) -> str:
        """The content key of the options and weights: 16 hex digits."""
        if self._key is None:
            digest = hashlib.blake2b(digest_size=8)
            for path in self.paths:
                digest.update(file_digest(path))
            self._key = digest.hexdigest()
        return self._key

    @property
    def model(self) -> BidirectionalLanguageModel:
        """The language model; it is read at first use."""
        if self._model is None:
            with tf.device(self._device):
                self._model = BidirectionalLanguageModel(*self.paths)
        return self._model

    @property
    def layer_count(self) -> int:
        """Layers of a token; the weights need not be read to tell."""
        return (self._caches[0] if self._caches else self.model).layer_count

    @property
    def width(self) -> int:
        """Size of a token's vector in one layer."""
        return (self._caches[0] if self._caches else self.model).width

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of a token's vectors: `(L, D)` to be averaged, else `(D,)`."""
        return modes.combined_shape(self.mode, len(self._chosen_layers()), self.width)

    def open_cache(self, path: str) -> None:
        """Take vectors from a cache from now on; several may be opened.

        Raises:
            ValueError: The file is not a cache, or one of other weights.
        """
        cache = CacheFile(path)
        check_key(cache, self.key)
        self._caches.append(cache)

    def store_cache(self, path: str) -> None:
        """Append what is remembered to a cache file, which is made if need be."""
        shape = self.layer_count, self.width
        with append_to(path, self.key, *shape) as writer:
            for tokens, vectors in self._remembered.values():
                writer.append(tokens, vectors)

    def add(self, sentences: Sequence[Sequence[str]]) -> None:
        """Compute and remember the vectors of sentences that are not known yet."""
        new = {sentence_name(tokens): tokens for tokens in sentences if tokens}
        new = {n: tokens for n, tokens in new.items() if self._known(tokens) is None}
        computed = self._compute(new.values())
        self._remembered.update(zip(new, zip(new.values(), computed)))

    def __call__(self, sentences: Sequence[Sequence[str]]) -> list[np.ndarray]:
        """Return the vectors of each sentence, `[T, L, D]` or `[T, D]` float32."""
        found = [self._known(tokens) for tokens in sentences]
        missing = [number for number, vectors in enumerate(found) if vectors is None]
        computed = self._compute([sentences[number] for number in missing])
        for number, vectors in zip(missing, computed):
            found[number] = vectors
            if self.remember:
                tokens = sentences[number]
                self._remembered[sentence_name(tokens)] = tokens, vectors
        chosen = self._chosen_layers()
        return [modes.combine(vectors[:, chosen], self.mode) for vectors in found]

    def batches(
        self, sentences: Sequence[Sequence[str]], progress: Progress | None = None
    ) -> Iterator[tuple[list[int], list[np.ndarray]]]:
        """Compute all layers batch by batch; see `BidirectionalLanguageModel`."""
        batches = self.model.batches(sentences, progress)
        while True:
            with tf.device(self._device):
                batch = next(batches, None)
            if batch is None:
                return
            yield batch

    def _chosen_layers(self) -> list[int]:
        return modes.chosen_layers(self.mode, self.layers, self.layer_count)

    def _known(self, tokens: Sequence[str]) -> np.ndarray | None:
        """Return all layers `[T, L, D]` if they are remembered or in a cache."""
        if self._remembered:
            kept = self._remembered.get(sentence_name(tokens))
            if kept is not None:
                return kept[1]
        for cache in self._caches:
            vectors = cache.get(tokens)
            if vectors is not None:
                return vectors
        return None

    def _compute(self, sentences: Iterable[Sequence[str]]) -> list[np.ndarray]:
        """Return all layers `[T, L, D]` of each sentence."""
        sentences = list(sentences)
        if not sentences:
            return []
        with tf.device(self._device):
            return [np.swapaxes(v, 0, 1) for v in self.model.layers(sentences)]


def from_params(params: Mapping[str, Any]) -> ElmoVectors:
    """Return the vectors that a tagger's parameters ask for.

    Args:
        params: The complete parameters of `BiLSTM`.

    Raises:
        MissingFile: The options or the weights do not exist.
        ValueError: The parameters do not say where they are, or the cache that they
            name is missing or of other weights.
    """
    paths = params["elmoOptions"], params["elmoWeights"]
    if None in paths:
        raise ValueError(
            "The input 'elmo' needs `elmoOptions` and `elmoWeights`: the paths of the "
            "language model's options.json and weights.hdf5."
        )
    trained, cache = params["elmoKey"] is not None, params["elmoCache"]
    if not (trained or cache):
        logger.info(
            "ELMo's vectors are computed anew in each epoch. Create_ELMo_Cache.py "
            "computes them once: see docs/ELMo.md."
        )
    try:
        vectors = ElmoVectors(*paths, params["elmoMode"], params["elmoLayers"])
    except MissingFile as error:
        raise MissingFile(error.path, WHERE if trained else "") from None
    if cache and trained and not os.path.isfile(cache):
        logger.info("%s, the ELMo cache of the training, is not there.", cache)
    elif cache:
        vectors.open_cache(cache)
    return vectors


def _device(number: int) -> str:
    """Return TensorFlow's name of a device."""
    if number < 0:
        return "/CPU:0"
    cards = len(tf.config.list_physical_devices("GPU"))
    if number >= cards:
        raise ValueError(
            f"There is no graphics card {number}: TensorFlow finds {cards}. "
            "Use -1 for the processor."
        )
    return f"/GPU:{number}"
