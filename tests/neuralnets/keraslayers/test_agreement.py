"""Losses of sets of labels against an enumeration of all label paths."""

import itertools

import numpy as np
import pytest
from oracle import chain_of

from neuralnets.framework import tf
from neuralnets.heads import SoftmaxHead
from neuralnets.keraslayers import crf

T, K = 4, 3
KINDS = ("plain", "far apart", "forbidden")


class Case:
    """Random sentences of 1 to `T` tokens, and sets with holes."""

    def __init__(self, seed, kind="plain", K=K, empty=False):
        draw = np.random.default_rng(seed)
        self.lengths = np.array([1, T, 2, 3, *([0] * empty)], np.int32)
        B = len(self.lengths)
        self.emissions = draw.normal(0, 2, (B, T, K)).astype(np.float32)
        self.chain = crf.Chain(*chain_of(kind, draw, K))
        self.allowed = draw.random((B, T, K)) < 0.5
        self.allowed[:, :, 0] |= ~self.allowed.any(2)
        self.allowed[draw.random((B, T)) < 0.3] = True  # holes
        if kind == "forbidden":
            self.allowed[:, :, 0] = True  # which may follow itself, begin and end
        self.tokens = draw.uniform(0.1, 3, (B, T)).astype(np.float32)

    def paths(self, row):
        """Yield each path of a sentence and its score in double precision."""
        scores = self.emissions[row].astype(np.float64)
        transitions, start, end = (np.asarray(x, np.float64) for x in self.chain)
        length = self.lengths[row]
        for path in itertools.product(range(scores.shape[1]), repeat=length):
            score = sum(scores[t, label] for t, label in enumerate(path))
            score += sum(transitions[a, b] for a, b in zip(path, path[1:]))
            yield path, score + (start[path[0]] + end[path[-1]] if path else 0.0)

    def share(self, row, tokens):
        """Return the log-share of paths whose first `tokens` labels are allowed."""
        every = list(self.paths(row))
        top = max(score for _, score in every)
        sums = [0.0, 0.0]
        for path, score in every:
            agrees = all(self.allowed[row, t, path[t]] for t in range(tokens))
            sums[0] += np.exp(score - top)
            sums[1] += agrees * np.exp(score - top)
        return np.log(sums[1]) - np.log(sums[0])

    def losses(self):
        rows = enumerate(self.lengths)
        return np.array([-self.share(row, length) for row, length in rows])

    def weighted(self):
        return np.array(
            [
                -sum(
                    self.tokens[row, t] * (self.share(row, t + 1) - self.share(row, t))
                    for t in range(length)
                )
                for row, length in enumerate(self.lengths)
            ]
        )

    def loss(self, tokens=None, *, emissions=None, chain=None):
        return crf.negative_log_agreement(
            tf.constant(self.emissions) if emissions is None else emissions,
            tf.constant(self.allowed),
            tf.constant(self.lengths),
            crf.Chain(*map(tf.constant, self.chain)) if chain is None else chain,
            None if tokens is None else tf.constant(tokens),
        )


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(4))
def test_loss_is_the_share_of_agreeing_paths(kind, seed):
    case = Case(seed, kind, empty=True)
    np.testing.assert_allclose(case.loss().numpy(), case.losses(), atol=2e-4, rtol=1e-4)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(4))
def test_weighted_tokens_are_the_chain_rule(kind, seed):
    case = Case(seed, kind, empty=True)
    found = case.loss(case.tokens).numpy()
    np.testing.assert_allclose(found, case.weighted(), atol=2e-3, rtol=1e-4)
    ones = case.loss(np.ones_like(case.tokens)).numpy()
    np.testing.assert_allclose(ones, case.losses(), atol=2e-3, rtol=1e-4)


def gradients(case, tokens=None):
    given = [tf.constant(x) for x in (case.emissions, *case.chain)]
    with tf.GradientTape() as tape:
        tape.watch(given)
        chain = crf.Chain(*given[1:])
        loss = tf.reduce_sum(case.loss(tokens, emissions=given[0], chain=chain))
    return tape.gradient(loss, given)


