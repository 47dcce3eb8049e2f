"""GRU and RNN against plain loops under automatic differentiation, and Keras."""

import numpy as np
import pytest

from neuralnets.framework import keras, tf
from neuralnets.keraslayers import simple_recurrences

T, B, H, D = 6, 3, 5, 4


def plain_gru(projected, kernel, mask=None, reverse=False):
    """The definition, one step after another, differentiated by TensorFlow."""
    h = tf.zeros([projected.shape[1], kernel.shape[0]])
    outputs = {}
    steps = range(projected.shape[0])
    for t in reversed(steps) if reverse else steps:
        u = (h if mask is None else h * mask) @ kernel
        z = tf.sigmoid(projected[t, :, :H] + u[:, :H])
        r = tf.sigmoid(projected[t, :, H : 2 * H] + u[:, H : 2 * H])
        new = tf.tanh(projected[t, :, 2 * H :] + r * u[:, 2 * H :])
        h = z * h + (1 - z) * new
        outputs[t] = h
    return tf.stack([outputs[t] for t in steps])


def plain_rnn(projected, kernel, mask=None, reverse=False):
    h = tf.zeros([projected.shape[1], kernel.shape[0]])
    outputs = {}
    steps = range(projected.shape[0])
    for t in reversed(steps) if reverse else steps:
        h = tf.tanh(projected[t] + (h if mask is None else h * mask) @ kernel)
        outputs[t] = h
    return tf.stack([outputs[t] for t in steps])


def keras_gru(**options):
    return keras.layers.GRU(H, reset_after=True, **options)


def keras_rnn(**options):
    return keras.layers.SimpleRNN(H, **options)


# Ours, the definition, Keras' layer, parts of the kernel.
CELLS = {
    "GRU": (simple_recurrences.gru, plain_gru, keras_gru, 3),
    "RNN": (simple_recurrences.rnn, plain_rnn, keras_rnn, 1),
}
MASK = tf.constant(np.random.default_rng(0).choice([0.0, 2.0], (B, H)), tf.float32)


def normal(*shape, seed=0, scale=1.0):
    return tf.random.stateless_normal(shape, [seed, sum(shape)], stddev=scale)


def assert_equal_gradients(tape, our_loss, their_loss, of):
    mine, theirs = tape.gradient(our_loss, of), tape.gradient(their_loss, of)
    assert len(mine) == len(theirs) == len(of)
    for one, other in zip(mine, theirs):
        assert np.any(other)
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("mask", [None, MASK], ids=["whole", "dropped"])
@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("steps", [T, 2])
def test_outputs_and_gradients_equal_a_plain_loop(steps, cell, mask, reverse):
    run, plain, _, parts = CELLS[cell]
    projected, kernel = normal(steps, B, parts * H), normal(H, parts * H)
    weights = normal(steps, B, H, seed=1)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch((projected, kernel))
        ours = run(projected, kernel, mask, reverse)
        theirs = plain(projected, kernel, mask, reverse)
        our_loss = tf.reduce_sum(weights * ours)
        their_loss = tf.reduce_sum(weights * theirs)
    np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)
    assert_equal_gradients(tape, our_loss, their_loss, [projected, kernel])


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("cell", CELLS)
def test_a_single_step_leaves_the_recurrent_kernel_alone(cell, reverse):
    run, plain, _, parts = CELLS[cell]
    projected, kernel = normal(1, B, parts * H), normal(H, parts * H)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch((projected, kernel))
        ours = run(projected, kernel, reverse=reverse)
        our_loss = tf.reduce_sum(ours**2)
        their_loss = tf.reduce_sum(plain(projected, kernel) ** 2)
    np.testing.assert_allclose(ours, plain(projected, kernel), rtol=1e-5, atol=1e-6)
    assert_equal_gradients(tape, our_loss, their_loss, [projected])
    np.testing.assert_array_equal(tape.gradient(our_loss, kernel), 0)


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("cell", CELLS)
def test_outputs_and_gradients_equal_keras(cell, reverse):
    run, _, make, _ = CELLS[cell]
    stock = make(return_sequences=True, go_backwards=reverse)
    x, weights = normal(B, T, D), normal(T, B, H, seed=1)
    stock(x)
    kernel, recurrent, biases = stock.trainable_weights
    # Keras' GRU has a second bias, the recurrent kernel's; ours has none.
    biases.assign(tf.zeros_like(biases))
    bias = normal(kernel.shape[1], seed=2)
    biases.assign(tf.stack([bias, tf.zeros_like(bias)]) if cell == "GRU" else bias)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        theirs = tf.transpose(stock(x), [1, 0, 2])
        theirs = theirs[::-1] if reverse else theirs
        own_bias = biases[0] if cell == "GRU" else biases
        projected = tf.transpose(x, [1, 0, 2]) @ kernel + own_bias
        ours = run(projected, recurrent, reverse=reverse)
        our_loss = tf.reduce_sum(weights * ours)
        their_loss = tf.reduce_sum(weights * theirs)
    np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)
    assert_equal_gradients(tape, our_loss, their_loss, [x, kernel, recurrent])


@pytest.mark.parametrize("cell", CELLS)
def test_zeros_before_a_reversed_sentence_leave_the_state_zero(cell):
    run, _, _, parts = CELLS[cell]
    projected, kernel = normal(T, B, parts * H), normal(H, parts * H)
    padded = tf.concat([projected, tf.zeros([3, B, parts * H])], 0)
    outputs = run(padded, kernel, reverse=True)
    np.testing.assert_array_equal(outputs[T:], 0)
    np.testing.assert_array_equal(outputs[:T], run(projected, kernel, reverse=True))


@pytest.mark.parametrize("cell", CELLS)
def test_one_trace_serves_all_lengths_and_batch_sizes(cell):
    run, plain, _, parts = CELLS[cell]
    traces = []
    kernel = tf.Variable(normal(H, parts * H))

    @tf.function(input_signature=[tf.TensorSpec([None, None, parts * H])])
    def gradient(projected):
        traces.append(1)
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(run(projected, kernel))
        return tape.gradient(loss, kernel)

    for steps, batch in [(7, 2), (3, 5)]:
        projected = normal(steps, batch, parts * H)
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(plain(projected, kernel))
        np.testing.assert_allclose(
            gradient(projected), tape.gradient(loss, kernel), rtol=1e-4, atol=1e-5
        )
    assert np.all(gradient(normal(1, 1, parts * H)).numpy() == 0)
    assert len(traces) == 1
