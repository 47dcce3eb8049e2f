"""Probabilities of sequences, labels and spans against an enumeration of all paths."""

import itertools
import math
from typing import NamedTuple

import numpy as np
import pytest
import tensorflow as tf

from neuralnets.heads import SoftmaxHead
from neuralnets.keraslayers import crf, posterior
from neuralnets.tagging import confidence
from util import tagschemes
from util.task import Task

NEVER = -np.inf
LABELS = {
    "BIO": ["O", "B-A", "I-A", "B-B", "I-B"],
    "IOB": ["I-A", "B-A", "O", "I-B"],
    "IOBES": ["O", "B-A", "I-A", "E-A", "S-A"],
}


class Case(NamedTuple):
    """Random sentences whose labels write spans."""

    labels: list[str]
    scheme: str
    emissions: np.ndarray  # [B, T, K]
    lengths: np.ndarray  # [B]
    chain: crf.Chain

    def find(self, shown=None, path=None):
        """Return the labels that are looked at, and the posterior."""
        if path is None:
            path = crf.viterbi(self.emissions, self.lengths, self.chain)[0]
        shown = self.lengths if shown is None else shown
        found = posterior.posterior(
            path, self.emissions, self.lengths, shown, self.chain
        )
        return np.array(path), found

    def reading(self):
        return confidence.reading_of(Task("x", f"x_{self.scheme}", self.labels))


def random_case(scheme, seed, constrained, batch=4, tokens=5, scale=2.0):
    rng = np.random.default_rng(seed)
    labels = LABELS[scheme]
    K = len(labels)

    def scores(*shape):
        return (scale * rng.standard_normal(shape)).astype(np.float32)

    chain = [scores(K, K), scores(K), scores(K)]
    if constrained:
        may = tagschemes.may_follow
        for i, before in enumerate(labels):
            chain[1][i] = chain[1][i] if may(None, before, scheme) else NEVER
            chain[2][i] = chain[2][i] if may(before, None, scheme) else NEVER
            for j, after in enumerate(labels):
                if not may(before, after, scheme):
                    chain[0][i, j] = NEVER
    lengths = rng.integers(1, tokens + 1, batch).astype(np.int32)
    lengths[:2] = 1, tokens
    emissions = scores(batch, tokens, K)
    padding = np.arange(tokens) >= lengths[:, None]
    emissions[padding] = rng.uniform(-50, 50, (padding.sum(), K))
    return Case(labels, scheme, emissions, lengths, crf.Chain(*map(tf.constant, chain)))


CASES = [
    pytest.param(
        random_case(scheme, seed, constrained),
        id=f"{scheme}-{seed}{'-constrained' * constrained}",
    )
    for scheme in LABELS
    for seed in range(2)
    for constrained in (False, True)
]


def enumerate_paths(case, b):
    """Return every path of a sentence and its probability, in double precision."""
    transitions, start, end = (np.array(x, float) for x in case.chain)
    emissions = case.emissions[b].astype(float)
    paths = list(itertools.product(range(len(case.labels)), repeat=case.lengths[b]))
    scores = np.array(
        [
            start[path[0]]
            + end[path[-1]]
            + sum(emissions[t, label] for t, label in enumerate(path))
            + sum(transitions[pair] for pair in zip(path, path[1:]))
            for path in paths
        ]
    )
    weights = np.exp(scores - scores.max())
    return paths, weights / weights.sum()


def tags_of(case, path):
    return [case.labels[label] for label in path]


@pytest.mark.parametrize("case", CASES)
def test_sequences_tokens_and_spans_equal_enumeration(case):
    labels, found = case.find()
    sequences = posterior.sequence_probabilities(found).numpy()
    tokens = posterior.token_probabilities(found).numpy()
    starts, ends, spans = map(
        np.array, posterior.span_probabilities(found, case.reading())
    )
    for b, T in enumerate(case.lengths):
        paths, probabilities = enumerate_paths(case, b)
        best = tuple(labels[b, :T])
        assert sequences[b] == pytest.approx(probabilities[paths.index(best)], rel=1e-4)
        for t in range(T):
            expected = sum(
                p for path, p in zip(paths, probabilities) if path[t] == best[t]
            )
            assert tokens[b, t] == pytest.approx(expected, rel=1e-4)
        here = tagschemes.spans(tags_of(case, best))
        assert np.flatnonzero(starts[b]).tolist() == [span.start for span in here]
        assert np.flatnonzero(ends[b]).tolist() == [span.end - 1 for span in here]
        read = [tagschemes.spans(tags_of(case, path)) for path in paths]
        for span in here:
            expected = sum(p for s, p in zip(read, probabilities) if span in s)
            assert spans[b, span.end - 1] == pytest.approx(expected, rel=1e-4)
        assert np.all(spans[b][~ends[b]] == 0)


