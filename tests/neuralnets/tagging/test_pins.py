"""Tagging with given labels: against an enumeration of all label sequences."""

import itertools

import numpy as np
import pytest
import toy

from neuralnets.inference.tagger import StoredTagger
from neuralnets.tagging.agreeing import first_conflict
from neuralnets.tagging.pins import PinError
from util import tagschemes

TEXTS = ["saw the cat", "Dog", "", "the house a", "dog .", "the dog saw ."]
KINDS = {
    "CRF": {"classifier": "CRF"},
    "constrained": {"classifier": "CRF", "constrainTransitions": True},
    "Softmax": {"classifier": "Softmax"},
}


@pytest.fixture(scope="module", params=KINDS)
def engines(request, corpus, tmp_path_factory):
    """A model with random weights, in TensorFlow and in NumPy, at a temperature."""
    datasets = {
        "chunks": toy.dataset(corpus, "chunk_BIO"),
        "words": toy.dataset(corpus),
    }
    with toy.folder(tmp_path_factory.mktemp("pins")) as folder, toy.eager():
        params = {**KINDS[request.param], "temperature": {"chunks": 1.5}}
        model = toy.tagger(params, datasets)
        model.buildModel()
        draw = np.random.default_rng(1)
        for network in model.models.values():
            network.set_weights(
                [draw.standard_normal(w.shape) for w in network.weights]
            )
        model.modelSavePath = str(folder / "model.h5")
        return [model, StoredTagger.loadModel(model.saveModel("chunks", 0, 0, 0))]


def enumerated(model, task, scores):
    """Return each label sequence of a sentence and its probability."""
    temperature = model.params["temperature"].get(task, 1.0)
    chain = model.heads[task].chain
    K = scores.shape[1]
    chain = [np.zeros((K, K)), *np.zeros((2, K))] if chain is None else chain
    pairs, start, end = (np.asarray(part, np.float64) for part in chain)
    sequences = list(itertools.product(range(K), repeat=len(scores)))
    sums = np.array(
        [
            start[path[0]]
            + end[path[-1]]
            + sum(scores[t, label] for t, label in enumerate(path))
            + sum(pairs[pair] for pair in zip(path, path[1:]))
            for path in sequences
        ]
    )
    weights = np.exp((sums - sums.max()) / temperature)
    names = model.idx2Labels[task]
    return [tuple(names[i] for i in path) for path in sequences], weights


def agree(path, pins):
    return all(
        pin is None or label == pin or (not isinstance(pin, str) and label in pin)
        for label, pin in zip(path, pins)
    )


def random_pins(model, task, scores, draw):
    """Return pins with holes and sets, with which some sequence agrees."""
    labels = list(model.idx2Labels[task].values())
    if not len(scores):
        return []
    paths, weights = enumerated(model, task, scores)
    path = paths[draw.choice(np.flatnonzero(weights > 0))]
    return [
        [None, label, {label, draw.choice(labels)}][draw.integers(3)] for label in path
    ]


@pytest.mark.parametrize("task", ["chunks", "words"])
def test_everything_is_what_enumeration_says(engines, task):
    draw = np.random.default_rng(3)
    model = engines[0]
    rows = toy.rows_of(model, TEXTS)
    scores = toy.emissions(model, rows)[task]
    with toy.eager():
        for _ in range(3):
            pins = [random_pins(model, task, s, draw) for s in scores]
            for each in engines:
                check(each, task, rows, scores, pins)


def check(model, task, rows, scores, pins):
    given = {task: pins}
    tags = model.tagSentences(rows, pinned=given)
    taggings = model.tagWithConfidence(rows, 3, pinned=given)[task]
    marginals = model.labelProbabilities(rows, pinned=given)[task]
    other = "words" if task == "chunks" else "chunks"
    assert tags[other] == model.tagSentences(rows)[other]
    for number, tagging in enumerate(taggings):
        assert tags[task][number] == tagging.labels
        if not len(scores[number]):
            assert tagging.labels == [] and tagging.probability == 1
            continue
        paths, weights = enumerated(model, task, scores[number])
        weights = weights * [agree(path, pins[number]) for path in paths]
        weights /= weights.sum()
        order = np.argsort(-weights)
        assert tuple(tagging.labels) == paths[order[0]]
        assert tagging.probability == pytest.approx(weights[order[0]], abs=1e-4)
        best = [n for n in order[:3] if weights[n] > 1e-30]
        assert [tuple(a.labels) for a in tagging.alternatives] == [
            paths[n] for n in best
        ]
        for alternative, n in zip(tagging.alternatives, best):
            assert alternative.probability == pytest.approx(weights[n], abs=1e-4)
        for t, label in enumerate(tagging.labels):
            sure = sum(w for path, w in zip(paths, weights) if path[t] == label)
            assert tagging.token_probabilities[t] == pytest.approx(sure, abs=1e-4)
        for column, label in model.idx2Labels[task].items():
            for t in range(len(tagging.labels)):
                sure = sum(w for path, w in zip(paths, weights) if path[t] == label)
                found = marginals[number][t, column]
                assert found == pytest.approx(sure, abs=1e-4)
        for span in tagging.spans:
            sure = sum(
                w
                for path, w in zip(paths, weights)
                if tagschemes.Span(*span[:3]) in tagschemes.spans(path)
            )
            assert span.probability == pytest.approx(sure, abs=1e-4)


