"""The bidirectional layer against Keras', its padding and its dropout."""

import numpy as np
import pytest
from layer_test import run_layer_test
from test_recurrence import hard_sigmoid, plain_lstm

from neuralnets.framework import keras, tf
from neuralnets.keraslayers import recurrence, recurrent_layer
from neuralnets.keraslayers.recurrent_layer import RecurrentLayer

T, B, D, H = 6, 4, 3, 5
LENGTHS = tf.constant([6, 1, 4, 3])
FULL = tf.fill([B], T)
SEED = tf.constant([3, 4])


def normal(*shape, seed=0):
    return tf.random.stateless_normal(shape, [seed, sum(shape)])


X = normal(T, B, D)


def built(**config):
    """Return a layer whose biases are not the initial ones."""
    layer = RecurrentLayer(H, **config)
    layer(X, lengths=FULL, step_seed=SEED)
    rng = np.random.default_rng(0)
    layer.set_weights([rng.normal(0, 0.5, w.shape) for w in layer.get_weights()])
    return layer


@pytest.mark.parametrize("return_sequences", [True, False])
def test_layer(return_sequences):
    run_layer_test(
        RecurrentLayer,
        {
            "units": H,
            "dropout": 0.25,
            "recurrent_dropout": 0.5,
            "gate": "hard_sigmoid",
            "return_sequences": return_sequences,
            "seed": 7,
            "name": "shared_varLSTM_1",
        },
        X,
        {"lengths": LENGTHS, "step_seed": SEED},
        output_shape=(T, B, 2 * H) if return_sequences else (B, 2 * H),
        weights=6,
    )


@pytest.mark.parametrize("return_sequences", [True, False])
@pytest.mark.parametrize("gate", ["sigmoid", "hard_sigmoid"])
@pytest.mark.parametrize("lengths", [FULL, LENGTHS], ids=["full", "padded"])
def test_outputs_and_gradients_equal_keras(lengths, gate, return_sequences):
    layer = built(gate=gate, return_sequences=return_sequences)
    activation = recurrence.GATES[gate][0]
    stock = keras.layers.Bidirectional(
        keras.layers.LSTM(
            H, return_sequences=return_sequences, recurrent_activation=activation
        )
    )
    for direction in (stock.forward_layer, stock.backward_layer):
        # Keras 3 copied them by name, and has another function of this name.
        direction.cell.recurrent_activation = activation
    batch_major = tf.transpose(X, [1, 0, 2])
    present = tf.sequence_mask(lengths, T)
    stock(batch_major)
    stock.set_weights(layer.get_weights())
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(X)
        ours = layer(X, lengths=lengths, step_seed=SEED)
        theirs = stock(tf.transpose(X, [1, 0, 2]), mask=present)
        if return_sequences:
            theirs = tf.transpose(tf.where(present[..., None], theirs, 0), [1, 0, 2])
        weights = normal(*ours.shape, seed=1)
        our_loss = tf.reduce_sum(weights * ours)
        their_loss = tf.reduce_sum(weights * theirs)
    np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)
    mine = tape.gradient(our_loss, [X, *layer.trainable_weights])
    other = tape.gradient(their_loss, [X, *stock.trainable_weights])
    assert len(mine) == len(other) == 7
    for a, b in zip(mine, other):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("gate", ["sigmoid", "hard_sigmoid"])
def test_padding_is_zero_and_without_influence(gate):
    layer = built(gate=gate)
    weights = normal(T, B, 2 * H, seed=1)  # not zero in the padding either
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(X)
        together = layer(X, lengths=LENGTHS, step_seed=SEED)
        loss = tf.reduce_sum(weights * together)
    of_x = tape.gradient(loss, X).numpy()
    of_weights = tape.gradient(loss, layer.trainable_weights)
    totals = [0.0] * 6
    for b, length in enumerate(LENGTHS.numpy()):
        np.testing.assert_array_equal(together[length:, b], 0)
        np.testing.assert_array_equal(of_x[length:, b], 0)
        x = X[:length, b : b + 1]
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(x)
            alone = layer(x, lengths=tf.constant([length]), step_seed=SEED)
            loss = tf.reduce_sum(weights[:length, b : b + 1] * alone)
        np.testing.assert_allclose(together[:length, b], alone[:, 0], atol=1e-6)
        np.testing.assert_allclose(
            of_x[:length, b], tape.gradient(loss, x)[:, 0], atol=1e-5
        )
        parts = tape.gradient(loss, layer.trainable_weights)
        totals = [total + part for total, part in zip(totals, parts)]
    for gradient, total in zip(of_weights, totals):
        np.testing.assert_allclose(gradient, total, rtol=1e-4, atol=1e-5)


def test_without_sequences_the_ends_of_both_directions():
    whole, ends = built(), built(return_sequences=False)
    outputs = whole(X, lengths=LENGTHS, step_seed=SEED).numpy()
    last = ends(X, lengths=LENGTHS, step_seed=SEED)
    for b, length in enumerate(LENGTHS.numpy()):
        np.testing.assert_array_equal(last[b, :H], outputs[length - 1, b, :H])
        np.testing.assert_array_equal(last[b, H:], outputs[0, b, H:])


