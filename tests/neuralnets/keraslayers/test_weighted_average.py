"""The learned average of layers, normalised or in the original tool's raw form."""

import numpy as np
import pytest
import tensorflow as tf
from layer_test import run_layer_test

from neuralnets.keraslayers.weighted_average import WeightedAverage

X = np.random.default_rng(5).normal(size=(2, 4, 3, 5)).astype(np.float32)


@pytest.mark.parametrize(("normalize", "weights"), [(True, 2), (False, 1)])
def test_layer(normalize, weights):
    output = run_layer_test(
        WeightedAverage,
        {"normalize": normalize, "name": "elmo_average"},
        tf.constant(X),
        {},
        output_shape=(2, 4, 5),
        weights=weights,
    )
    np.testing.assert_allclose(output, X.mean(axis=2), rtol=1e-5, atol=1e-6)


def test_weights_are_normalised_and_scaled():
    layer = WeightedAverage()
    layer(X)
    weights, scale = np.float32([0.3, -1, 2]), np.float32([1.7])
    layer.set_weights([weights, scale])
    shares = np.exp(weights) / np.exp(weights).sum()
    expected = 1.7 * sum(share * X[:, :, i] for i, share in enumerate(shares))
    np.testing.assert_allclose(layer(X), expected, rtol=1e-5, atol=1e-6)


def test_an_old_models_weights_are_used_as_they_are():
    layer = WeightedAverage(normalize=False)
    layer(X)
    layer.set_weights([np.float32([[0.3, -1, 2]])])
    expected = 0.3 * X[:, :, 0] - X[:, :, 1] + 2 * X[:, :, 2]
    np.testing.assert_allclose(layer(X), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("normalize", [True, False])
def test_gradients_agree_with_finite_differences(normalize):
    inputs = tf.constant(X, tf.float64)
    layer = WeightedAverage(normalize, dtype="float64")
    layer(inputs)
    draw = np.random.default_rng(6)
    layer.set_weights([draw.normal(size=w.shape) for w in layer.get_weights()])
    out = tf.constant(draw.normal(size=(2, 4, 5)))

    def loss():
        return tf.reduce_sum(tf.sin(layer(inputs)) * out)

    with tf.GradientTape() as tape:
        value = loss()
    for variable, gradient in zip(layer.weights, tape.gradient(value, layer.weights)):
        start = variable.numpy()
        for place in np.ndindex(*start.shape):
            step = np.zeros_like(start)
            step[place] = 1e-5
            variable.assign(start + step)
            above = loss()
            variable.assign(start - step)
            difference = (above - loss()) / 2e-5
            variable.assign(start)
            np.testing.assert_allclose(gradient[place], difference, rtol=1e-6)