@pytest.mark.usefixtures("eager")
def test_spans_are_pinned_in_their_borders(engines):
    for model in engines:
        rows = toy.rows_of(model, TEXTS)
        pins = [[(0, 2, "NP")], None, [], [(1, 2, "VP"), (2, 3, "NP")], [], []]
        tags = model.tagSentences(rows, pinned={"chunks": pins})["chunks"]
        for labels, spans in zip(tags, pins):
            found = tagschemes.spans(labels)
            for start, end, type_ in spans or ():
                assert tagschemes.Span(type_, start, end) in found


@pytest.mark.usefixtures("eager")
def test_no_pins_change_nothing(engines):
    for model in engines:
        rows = toy.rows_of(model, TEXTS)
        free = model.tagSentences(rows)
        none = [[None] * len(text.split()) for text in TEXTS]
        for pins in (None, {}, {"chunks": [None] * len(TEXTS)}, {"words": none}):
            assert model.tagSentences(rows, pinned=pins) == free


@pytest.mark.parametrize(
    "pins, what",
    [
        ([[]], "There are 2 sentences, and pins for 1"),
        ([["O"], None], "Sentence 1: It has 3 tokens, and 1 pins"),
        ([None, ["B-XX"]], r"Sentence 2, token 1 \(Dog\): pinned to 'B-XX'.*B-NP"),
        ([None, [{"O", "B-XX"}]], "pinned to 'B-XX'"),
        ([None, [set()]], "a label or a set of labels"),
        ([None, [3]], "a label or a set of labels"),
        ([None, "O"], "Pins of a sentence must be"),
        ([[(0, 4, "NP")], None], "does not lie in its 3 tokens"),
        ([[(0, 2, "NP"), (1, 3, "NP")], None], "overlaps another"),
        ([[(2, 2, "NP")], None], "does not lie"),
        ([[(0, 2, "QP")], None], "pinned to 'B-QP'"),
        ("OO", "Pins must be a list"),
    ],
)
def test_wrong_pins_are_one_clear_error(engines, pins, what):
    for model in engines:
        rows = toy.rows_of(model, TEXTS[:2])
        for ask in (model.tagSentences, model.tagWithConfidence):
            with pytest.raises(PinError, match=what):
                ask(rows, pinned={"chunks": pins})


def test_tasks_of_pins_must_be_plain(engines):
    for model in engines:
        rows = toy.rows_of(model, TEXTS[:1])
        with pytest.raises(PinError, match=r"several tasks.*pinned=\{'chunks'"):
            model.tagSentences(rows, pinned=[None])
        with pytest.raises(PinError, match="pins for 'x'"):
            model.tagSentences(rows, pinned={"x": [None]})
        with pytest.raises(PinError, match="no spans"):
            model.tagSentences(rows, pinned={"words": [[(0, 1, "NP")]]})


def test_pins_that_no_sequence_allows(engines):
    pins = {"chunks": [[None, "O", "I-NP"]]}
    for model in engines:
        rows = toy.rows_of(model, TEXTS[:1])
        if not model.params["constrainTransitions"]:
            with toy.eager():
                tags = model.tagSentences(rows, pinned=pins)["chunks"][0]
            assert tags[1:] == ["O", "I-NP"]
            continue
        with pytest.raises(
            PinError, match=r"BIO.*token 2 \(the\): O; token 3"
        ) as found:
            model.tagSentences(rows, pinned=pins)
        assert (found.value.sentence, found.value.token) == (0, 2)


@pytest.mark.parametrize("seed", range(20))
def test_a_conflict_is_found_where_enumeration_ends(seed):
    from neuralnets.keraslayers.parts import Chain

    draw = np.random.default_rng(seed)
    T, K = int(draw.integers(1, 5)), 3
    allowed = draw.random((T, K)) < 0.6
    chain = Chain(*(draw.random(shape) < 0.6 for shape in ((K, K), K, K)))
    for rules in (chain, None):
        wanted = None
        for n in range(1, T + 1):
            paths = itertools.product(*(np.flatnonzero(row) for row in allowed[:n]))
            if rules:
                paths = [
                    p
                    for p in paths
                    if rules.start[p[0]]
                    and all(rules.transitions[a, b] for a, b in zip(p, p[1:]))
                ]
            paths = list(paths)
            if not paths:
                wanted = n - 1
                break
        else:
            if rules and not any(rules.end[path[-1]] for path in paths):
                wanted = T
        assert first_conflict(allowed, rules) == wanted
