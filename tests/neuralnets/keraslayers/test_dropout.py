"""Naive dropout whose masks derive from the step's seed."""

import numpy as np
import pytest
import tensorflow as tf
from layer_test import run_layer_test

from neuralnets.keraslayers.dropout import SeededDropout

X = tf.ones([40, 50, 5])
SEED = tf.constant([1, 2])


@pytest.mark.parametrize("training", [True, False])
def test_layer(training):
    run_layer_test(
        SeededDropout,
        {"rate": 0.25, "name": "shared_dropout_0.25_1"},
        X,
        {"step_seed": SEED, "training": training},
        output_shape=X.shape,
        weights=0,
    )


def test_drops_single_values_at_its_rate_and_scales_the_rest():
    output = SeededDropout(0.25)(X, step_seed=SEED, training=True).numpy()
    np.testing.assert_allclose(np.unique(output), [0, 1 / 0.75], rtol=1e-6)
    assert abs(np.mean(output == 0) - 0.25) < 0.02  # five standard deviations
    # Along every axis there are both kept and dropped values.
    for axis in range(3):
        kept = (output > 0).mean(axis)
        assert np.mean((kept > 0) & (kept < 1)) > 0.5


def test_drops_in_training_only():
    layer = SeededDropout(0.5)
    np.testing.assert_array_equal(layer(X, step_seed=SEED), X)
    none = SeededDropout(0.0)(X, step_seed=SEED, training=True)
    np.testing.assert_array_equal(none, X)


def test_mask_derives_from_step_seed_and_layer():
    def run(seed, name="dropout"):
        layer = SeededDropout(0.5, name=name)
        return layer(X, step_seed=seed, training=True).numpy()

    np.testing.assert_array_equal(run(SEED), run(SEED))
    assert not np.array_equal(run(SEED), run(SEED + [0, 1]))
    assert not np.array_equal(run(SEED), run(SEED + [1, 0]))
    assert not np.array_equal(run(SEED), run(SEED, "dropout_2"))


@pytest.mark.parametrize("rate", [-0.1, 1, 1.5])
def test_bad_rate_is_named(rate):
    with pytest.raises(ValueError, match=rf"`rate` must be .*{rate}"):
        SeededDropout(rate)
