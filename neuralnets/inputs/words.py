"""What is read off the written word: its vector, and its characters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from neuralnets.conventions import Conventions
from neuralnets.inputs.columns import FormInput, Given, Input, Thinning
from neuralnets.inputs.layout import Chosen, Layout
from neuralnets.randomness import generator
from util.WordEmbeddings import PADDING, UNKNOWN

if TYPE_CHECKING:
    from neuralnets.framework import keras, tf

# Characters that are read of a word where `maxCharLength` sets no limit.
_LONGEST_WORD = 512


class WordInput(FormInput):
    """Word vectors: given and frozen, or drawn and trained.

    Args:
        vectors: `[V, D]`, or None to draw them.
        rows, size: Shape of the vectors to draw.
        trainable: Whether training changes them.
    """

    def __init__(
        self,
        vectors: np.ndarray | None,
        rows: int,
        size: int,
        trainable: bool,
        seed: int,
    ):
        super().__init__("tokens", rows, size, seed)
        self.input_name, self.table_name = "words_input", "word_embeddings"
        self.vectors = vectors
        self.trainable = trainable

    @classmethod
    def make(cls, name: str, given: Given) -> Input:
        """Return the input: the vectors that are given, or as many as words to draw."""
        vectors, params = given.embeddings, given.params
        if vectors is None:
            shape = len(given.mappings[name]), params["wordEmbeddingsSize"]
        else:
            shape = vectors.shape
        return cls(vectors, *shape, params["trainWordEmbeddings"], params["seed"])

    def thinning(self, layout: Layout, params: Mapping[str, Any]) -> Thinning | None:
        """Return what reads rare words as unknown, if their vectors are trained."""
        rate = params["rareWordDropout"]
        if not self.trainable or not rate:
            return None
        rare = self.rare(layout)

        def thin(words: np.ndarray, drawn: np.ndarray) -> np.ndarray:
            return np.where(rare[words] & (drawn < rate), UNKNOWN, words)

        def of_share(whole: Chosen, rows: np.ndarray) -> np.ndarray:
            return np.isin(whole.forms, layout.form[whole.position[rows]])

        return Thinning("rare words", thin, of_share)

    def rare(self, layout: Layout) -> np.ndarray:
        """Tell which words of the vocabulary occur just once, `[V]`."""
        return self.counts(layout) == 1

    def counts(self, layout: Layout) -> np.ndarray:
        """Return how often each word of the vocabulary occurs, `[V]`."""
        words = layout.form_columns[self.name][layout.form]
        return np.bincount(words, minlength=self.rows)

    def embed(self, x: tf.Tensor) -> tf.Tensor:
        """Return the words' vectors."""
        from neuralnets.framework import keras
        from neuralnets.keraslayers.lookup import embed

        vectors = self.vectors
        if vectors is None:
            width = np.sqrt(3.0 / self.size)
            draw = generator(self.seed, "word_embeddings").uniform
            vectors = draw(-width, width, (self.rows, self.size)).astype(np.float32)
            vectors[PADDING] = 0
        layer = keras.layers.Embedding(
            self.rows,
            self.size,
            trainable=self.trainable,
            name=self.table_name,
            dtype="float32",
            embeddings_initializer="zeros",
        )
        embedded = embed(layer, x)
        layer.set_weights([vectors])
        self.vectors = None
        return embedded


class CharacterInput(FormInput):
    """The characters of a word, read by a CNN or by an LSTM.

    Args:
        rows: Size of the alphabet, padding and unknown included.
        params: The tagger's parameters.
        conventions: How this model departs from new ones.
    """

    def __init__(
        self,
        rows: int,
        params: Mapping[str, Any],
        seed: int,
        conventions: Conventions,
    ):
        super().__init__("characters", rows, params["charEmbeddingsSize"], seed)
        self.input_name, self.table_name = "char_input", "char_emd"
        self.params = params
        self.conventions = conventions
        self.mask_padding = conventions.mask_characters
        self.gate = conventions.gate
        self.longest = max(params["maxCharLength"], 0)

    def encode_distinct(
        self, values: Sequence[Sequence[int]]
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the distinct words `[V, C]`, padded, and which each token is."""
        # Equal words mostly share one list: tell those apart by identity, first. The
        # numbers then go by first appearance, for an address differs in every run.
        _, one_of_each, key = np.unique(
            np.fromiter(map(id, values), np.int64, len(values)),
            return_index=True,
            return_inverse=True,
        )
        cut = self.longest or _LONGEST_WORD
        distinct: dict[tuple[int, ...], int] = {}
        spelled = np.zeros(len(one_of_each), np.int64)
        for list_ in np.argsort(one_of_each):
            characters = tuple(values[one_of_each[list_]][:cut])
            spelled[list_] = distinct.setdefault(characters, len(distinct))
        width = max(map(len, distinct), default=1)
        matrix = np.zeros((len(distinct), max(width, 1)), np.int32)
        for row, characters in enumerate(distinct):
            matrix[row, : len(characters)] = characters
        matrix[matrix >= self.rows] = UNKNOWN
        return matrix, spelled[key]

    def in_batch(self, layout: Layout, chosen: Chosen) -> np.ndarray:
        """Return the characters of the batch's forms, `[W, C]`.

        Cut to the longest word and what padding it needs. Where padding counts for the
        maximum, it does so up to the longest word of all.
        A filter sees the word's end, padding alone, and the padding's end: more padding
        than that gives no other values.
        """
        values = super().in_batch(layout, chosen)
        if self.mask_padding:
            used = int(np.count_nonzero(values, axis=1).max(initial=1))
            return values[:, :used]
        used = int(np.flatnonzero(values.any(axis=0)).max(initial=0)) + 1
        width = max(self.longest, values.shape[1])
        width = min(width, used + 2 * self.params["charFilterLength"])
        missing = max(width - values.shape[1], 0)
        return np.pad(values, ((0, 0), (0, missing)))[:, :width]

    def keras_input(self) -> keras.layers.Layer:
        """Return the symbolic input `[W, C]`."""
        from neuralnets.framework import keras

        return keras.Input((None,), name=self.input_name, dtype="int32")

    def embed(self, x: tf.Tensor) -> tf.Tensor:
        """Return what the encoder makes of each word, `[W, F]`."""
        width = np.sqrt(3.0 / self.size)
        if self.params["charEmbeddings"] == "CNN":
            from neuralnets.keraslayers.character_cnn import CharacterCNN

            vectors = self._look_up(self.table_name, width, x)
            return CharacterCNN(
                self.params["charFilterSize"],
                self.params["charFilterLength"],
                mask_padding=self.mask_padding,
                seed=self.seed,
                name="char_cnn",
            )(vectors, characters=x)
        from neuralnets.keraslayers.character_lstm import CharacterLSTM
        from neuralnets.keraslayers.lookup import Distinct

        alphabet, which = Distinct(name="alphabet")(x)
        vectors = self._look_up(self.table_name, width, alphabet)
        return CharacterLSTM(
            self.params["charLSTMSize"],
            gate=self.gate,
            seed=self.seed,
            name="char_lstm",
        )(vectors, characters=x, which=which)
