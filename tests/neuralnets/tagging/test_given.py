"""The probability of spans that are given, against all label sequences."""

import itertools
import random

import numpy as np
import pytest

from neuralnets.inference.crf import CRFHead
from neuralnets.inference.softmax import SoftmaxHead
from neuralnets.tagging import confidence, given
from util import tagschemes
from util.tagschemes import Span
from util.task import Task

BIO = Task("t", "x_BIO", ("O", "B-A", "I-A", "B-B", "I-B"))
IOBES = Task("t", "x_IOBES", ("S-A", "O", "B-A", "I-A", "E-A", "S-B"))


def crf(labels, seed):
    draw = np.random.default_rng(seed)
    size = len(labels)
    return CRFHead(
        *(draw.normal(size=shape, scale=2) for shape in ((size, size), size, size))
    )


def brute_force(head, scores, task, spans):
    """Add up the sequences that hold each span."""
    scores, chain = head.distribution(scores[None].astype(np.float64))
    total, found = 0.0, [0.0] * len(spans)
    for path in itertools.product(range(len(task.labels)), repeat=len(scores[0])):
        score = chain.start[path[0]] + chain.end[path[-1]]
        score += sum(scores[0, t, k] for t, k in enumerate(path))
        score += sum(chain.transitions[a, b] for a, b in zip(path, path[1:]))
        total += np.exp(score)
        there = tagschemes.spans([task.labels[k] for k in path])
        for number, span in enumerate(spans):
            found[number] += np.exp(score) * (span in there)
    return [value / total for value in found]


@pytest.mark.parametrize("task", [BIO, IOBES])
@pytest.mark.parametrize("kind", ["CRF", "Softmax"])
def test_it_is_the_share_of_the_sequences_that_hold_the_span(task, kind):
    head = crf(task.labels, 1) if kind == "CRF" else SoftmaxHead()
    reading = confidence.reading_of(task)
    draw = np.random.default_rng(2)
    sentences = [draw.normal(size=(n, len(task.labels)), scale=2) for n in (5, 1, 4, 3)]
    spans = [
        [Span("A", 0, 2), Span("A", 2, 3), Span("B", 3, 4)],
        [Span("A", 0, 1)],
        [],
        [Span("A", 0, 3)],
    ]
    lengths = [len(scores) for scores in sentences]
    emissions = [scores.astype(np.float32) for scores in sentences]
    found = given.span_probabilities(spans, emissions, lengths, head, task, reading)
    for scores, own, answer in zip(emissions, spans, found):
        assert answer == pytest.approx(brute_force(head, scores, task, own), abs=1e-5)


def test_what_the_chain_forbids_has_no_probability():
    transitions = np.random.default_rng(3).normal(size=(5, 5))
    transitions[0, 1:3] = -np.inf  # nothing of A after O
    head, reading = CRFHead(transitions, *np.zeros((2, 5))), confidence.reading_of(BIO)
    scores = np.zeros((3, 5), np.float32)
    spans = [[Span("B", 0, 1), Span("A", 2, 3)]]
    (found,) = given.span_probabilities(spans, [scores], [3], head, BIO, reading)
    assert found == pytest.approx(brute_force(head, scores, BIO, spans[0]), abs=1e-5)
    spans = [[Span("C", 0, 1), Span("B", 1, 2)]]  # of C the model knows nothing
    (found,) = given.span_probabilities(spans, [scores], [3], head, BIO, reading)
    assert found[0] == 0 < found[1] < 1


def test_many_sentences_are_answered_each_on_its_own(monkeypatch):
    head, reading, draw = (
        crf(BIO.labels, 4),
        confidence.reading_of(BIO),
        random.Random(5),
    )
    scores = np.random.default_rng(6).normal(size=(60, 9, 5)).astype(np.float32)
    sentences = [own[: draw.randint(1, 9)] for own in scores]
    spans = [[Span("A", 0, 1)] for _ in sentences]
    lengths = [len(own) for own in sentences]
    together = given.span_probabilities(spans, sentences, lengths, head, BIO, reading)
    monkeypatch.setattr(given, "_TOKENS", 20)
    small = given.span_probabilities(spans, sentences, lengths, head, BIO, reading)
    assert np.allclose(together, small, atol=1e-6)
    assert len({round(own[0], 6) for own in together}) > 50


def test_a_tagger_gives_to_its_own_spans_what_it_says_of_them(trained, corpus):
    from neuralnets.inference.tagger import StoredTagger
    from util.CoNLL import readCoNLL

    sentences = readCoNLL(f"{corpus}/dev.txt", {0: "tokens"})
    for model in (trained, StoredTagger.loadModel(trained.stored)):
        rows = model.rows(sentences)
        taggings = model.tagWithConfidence(rows)["chunks"]
        spans = [[Span(*span[:3]) for span in tagging.spans] for tagging in taggings]
        found = model.spanProbabilities("chunks", rows, spans)
        wanted = [[span.probability for span in tagging.spans] for tagging in taggings]
        assert [x for own in found for x in own] == pytest.approx(
            [x for own in wanted for x in own], abs=1e-4
        )


def test_the_log_of_the_best_sequence_says_something_of_long_sentences(trained):
    sentences = [["The", "dog", "sees", "a", "cat", "."], ["Dog"], []]
    rows = trained.rows(sentences)
    found = trained.sequenceLogs("chunks", rows)
    wanted = [
        tagging.probability for tagging in trained.tagWithConfidence(rows)["chunks"]
    ]
    assert np.exp(found) == pytest.approx(wanted, abs=1e-4) and found[2] == 0
    flat = np.zeros((400, 3), np.float32)  # 400 draws of three labels
    assert given.best_logs([flat], [400], SoftmaxHead()) == pytest.approx(
        [400 * np.log(1 / 3)]
    )
