"""The cross entropy with another chain against an enumeration of all label paths."""

import itertools

import numpy as np
import pytest
from oracle import chain_of

from neuralnets.framework import tf
from neuralnets.heads import SoftmaxHead
from neuralnets.inference.best_paths import viterbi
from neuralnets.inference.pairs import pairs
from neuralnets.inference.posterior import marginals, posterior
from neuralnets.keraslayers import crf

T, K = 4, 3
LENGTHS = np.array([1, T, 2, 3, 0], np.int32)


class Distribution:
    """Random sentences and a chain: a distribution over the paths of each sentence."""

    def __init__(self, seed, kind="plain"):
        draw = np.random.default_rng(seed)
        shape = len(LENGTHS), T, K
        self.emissions = draw.normal(0, 2, shape).astype(np.float32)
        self.chain = crf.Chain(*chain_of(kind, draw, K))

    def logs(self, row):
        """Return the log-probability of each path of a sentence, as doubles."""
        scores = self.emissions[row].astype(np.float64)
        transitions, start, end = (np.asarray(x, np.float64) for x in self.chain)
        found = {}
        for path in itertools.product(range(K), repeat=LENGTHS[row]):
            score = sum(scores[t, label] for t, label in enumerate(path))
            score += sum(transitions[a, b] for a, b in zip(path, path[1:]))
            found[path] = score + (start[path[0]] + end[path[-1]] if path else 0.0)
        most = max(found.values())
        total = most + np.log(sum(np.exp(score - most) for score in found.values()))
        return {path: score - total for path, score in found.items()}

    def expectations(self):
        """Return what `SoftTargets` holds of a batch, counted path by path."""
        labels = np.zeros((len(LENGTHS), T, K))
        counts = np.zeros((len(LENGTHS), K, K))
        for row in range(len(LENGTHS)):
            for path, log in self.logs(row).items():
                for t, label in enumerate(path):
                    labels[row, t, label] += np.exp(log)
                for a, b in zip(path, path[1:]):
                    counts[row, a, b] += np.exp(log)
        return labels.astype(np.float32), counts.astype(np.float32)

    def truth(self, other):
        """Return the cross entropy of another distribution with this one, `[B]`."""
        return np.array(
            [
                -sum(
                    np.exp(log) * own[path]
                    for path, log in other.logs(row).items()
                    if np.isfinite(log)
                )
                for row in range(len(LENGTHS))
                for own in [self.logs(row)]
            ]
        )

    def loss(self, labels, counts, emissions=None, chain=None):
        return crf.cross_entropy(
            tf.constant(self.emissions) if emissions is None else emissions,
            tf.constant(labels),
            tf.constant(counts),
            tf.constant(LENGTHS),
            crf.Chain(*map(tf.constant, self.chain)) if chain is None else chain,
        )

    def gradients(self, labels, counts):
        given = [tf.constant(x) for x in (self.emissions, *self.chain)]
        with tf.GradientTape() as tape:
            tape.watch(given)
            loss = self.loss(labels, counts, given[0], crf.Chain(*given[1:]))
            loss = tf.reduce_sum(loss)
        return [gradient.numpy() for gradient in tape.gradient(loss, given)]


@pytest.mark.parametrize("kind", ["plain", "far apart", "forbidden"])
@pytest.mark.parametrize("seed", range(3))
def test_it_is_the_cross_entropy_of_all_paths(kind, seed):
    student, teacher = Distribution(seed, kind), Distribution(seed + 10, kind)
    found = student.loss(*teacher.expectations()).numpy()
    np.testing.assert_allclose(found, student.truth(teacher), atol=3e-4, rtol=1e-4)
    assert found[-1] == 0  # of no tokens


