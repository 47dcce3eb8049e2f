"""The CRF against an enumeration of all paths and against TensorFlow Addons."""

import itertools
from typing import NamedTuple

import numpy as np
import pytest
import tensorflow as tf

from neuralnets.keraslayers import crf

NEVER = -np.inf


class Case(NamedTuple):
    """Random sentences; what stands in their padding must not matter."""

    emissions: np.ndarray  # [B, T, K]
    labels: np.ndarray  # [B, T]
    lengths: np.ndarray  # [B]
    transitions: np.ndarray  # [K, K]
    start: np.ndarray  # [K]
    end: np.ndarray  # [K]

    @property
    def chain(self):
        return crf.Chain(*map(tf.constant, self[3:]))


def random_case(seed, forbid=False, batch=4, tokens=4, scale=2.0):
    rng = np.random.default_rng(seed)
    K = int(rng.integers(2, 5))

    def scores(*shape):
        return (scale * rng.standard_normal(shape)).astype(np.float32)

    lengths = rng.integers(1, tokens + 1, batch).astype(np.int32)
    lengths[0], lengths[1] = 1, tokens
    case = Case(
        scores(batch, tokens, K),
        rng.integers(0, K, (batch, tokens)).astype(np.int32),
        lengths,
        scores(K, K),
        scores(K),
        scores(K),
    )
    padding = np.arange(tokens) >= lengths[:, None]
    case.emissions[padding] = rng.uniform(-50, 50, (padding.sum(), K))
    if forbid:
        # Label 0 may begin, end and follow itself: every sentence keeps a path.
        case.transitions[rng.random((K, K)) < 0.4] = NEVER
        case.transitions[0, :] = np.where(
            np.arange(K) < 2, scores(K), case.transitions[0]
        )
        case.transitions[0, -1] = NEVER
        case.start[-1] = NEVER
        case.end[-1] = NEVER
        case.emissions[1, 1, -1] = NEVER
        if K == 2:
            case.labels[:] = 0
        else:
            case.labels[:] = np.minimum(case.labels, 1)
            case.transitions[:2, :2] = scores(2, 2)
    return case


CASES = [
    pytest.param(random_case(seed, forbid), id=f"{seed}{'-forbidden' * forbid}")
    for seed in range(6)
    for forbid in (False, True)
]


class Enumeration:
    """All paths of one sentence, in double precision, from the definition alone."""

    def __init__(self, case, sentence):
        T, K = case.lengths[sentence], case.transitions.shape[0]
        emissions = case.emissions[sentence].astype(float)
        self.K = K
        self.paths = list(itertools.product(range(K), repeat=int(T)))
        self.scores = np.array(
            [
                case.start[path[0]]
                + sum(emissions[t, label] for t, label in enumerate(path))
                + sum(case.transitions[pair] for pair in zip(path, path[1:]))
                + case.end[path[-1]]
                for path in self.paths
            ],
            dtype=float,
        )
        self.log_z = np.log(np.sum(np.exp(self.scores - self.scores.max())))
        self.log_z += self.scores.max()
        self.probabilities = np.exp(self.scores - self.log_z)

    def score(self, labels):
        return self.scores[self.paths.index(tuple(labels))]

    def ranked(self):
        """Return the possible paths and their scores, best first."""
        order = [i for i in np.argsort(-self.scores) if self.scores[i] > NEVER]
        return [self.paths[i] for i in order], self.scores[order]

    def counts(self, path):
        """Return how often a path has each emission, transition, start and end."""
        emissions = np.eye(self.K)[list(path)]
        transitions = np.zeros((self.K, self.K))
        for pair in zip(path, path[1:]):
            transitions[pair] += 1
        return emissions, transitions, emissions[0], emissions[-1]

    def expected_counts(self):
        counts = [self.counts(path) for path in self.paths]
        return [
            sum(p * count for p, count in zip(self.probabilities, each))
            for each in zip(*counts)
        ]


def enumerations(case):
    return [Enumeration(case, b) for b in range(len(case.lengths))]


@pytest.mark.parametrize("case", CASES)
def test_log_partition_and_likelihood_equal_enumeration(case):
    log_z = crf.log_partition(case.emissions, case.lengths, case.chain)
    nll = crf.negative_log_likelihood(
        case.emissions, case.labels, case.lengths, case.chain
    )
    for b, oracle in enumerate(enumerations(case)):
        gold = case.labels[b, : case.lengths[b]]
        assert log_z[b].numpy() == pytest.approx(oracle.log_z, rel=1e-5, abs=1e-5)
        expected = oracle.log_z - oracle.score(gold)
        assert nll[b].numpy() == pytest.approx(expected, rel=1e-5, abs=1e-4)