@pytest.mark.parametrize("gate", ["sigmoid", "hard_sigmoid"])
def test_dropout_equals_a_plain_loop_with_the_same_masks(monkeypatch, gate):
    layer = built(dropout=0.25, recurrent_dropout=0.5, gate=gate)
    masks, names = [], []

    def recorded(shape, rate, step_seed, name):
        mask = tf.constant(
            np.random.default_rng(len(masks)).choice([0.0, 1 / (1 - rate)], shape),
            tf.float32,
        )
        masks.append(mask)
        names.append((name, rate))
        return mask

    monkeypatch.setattr(recurrent_layer, "dropout_mask", recorded)
    weights = normal(T, B, 2 * H, seed=1)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(X)
        ours = layer(X, lengths=FULL, step_seed=SEED, training=True)
        our_loss = tf.reduce_sum(weights * ours)
        plain = []
        for (kernel, recurrent, bias), of_inputs, of_state, reverse in zip(
            layer.directions, masks[::2], masks[1::2], [False, True]
        ):
            projected = (X * of_inputs) @ kernel + bias
            gate_function = hard_sigmoid if gate == "hard_sigmoid" else tf.sigmoid
            plain.append(
                plain_lstm(projected, recurrent, of_state, reverse, gate_function)
            )
        theirs = tf.concat(plain, 2)
        their_loss = tf.reduce_sum(weights * theirs)
    assert [mask.shape for mask in masks] == [(B, D), (B, H)] * 2
    assert [rate for _, rate in names] == [0.25, 0.5] * 2
    assert len(set(names)) == 4
    assert all(name.startswith(layer.name) for name, _ in names)
    np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)
    of = [X, *layer.trainable_weights]
    for mine, other in zip(tape.gradient(our_loss, of), tape.gradient(their_loss, of)):
        np.testing.assert_allclose(mine, other, rtol=1e-4, atol=1e-5)


def test_dropout_derives_from_the_step_seed_and_happens_in_training_only():
    layer = built(dropout=0.5, recurrent_dropout=0.5)

    def run(seed, training=True):
        return layer(X, lengths=LENGTHS, step_seed=seed, training=training).numpy()

    np.testing.assert_array_equal(run(SEED), run(SEED))
    assert not np.allclose(run(SEED), run(SEED + 1))
    plain = built()(X, lengths=LENGTHS, step_seed=SEED, training=True)
    np.testing.assert_array_equal(run(SEED, training=False), plain)
    assert not np.allclose(run(SEED), plain)


def test_padding_has_no_influence_under_dropout():
    layer = built(dropout=0.5, recurrent_dropout=0.5)
    run = {"lengths": LENGTHS, "step_seed": SEED, "training": True}
    padding = tf.transpose(tf.sequence_mask(LENGTHS, T))[..., None]
    garbage = tf.where(padding, X, 100.0)
    longer = tf.concat([garbage, tf.fill([2, B, D], -7.0)], 0)
    outputs = layer(longer, **run)
    np.testing.assert_array_equal(outputs[:T], layer(X, **run))
    np.testing.assert_array_equal(outputs[T:], 0)


def test_initial_weights_derive_from_seed_and_name():
    def weights(seed, name):
        layer = RecurrentLayer(H, seed=seed, name=name)
        layer(X, lengths=FULL, step_seed=SEED)
        return layer.get_weights()

    first = weights(1, "a")
    for one, other in zip(first, weights(1, "a")):
        np.testing.assert_array_equal(one, other)
    for other in (weights(2, "a"), weights(1, "b"), first[3:] + first[:3]):
        assert not np.allclose(first[0], other[0])
        assert not np.allclose(first[1], other[1])
    gates = np.split(first[2], 4)
    for gate, value in zip(gates, [0, 1, 0, 0]):
        np.testing.assert_array_equal(gate, value)
    np.testing.assert_allclose(first[1] @ first[1].T, np.eye(H), atol=1e-5)


def test_one_trace_serves_all_lengths_and_batch_sizes():
    layer = built(dropout=0.25, recurrent_dropout=0.25)
    traces = []

    @tf.function(
        input_signature=[
            tf.TensorSpec([None, None, D]),
            tf.TensorSpec([None], tf.int32),
            tf.TensorSpec([2], tf.int32),
        ]
    )
    def run(x, lengths, seed):
        traces.append(1)
        with tf.GradientTape() as tape:
            outputs = layer(x, lengths=lengths, step_seed=seed, training=True)
            loss = tf.reduce_sum(outputs)
        return outputs, tape.gradient(loss, layer.trainable_weights)

    for steps, lengths in [(6, [6, 1, 4, 3]), (1, [1]), (9, [9, 9]), (2, [2, 1, 1])]:
        x, lengths = normal(steps, len(lengths), D), tf.constant(lengths)
        outputs, gradients = run(x, lengths, SEED)
        eager = layer(x, lengths=lengths, step_seed=SEED, training=True)
        np.testing.assert_allclose(outputs, eager, atol=1e-6)
        assert all(np.all(np.isfinite(gradient)) for gradient in gradients)
    assert len(traces) == 1


@pytest.mark.parametrize(
    "argument, value", [("units", 0), ("units", 2.5), ("gate", "relu")]
)
def test_bad_arguments_are_named(argument, value):
    with pytest.raises(ValueError, match=f"`{argument}` must be .*{value}"):
        RecurrentLayer(**{"units": H, argument: value})


@pytest.mark.parametrize("training", [False, True])
def test_a_table_of_word_forms_equals_the_vectors_of_its_tokens(training):
    """Projecting each form once gives what projecting each token gives."""
    layer = built(dropout=0.25, recurrent_dropout=0.25)
    table = normal(7, D, seed=5)
    index = tf.constant(np.random.default_rng(1).integers(0, 7, (B, T)), tf.int32)
    step = {"lengths": LENGTHS, "step_seed": SEED, "training": training}
    plain = layer(tf.gather(table, tf.transpose(index)), **step)
    np.testing.assert_allclose(
        layer(table, form_index=index, **step), plain, rtol=1e-5, atol=1e-6
    )
