"""ELMo's vectors for the sentences of a batch: from a cache, else computed."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Sequence

import numpy as np
import tensorflow as tf

from neuralnets.elmo import modes
from neuralnets.elmo.bilm import BidirectionalLanguageModel
from neuralnets.elmo.cachefile import CacheFile, append_to, check_key, sentence_name
from util.cache import file_digest
from util.download import COMMAND, missing_data_message
from util.fetching.datasources import SOURCES, find_source


class ElmoVectors:
    """Gives each token of a sentence its vectors.

    The files are opened when they are needed. What a cache holds is read from there;
    the rest is computed, each sentence for itself: its vectors do not depend on what
    was computed before.

    Args:
        options_path: `options.json`.
        weights_path: `weights.hdf5`.
        mode: What becomes of the layers; see `neuralnets.elmo.modes`.
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
        self.mode, self.layers, self.device = mode, layers, device
        self.remember = False
        self._device = _device(device)
        self._model: BidirectionalLanguageModel | None = None
        self._key: str | None = None
        self._caches: list[CacheFile] = []
        self._remembered: dict[bytes, tuple[Sequence[str], np.ndarray]] = {}

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
    def shape(self) -> tuple[int, ...]:
        """The shape of a token's vectors: `(L, D)` to be averaged, else `(D,)`."""
        width = self._any_source().width
        return modes.combined_shape(self.mode, len(self._chosen_layers()), width)

    def open_cache(self, path: str) -> None:
        """Take vectors from a cache from now on; several may be opened.

        Raises:
            ValueError: The file is not a cache, or one of other weights.
        """
        cache = CacheFile(path)
        check_key(cache, self.key)
        self._caches.append(cache)

    def store_cache(self, path: str, half: bool = False) -> None:
        """Append what is remembered to a cache file, which is made if need be."""
        shape = self.model.layer_count, self.model.width
        with append_to(path, self.key, *shape, half) as writer:
            for tokens, vectors in self._remembered.values():
                writer.append(tokens, vectors)

    def add(self, sentences: Sequence[Sequence[str]]) -> None:
        """Compute and remember the vectors of sentences that are not known yet."""
        new = {sentence_name(tokens): tokens for tokens in sentences if tokens}
        new = {n: tokens for n, tokens in new.items() if self._known(tokens) is None}
        for name, tokens, vectors in zip(
            new, new.values(), self._compute(new.values())
        ):
            self._remembered[name] = tokens, vectors

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

    def _chosen_layers(self) -> list[int]:
        count = self._any_source().layer_count
        return modes.chosen_layers(self.mode, self.layers, count)

    def _any_source(self) -> CacheFile | BidirectionalLanguageModel:
        """Return what knows the sizes; the weights need not be read for them."""
        return self._caches[0] if self._caches else self.model

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


class MissingFile(ValueError):
    """The options or the weights do not exist; the message says how to get them."""

    def __init__(self, path: str):
        if find_source(os.path.basename(path), SOURCES):
            super().__init__(missing_data_message(path))
        else:
            super().__init__(
                f"{path} is missing. {COMMAND} elmo fetches the published options and "
                "weights."
            )


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
