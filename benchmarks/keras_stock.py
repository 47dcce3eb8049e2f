"""The same network from stock tf.keras layers, in one compiled step.

    TAGGER_DATA=... python benchmarks/keras_stock.py

What is the best for Keras, and why:

* the batches are those of this project, laid out as padded arrays before the clock
  starts;
* the padding of a batch (half a percent of it on average) is not masked in the LSTMs,
  because a mask adds several operations to each time step;
* one graph function with open shapes: traced once, whatever the sentences' lengths.
  With `jit_compile=True` a step takes about 0.7 times as long, but each shape of a
  batch costs some ten seconds of compilation and an epoch has two hundred; padding to
  lengths of 16, 32, ... would give a third more work and so back what XLA gains;
* the loss and the decoder are this project's CRF, so that only the recurrence, the
  character encoder and the optimiser differ;
* the word vectors are fixed, since Keras' Nadam would update all rows in each step;
* recurrent dropout forces Keras to `implementation=1`, four small products per step.
  Tagging therefore uses a copy of the network without dropout, whose LSTMs run as
  `implementation=2`, one product per step.
"""

from __future__ import annotations

import common
import numpy as np
import ours  # first: it makes the project importable
import tensorflow as tf

from neuralnets.batches.minibatches import tagging_batches, training_batches
from neuralnets.framework import keras
from neuralnets.keraslayers.ChainCRF import ChainCRF
from util.corpus.indexer import Indexer

layers = keras.layers
TABLE = tf.TensorSpec([None, None], tf.int32)
CUBE = tf.TensorSpec([None, None, None], tf.int32)
LENGTHS = tf.TensorSpec([None], tf.int32)


class Sentences:
    """Rows of indices as flat arrays, from which batches are cut."""

    def __init__(self, rows: list[dict], label: str | None = None):
        words = [row["tokens"][: len(row["raw_tokens"])] for row in rows]
        self.lengths = np.array([len(row) for row in words], np.int32)
        self.offsets = np.cumsum(self.lengths) - self.lengths
        self.words = np.array([i for row in words for i in row], np.int32)
        self.labels = None
        if label:
            self.labels = np.array(
                [i for row in rows for i in row[label][: len(row["raw_tokens"])]],
                np.int32,
            )
        # Equal words share their list of characters: spell each of them once.
        numbers: dict[int, int] = {}
        lists, spelled = [], []
        for row, length in zip(rows, self.lengths):
            for word in row["characters"][:length]:
                number = numbers.setdefault(id(word), len(lists))
                if number == len(lists):
                    lists.append(word)
                spelled.append(number)
        self.spelled = np.array(spelled, np.int32)
        self.characters = np.zeros((len(lists), common.CHAR_MOST), np.int32)
        for number, word in enumerate(lists):
            cut = word[: common.CHAR_MOST]
            self.characters[number, : len(cut)] = cut

    def batch(self, chosen: np.ndarray) -> tuple:
        """Return words `[B, T]`, characters `[B, T, C]`, lengths and labels."""
        lengths = self.lengths[chosen]
        steps = np.arange(lengths.max())
        present = steps < lengths[:, None]
        position = self.offsets[chosen][:, None] + steps * present
        characters = self.characters[self.spelled[position]] * present[..., None]
        longest = max(int(np.count_nonzero(characters, axis=2).max()), 1)
        labels = None if self.labels is None else self.labels[position] * present
        words = self.words[position] * present
        return words, characters[..., :longest], lengths, labels


def network(vectors: np.ndarray, alphabet: int, labels: int, dropout: float):
    """Return the Keras model: words and characters in, emissions `[B, T, K]` out."""
    words = keras.Input((None,), dtype="int32")
    characters = keras.Input((None, None), dtype="int32")
    word = layers.Embedding(*vectors.shape, weights=[vectors], trainable=False)(words)
    spelling = layers.Embedding(alphabet, common.CHAR_SIZE)(characters)
    spelling = layers.Conv1D(common.CHAR_FILTERS, common.CHAR_WIDTH, padding="same")(
        spelling
    )
    spelling = layers.Lambda(lambda x: tf.reduce_max(x, axis=2))(spelling)
    x = layers.Concatenate()([word, spelling])
    for units in common.LSTM_SIZES:
        x = layers.Bidirectional(
            layers.LSTM(
                units,
                return_sequences=True,
                dropout=dropout,
                recurrent_dropout=dropout,
            )
        )(x)
    return keras.Model([words, characters], layers.Dense(labels)(x))


class KerasStock:
    """Stock layers and optimiser, and two compiled functions."""

    def __init__(self, options: common.Options):
        dataset, self.vectors, self.mappings, rows = ours.prepare(options)
        self.indexer = Indexer(self.mappings)
        label = dataset["label"]
        self.labels = list(self.mappings[label])
        table = Sentences(rows, label)
        generator = np.random.default_rng(common.SEED)
        self.batches = [
            table.batch(chosen)
            for chosen in training_batches(table.lengths, common.BATCH, generator)
        ]
        self.first = table.batch(
            common.of_middle_length(
                np.arange(len(rows)).tolist(), lambda i: table.lengths[i]
            )
        )

    def build(self):
        sizes = (self.vectors, len(self.mappings["characters"]), len(self.labels))
        self.model = network(*sizes, common.DROPOUT)
        self.tagger = network(*sizes, 0.0)
        self.crf = ChainCRF(seed=common.SEED)
        self.crf.build([None, None, len(self.labels)])
        optimizer = keras.optimizers.Nadam(0.002, global_clipnorm=1.0)
        variables = self.model.trainable_variables + self.crf.trainable_variables
        optimizer.build(variables)

        @tf.function(input_signature=[TABLE, CUBE, LENGTHS, TABLE])
        def step(words, characters, lengths, labels):
            with tf.GradientTape() as tape:
                emissions = self.model([words, characters], training=True)
                loss = self.crf.loss(emissions, labels, lengths)
            gradients = tape.gradient(loss, variables)
            optimizer.apply_gradients(zip(gradients, variables))
            return loss

        @tf.function(input_signature=[TABLE, CUBE, LENGTHS])
        def decode(words, characters, lengths):
            emissions = self.tagger([words, characters], training=False)
            return self.crf.decode(emissions, lengths)

        self.step, self.decode = step, decode

    def train_first(self):
        self.step(*self.first)

    def warm_up(self):
        for batch in self.batches[:20]:
            self.step(*batch)

    def train(self) -> int:
        for batch in self.batches:
            loss = self.step(*batch)
        loss.numpy()
        self.tagger.set_weights(self.model.get_weights())
        return sum(int(lengths.sum()) for _, _, lengths, _ in self.batches)

    def tag(self, sentences: list[list[str]]) -> list[list[str]]:
        table = Sentences(self.indexer.rows({"tokens": words} for words in sentences))
        found: list = [[]] * len(sentences)
        for chosen in tagging_batches(table.lengths):
            words, characters, lengths, _ = table.batch(chosen)
            labels = self.decode(words, characters, lengths).numpy().tolist()
            for index, length, row in zip(chosen, lengths, labels):
                found[index] = [self.labels[i] for i in row[:length]]
        return found


if __name__ == "__main__":
    chosen_options = common.parse(__doc__)
    common.measure("keras", KerasStock(chosen_options), chosen_options)
