"""Long sentences, large scores and unlikely transitions, against double precision."""

import numpy as np
import oracle
import pytest

from neuralnets.framework import tf
from neuralnets.keraslayers import crf, sums
from neuralnets.keraslayers.messages import factors_of

LENGTHS = [1, 2, 30, 300, 2000]


def random_case(kind, scale, offset, tokens, K=5):
    """Return emissions, an allowed label path, and the chain."""
    draw = np.random.default_rng(tokens)
    emissions = scale * draw.standard_normal((tokens, K)) + offset
    chain = oracle.chain_of(kind, draw, K)
    labels = [0]
    for _ in range(1, tokens):
        labels.append(draw.choice(np.flatnonzero(np.isfinite(chain[0][labels[-1]]))))
    labels[-1] = 0
    return emissions.astype(np.float32), np.array(labels), chain


SPEC = [
    tf.TensorSpec([None, None, 5]),
    tf.TensorSpec([None, None], tf.int32),
    tf.TensorSpec([None], tf.int32),
    *map(tf.TensorSpec, ([5, 5], [5], [5])),
]


def every_result(emissions, labels, lengths, *chain):
    chain = crf.Chain(*chain)
    with tf.GradientTape() as tape:
        tape.watch((emissions, *chain))
        loss = crf.negative_log_likelihood(emissions, labels, lengths, chain)
    gradients = tape.gradient(loss, [emissions, *chain])
    return {
        "loss": loss,
        "gradients": [tf.convert_to_tensor(g) for g in gradients],
        "log_partition": crf.log_partition(emissions, lengths, chain),
        "marginals": crf.marginals(emissions, lengths, chain),
        "best": crf.viterbi(emissions, lengths, chain),
        "score": crf.path_score(emissions, labels, lengths, chain),
    }


@pytest.fixture(scope="module")
def compute():
    """Everything as one graph, in which the exact sums are a branch of their own."""
    return tf.function(every_result, input_signature=SPEC, autograph=False)


@pytest.mark.parametrize("scale, offset", [(0.1, -1000), (3, 20), (30, 0), (300, 20)])
@pytest.mark.parametrize(
    "kind", ["usual", "high", "unlikely", "far apart", "forbidden"]
)
def test_nothing_depends_on_length_or_size(compute, kind, scale, offset):
    cases = [random_case(kind, scale, offset, tokens) for tokens in LENGTHS]
    for emissions, labels, chain in cases:
        T = len(labels)
        found = compute(emissions[None], labels[None].astype(np.int32), [T], *chain)
        true = oracle.truth(emissions, labels, *chain)
        # float32 itself resolves 6e-8 of a number, here of each token's scores.
        close = {"rtol": 2e-7, "atol": 1e-6 * (1 + scale * T**0.5)}
        np.testing.assert_allclose(found["loss"][0], true.loss, **close)
        np.testing.assert_allclose(found["score"][0], true.path_score, **close)
        np.testing.assert_allclose(
            found["log_partition"][0], true.log_partition, **close
        )
        of_emissions, *of_chain = found["gradients"]
        np.testing.assert_allclose(of_emissions[0], true.emissions, atol=1e-5)
        np.testing.assert_allclose(found["marginals"][0], true.marginals, atol=1e-5)
        np.testing.assert_allclose(of_chain[0], true.transitions, atol=1e-6 + T * 3e-5)
        np.testing.assert_allclose(of_chain[1], true.start, atol=1e-5)
        np.testing.assert_allclose(of_chain[2], true.end, atol=1e-5)
        path, score = found["best"]
        assert oracle.path_score(emissions, path[0], *chain) == true.best_score
        np.testing.assert_allclose(score[0], true.best_score, **close)


