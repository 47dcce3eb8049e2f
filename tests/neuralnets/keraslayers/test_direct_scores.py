"""Direct features against the product of a dense one-hot matrix."""

import numpy as np
import pytest

from neuralnets.framework import tf, variable_of
from neuralnets.keraslayers.direct_scores import DirectScores

B, T, F, K = 3, 5, 7, 4
FORM_INDEX = tf.zeros([B, T], tf.int32)


def random_pairs(seed=0, count=30):
    """Features and places; some stand twice at a token, some tokens have none."""
    draw = np.random.default_rng(seed)
    feature = draw.integers(1, F + 1, count)
    place = draw.integers(0, B * T - 2, count)
    return np.stack([feature, place], 1).astype(np.int32)


def dense(pairs):
    """The same as counts `[T, B, F + 1]`."""
    counts = np.zeros([T * B, F + 1], np.float32)
    for feature, place in pairs:
        counts[place, feature] += 1
    return counts.reshape(T, B, F + 1)


def built(**config):
    layer = DirectScores(F, K, **config)
    layer(tf.constant(random_pairs()), form_index=FORM_INDEX)
    draw = np.random.default_rng(1)
    layer.set_weights([draw.normal(size=w.shape) for w in layer.get_weights()])
    return layer


@pytest.mark.parametrize("use_bias", [False, True])
def test_configuration(use_bias):
    config = {"features": F, "labels": K, "dropout": 0.25, "use_bias": use_bias}
    layer = DirectScores(**config)
    output = layer(tf.constant(random_pairs()), form_index=FORM_INDEX)
    assert output.shape == (T, B, K)
    np.testing.assert_array_equal(output, 0)  # a new model prefers no label
    given = layer.get_config()
    assert {key: given[key] for key in config} == config
    assert DirectScores.from_config(given).get_config() == given
    assert len(layer.weights) == 1 + use_bias


@pytest.mark.parametrize("use_bias", [False, True])
def test_scores_and_gradient_equal_a_dense_product(use_bias):
    layer, pairs = built(use_bias=use_bias), random_pairs()
    weights = tf.random.stateless_normal([T, B, K], [1, 2])
    bias = variable_of(layer.bias) if use_bias else tf.zeros([K])
    with tf.GradientTape(persistent=True) as tape:
        ours = layer(tf.constant(pairs), form_index=FORM_INDEX)
        theirs = dense(pairs) @ variable_of(layer.scores) + bias
        our_loss = tf.reduce_sum(weights * ours)
        their_loss = tf.reduce_sum(weights * theirs)
    np.testing.assert_allclose(ours, theirs, atol=1e-5)
    of = [variable_of(weight) for weight in layer.trainable_variables]
    sparse = tape.gradient(our_loss, of)
    # Only the rows that occur are touched: the optimisers rely on it.
    assert isinstance(sparse[0], tf.IndexedSlices)
    for one, other in zip(sparse, tape.gradient(their_loss, of)):
        np.testing.assert_allclose(tf.convert_to_tensor(one), other, atol=1e-5)


def test_places_count_time_first():
    layer = built()
    t, b = 3, 1
    output = layer(tf.constant([[2, t * B + b]]), form_index=FORM_INDEX).numpy()
    np.testing.assert_allclose(output[t, b], layer.scores[2])
    output[t, b] = 0
    np.testing.assert_array_equal(output, 0)


@pytest.mark.parametrize("use_bias", [False, True])
def test_without_features_only_the_bias_speaks(use_bias):
    layer = built(use_bias=use_bias)
    output = layer(tf.zeros([0, 2], tf.int32), form_index=FORM_INDEX)
    expected = layer.bias if use_bias else np.zeros(K)
    np.testing.assert_array_equal(output, np.broadcast_to(expected, [T, B, K]))


def test_training_scales_up_what_dropout_left_but_not_the_bias():
    rate = 0.75
    layer, pairs = built(dropout=rate, use_bias=True), random_pairs()
    whole = layer(tf.constant(pairs), form_index=FORM_INDEX)
    np.testing.assert_allclose(
        whole, built(use_bias=True)(tf.constant(pairs), form_index=FORM_INDEX)
    )
    scaled = layer(tf.constant(pairs), form_index=FORM_INDEX, training=True)
    np.testing.assert_allclose(
        scaled - layer.bias, (whole - layer.bias) / (1 - rate), rtol=1e-4, atol=1e-5
    )


def test_one_trace_serves_all_sizes():
    layer, traces = built(), []

    @tf.function(
        input_signature=[
            tf.TensorSpec([None, 2], tf.int32),
            tf.TensorSpec([None, None], tf.int32),
        ]
    )
    def run(pairs, form_index):
        traces.append(1)
        return layer(pairs, form_index=form_index)

    for batch, steps in [(1, 1), (1, 9), (9, 2), (2, 1)]:
        output = run(
            [[1, 0], [1, batch * steps - 1]], tf.zeros([batch, steps], "int32")
        )
        assert output.shape == (steps, batch, K)
        np.testing.assert_array_equal(output[-1, -1] != 0, True)
    assert len(traces) == 1