@pytest.mark.parametrize("kind", ("plain", "forbidden"))
@pytest.mark.parametrize("weighted", (False, True))
def test_gradients_are_differences(kind, weighted):
    case = Case(5, kind)
    found = gradients(case, case.tokens if weighted else None)
    truth = case.weighted if weighted else case.losses
    for array, gradient in zip((case.emissions, *case.chain), found):
        for at in np.ndindex(array.shape):
            if not np.isfinite(array[at]):
                continue
            here, step, values = array[at], 2.0**-7, []
            for sign in (1, -1):
                array[at] = here + sign * step
                values.append(truth().sum())
            array[at] = here
            expected = (values[0] - values[1]) / (2 * step)
            assert gradient.numpy()[at] == pytest.approx(expected, abs=2e-3), at


def test_gradient_is_the_difference_of_two_marginals():
    case = Case(7)
    chain = crf.Chain(*map(tf.constant, case.chain))
    some = np.where(case.allowed, case.emissions, np.float32(-np.inf))
    every, some = (
        crf.marginals(tf.constant(scores), tf.constant(case.lengths), chain).numpy()
        for scores in (case.emissions, some)
    )
    found = gradients(case)[0].numpy()
    np.testing.assert_allclose(found, every - some, atol=1e-5)


@pytest.mark.parametrize("kind", ("plain", "forbidden"))
def test_one_label_each_is_the_usual_loss(kind):
    case = Case(9, kind)
    labels = np.zeros(case.allowed.shape[:2], np.int32)
    if kind == "plain":
        labels = np.random.default_rng(1).integers(0, K, labels.shape, np.int32)
    case.allowed = np.eye(K, dtype=bool)[labels]
    chain = crf.Chain(*map(tf.constant, case.chain))
    usual = crf.negative_log_likelihood(
        tf.constant(case.emissions), tf.constant(labels), case.lengths, chain
    )
    np.testing.assert_allclose(case.loss().numpy(), usual.numpy(), atol=1e-5)
    ones = np.ones_like(case.tokens)
    np.testing.assert_allclose(case.loss(ones).numpy(), usual.numpy(), atol=1e-5)


def test_padding_does_not_matter():
    case, other = Case(3), Case(3)
    padding = np.arange(T) >= case.lengths[:, None]
    other.emissions[padding] = 99.0
    other.allowed[padding] = False
    other.tokens[padding] = 7.0
    np.testing.assert_array_equal(case.loss().numpy(), other.loss().numpy())
    weighted = [c.loss(c.tokens).numpy() for c in (case, other)]
    np.testing.assert_array_equal(*weighted)
    assert np.all(gradients(other)[0].numpy()[padding] == 0)


@pytest.mark.parametrize("tokens", [1, T])
def test_all_of_it_trains_inside_a_graph(tokens):
    """Nothing is known of sizes there; sentences of one token are a batch, too."""
    case = Case(4, "forbidden")
    case.lengths = np.minimum(case.lengths, tokens)
    given = case.emissions, case.allowed, case.tokens
    emissions, allowed, weights = (values[:, :tokens] for values in given)
    chain = crf.Chain(*map(tf.constant, case.chain))
    labels = tf.constant([False, True, True])

    def gradient(emissions, allowed, weights, lengths):
        with tf.GradientTape() as tape:
            tape.watch(emissions)
            given = emissions, allowed, lengths, chain
            loss = tf.reduce_sum(crf.negative_log_agreement(*given, weights))
            loss += tf.reduce_sum(crf.negative_log_agreement(*given))
            loss += crf.expected_share(emissions, lengths, chain, labels)
        return tape.gradient(loss, emissions)

    compiled = tf.function(
        gradient,
        autograph=False,
        input_signature=[
            tf.TensorSpec([None, None, K], tf.float32),
            tf.TensorSpec([None, None, K], tf.bool),
            tf.TensorSpec([None, None], tf.float32),
            tf.TensorSpec([None], tf.int32),
        ],
    )
    arguments = list(map(tf.constant, (emissions, allowed, weights, case.lengths)))
    found = compiled(*arguments).numpy()
    np.testing.assert_allclose(found, gradient(*arguments).numpy(), atol=1e-5)
    assert np.isfinite(found).all()


