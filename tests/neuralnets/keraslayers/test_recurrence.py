"""The recurrence against a plain loop under automatic differentiation, and Keras."""

import numpy as np
import pytest

from neuralnets.framework import keras, tf
from neuralnets.keraslayers import recurrence

T, B, H, D = 6, 3, 5, 4


def hard_sigmoid(x):
    return tf.maximum(0.0, tf.minimum(1.0, 0.2 * x + 0.5))


PLAIN_GATES = {"sigmoid": tf.sigmoid, "hard_sigmoid": hard_sigmoid}


def plain_lstm(projected, kernel, mask=None, reverse=False, gate=tf.sigmoid):
    """The definition, one step after another, differentiated by TensorFlow."""
    h = c = tf.zeros([projected.shape[1], kernel.shape[0]])
    outputs = {}
    steps = range(projected.shape[0])
    for t in reversed(steps) if reverse else steps:
        z = projected[t] + (h if mask is None else h * mask) @ kernel
        i, f, g, o = tf.split(z, 4, axis=1)
        c = gate(f) * c + gate(i) * tf.tanh(g)
        h = gate(o) * tf.tanh(c)
        outputs[t] = h
    return tf.stack([outputs[t] for t in steps])


def normal(*shape, seed=0, scale=1.0):
    return tf.random.stateless_normal(shape, [seed, sum(shape)], stddev=scale)


MASK = tf.constant(np.random.default_rng(0).choice([0.0, 2.0], (B, H)), tf.float32)


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("mask", [None, MASK], ids=["whole", "dropped"])
@pytest.mark.parametrize("gate", ["sigmoid", "hard_sigmoid"])
@pytest.mark.parametrize("steps", [T, 1])
def test_outputs_and_gradients_equal_a_plain_loop(steps, gate, mask, reverse):
    # The scale takes some hard gates to where they are flat.
    projected, kernel = normal(steps, B, 4 * H, scale=2.0), normal(H, 4 * H)
    weights = normal(steps, B, H, seed=1)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch((projected, kernel))
        ours = recurrence.lstm(projected, kernel, mask, reverse, gate)
        theirs = plain_lstm(projected, kernel, mask, reverse, PLAIN_GATES[gate])
        our_loss = tf.reduce_sum(weights * ours)
        their_loss = tf.reduce_sum(weights * theirs)
    np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)
    of = [projected, kernel]
    for mine, other in zip(tape.gradient(our_loss, of), tape.gradient(their_loss, of)):
        np.testing.assert_allclose(mine, other, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("gate", ["sigmoid", "hard_sigmoid"])
def test_outputs_and_gradients_equal_keras(gate, reverse):
    stock = keras.layers.LSTM(
        H,
        return_sequences=True,
        go_backwards=reverse,
        recurrent_activation=PLAIN_GATES[gate],
        bias_initializer="random_normal",
    )
    x, weights = normal(T, B, D), normal(T, B, H, seed=1)
    stock(tf.transpose(x, [1, 0, 2]))
    kernel, recurrent, bias = stock.trainable_weights
    with tf.GradientTape(persistent=True) as tape:
        theirs = tf.transpose(stock(tf.transpose(x, [1, 0, 2])), [1, 0, 2])
        theirs = theirs[::-1] if reverse else theirs
        ours = recurrence.lstm(x @ kernel + bias, recurrent, reverse=reverse, gate=gate)
        our_loss = tf.reduce_sum(weights * ours)
        their_loss = tf.reduce_sum(weights * theirs)
    np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)
    of = stock.trainable_weights
    for mine, other in zip(tape.gradient(our_loss, of), tape.gradient(their_loss, of)):
        np.testing.assert_allclose(mine, other, rtol=1e-4, atol=1e-5)


def test_one_trace_serves_all_lengths_and_batch_sizes():
    traces = []
    kernel = tf.Variable(normal(H, 4 * H))

    @tf.function(input_signature=[tf.TensorSpec([None, None, 4 * H])])
    def gradient(projected):
        traces.append(1)
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(recurrence.lstm(projected, kernel))
        return tape.gradient(loss, kernel)

    for steps, batch in [(1, 1), (7, 2), (3, 5)]:
        projected = normal(steps, batch, 4 * H)
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(plain_lstm(projected, kernel))
        np.testing.assert_allclose(
            gradient(projected), tape.gradient(loss, kernel), rtol=1e-4, atol=1e-5
        )
    assert len(traces) == 1


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("gate", sorted(recurrence.GATES))
def test_without_training_the_outputs_are_the_same(gate, reverse):
    """Tagging keeps nothing for a gradient, and computes the same."""
    projected = tf.random.stateless_normal([6, 3, 16], [1, 2])
    kernel = tf.random.stateless_normal([4, 16], [3, 4])
    options = {"reverse": reverse, "gate": gate}
    np.testing.assert_allclose(
        recurrence.lstm(projected, kernel, training=False, **options),
        recurrence.lstm(projected, kernel, **options),
        rtol=1e-6,
    )
