"""The character CNN against Keras' convolution, padded and word by word."""

import numpy as np
import pytest
from layer_test import run_layer_test

from neuralnets.framework import keras, tf
from neuralnets.keraslayers.character_cnn import CharacterCNN

WORDS, LONGEST, E, FILTERS = 4, 7, 3, 6
LENGTHS = [7, 1, 2, 4]
CHARACTERS = tf.constant(
    [[9 - c if c < length else 0 for c in range(LONGEST)] for length in LENGTHS]
)
# What is embedded in the padding is not zero, as with a trained embedding.
X = tf.random.stateless_normal([WORDS, LONGEST, E], [1, 2])


def built(kernel_size=3, **config):
    """Return a layer, and Keras' convolution with the same weights."""
    layer = CharacterCNN(FILTERS, kernel_size, **config)
    layer(X, characters=CHARACTERS)
    layer.bias.assign(tf.random.stateless_normal([FILTERS], [3, 4]))
    conv = keras.layers.Conv1D(FILTERS, kernel_size, padding="same")
    conv.build([None, None, E])
    conv.set_weights(layer.get_weights())
    return layer, conv


@pytest.mark.parametrize("mask_padding", [True, False])
def test_layer(mask_padding):
    run_layer_test(
        CharacterCNN,
        {
            "filters": FILTERS,
            "kernel_size": 3,
            "mask_padding": mask_padding,
            "seed": 2,
            "name": "char_cnn",
        },
        X,
        {"characters": CHARACTERS},
        output_shape=(WORDS, FILTERS),
        weights=2,
    )


@pytest.mark.parametrize("kernel_size", [1, 2, 3, 5])
def test_with_padding_counted_it_is_convolution_and_maximum(kernel_size):
    layer, conv = built(kernel_size, mask_padding=False)
    expected = tf.reduce_max(conv(X), axis=1)
    np.testing.assert_allclose(layer(X, characters=CHARACTERS), expected, atol=1e-5)


@pytest.mark.parametrize("kernel_size", [1, 2, 3, 5])
def test_with_padding_masked_each_word_is_encoded_as_if_alone(kernel_size):
    layer, conv = built(kernel_size)
    encoded = layer(X, characters=CHARACTERS)
    for word, length in enumerate(LENGTHS):
        alone = tf.reduce_max(conv(X[word : word + 1, :length]), axis=1)
        np.testing.assert_allclose(encoded[word], alone[0], atol=1e-5)


def test_more_padding_changes_nothing():
    layer, _ = built()
    more = tf.concat([X, tf.fill([WORDS, 5, E], 50.0)], 1)
    characters = tf.pad(CHARACTERS, [[0, 0], [0, 5]])
    np.testing.assert_allclose(
        layer(more, characters=characters), layer(X, characters=CHARACTERS), atol=1e-6
    )


def test_masked_padding_gets_no_gradient():
    layer, _ = built()
    with tf.GradientTape() as tape:
        tape.watch(X)
        loss = tf.reduce_sum(layer(X, characters=CHARACTERS))
    gradient = tape.gradient(loss, X).numpy()
    padding = CHARACTERS.numpy() == 0
    np.testing.assert_array_equal(gradient[padding], 0)
    assert np.all(np.any(gradient, axis=(1, 2)))


def test_word_without_characters_stays_small():
    layer, _ = built()
    encoded = layer(X, characters=tf.zeros_like(CHARACTERS))
    np.testing.assert_allclose(encoded, [layer.bias] * WORDS, atol=1e-6)
