"""Vectors that exist before the network, such as ELMo's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from neuralnets.inputs.columns import Input
from neuralnets.inputs.layout import WORDS, Chosen, Layout

if TYPE_CHECKING:
    from neuralnets.framework import keras, tf


class MissingSource(ValueError):
    """Files that an input needs are not there, or not the right ones."""


class VectorSource(Protocol):
    """Where precomputed vectors come from.

    Attributes:
        shape: Of a token's vectors: `(D,)`, or `(L, D)` for layers to be averaged.
        key: What tells it from other sources.
    """

    shape: tuple[int, ...]
    key: str

    def __call__(self, sentences: Sequence[Sequence[str]]) -> list[np.ndarray]:
        """Return the vectors `[length, *shape]` of each sentence."""


class VectorInput(Input):
    """Vectors that exist before the network, such as ELMo's; fetched for each batch.

    Args:
        name: The input's name.
        source: Where the vectors come from.
        normalize: See `WeightedAverage`.
        layer: The name of the layer that averages.
        key: The parameter that holds the source's key.
    """

    derived = True

    def __init__(
        self,
        name: str,
        source: VectorSource,
        normalize: bool,
        layer: str,
        key: str,
    ):
        shape = source.shape
        super().__init__(name, rows=0, size=shape[-1], seed=0)
        self.column = WORDS
        self.source = source
        self.shape = shape
        self.normalize = normalize
        self._layer, self._key = layer, key

    def lay_out(self, layout: Layout) -> None:
        """Keep the words of each sentence."""
        layout.sentence_columns[WORDS] = layout.sentences()

    def in_batch(self, layout: Layout, chosen: Chosen) -> np.ndarray:
        """Return the vectors of a batch."""
        words = layout.sentence_columns[WORDS]
        sentences = [words[number] for number in chosen.sentences]
        return self.of_sentences(sentences, chosen.position.shape[1])

    def of_sentences(self, sentences: Sequence[Sequence[str]], steps: int):
        """Return the vectors of a batch, `[B, T, *shape]`, 0 in the padding."""
        values = np.zeros((len(sentences), steps, *self.shape), np.float32)
        for row, vectors in zip(values, self.source(sentences)):
            row[: len(vectors)] = vectors
        return values

    def stored(self) -> dict[str, Any]:
        """Return the key of the source."""
        return {self._key: self.source.key}

    def keras_input(self) -> keras.layers.Layer:
        """Return the symbolic input `[B, T, *shape]`."""
        from neuralnets.framework import keras

        return keras.Input((None, *self.shape), name=self.input_name, dtype="float32")

    def embed(self, x: tf.Tensor) -> tf.Tensor:
        """Return one vector per token, `[B, T, D]`."""
        from neuralnets.keraslayers.weighted_average import WeightedAverage

        if len(self.shape) == 1:
            return x
        return WeightedAverage(self.normalize, name=self._layer)(x)
