"""Without padding, an LSTM gives the outputs and gradients that it gives with it."""

import numpy as np
import pytest

from neuralnets.framework import tf
from neuralnets.keraslayers.character_lstm import CharacterLSTM
from neuralnets.keraslayers.lookup import Distinct
from neuralnets.keraslayers.packed_recurrence import Packing, packed_lstm
from neuralnets.keraslayers.recurrence import CLOSED, lstm

UNITS, STEPS = 3, 6


def sequences(lengths, seed=1):
    """Return padded inputs `[T, W, 4H]`, closed in the padding, and a kernel."""
    draw = np.random.default_rng(seed).normal
    projected = draw(size=(STEPS, len(lengths), 4 * UNITS)).astype(np.float32)
    padding = np.arange(STEPS)[:, None] >= lengths
    projected[padding] += np.repeat(np.float32([CLOSED, 0, 0, CLOSED]), UNITS)
    return projected, draw(size=(UNITS, 4 * UNITS)).astype(np.float32)


@pytest.mark.parametrize("gate", ["sigmoid", "hard_sigmoid"])
@pytest.mark.parametrize("lengths", [[3, 6, 1, 6, 2], [1], [2, 2], [4, 1, 1], [6]])
def test_outputs_and_gradients(lengths, gate):
    projected, kernel = map(tf.constant, sequences(np.array(lengths)))
    packing = Packing(tf.constant(lengths), STEPS)
    places = np.arange(STEPS * len(lengths)).reshape(STEPS, -1)
    at = packing.pack(tf.constant(places.T))
    weigh = tf.constant(np.random.default_rng(2).normal(size=UNITS), tf.float32)
    found = []
    for packed in (False, True):
        with tf.GradientTape() as tape:
            tape.watch([projected, kernel])
            if packed:
                flat = tf.gather(tf.reshape(projected, [-1, 4 * UNITS]), at)
                outputs = packed_lstm(flat, kernel, packing, gate)
            else:
                outputs = lstm(projected, kernel, gate=gate)
                outputs = tf.gather(tf.reshape(outputs, [-1, UNITS]), at)
            last = packing.last(outputs)
            loss = tf.reduce_sum(outputs * outputs * weigh) + tf.reduce_sum(last)
        gradients = tape.gradient(loss, [projected, kernel])
        found.append([outputs, last, *map(tf.convert_to_tensor, gradients)])
    for padded, packed in zip(*found):
        np.testing.assert_allclose(packed, padded, rtol=1e-5, atol=1e-6)
    again = packed_lstm(flat, kernel, packing, gate, training=False)
    np.testing.assert_allclose(again, found[1][0], atol=1e-6)


def test_mirrored_elements():
    packing = Packing(tf.constant([1, 3]), 4)
    values = tf.constant([[10, 0, 0, 0], [20, 21, 22, 0]])
    assert packing.pack(values).numpy().tolist() == [20, 10, 21, 22]
    assert packing.pack(values, mirrored=True).numpy().tolist() == [22, 10, 21, 20]


def test_words_in_any_order_and_company():
    draw = np.random.default_rng(3)
    lengths = draw.integers(1, 12, 40)
    words = draw.integers(1, 20, (40, 12)) * (np.arange(12) < lengths[:, None])
    table = draw.normal(size=(20, 5)).astype(np.float32)
    layer = CharacterLSTM(4)

    def encoded(words):
        alphabet, which = Distinct()(tf.constant(words, tf.int32))
        vectors = tf.gather(table, alphabet)
        return layer(vectors, characters=words, which=which).numpy()

    together = encoded(words)
    order = draw.permutation(40)
    np.testing.assert_allclose(encoded(words[order]), together[order], atol=1e-6)
    for word, vector in zip(words[:8], together):
        alone = encoded(word[None, : np.count_nonzero(word)])[0]
        np.testing.assert_allclose(alone, vector, atol=1e-6)
    assert encoded(words[:0]).shape == (0, 8)
    assert np.isfinite(encoded(np.zeros((2, 3), np.int32))).all()  # words of nothing