@pytest.mark.parametrize("case", CASES)
def test_viterbi_equals_enumeration(case):
    paths, scores = crf.viterbi(case.emissions, case.lengths, case.chain)
    for b, oracle in enumerate(enumerations(case)):
        T = case.lengths[b]
        best, best_scores = oracle.ranked()
        assert tuple(paths[b, :T].numpy()) == best[0]
        assert not np.any(paths[b, T:])
        assert scores[b].numpy() == pytest.approx(best_scores[0], rel=1e-5, abs=1e-5)


@pytest.mark.parametrize("case", CASES)
def test_marginals_equal_enumeration(case):
    marginals = crf.marginals(case.emissions, case.lengths, case.chain).numpy()
    for b, oracle in enumerate(enumerations(case)):
        T = case.lengths[b]
        expected = oracle.expected_counts()[0]
        np.testing.assert_allclose(marginals[b, :T], expected, rtol=1e-4, atol=1e-6)
        np.testing.assert_array_equal(marginals[b, T:], 0)


@pytest.mark.parametrize("n", [1, 2, 5])
@pytest.mark.parametrize("case", CASES)
def test_nbest_equals_enumeration(case, n):
    paths, scores = crf.nbest(case.emissions, case.lengths, case.chain, n)
    assert paths.shape == (*case.lengths.shape, n, case.emissions.shape[1])
    for b, oracle in enumerate(enumerations(case)):
        T = case.lengths[b]
        best, best_scores = oracle.ranked()
        best, best_scores = best[:n], best_scores[:n]
        found = [tuple(path) for path in paths[b, :, :T].numpy()]
        assert found[: len(best)] == best
        np.testing.assert_allclose(scores[b, : len(best)], best_scores, 1e-5, 1e-5)
        assert np.all(np.isneginf(scores[b, len(best) :]))
        assert not np.any(paths[b, :, T:])


@pytest.mark.parametrize("case", CASES)
def test_gradients_are_expected_minus_gold_counts(case):
    emissions, chain = tf.constant(case.emissions), case.chain
    weights = np.linspace(0.5, 2.0, len(case.lengths)).astype(np.float32)
    with tf.GradientTape() as tape:
        tape.watch((emissions, *chain))
        nll = crf.negative_log_likelihood(emissions, case.labels, case.lengths, chain)
        loss = tf.reduce_sum(weights * nll)
    of_emissions, *of_chain = map(
        tf.convert_to_tensor, tape.gradient(loss, [emissions, *chain])
    )
    totals = [0.0, 0.0, 0.0]
    for b, oracle in enumerate(enumerations(case)):
        T = case.lengths[b]
        expected = oracle.expected_counts()
        gold = oracle.counts(case.labels[b, :T])
        first, *rest = [weights[b] * (e - g) for e, g in zip(expected, gold)]
        np.testing.assert_allclose(of_emissions[b, :T], first, rtol=1e-4, atol=2e-5)
        np.testing.assert_array_equal(of_emissions[b, T:], 0)
        totals = [total + part for total, part in zip(totals, rest)]
    for gradient, total in zip(of_chain, totals):
        np.testing.assert_allclose(gradient, total, rtol=1e-4, atol=5e-5)


@pytest.mark.parametrize("forbid", [False, True])
def test_gradient_of_emissions_is_marginals_minus_one_hot(forbid):
    case = random_case(7, forbid, batch=5, tokens=11)
    emissions = tf.constant(case.emissions)
    with tf.GradientTape() as tape:
        tape.watch(emissions)
        nll = crf.negative_log_likelihood(
            emissions, case.labels, case.lengths, case.chain
        )
    gold = tf.one_hot(case.labels, emissions.shape[2])
    present = tf.sequence_mask(case.lengths, 11)[..., None]
    marginals = crf.marginals(emissions, case.lengths, case.chain)
    expected = tf.where(present, marginals - gold, 0.0)
    np.testing.assert_allclose(tape.gradient(nll, emissions), expected, atol=1e-5)


