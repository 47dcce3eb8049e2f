"""A second loss: each direction of the encoder also predicts the word that comes next.

It makes the encoder learn what words go together, of which a few labels say little
(Rei 2017, "Semi-supervised Multitask Learning for Sequence Labeling"). Only training
needs what is here: no model file has it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from neuralnets.architecture import Network
from neuralnets.batches.table import SentenceTable
from neuralnets.framework import keras, tf
from neuralnets.heads import Head
from neuralnets.inputs import WordInput
from neuralnets.keraslayers.recurrent_layer import DIRECTIONS
from neuralnets.layernames import FORM_INDEX, LENGTHS, recurrent_name
from neuralnets.randomness import initializer_seed
from util.WordEmbeddings import PADDING, UNKNOWN

KEY = "lmCost"

# The most frequent words are told apart, all others are one. The paper has 7,500, which
# takes half as long again and is worth no more.
MOST_WORDS = 2000
SIZE = 50  # of the layer between the encoder and the words
# What is predicted besides words: any other word, and the end of the sentence.
OTHER, END, FIRST_WORD = 0, 1, 2


class WordModel:
    """Predicts words from what the first recurrent layer makes of those before them.

    The layers above it see the words that are to be predicted.

    Args:
        network: What is trained.
        params: The complete parameters.
        tables: The training sentences.

    Raises:
        ValueError: The network has no words, or no recurrent layer that tasks share.

    Attributes:
        variables: What is trained besides the network.
    """

    def __init__(
        self,
        network: Network,
        params: Mapping[str, Any],
        tables: Iterable[SentenceTable],
    ):
        words = [input_ for input_ in network.inputs if isinstance(input_, WordInput)]
        if not words or not params["LSTM-Size"]:
            raise ValueError(
                f"`{KEY}` needs 'tokens' in `featureNames` and a layer in `LSTM-Size`, "
                f"which predicts words. For a network without them set `{KEY}` to 0."
            )
        self._weight = params[KEY]
        self._input_name = words[0].input_name
        self._classes = _classes(tables, words[0])
        self._layer = network.joint.get_layer(
            recurrent_name("shared", params["recurrentCell"], 1, params["dropout"])
        )
        count = int(self._classes.max()) + 1
        self._directions = []
        for name in DIRECTIONS[: 1 + self._layer.bidirectional]:
            hidden, output = (
                keras.layers.Dense(
                    size,
                    activation,
                    dtype="float32",
                    kernel_initializer=keras.initializers.GlorotUniform(
                        initializer_seed(params["seed"], KEY, name, size)
                    ),
                )
                for size, activation in ((SIZE, "tanh"), (count, None))
            )
            hidden.build([None, self._layer.units])
            output.build([None, SIZE])
            self._directions.append((hidden, output))
        layers = [layer for pair in self._directions for layer in pair]
        self.variables = [w for layer in layers for w in layer.trainable_weights]

    def beside(self, model: keras.Model) -> keras.Model:
        """Return a model that also gives what words are predicted from."""
        return keras.Model(model.inputs, [model.output, self._layer.output])

    def loss(
        self, encoded: tf.Tensor, batch: Mapping[str, tf.Tensor], head: Head
    ) -> tf.Tensor:
        """Return what it adds to the loss of a batch, a scalar.

        Args:
            encoded: What the layer makes of the tokens, `[T, B, D]`.
            batch: What the network takes.
            head: Of the task: what counts in the mean that its loss is counts here.
        """
        forms = tf.gather(tf.constant(self._classes), batch[self._input_name])
        lengths = batch[LENGTHS]
        steps = tf.range(tf.shape(encoded)[0])[:, None]  # [T, 1]
        present = steps < lengths
        words = tf.transpose(tf.gather(forms, batch[FORM_INDEX]))  # [T, B]
        edge = tf.fill([1, tf.shape(lengths)[0]], END)
        after = tf.concat([words[1:], edge], 0)
        after = tf.where(steps == lengths - 1, END, after)
        before = tf.concat([edge, words[:-1]], 0)
        outputs = tf.split(encoded, len(self._directions), axis=2)
        total = 0.0
        for x, wanted, (hidden, output) in zip(
            outputs, (after, before), self._directions
        ):
            logits = output(hidden(tf.boolean_mask(x, present)))
            losses = tf.nn.sparse_softmax_cross_entropy_with_logits(
                tf.boolean_mask(wanted, present), logits
            )
            total += tf.reduce_sum(losses)
        counted = tf.reduce_sum(tf.cast(head.counted(lengths), tf.float32))
        return self._weight * total / counted


def word_model(
    network: Network, params: Mapping[str, Any], tables: Iterable[SentenceTable]
) -> WordModel | None:
    """Return what the parameter asks for, None if it is 0; see `WordModel`."""
    return WordModel(network, params, tables) if params[KEY] else None


def _classes(tables: Iterable[SentenceTable], words: WordInput) -> np.ndarray:
    """Return what is predicted for each word of the vocabulary, `[V]`."""
    counts = sum(words.counts(table) for table in tables)
    counts[[PADDING, UNKNOWN]] = 0
    frequent = np.argsort(-counts, kind="stable")[:MOST_WORDS]
    frequent = frequent[counts[frequent] > 1]
    classes = np.full(words.rows, OTHER, np.int32)
    classes[frequent] = FIRST_WORD + np.arange(len(frequent))
    return classes