def softmax(case, sentences, tokens=None):
    return (
        SoftmaxHead()
        .partial_loss(
            tf.constant(case.emissions),
            tf.constant(case.allowed),
            tf.constant(case.lengths),
            tf.constant(sentences),
            None if tokens is None else tf.constant(tokens),
        )
        .numpy()
    )


def test_softmax_sums_the_allowed_labels():
    case = Case(6, empty=True)
    sentences = np.array([1, 2, 0.5, 3, 1], np.float32)
    found = []
    for row, length in enumerate(case.lengths):
        for t in range(length):
            p = np.exp(case.emissions[row, t].astype(np.float64))
            if not case.allowed[row, t].all():
                loss = -np.log((p * case.allowed[row, t]).sum() / p.sum())
                found.append((loss, loss * sentences[row] * case.tokens[row, t]))
    plain, weighted = np.mean(found, axis=0)
    ones = np.ones(5, np.float32)
    assert softmax(case, ones) == pytest.approx(plain, rel=1e-5)
    assert softmax(case, sentences, case.tokens) == pytest.approx(weighted, rel=1e-5)


def test_softmax_of_one_label_each_is_the_usual_loss():
    case = Case(8)
    labels = np.random.default_rng(2).integers(0, K, case.allowed.shape[:2], np.int32)
    case.allowed = np.eye(K, dtype=bool)[labels]
    usual = SoftmaxHead().loss(case.emissions, tf.constant(labels), case.lengths)
    found = softmax(case, np.ones(4, np.float32))
    assert found == pytest.approx(usual.numpy(), rel=1e-6)


def test_nothing_known_is_no_loss():
    case = Case(2)
    case.allowed[:] = True
    assert softmax(case, np.ones(4, np.float32)) == 0
    np.testing.assert_array_equal(case.loss().numpy(), np.zeros(4))


@pytest.mark.parametrize("kind", KINDS)
def test_expected_share_sums_marginals(kind):
    case = Case(11, kind, empty=True)
    chain = crf.Chain(*map(tf.constant, case.chain))
    labels = tf.constant([False, True, True])
    given = tf.constant(case.emissions), tf.constant(case.lengths)
    found = crf.marginals(*given, chain).numpy()
    share = found[:, :, 1:].sum() / case.lengths.sum()
    assert crf.expected_share(*given, chain, labels).numpy() == pytest.approx(
        share, abs=1e-4
    )


def test_gradient_of_the_expected_share():
    case = Case(12, "forbidden")
    chain = crf.Chain(*map(tf.constant, case.chain))
    emissions, labels = tf.constant(case.emissions), tf.constant([False, True, False])
    with tf.GradientTape() as tape:
        tape.watch(emissions)
        share = crf.expected_share(emissions, tf.constant(case.lengths), chain, labels)
    gradient = tape.gradient(share, emissions).numpy()
    for at in [(1, 0, 0), (1, 2, 1), (2, 1, 2), (3, 2, 0)]:
        here, step, values = case.emissions[at], 2.0**-6, []
        for sign in (1, -1):
            case.emissions[at] = here + sign * step
            found = crf.marginals(
                tf.constant(case.emissions), tf.constant(case.lengths), chain
            )
            values.append(found.numpy()[..., 1].sum() / case.lengths.sum())
        case.emissions[at] = here
        expected = (values[0] - values[1]) / (2 * step)
        assert gradient[at] == pytest.approx(expected, abs=1e-3)