def tfa_case(seed):
    rng = np.random.default_rng(seed)
    B, T, K = 6, 9, 7
    lengths = rng.integers(1, T + 1, B).astype(np.int32)
    lengths[:2] = 1, T
    return Case(
        rng.normal(0, 2, (B, T, K)).astype(np.float32),
        rng.integers(0, K, (B, T)).astype(np.int32),
        lengths,
        rng.normal(0, 1, (K, K)).astype(np.float32),
        np.zeros(K, np.float32),
        np.zeros(K, np.float32),
    )


@pytest.fixture
def tfa():
    return pytest.importorskip(
        "tensorflow_addons", reason="TensorFlow Addons ended with TensorFlow 2.15"
    )


@pytest.mark.parametrize("seed", range(3))
def test_likelihood_and_gradients_equal_tensorflow_addons(tfa, seed):
    case = tfa_case(seed)
    emissions, chain = tf.constant(case.emissions), case.chain
    with tf.GradientTape(persistent=True) as tape:
        tape.watch((emissions, chain.transitions))
        ours = crf.negative_log_likelihood(emissions, case.labels, case.lengths, chain)
        theirs, _ = tfa.text.crf_log_likelihood(
            emissions, case.labels, case.lengths, chain.transitions
        )
        theirs = -theirs
    np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-4)
    of = [emissions, chain.transitions]
    for mine, other in zip(tape.gradient(ours, of), tape.gradient(theirs, of)):
        np.testing.assert_allclose(
            tf.convert_to_tensor(mine), tf.convert_to_tensor(other), atol=5e-5
        )


@pytest.mark.parametrize("seed", range(3))
def test_viterbi_equals_tensorflow_addons(tfa, seed):
    case = tfa_case(seed)
    paths, scores = crf.viterbi(case.emissions, case.lengths, case.chain)
    theirs, their_scores = tfa.text.crf_decode(
        tf.constant(case.emissions), tf.constant(case.transitions), case.lengths
    )
    present = tf.sequence_mask(case.lengths, case.emissions.shape[1])
    np.testing.assert_array_equal(paths, tf.where(present, theirs, 0))
    np.testing.assert_allclose(scores, their_scores, rtol=1e-5)


def everything(case):
    """Return all that the module computes, gradients included."""
    emissions, chain = tf.constant(case.emissions), case.chain
    with tf.GradientTape() as tape:
        tape.watch(emissions)
        nll = crf.negative_log_likelihood(emissions, case.labels, case.lengths, chain)
    paths, score = crf.viterbi(emissions, case.lengths, chain)
    several, scores = crf.nbest(emissions, case.lengths, chain, 3)
    return {
        "nll": nll,
        "gradient": tape.gradient(nll, emissions),
        "marginals": crf.marginals(emissions, case.lengths, chain),
        "score": score,
        "scores": scores,
        "paths": paths,
        "several": several,
    }


@pytest.mark.parametrize("forbid", [False, True])
def test_sentence_alone_gives_what_it_gives_in_a_padded_batch(forbid):
    case = random_case(11, forbid, batch=5)
    together = everything(case)
    for b, length in enumerate(case.lengths):
        alone = case._replace(
            emissions=case.emissions[b : b + 1, :length],
            labels=case.labels[b : b + 1, :length],
            lengths=case.lengths[b : b + 1],
        )
        for name, value in everything(alone).items():
            padded = together[name][b].numpy()
            if name == "several":
                padded = padded[:, :length]
            elif name in ("gradient", "marginals", "paths"):
                padded = padded[:length]
            np.testing.assert_allclose(
                value[0], padded, rtol=1e-5, atol=1e-5, err_msg=name
            )


@pytest.mark.parametrize("label", [1, -1, 10**6])
def test_labels_in_the_padding_are_ignored(label):
    case = random_case(3)
    expected = everything(case)
    padding = np.arange(case.labels.shape[1]) >= case.lengths[:, None]
    other = case._replace(labels=np.where(padding, np.int32(label), case.labels))
    found = everything(other)
    np.testing.assert_array_equal(found["nll"], expected["nll"])
    np.testing.assert_array_equal(found["gradient"], expected["gradient"])


def test_worked_example():
    chain = crf.Chain(
        tf.constant([[-2.0, 2.0], [1.0, -2.0]]),
        tf.constant([1.0, -1.0]),
        tf.zeros(2),
    )
    emissions = tf.constant([[[2.0, 1.0], [1.0, 0.0]]])
    lengths = tf.constant([2])
    log_z = crf.log_partition(emissions, lengths, chain)
    assert np.exp(log_z[0]) == pytest.approx(163.33, abs=0.01)
    path, score = crf.viterbi(emissions, lengths, chain)
    assert path.numpy().tolist() == [[0, 1]]
    assert score[0].numpy() == pytest.approx(5.0)
    nll = crf.negative_log_likelihood(emissions, path, lengths, chain)
    assert np.exp(-nll[0]) == pytest.approx(0.9087, abs=1e-4)


