"""Vectors of word forms and of tokens, joined in order."""

import numpy as np
import tensorflow as tf
from layer_test import run_layer_test

from neuralnets.keraslayers.token_vectors import TokenVectors

FORM_INDEX = tf.constant([[2, 0, 1], [1, 1, 3]])  # B = 2, T = 3
WORDS = tf.reshape(tf.range(8.0), [4, 2])
CASING = 100 + tf.reshape(tf.range(4.0), [4, 1])
POS = 200 + tf.reshape(tf.range(12.0), [2, 3, 2])


def test_layer():
    run_layer_test(
        TokenVectors,
        {"per_form": [True, True, False, True], "name": "token_vectors"},
        [WORDS, CASING, POS, WORDS],
        {"form_index": FORM_INDEX},
        output_shape=(3, 2, 7),
        weights=0,
    )


def test_order_is_kept_and_tokens_find_their_form():
    inputs = {"words": WORDS, "casing": CASING, "pos": POS}
    per_form = {"words": True, "casing": True, "pos": False}
    for order in (
        ["words", "casing", "pos"],
        ["words", "pos", "casing"],
        ["pos", "words"],
        ["pos"],
        ["casing"],
        ["pos", "pos", "words", "pos"],
    ):
        layer = TokenVectors([per_form[name] for name in order])
        joined = layer([inputs[name] for name in order], form_index=FORM_INDEX)
        for b, t in np.ndindex(2, 3):
            at = {
                "words": WORDS[FORM_INDEX[b, t]],
                "casing": CASING[FORM_INDEX[b, t]],
                "pos": POS[b, t],
            }
            expected = np.concatenate([at[name] for name in order])
            np.testing.assert_array_equal(joined[t, b], expected)
