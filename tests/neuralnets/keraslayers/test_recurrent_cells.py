"""The recurrent layer with each cell, in one direction and in both."""

import numpy as np
import pytest
import tensorflow as tf
from layer_test import run_layer_test
from test_recurrence import plain_lstm
from test_simple_recurrences import plain_gru, plain_rnn

from neuralnets.keraslayers import recurrent_layer
from neuralnets.keraslayers.recurrent_layer import CELLS, RecurrentLayer

T, B, D, H = 6, 4, 3, 5
PLAIN = {"LSTM": plain_lstm, "GRU": plain_gru, "RNN": plain_rnn}
LENGTHS = tf.constant([6, 1, 4, 3])
SEED = tf.constant([3, 4])
X = tf.random.stateless_normal([T, B, D], [1, 2])

both = pytest.mark.parametrize("bidirectional", [True, False], ids=["two", "one"])
cells = pytest.mark.parametrize("cell", CELLS)


def built(**config):
    """Return a layer whose biases are not the initial ones."""
    layer = RecurrentLayer(H, **config)
    layer(X, lengths=LENGTHS, step_seed=SEED)
    rng = np.random.default_rng(0)
    layer.set_weights([rng.normal(0, 0.5, w.shape) for w in layer.get_weights()])
    return layer


@both
@cells
@pytest.mark.parametrize("return_sequences", [True, False])
def test_layer(cell, bidirectional, return_sequences):
    width = H * (1 + bidirectional)
    run_layer_test(
        RecurrentLayer,
        {
            "units": H,
            "dropout": 0.25,
            "recurrent_dropout": 0.5,
            "return_sequences": return_sequences,
            "cell": cell,
            "bidirectional": bidirectional,
        },
        X,
        {"lengths": LENGTHS, "step_seed": SEED},
        output_shape=(T, B, width) if return_sequences else (B, width),
        weights=3 * (1 + bidirectional),
    )


@both
@cells
@pytest.mark.parametrize("return_sequences", [True, False])
def test_every_sentence_equals_a_plain_loop_over_it_alone(
    cell, bidirectional, return_sequences
):
    """Outputs and gradients; so padding is zero and without influence."""
    layer = built(
        cell=cell, bidirectional=bidirectional, return_sequences=return_sequences
    )
    weights = tf.random.stateless_normal([T, B, H * (1 + bidirectional)], [5, 6])
    weights = weights if return_sequences else weights[0]
    variables = layer.trainable_weights
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(X)
        ours = layer(X, lengths=LENGTHS, step_seed=SEED)
        our_loss = tf.reduce_sum(weights * ours)
        sentences = []
        for b, length in enumerate(LENGTHS.numpy()):
            x = X[:length, b : b + 1]
            runs = [
                PLAIN[cell](x @ kernel + bias, recurrent, reverse=bool(direction))
                for direction, (kernel, recurrent, bias) in enumerate(layer.directions)
            ]
            if return_sequences:
                padding = [[0, T - length], [0, 0], [0, 0]]
                sentences.append(tf.pad(tf.concat(runs, 2), padding)[:, 0])
            else:
                ends = [runs[0][-1, 0], *(run[0, 0] for run in runs[1:])]
                sentences.append(tf.concat(ends, 0))
        theirs = tf.stack(sentences, 1 if return_sequences else 0)
        their_loss = tf.reduce_sum(weights * theirs)
    np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)
    of = [X, *variables]
    for one, other in zip(tape.gradient(our_loss, of), tape.gradient(their_loss, of)):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)
    if return_sequences:
        padding = ~tf.transpose(tf.sequence_mask(LENGTHS, T)).numpy()
        np.testing.assert_array_equal(ours.numpy()[padding], 0)


@cells
def test_one_direction_knows_nothing_of_what_follows(cell):
    layer = built(cell=cell, bidirectional=False)
    run = {"lengths": tf.fill([B], T), "step_seed": SEED}
    other = tf.concat([X[:3], X[3:] + 1.0], 0)
    before, after = layer(X, **run).numpy(), layer(other, **run).numpy()
    np.testing.assert_array_equal(before[:3], after[:3])
    assert not np.allclose(before[3:], after[3:])


@both
@cells
def test_dropout_equals_a_plain_loop_with_the_same_masks(
    monkeypatch, cell, bidirectional
):
    layer = built(
        cell=cell, bidirectional=bidirectional, dropout=0.25, recurrent_dropout=0.5
    )
    masks = []

    def recorded(shape, rate, step_seed, name):
        draw = np.random.default_rng(len(masks))
        masks.append(tf.constant(draw.choice([0.0, 1 / (1 - rate)], shape), tf.float32))
        return masks[-1]

    monkeypatch.setattr(recurrent_layer, "dropout_mask", recorded)
    full = tf.fill([B], T)
    ours = layer(X, lengths=full, step_seed=SEED, training=True)
    plain = [
        PLAIN[cell]((X * of_inputs) @ kernel + bias, recurrent, of_state, reverse)
        for (kernel, recurrent, bias), of_inputs, of_state, reverse in zip(
            layer.directions, masks[::2], masks[1::2], [False, True]
        )
    ]
    assert len(masks) == 2 * len(plain) == 2 * (1 + bidirectional)
    np.testing.assert_allclose(ours, tf.concat(plain, 2), rtol=1e-5, atol=1e-6)


@both
@cells
def test_a_table_of_word_forms_equals_the_vectors_of_its_tokens(cell, bidirectional):
    layer = built(cell=cell, bidirectional=bidirectional)
    table = tf.random.stateless_normal([7, D], [5, 5])
    index = tf.constant(np.random.default_rng(1).integers(0, 7, (B, T)), tf.int32)
    for training in (False, True):
        step = {"lengths": LENGTHS, "step_seed": SEED, "training": training}
        plain = layer(tf.gather(table, tf.transpose(index)), **step)
        np.testing.assert_allclose(
            layer(table, form_index=index, **step), plain, rtol=1e-5, atol=1e-6
        )


@cells
def test_only_the_forget_gate_has_a_first_bias(cell):
    layer = RecurrentLayer(H, cell=cell)
    layer(X, lengths=LENGTHS, step_seed=SEED)
    expected = np.repeat({"LSTM": [0, 1, 0, 0]}.get(cell, [0] * CELLS[cell].parts), H)
    for *_, bias in layer.directions:
        np.testing.assert_array_equal(bias, expected)


@pytest.mark.parametrize("cell", ["gru", "", None, "BiLSTM"])
def test_an_unknown_cell_is_named(cell):
    with pytest.raises(ValueError, match=f"`cell` must be .*{cell!r}"):
        RecurrentLayer(H, cell=cell)


@pytest.mark.parametrize("cell", ["GRU", "RNN"])
def test_only_an_lstm_has_hard_gates(cell):
    with pytest.raises(ValueError, match=f"`gate` must be 'sigmoid' where .*'{cell}'"):
        RecurrentLayer(3, cell=cell, gate="hard_sigmoid")
