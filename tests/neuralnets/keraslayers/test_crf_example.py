"""Two words, two labels, and every number of a CRF worked out by hand.

Labels B and O, words Gonie and Sleep. The four label paths and their scores:

    B B   start B 1  +  Gonie B 2  +  B to B -2  +  Sleep B 1  =   2
    B O   start B 1  +  Gonie B 2  +  B to O  2  +  Sleep O 0  =   5
    O B   start O -1 +  Gonie O 1  +  O to B  1  +  Sleep B 1  =   2
    O O   start O -1 +  Gonie O 1  +  O to O -2  +  Sleep O 0  =  -2
"""

import math

import numpy as np
import pytest
import tensorflow as tf

from neuralnets.keraslayers import crf

B, OUT = 0, 1
PATHS = {(B, B): 2.0, (B, OUT): 5.0, (OUT, B): 2.0, (OUT, OUT): -2.0}
Z = sum(math.exp(score) for score in PATHS.values())

# Written as [to, from]; the module reads them [from, to].
TO_FROM = np.float32([[-2, 1], [2, -2]])
CHAIN = crf.Chain(tf.constant(TO_FROM.T), tf.constant([1.0, -1.0]), tf.zeros(2))
EMISSIONS = tf.constant([[[2.0, 1.0], [1.0, 0.0]]])  # Gonie, Sleep
LENGTHS = tf.constant([2])


def marginal(position, label):
    those = (score for path, score in PATHS.items() if path[position] == label)
    return sum(map(math.exp, those)) / Z


def test_the_hand_computed_numbers():
    assert pytest.approx(163.33, abs=0.005) == Z
    assert math.exp(PATHS[B, OUT]) / Z == pytest.approx(0.9087, abs=5e-5)


@pytest.mark.parametrize("path", PATHS)
def test_score_of_a_path(path):
    score = crf.path_score(EMISSIONS, tf.constant([path]), LENGTHS, CHAIN)
    assert score.numpy() == pytest.approx([PATHS[path]], abs=1e-6)


def test_log_partition():
    log_z = crf.log_partition(EMISSIONS, LENGTHS, CHAIN)
    assert log_z.numpy() == pytest.approx([math.log(Z)], abs=1e-5)


@pytest.mark.parametrize("path", PATHS)
def test_negative_log_likelihood(path):
    nll = crf.negative_log_likelihood(EMISSIONS, tf.constant([path]), LENGTHS, CHAIN)
    assert nll.numpy() == pytest.approx([math.log(Z) - PATHS[path]], abs=1e-5)


def test_best_path():
    path, score = crf.viterbi(EMISSIONS, LENGTHS, CHAIN)
    assert path.numpy().tolist() == [[B, OUT]]
    assert score.numpy() == pytest.approx([5])


def test_all_paths_best_first():
    paths, scores = crf.nbest(EMISSIONS, LENGTHS, CHAIN, 4)
    assert scores.numpy()[0] == pytest.approx([5, 2, 2, -2], abs=1e-6)
    found = [tuple(path) for path in paths.numpy()[0].tolist()]
    assert [PATHS[path] for path in found] == [5, 2, 2, -2]
    assert set(found) == set(PATHS)


def test_marginals():
    expected = [[marginal(t, B), marginal(t, OUT)] for t in (0, 1)]
    found = crf.marginals(EMISSIONS, LENGTHS, CHAIN)
    np.testing.assert_allclose(found[0], expected, rtol=1e-5)
    assert marginal(0, B) == pytest.approx(0.9539, abs=5e-5)


@pytest.mark.parametrize("gold", PATHS)
def test_gradients_are_expected_counts_minus_those_of_the_gold_path(gold):
    variables = [EMISSIONS, *CHAIN]
    with tf.GradientTape() as tape:
        tape.watch(variables)
        nll = crf.negative_log_likelihood(
            EMISSIONS, tf.constant([gold]), LENGTHS, CHAIN
        )
    of_emissions, of_transitions, of_start, of_end = map(
        tf.convert_to_tensor, tape.gradient(nll, variables)
    )
    expected = np.array([[marginal(t, B), marginal(t, OUT)] for t in (0, 1)])
    one_hot = np.eye(2)[list(gold)]
    np.testing.assert_allclose(of_emissions[0], expected - one_hot, atol=1e-5)
    np.testing.assert_allclose(of_start, expected[0] - one_hot[0], atol=1e-5)
    np.testing.assert_allclose(of_end, expected[1] - one_hot[1], atol=1e-5)
    pairs = np.array([[math.exp(PATHS[a, b]) / Z for b in (B, OUT)] for a in (B, OUT)])
    pairs[gold] -= 1
    np.testing.assert_allclose(of_transitions, pairs, atol=1e-5)