@pytest.mark.parametrize("case", CASES[::3])
def test_any_path_may_be_looked_at(case):
    """Not the best one alone: here the third best."""
    several, scores = crf.nbest(case.emissions, case.lengths, case.chain, 3)
    third = np.where(np.isfinite(scores)[:, 2:], several[:, 2], several[:, 0])
    _, found = case.find(path=third)
    sequences = posterior.sequence_probabilities(found)
    _, ends, spans = map(np.array, posterior.span_probabilities(found, case.reading()))
    for b, T in enumerate(case.lengths):
        paths, probabilities = enumerate_paths(case, b)
        expected = probabilities[paths.index(tuple(third[b, :T]))]
        assert sequences[b].numpy() == pytest.approx(expected, rel=1e-4)
        read = [tagschemes.spans(tags_of(case, path)) for path in paths]
        here = tagschemes.spans(tags_of(case, third[b, :T]))
        assert [s.end - 1 for s in here] == np.flatnonzero(ends[b]).tolist()
        for span in here:
            expected = sum(p for s, p in zip(read, probabilities) if span in s)
            assert spans[b, span.end - 1] == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("n", [1, 3, 30])
@pytest.mark.parametrize("case", CASES[::2])
def test_alternatives_equal_enumeration(case, n):
    _, found = case.find()
    paths, probabilities = map(np.array, posterior.alternatives(found, n))
    for b, T in enumerate(case.lengths):
        every, expected = enumerate_paths(case, b)
        order = [i for i in np.argsort(-expected)[:n] if expected[i] > 0]
        here = [tuple(path[:T]) for path in paths[b, : len(order)]]
        assert here == [every[i] for i in order]
        np.testing.assert_allclose(
            probabilities[b, : len(order)], expected[order], rtol=1e-4
        )
        assert np.all(probabilities[b, len(order) :] == 0)


@pytest.mark.parametrize("case", CASES[::2])
def test_what_is_not_shown_is_added_up(case):
    """As for the padding token that models of the original tool decode."""
    shown = np.maximum(case.lengths - 2, 1).astype(np.int32)
    labels, found = case.find(shown)
    sequences = posterior.sequence_probabilities(found).numpy()
    tokens = posterior.token_probabilities(found).numpy()
    _, ends, spans = map(np.array, posterior.span_probabilities(found, case.reading()))
    several, of_several = map(np.array, posterior.alternatives(found, 4))
    for b, n in enumerate(shown):
        total = {}
        for path, p in zip(*enumerate_paths(case, b)):
            total[path[:n]] = total.get(path[:n], 0) + p
        best = tuple(labels[b, :n])
        assert sequences[b] == pytest.approx(total[best], rel=1e-4)
        for t in range(n):
            expected = sum(p for path, p in total.items() if path[t] == best[t])
            assert tokens[b, t] == pytest.approx(expected, rel=1e-4)
        here = tagschemes.spans(tags_of(case, best))
        assert np.flatnonzero(ends[b]).tolist() == [span.end - 1 for span in here]
        for span in here:
            expected = sum(
                p
                for path, p in total.items()
                if span in tagschemes.spans(tags_of(case, path))
            )
            assert spans[b, span.end - 1] == pytest.approx(expected, rel=1e-4)
        ranked = sorted(total, key=total.get, reverse=True)[:4]
        ranked = [path for path in ranked if total[path] > 0]
        assert [tuple(path[:n]) for path in several[b, : len(ranked)]] == ranked
        np.testing.assert_allclose(
            of_several[b, : len(ranked)], [total[path] for path in ranked], rtol=1e-4
        )


@pytest.mark.parametrize("seed", range(2))
def test_softmax_is_a_chain_without_transitions(seed):
    case = random_case("BIO", seed, False)
    emissions, chain = SoftmaxHead().distribution(tf.constant(case.emissions))
    case = case._replace(emissions=np.array(emissions), chain=chain)
    labels, found = case.find()
    soft = SoftmaxHead().marginals(case.emissions, case.lengths).numpy()
    own = np.take_along_axis(soft, labels[..., None], 2)[..., 0]
    present = np.arange(labels.shape[1]) < case.lengths[:, None]
    tokens = posterior.token_probabilities(found).numpy()
    np.testing.assert_allclose(tokens[present], own[present], rtol=1e-5)
    product = np.where(present, own, 1).prod(1)
    np.testing.assert_allclose(
        posterior.sequence_probabilities(found), product, rtol=1e-5
    )