def test_one_token_sentences_know_start_and_end_but_no_transition():
    start, end = np.float32([1, 2, 3]), np.float32([0.5, -4, 0])
    chain = crf.Chain(tf.fill([3, 3], 100.0), tf.constant(start), tf.constant(end))
    emissions = np.float32([[[1, 2, 0.25]]])
    total = start + end + emissions[0, 0]
    softmax = np.exp(total) / np.exp(total).sum()
    marginals = crf.marginals(emissions, tf.constant([1]), chain)
    np.testing.assert_allclose(marginals[0, 0], softmax, rtol=1e-5)
    nll = crf.negative_log_likelihood(
        emissions, tf.constant([[1]]), tf.constant([1]), chain
    )
    assert nll[0].numpy() == pytest.approx(-np.log(softmax[1]), rel=1e-5)
    assert crf.viterbi(emissions, tf.constant([1]), chain)[0].numpy() == [
        [np.argmax(total)]
    ]


@pytest.mark.parametrize("what", ["emissions", "transitions", "start", "end"])
def test_extreme_scores_stay_finite(what):
    case = random_case(5, tokens=6)
    array = getattr(case, what)
    array[:] = np.where(array > 0, 1e4, -1e4)
    array += np.random.default_rng(0).uniform(-50, 50, array.shape)
    emissions, chain = tf.constant(case.emissions), case.chain
    with tf.GradientTape() as tape:
        tape.watch((emissions, *chain))
        nll = crf.negative_log_likelihood(emissions, case.labels, case.lengths, chain)
    for gradient in (nll, *tape.gradient(nll, [emissions, *chain])):
        assert np.all(np.isfinite(tf.convert_to_tensor(gradient)))
    # Paths differ by tens; float32 resolves 1e4 * 6 to hundredths.
    assert np.all(nll > -0.05)
    marginals = crf.marginals(emissions, case.lengths, chain)
    present = tf.sequence_mask(case.lengths, 6, tf.float32)
    np.testing.assert_allclose(tf.reduce_sum(marginals, 2), present, atol=0.05)
    paths, _ = crf.viterbi(emissions, case.lengths, chain)
    for b, oracle in enumerate(enumerations(case)):
        T = case.lengths[b]
        found = oracle.score(paths[b, :T].numpy())
        assert found == pytest.approx(oracle.scores.max(), rel=1e-6, abs=0.01)