def test_gradients_are_those_of_the_enumeration():
    student, teacher = Distribution(1), Distribution(2)
    found = student.gradients(*teacher.expectations())
    for array, gradient in zip((student.emissions, *student.chain), found):
        for at in np.ndindex(array.shape):
            here, step, values = array[at], 2.0**-7, []
            for sign in (1, -1):
                array[at] = here + sign * step
                values.append(student.truth(teacher).sum())
            array[at] = here
            expected = (values[0] - values[1]) / (2 * step)
            assert gradient[at] == pytest.approx(expected, abs=2e-3), at


@pytest.mark.parametrize("kind", ["plain", "forbidden"])
def test_the_gradient_is_the_difference_of_two_marginals_and_0_for_equals(kind):
    student, teacher = Distribution(3, kind), Distribution(4, kind)
    labels, counts = teacher.expectations()
    own_labels, own_counts = student.expectations()
    emissions, transitions, *_ = student.gradients(labels, counts)
    np.testing.assert_allclose(emissions, own_labels - labels, atol=1e-5)
    expected = (own_counts - counts).sum(0)
    there = np.isfinite(student.chain.transitions)
    np.testing.assert_allclose(transitions[there], expected[there], atol=1e-5)
    for gradient in student.gradients(own_labels, own_counts):
        assert np.abs(gradient[np.isfinite(gradient)]).max() < 1e-5


def test_certain_targets_are_the_usual_loss():
    student = Distribution(5)
    labels = np.random.default_rng(1).integers(0, K, (len(LENGTHS), T), np.int32)
    certain = np.eye(K, dtype=np.float32)[labels]
    counts = np.zeros((len(LENGTHS), K, K), np.float32)
    for row, length in enumerate(LENGTHS):
        for a, b in zip(labels[row, : length - 1], labels[row, 1:length]):
            counts[row, a, b] += 1
    usual = crf.negative_log_likelihood(
        tf.constant(student.emissions),
        tf.constant(labels),
        tf.constant(LENGTHS),
        crf.Chain(*map(tf.constant, student.chain)),
    )
    found = student.loss(certain, counts).numpy()
    np.testing.assert_allclose(found, usual.numpy(), atol=1e-5)


def test_padding_does_not_matter():
    student, teacher = Distribution(6), Distribution(7)
    labels, counts = teacher.expectations()
    before = student.loss(labels, counts).numpy()
    padding = np.arange(T) >= LENGTHS[:, None]
    student.emissions[padding], labels[padding] = 99.0, 7.0
    np.testing.assert_array_equal(student.loss(labels, counts).numpy(), before)
    assert not student.gradients(labels, counts)[0][padding].any()


@pytest.mark.parametrize("kind", ["plain", "far apart", "forbidden"])
def test_pairs_in_numpy_are_those_of_all_paths(kind):
    given = Distribution(8, kind)
    some = LENGTHS > 0
    emissions, lengths = given.emissions[some], LENGTHS[some]
    best = viterbi(emissions, lengths, given.chain)
    found = posterior(best, emissions, lengths, lengths, given.chain)
    labels, counts = given.expectations()
    np.testing.assert_allclose(marginals(found), labels[some], atol=1e-5)
    np.testing.assert_allclose(sum(pairs(found)), counts[some], atol=1e-5)


def test_softmax_takes_the_cross_entropy_of_each_token():
    draw = np.random.default_rng(9)
    emissions = draw.normal(0, 2, (2, 3, K)).astype(np.float32)
    labels = draw.dirichlet(np.ones(K), (2, 3)).astype(np.float32)
    lengths = np.array([3, 1], np.int32)
    logs = emissions - np.log(np.exp(emissions).sum(2, keepdims=True))
    losses = -(labels * logs).sum(2)
    labels[1, 1:] = 5.0  # padding
    found = SoftmaxHead().soft_loss(
        *map(tf.constant, (emissions, labels, lengths)), tf.zeros([2, K, K])
    )
    expected = (losses[0].sum() + losses[1, 0]) / 4
    assert found.numpy() == pytest.approx(expected, abs=1e-5)