@pytest.mark.parametrize("scheme", LABELS)
@pytest.mark.parametrize("constrained", [False, True])
def test_extreme_emissions_give_probabilities(scheme, constrained):
    case = random_case(scheme, 5, constrained, batch=12, tokens=12)
    rng = np.random.default_rng(1)
    emissions = np.where(rng.random(case.emissions.shape) < 0.5, 1e4, -1e4)
    emissions += rng.uniform(-5, 5, emissions.shape)
    lengths = np.arange(1, 13, dtype=np.int32)
    case = case._replace(emissions=emissions.astype(np.float32), lengths=lengths)
    labels, found = case.find()
    values = [
        posterior.sequence_probabilities(found),
        posterior.token_probabilities(found),
        posterior.span_probabilities(found, case.reading())[2],
        posterior.alternatives(found, 3)[1],
    ]
    for value in map(np.array, values):
        assert np.all(np.isfinite(value))
        assert np.all((value >= 0) & (value <= 1))
    for b in range(6):  # the longer ones have too many paths to write down
        paths, probabilities = enumerate_paths(case, b)
        here = probabilities[paths.index(tuple(labels[b, : lengths[b]]))]
        # float32 resolves 1e4 to a thousandth, once for each token.
        assert float(values[0][b]) == pytest.approx(here, rel=0.02)


def test_only_the_forbidden_way_is_likely():
    """The likeliest labels must not meet, by far more than float32 can express."""
    labels = ["O", "B-A", "I-A"]
    emissions = np.zeros((1, 2, 3), np.float32)
    emissions[0, 0, 0] = emissions[0, 1, 2] = 500.0  # O I-A
    emissions[0, 0, 1], emissions[0, 1, 1] = 1.0, 2.0
    transitions = np.zeros((3, 3), np.float32)
    transitions[0, 2] = NEVER
    start = np.float32([0, 0, NEVER])
    chain = crf.Chain(*map(tf.constant, (transitions, start, np.zeros(3, np.float32))))
    case = Case(labels, "BIO", emissions, np.array([2], np.int32), chain)
    found_labels, found = case.find()
    assert tags_of(case, found_labels[0]) == ["O", "B-A"]  # 502 of 501, 500
    total = math.exp(2) + math.exp(1) + math.exp(0)
    probability = posterior.sequence_probabilities(found)[0].numpy()
    assert probability == pytest.approx(math.exp(2) / total, rel=1e-4)
    spans = posterior.span_probabilities(found, case.reading())[2].numpy()
    np.testing.assert_allclose(spans[0], [0, math.exp(2) / total], rtol=1e-4)


def test_long_sentences_round_little():
    """Of independent tokens, the sequence is the product of them all."""
    rng = np.random.default_rng(0)
    emissions = rng.normal(0, 1, (1, 400, 3)).astype(np.float32)
    emissions[..., 0] += 11
    case = Case(
        LABELS["BIO"][:3],
        "BIO",
        emissions,
        np.array([400], np.int32),
        crf.Chain(tf.fill([3, 3], 5.0), tf.zeros(3), tf.zeros(3)),
    )
    _, found = case.find()
    logs = emissions[0].astype(float)
    logs -= np.log(np.exp(logs).sum(1, keepdims=True))
    expected = math.exp(logs.max(1).sum())
    assert 0.5 < expected < 1
    probability = posterior.sequence_probabilities(found)[0].numpy()
    assert probability == pytest.approx(expected, rel=1e-4)


def test_padding_and_company_have_no_influence():
    case = random_case("BIO", 3, True)
    for b, T in enumerate(case.lengths):
        alone = case._replace(
            emissions=case.emissions[b : b + 1, :T], lengths=case.lengths[b : b + 1]
        )
        for together, single in zip(
            *(
                [
                    posterior.sequence_probabilities(found),
                    posterior.token_probabilities(found),
                    posterior.span_probabilities(found, case.reading())[2],
                ]
                for _, found in (case.find(), alone.find())
            )
        ):
            together = together[b].numpy()
            together = together[:T] if together.ndim else together
            np.testing.assert_allclose(single[0], together, rtol=1e-5, atol=1e-7)
