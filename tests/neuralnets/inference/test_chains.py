"""The mathematics of label chains in NumPy, against all paths counted one by one."""

import itertools

import numpy as np
import pytest

from neuralnets.inference import posterior
from neuralnets.inference.crf import CRFHead
from neuralnets.inference.softmax import SoftmaxHead
from neuralnets.keraslayers.parts import Chain, Reading

K = 3
LENGTHS = np.array([2, 5, 1, 3])
# As of the labels O, B-A and I-A.
CONTINUES = np.array([[0, 0, 0], [0, 0, 1], [0, 0, 1]], bool)
READING = Reading(CONTINUES, np.array([-1, 0, 0], np.int32), np.array(["A"]))
MAY = Chain(np.array([[1, 1, 0], [1, 1, 1], [1, 1, 1]], bool), [1, 1, 0], [1, 1, 1])


def made(kind, scale=1.0):
    """Return a head and emissions whose scores are of some size."""
    draw = np.random.default_rng(3)
    emissions = draw.normal(0, scale, (len(LENGTHS), LENGTHS.max(), K))
    if kind == "softmax":
        head = SoftmaxHead()
    else:
        chain = [draw.normal(0, scale, shape) for shape in ((K, K), K, K)]
        head = CRFHead(*(weights.astype(np.float32) for weights in chain))
        if kind == "constrained":
            head.allowed = Chain(*(np.array(which, bool) for which in MAY))
    return head, emissions.astype(np.float32)


def paths_of(head, emissions, length, temperature=1.0):
    """Return all paths, the best first, and their probabilities."""
    chain = head.chain or Chain(np.zeros((K, K)), np.zeros(K), np.zeros(K))
    paths = list(itertools.product(range(K), repeat=length))
    scores = [
        sum(float(emissions[t, label]) for t, label in enumerate(path))
        + sum(float(chain.transitions[a, b]) for a, b in zip(path, path[1:]))
        + float(chain.start[path[0]] + chain.end[path[-1]])
        for path in paths
    ]
    scores = np.array(scores) / temperature
    shares = np.exp(scores - scores.max())
    order = np.argsort(-shares, kind="stable")
    return [paths[i] for i in order], shares[order] / shares.sum()


def spans_of(path):
    """Return the spans of a path as pairs of first and last token."""
    starts = [
        t
        for t, label in enumerate(path)
        if label and not (t and CONTINUES[path[t - 1], label])
    ]
    ends = [
        t
        for t, label in enumerate(path)
        if label and not (t + 1 < len(path) and CONTINUES[label, path[t + 1]])
    ]
    return list(zip(starts, ends))


@pytest.mark.parametrize("scale", [1.0, 300.0])  # the second leaves the quick way
@pytest.mark.parametrize("temperature", [1.0, 2.5])
@pytest.mark.parametrize("kind", ["softmax", "crf", "constrained"])
def test_everything_is_what_all_paths_say(kind, temperature, scale):
    head, emissions = made(kind, scale)
    head.temperature = temperature
    labels = head.decode(emissions, LENGTHS)
    marginals = head.marginals(emissions, LENGTHS)
    scores, chain = head.distribution(emissions)
    found = posterior.posterior(labels, scores, LENGTHS, LENGTHS, chain)
    sequences = posterior.sequence_probabilities(found)
    tokens = posterior.token_probabilities(found)
    starts, ends, spans = posterior.span_probabilities(found, READING)
    best, shares = posterior.alternatives(found, 4)
    for row, length in enumerate(LENGTHS):
        paths, wanted = paths_of(head, emissions[row], length, temperature)
        assert tuple(labels[row, :length]) == paths[0]
        assert not labels[row, length:].any() and not marginals[row, length:].any()
        np.testing.assert_allclose(sequences[row], wanted[0], atol=1e-5)
        likely = min(4, np.count_nonzero(wanted > 1e-6))
        assert list(map(tuple, best[row, :likely, :length])) == paths[:likely]
        np.testing.assert_allclose(shares[row], np.pad(wanted, (0, 4))[:4], atol=1e-5)
        each = np.zeros((length, K))
        whole = dict.fromkeys(spans_of(paths[0]), 0.0)
        for path, share in zip(paths, wanted):
            each[range(length), path] += share
            for span in spans_of(path):
                if span in whole and path[span[0]] in (1, 2):
                    whole[span] += share
        np.testing.assert_allclose(marginals[row, :length], each, atol=1e-5)
        own = each[range(length), paths[0]]
        np.testing.assert_allclose(tokens[row, :length], own, atol=1e-5)
        assert list(np.flatnonzero(starts[row])) == [start for start, _ in whole]
        assert list(np.flatnonzero(ends[row])) == [end for _, end in whole]
        for (_, end), share in whole.items():
            np.testing.assert_allclose(spans[row, end], share, atol=1e-5)


def test_tokens_that_are_not_shown_are_summed_over():
    head, emissions = made("crf")
    labels = head.decode(emissions, LENGTHS)
    scores, chain = head.distribution(emissions)
    shown = np.maximum(LENGTHS - 1, 1)
    found = posterior.posterior(labels, scores, LENGTHS, shown, chain)
    for row, length in enumerate(LENGTHS):
        paths, wanted = paths_of(head, emissions[row], length)
        start = paths[0][: shown[row]]
        share = sum(w for p, w in zip(paths, wanted) if p[: shown[row]] == start)
        sequence = posterior.sequence_probabilities(found)[row]
        np.testing.assert_allclose(sequence, share, atol=1e-5)