@pytest.mark.parametrize("size", [30.0, 70.0, 100.0, 1e4])
def test_forbidden_transitions_between_the_likeliest_labels_are_exact(size):
    """float32 sees ways down to e^-87 of the likeliest; here only others are left."""
    # From 0 only to 0, from 1 only to 1: either path gives up `size` once.
    chain = crf.Chain(
        tf.constant([[0.0, NEVER], [NEVER, 0.0]], tf.float32), tf.zeros(2), tf.zeros(2)
    )
    emissions = tf.constant([[[size, 0.0], [0.0, size]]])
    with tf.GradientTape() as tape:
        tape.watch((emissions, chain.transitions))
        nll = crf.negative_log_likelihood(
            emissions, tf.constant([[0, 0]]), tf.constant([2]), chain
        )
    gradients = tape.gradient(nll, [emissions, chain.transitions])
    of_emissions, of_transitions = map(tf.convert_to_tensor, gradients)
    # float32 resolves 1e4 to a thousandth.
    assert nll[0].numpy() == pytest.approx(np.log(2), abs=2e-3)
    half = [[-0.5, 0.5], [-0.5, 0.5]]
    np.testing.assert_allclose(of_emissions[0], half, atol=2e-3)
    np.testing.assert_allclose(of_transitions, [[-0.5, 0], [0, 0.5]], atol=2e-3)
    marginals = crf.marginals(emissions, tf.constant([2]), chain)
    np.testing.assert_allclose(marginals[0], [[0.5, 0.5], [0.5, 0.5]], atol=1e-3)


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("forbid", [False, True])
@pytest.mark.parametrize("graph", [False, True])
def test_extreme_emissions_of_any_length_are_exact(seed, forbid, graph):
    """In eager steps and in a graph, where exact steps are a branch of their own."""
    case = random_case(seed, forbid, batch=6, tokens=6)
    draw = np.random.default_rng(seed)
    extreme = draw.choice([-1e4, 0, 1e4], case.emissions.shape)
    emissions = tf.constant((case.emissions + extreme).astype(np.float32))
    lengths = np.arange(1, 7, dtype=np.int32)
    case = case._replace(emissions=emissions.numpy(), lengths=lengths)

    def run(emissions, *scores):
        chain = crf.Chain(*scores)
        with tf.GradientTape() as tape:
            tape.watch((emissions, *chain))
            loss = crf.negative_log_likelihood(emissions, case.labels, lengths, chain)
        gradients = tape.gradient(loss, [emissions, *chain])
        marginals = crf.marginals(emissions, lengths, chain)
        return loss, marginals, [tf.convert_to_tensor(g) for g in gradients]

    run = tf.function(run) if graph else run
    loss, marginals, gradients = run(emissions, *case.chain)
    for value in (loss, marginals, *gradients):
        assert np.all(np.isfinite(value))
    totals = [0.0, 0.0, 0.0]
    for b, oracle in enumerate(enumerations(case)):
        T = lengths[b]
        expected = oracle.expected_counts()
        gold = oracle.counts(case.labels[b, :T])
        # float32 resolves 1e4 times the length to hundredths.
        np.testing.assert_allclose(marginals[b, :T], expected[0], atol=0.02)
        difference = expected[0] - gold[0]
        np.testing.assert_allclose(gradients[0][b, :T], difference, atol=0.05)
        totals = [t + e - g for t, e, g in zip(totals, expected[1:], gold[1:])]
    for gradient, total in zip(gradients[1:], totals):
        np.testing.assert_allclose(gradient, total, atol=0.2)


def test_unlikely_but_allowed_transitions_stay_finite():
    """The first label leaves only by transitions that float32 rounds to nothing."""
    chain = crf.Chain(
        tf.constant([[-200.0, -200.0], [-200.0, 0.0]]), tf.zeros(2), tf.zeros(2)
    )
    emissions = tf.constant([[[1e4, 0.0], [0.0, 0.0]]])
    with tf.GradientTape() as tape:
        tape.watch((emissions, chain.transitions))
        nll = crf.negative_log_likelihood(
            emissions, tf.constant([[0, 1]]), tf.constant([2]), chain
        )
    gradients = tape.gradient(nll, [emissions, chain.transitions])
    for value in (nll, *map(tf.convert_to_tensor, gradients)):
        assert np.all(np.isfinite(value))
    marginals = crf.marginals(emissions, tf.constant([2]), chain)
    np.testing.assert_allclose(marginals[0], [[1, 0], [0.5, 0.5]], atol=1e-3)


def test_forbidden_gold_path_has_infinite_loss():
    chain = crf.Chain(
        tf.constant([[0.0, NEVER], [0.0, 0.0]], tf.float32), tf.zeros(2), tf.zeros(2)
    )
    nll = crf.negative_log_likelihood(
        tf.zeros([1, 2, 2]), tf.constant([[0, 1]]), tf.constant([2]), chain
    )
    assert np.isposinf(nll[0])


def test_one_trace_serves_all_lengths_and_batch_sizes():
    traces = []

    @tf.function(
        input_signature=[
            tf.TensorSpec([None, None, 3]),
            tf.TensorSpec([None, None], tf.int32),
            tf.TensorSpec([None], tf.int32),
        ]
    )
    def run(emissions, labels, lengths):
        traces.append(1)
        chain = crf.Chain(tf.ones([3, 3]), tf.zeros(3), tf.ones(3))
        with tf.GradientTape() as tape:
            tape.watch(emissions)
            nll = crf.negative_log_likelihood(emissions, labels, lengths, chain)
        paths, _ = crf.viterbi(emissions, lengths, chain)
        return (
            tape.gradient(nll, emissions),
            paths,
            crf.nbest(emissions, lengths, chain, 2),
        )

    for B, T in [(1, 1), (2, 5), (3, 2), (1, 40)]:
        gradient, paths, (several, _) = run(
            tf.random.stateless_normal([B, T, 3], [B, T]),
            tf.zeros([B, T], tf.int32),
            tf.fill([B], T),
        )
        assert gradient.shape == (B, T, 3)
        np.testing.assert_array_equal(several[:, 0], paths)
    assert len(traces) == 1
