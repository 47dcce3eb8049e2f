"""The layer around the CRF: its weights and the interface of heads."""

import itertools

import numpy as np
from layer_test import run_layer_test

from neuralnets.framework import tf, weight_name
from neuralnets.keraslayers import crf
from neuralnets.keraslayers.ChainCRF import ChainCRF

LENGTHS = tf.constant([3, 1])
LABELS = tf.constant([[0, 2, 1], [2, 0, 0]])


def emissions(seed=0):
    return tf.random.stateless_normal([2, 3, 3], [seed, 0])


def built(seed=0, name="chain_crf"):
    """Return a layer none of whose weights is zero."""
    layer = ChainCRF(seed=seed, name=name)
    layer(emissions())
    layer.b_start.assign([0.5, -1.0, 2.0])
    layer.b_end.assign([-0.25, 1.5, 0.75])
    return layer


def test_layer():
    output = run_layer_test(
        ChainCRF,
        {"seed": 5, "name": "ner_crf"},
        emissions(),
        {},
        output_shape=(2, 3, 3),
        weights=3,
        loss=lambda layer, output: layer.loss(output, LABELS, LENGTHS),
    )
    np.testing.assert_array_equal(output, emissions())


def test_weights_are_named_and_shaped_as_in_old_files():
    weights = {weight_name(w).split("/")[-1]: tuple(w.shape) for w in built().weights}
    assert weights == {"U:0": (3, 3), "b_start:0": (3,), "b_end:0": (3,)}


def test_initial_transitions_derive_from_seed_and_name():
    same, again = built(1), built(1)
    np.testing.assert_array_equal(same.U, again.U)
    assert not np.allclose(same.U, built(2).U)
    assert not np.allclose(same.U, built(1, name="other").U)


def test_loss_is_the_mean_over_sentences():
    layer = built()
    each = crf.negative_log_likelihood(emissions(), LABELS, LENGTHS, layer.chain)
    np.testing.assert_allclose(
        layer.loss(emissions(), LABELS, LENGTHS), np.mean(each), rtol=1e-6
    )


def test_decode_marginals_and_nbest_agree():
    layer, x = built(), emissions(3)
    paths, log_probabilities = layer.nbest(x, LENGTHS, 27)
    np.testing.assert_array_equal(layer.decode(x, LENGTHS), paths[:, 0])
    # All 27 paths of the long sentence: their probabilities give the marginals.
    probabilities = np.exp(log_probabilities[0])
    np.testing.assert_allclose(probabilities.sum(), 1.0, rtol=1e-5)
    paths = paths[0].numpy()
    assert {tuple(path) for path in paths} == set(itertools.product(range(3), repeat=3))
    expected = np.einsum("n,ntk->tk", probabilities, np.eye(3)[paths])
    np.testing.assert_allclose(layer.marginals(x, LENGTHS)[0], expected, atol=1e-5)
    assert np.isneginf(log_probabilities[1, 3:]).all()


def test_transition_is_from_row_to_column():
    layer = built()
    layer.set_weights(
        [np.float32([[0, 9, 0], [0, 0, 9], [0, 0, 0]]), *np.zeros((2, 3))]
    )
    path = layer.decode(tf.zeros([1, 3, 3]), tf.constant([3]))
    assert path.numpy().tolist() == [[0, 1, 2]]
