"""Probabilities of long sentences and large scores, against double precision."""

import numpy as np
import oracle
import pytest

from neuralnets import heads
from neuralnets.framework import tf
from neuralnets.keraslayers import crf, posterior
from neuralnets.keraslayers.ChainCRF import ChainCRF
from neuralnets.tagging import confidence
from util.task import Task

SPEC = [
    tf.TensorSpec([None, None, 5]),
    tf.TensorSpec([None], tf.int32),
    *map(tf.TensorSpec, ([5, 5], [5], [5])),
]


def of_spans(emissions, chain, continues, types, span):
    """Return the log-probability of a span in double precision.

    The paths that hold exactly this span: `(start, end, type)`.
    """
    transitions, start, end = (x.astype(float) for x in chain)
    first, behind, type_ = span
    before = start + emissions[0].astype(float)
    free = before.copy()
    if first == 0:
        before = np.where(types == type_, before, oracle.NEVER)
    for t in range(1, len(emissions)):
        allowed = np.ones_like(continues)
        if t in (first, behind):
            allowed = ~continues
        elif first < t < behind:
            allowed = continues
        ways = np.where(allowed, transitions, oracle.NEVER)
        before = oracle.log_sum(before[:, None] + ways, 0) + emissions[t]
        free = oracle.log_sum(free[:, None] + transitions, 0) + emissions[t]
        if t == first:
            before = np.where(types == type_, before, oracle.NEVER)
    return oracle.log_sum(before + end, 0) - oracle.log_sum(free + end, 0)


LABELS = ["O", "B-A", "I-A", "B-B", "I-B"]
READING = confidence.reading_of(Task("x", "x_BIO", LABELS))


@tf.function(
    input_signature=SPEC,
    autograph=False,
)
def probabilities(emissions, lengths, *chain):
    chain = crf.Chain(*chain)
    labels, _ = crf.viterbi(emissions, lengths, chain)
    given = posterior.posterior(labels, emissions, lengths, lengths, chain)
    return (
        labels,
        posterior.sequence_probabilities(given),
        posterior.token_probabilities(given),
        *posterior.span_probabilities(given, READING),
    )


@pytest.mark.parametrize("tokens", [30, 300, 5000])
@pytest.mark.parametrize("kind", ["usual", "high", "scheme", "unlikely"])
@pytest.mark.parametrize("scale, offset", [(3, 50), (40, -300)])
def test_probabilities_of_long_sentences(tokens, kind, scale, offset):
    draw = np.random.default_rng(tokens)
    emissions = scale * draw.standard_normal((tokens, 5)) + offset
    # Sure at the beginning, so that the sequence has a probability, too.
    emissions[np.arange(tokens), draw.integers(0, 5, tokens)] += 3 * scale
    emissions = emissions.astype(np.float32)
    chain = oracle.chain_of(kind, draw, 5)
    if kind == "scheme":
        for label in (2, 4):
            chain[0][:, label][[0, 1, 2, 3, 4]] = oracle.NEVER
            chain[0][[label - 1, label], label] = 0.5
            chain[1][label] = oracle.NEVER
    labels, sequence, of_tokens, starts, ends, spans = probabilities(
        emissions[None], [tokens], *chain
    )
    labels = labels[0].numpy()
    true = oracle.truth(emissions, labels, *chain)
    own = true.marginals[np.arange(tokens), labels]
    np.testing.assert_allclose(of_tokens[0], own, atol=1e-5)
    assert float(sequence[0]) == pytest.approx(np.exp(-true.loss), rel=1e-3, abs=1e-6)
    starts, ends = (np.flatnonzero(x[0]) for x in (starts, ends))
    spans = spans[0].numpy()
    assert np.all((spans >= 0) & (spans <= 1))
    for at in (0, len(starts) // 2, len(starts) - 1):
        first, behind = starts[at], ends[at] + 1
        span = first, behind, READING.types[labels[first]]
        log = of_spans(emissions, chain, READING.continues, READING.types, span)
        assert spans[behind - 1] == pytest.approx(np.exp(log), rel=1e-4, abs=1e-5)


def test_alternatives_of_long_sentences_add_up():
    """One token is undecided, among thousands that are sure."""
    emissions = np.zeros((1, 3000, 2), np.float32)
    emissions[..., 0] = 1000
    emissions[..., 1] = 970
    emissions[0, 1234, 1] = 999.5
    chain = crf.Chain(tf.fill([2, 2], 3.3), tf.zeros(2), tf.zeros(2))
    lengths = tf.constant([3000])
    expected = np.array([1, np.exp(-0.5)]) / (1 + np.exp(-0.5))

    @tf.function(input_signature=[tf.TensorSpec([None, None, 2])], autograph=False)
    def two_best(emissions):
        labels, _ = crf.viterbi(emissions, lengths, chain)
        given = posterior.posterior(labels, emissions, lengths, lengths, chain)
        heads_ = heads.SoftmaxHead(), crf_head
        return posterior.alternatives(given, 2), [
            head.nbest(emissions, lengths, 2) for head in heads_
        ]

    crf_head = head_with(chain)
    (paths, probabilities), of_heads = two_best(tf.constant(emissions))
    np.testing.assert_allclose(probabilities[0], expected, atol=1e-5)
    assert np.flatnonzero(paths[0, 1]).tolist() == [1234]
    for several, logs in of_heads:
        np.testing.assert_array_equal(several, paths)
        np.testing.assert_allclose(np.exp(logs[0]), expected, atol=1e-5)


def head_with(chain):
    layer = ChainCRF()
    layer.build([None, None, chain.start.shape[0]])
    layer.set_weights([x.numpy() for x in chain])
    return layer


@pytest.mark.parametrize("temperature", [0.05, 1.0, 1.3, 20.0])
@pytest.mark.parametrize("offset", [0, 1e4])
def test_a_temperature_changes_no_digit_of_what_emissions_have_in_common(
    temperature, offset
):
    draw = np.random.default_rng(0)
    emissions = (draw.normal(0, 2, (50, 4)) + offset).astype(np.float32)
    chain = oracle.chain_of("usual", draw, 4)
    logits = emissions.astype(float) / temperature
    true = oracle.truth(
        logits, np.zeros(50, int), *(x.astype(float) / temperature for x in chain)
    )
    layer = head_with(crf.Chain(*map(tf.constant, chain)))
    layer.temperature = temperature
    lengths = tf.constant([50])
    found = layer.marginals(tf.constant(emissions[None]), lengths)
    np.testing.assert_allclose(found[0], true.marginals, atol=1e-5)
    soft = heads.SoftmaxHead()
    soft.temperature = temperature
    found = soft.marginals(tf.constant(emissions[None]), lengths)
    logits -= logits.max(1, keepdims=True)
    expected = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    np.testing.assert_allclose(found[0], expected, atol=1e-6)
    several, logs = soft.nbest(tf.constant(emissions[None]), lengths, 1)
    best = np.log(expected.max(1)).sum()
    np.testing.assert_allclose(logs[0, 0], best, rtol=1e-5)