def test_company_of_other_lengths_changes_nothing(compute):
    """Short and long, in one batch: only the longest has no padding."""
    cases = [random_case("usual", 3, 20, tokens) for tokens in LENGTHS]
    chain = cases[0][2]
    emissions = np.full((len(LENGTHS), 2000, 5), np.nan, np.float32)
    labels = np.full((len(LENGTHS), 2000), -1, np.int32)
    for b, (scores, gold, _) in enumerate(cases):
        emissions[b, : len(gold)], labels[b, : len(gold)] = scores, gold
    found = compute(emissions, labels, LENGTHS, *chain)
    truths = [oracle.truth(scores, gold, *chain) for scores, gold, _ in cases]
    losses = [true.loss for true in truths]
    np.testing.assert_allclose(found["loss"], losses, rtol=3e-7)
    for b, true in enumerate(truths):
        T = LENGTHS[b]
        of_emissions = found["gradients"][0][b]
        np.testing.assert_allclose(of_emissions[:T], true.emissions, atol=1e-6)
        np.testing.assert_array_equal(of_emissions[T:], 0)
        np.testing.assert_array_equal(found["marginals"][b, T:], 0)
    total = sum(true.transitions for true in truths)
    np.testing.assert_allclose(found["gradients"][1], total, atol=1e-3)


def test_an_unlikely_transition_may_be_the_right_one():
    """It was taken for e^-69, whatever it was: a loss of 30.9."""
    emissions = np.float32([[200, 0], [0, 200]])
    chain = np.float32([[0, -100], [0, 0]]), np.zeros(2), np.zeros(2)
    loss = crf.negative_log_likelihood(
        tf.constant(emissions[None]),
        tf.constant([[0, 1]]),
        tf.constant([2]),
        crf.Chain(*(tf.constant(x, tf.float32) for x in chain)),
    )
    assert abs(float(loss[0])) < 1e-6


@pytest.mark.parametrize("size", [5, 14, 29, 40, 60, 80, 100, 200, 1e3])
@pytest.mark.parametrize("gap", [1, 20, 29.9, 30.1, 43, 60, 69, 88, 100, 300, np.inf])
def test_on_either_side_of_what_is_quick(gap, size):
    """Labels that are likely by far must be left by transitions that hardly are."""
    draw = np.random.default_rng(int(size))
    emissions = draw.normal(0, 1, (9, 3))
    emissions[np.arange(9), np.arange(9) % 3] += size
    emissions = emissions.astype(np.float32)
    transitions = np.where(np.eye(3) > 0, 0.0, -gap)
    chain = [transitions, draw.normal(0, 1, 3), draw.normal(0, 1, 3)]
    chain = [x.astype(np.float32) for x in chain]
    labels = np.array([1] * 9)
    true = oracle.truth(emissions, labels, *chain)
    variables = [tf.constant(emissions[None]), *map(tf.constant, chain)]
    with tf.GradientTape() as tape:
        tape.watch(variables)
        loss = crf.negative_log_likelihood(
            variables[0],
            tf.constant(labels[None], tf.int32),
            tf.constant([9]),
            crf.Chain(*variables[1:]),
        )
    gradients = tape.gradient(loss, variables)
    np.testing.assert_allclose(loss[0], true.loss, rtol=1e-6, atol=1e-5 + 3e-7 * size)
    expected = [true.emissions[None], true.transitions, true.start, true.end]
    for gradient, correct in zip(gradients, expected):
        # float32 resolves sums of such scores to this.
        np.testing.assert_allclose(
            tf.convert_to_tensor(gradient), correct, atol=1e-4 + 3e-7 * size
        )


def ways_taken(transitions, scale):
    """Return whether the sums of such a chain were taken in logs."""
    emissions = scale * np.random.default_rng(0).standard_normal((40, 3, 4))
    return bool(
        sums.collect(
            tf.constant(emissions, tf.float32),
            tf.constant([40, 7, 1]),
            factors_of(tf.constant(transitions, tf.float32)),
        ).logs
    )


def test_what_is_usual_is_quick():
    usual = np.random.default_rng(0).normal(0, 2, (4, 4))
    usual -= usual.max()
    assert not ways_taken(usual, 3)
    assert not ways_taken(usual, 300)
    forbidden = np.array(usual)
    forbidden[[0, 3], [2, 2]] = oracle.NEVER  # as of an I- behind O
    assert not ways_taken(forbidden, 3)
    assert ways_taken(forbidden, 300)
    assert ways_taken(100 * usual, 30)
