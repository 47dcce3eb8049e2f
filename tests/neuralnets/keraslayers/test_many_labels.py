"""Thousands of labels: the best path without a table of all pairs for each sentence."""

import numpy as np
import pytest

from neuralnets.framework import tf
from neuralnets.keraslayers import best_previous, crf
from neuralnets.keraslayers.chain import Chain


def drawn(labels, emission, transition, seed, forbid=0.0):
    draw = np.random.default_rng(seed)
    emissions = draw.normal(0, emission, [5, 9, labels]).astype("f4")
    transitions = draw.normal(0, transition, [labels, labels]).astype("f4")
    transitions[draw.random([labels, labels]) < forbid] = -np.inf
    np.fill_diagonal(transitions, draw.normal(0, transition, labels))
    ends = draw.normal(0, transition, [2, labels]).astype("f4")
    chain = Chain(*map(tf.constant, (transitions, *ends)))
    return tf.constant(emissions), tf.constant([9, 1, 4, 9, 2]), chain


@pytest.mark.parametrize("emission, transition", [(9, 0.1), (1, 1), (0.01, 5), (0, 0)])
@pytest.mark.parametrize("forbid", [0, 0.7])
@pytest.mark.parametrize("graph", [False, True])
def test_the_quick_way_finds_the_same_to_the_bit(
    monkeypatch, emission, transition, forbid, graph
):
    """Whether the candidates are enough, never, or for some of the sentences."""
    case = drawn(40, emission, transition, seed=3, forbid=forbid)
    viterbi = tf.function(crf.viterbi) if graph else crf.viterbi
    paths, scores = viterbi(*case)
    monkeypatch.setattr(best_previous, "MANY", 2)
    monkeypatch.setattr(best_previous, "CANDIDATES", 4)
    again = tf.function(crf.viterbi) if graph else crf.viterbi
    other, others = again(*case)
    assert np.array_equal(paths, other)
    assert np.array_equal(scores, others)


def test_what_others_could_reach_is_not_forgotten():
    """The best label before is a bad one with by far the best transition."""
    labels = best_previous.MANY
    transitions = np.zeros([labels, labels], "f4")
    transitions[-1, 7] = 50
    best = -np.arange(labels, dtype="f4")[None] / 8
    expected = (best[0][:, None] + transitions).max(0)
    found = best_previous.best_previous(tf.constant(transitions))(tf.constant(best))
    assert np.array_equal(found[0], expected) and expected[7] > 15
