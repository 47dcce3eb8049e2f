"""`tagWithConfidence`: plain values for whole taggers, also from stored files."""

import itertools
import math

import numpy as np
import pytest
import toy

from neuralnets.BiLSTM import BiLSTM
from neuralnets.tagging import confidence
from util import tagschemes
from util.output.confidence import Alternative, ConfidentSpan, Tagging
from util.task import Task

pytestmark = pytest.mark.usefixtures("workdir")
TEXTS = ["saw the cat", "Dog", "", "the house a", "dog ."]


@pytest.fixture(scope="module", params=["CRF", "Softmax"])
def unsure(request, corpus, tmp_path_factory):
    """A model with random weights, which finds several sequences likely."""
    datasets = {
        "chunks": toy.dataset(corpus, "chunk_BIO"),
        "words": toy.dataset(corpus),
    }
    with toy.folder(tmp_path_factory.mktemp("unsure")) as folder, toy.eager():
        model = toy.tagger({"classifier": request.param}, datasets)
        model.buildModel()
        draw = np.random.default_rng(1)
        for network in model.models.values():
            network.set_weights(
                [draw.standard_normal(w.shape) for w in network.weights]
            )
        model.modelSavePath = str(folder / "unsure.h5")
        model.stored = model.saveModel("chunks", 0, 0, 0)
    return model


def enumerate_labels(model, task, emissions):
    """Return every label sequence of a sentence and its probability."""
    head = model.network.heads[task]
    K = emissions.shape[1]
    chain = [np.zeros((K, K)), np.zeros(K), np.zeros(K)]
    if head.chain is not None:
        chain = [np.array(x, float) for x in head.chain]
    sequences = list(itertools.product(range(K), repeat=len(emissions)))
    scores = np.array(
        [
            chain[1][path[0]]
            + chain[2][path[-1]]
            + sum(emissions[t, label] for t, label in enumerate(path))
            + sum(chain[0][pair] for pair in zip(path, path[1:]))
            for path in sequences
        ]
    )
    weights = np.exp(scores - scores.max())
    labels = model.idx2Labels[task]
    named = [[labels[i] for i in path] for path in sequences]
    return named, weights / weights.sum()


@pytest.mark.parametrize("task", ["chunks", "words"])
def test_everything_equals_enumeration(unsure, eager, task):
    rows = toy.rows_of(unsure, TEXTS)
    found = unsure.tagWithConfidence(rows, nbest=5)[task]
    emissions = toy.emissions(unsure, rows)[task]
    for tagging, scores in zip(found, emissions):
        if not len(scores):
            assert tagging == Tagging([], [], [], 1.0, [Alternative([], 1.0)])
            continue
        sequences, probabilities = enumerate_labels(unsure, task, scores)
        best = int(np.argmax(probabilities))
        assert tagging.labels == sequences[best]
        assert tagging.probability == pytest.approx(probabilities[best], rel=1e-4)
        for t, label in enumerate(tagging.labels):
            expected = sum(p for s, p in zip(sequences, probabilities) if s[t] == label)
            assert tagging.token_probabilities[t] == pytest.approx(expected, rel=1e-4)
        spans = tagschemes.spans(tagging.labels) if task == "chunks" else []
        assert [span[:3] for span in tagging.spans] == [tuple(span) for span in spans]
        for span, confident in zip(spans, tagging.spans):
            expected = sum(
                p
                for sequence, p in zip(sequences, probabilities)
                if span in tagschemes.spans(sequence)
            )
            assert confident.probability == pytest.approx(expected, rel=1e-4)
        order = np.argsort(-probabilities)[:5]
        assert [a.labels for a in tagging.alternatives] == [sequences[i] for i in order]
        np.testing.assert_allclose(
            [a.probability for a in tagging.alternatives],
            probabilities[order],
            rtol=1e-4,
        )


def test_values_are_plain(unsure, eager):
    rows = toy.rows_of(unsure, TEXTS)
    found = unsure.tagWithConfidence(rows, 2)
    assert list(found) == ["chunks", "words"]
    spans = []
    for tagging in itertools.chain.from_iterable(found.values()):
        assert type(tagging) is Tagging
        assert type(tagging.probability) is float
        assert {type(label) for label in tagging.labels} <= {str}
        assert {type(p) for p in tagging.token_probabilities} <= {float}
        assert {type(a) for a in tagging.alternatives} == {Alternative}
        assert {type(a.probability) for a in tagging.alternatives} == {float}
        spans += tagging.spans
    assert {tuple(map(type, span)) for span in spans} == {(str, int, int, float)}
    assert {type(span) for span in spans} == {ConfidentSpan}


def test_labels_are_those_of_tag_sentences(trained):
    """In compiled graphs and large batches, too."""
    rows = [row for split in trained.data["chunks"].values() for row in split] * 12
    rows += toy.rows_of(trained, TEXTS)
    tags = trained.tagSentences(rows)["chunks"]
    for nbest in (0, 3):
        found = trained.tagWithConfidence(rows, nbest)["chunks"]
        assert [tagging.labels for tagging in found] == tags
        assert all(len(tagging.alternatives) <= nbest for tagging in found)
    sure = np.mean([tagging.probability for tagging in found])
    assert sure > 0.9


def test_a_stored_model_is_as_sure(unsure, eager):
    rows = toy.rows_of(unsure, TEXTS)
    loaded = BiLSTM.loadModel(unsure.stored)
    assert loaded.tagWithConfidence(rows, 3) == unsure.tagWithConfidence(rows, 3)


def test_nothing_to_tag(unsure, eager):
    assert unsure.tagWithConfidence([]) == {"chunks": [], "words": []}
    assert unsure.labelProbabilities([]) == {"chunks": [], "words": []}
    (empty,) = unsure.tagWithConfidence(toy.rows_of(unsure, [""]))["chunks"]
    assert empty == Tagging([], [], [], 1.0, [])


def test_a_sentence_with_few_sequences_has_few_alternatives(unsure, eager):
    (tagging,) = unsure.tagWithConfidence(toy.rows_of(unsure, ["Dog"]), 50)["chunks"]
    assert len(tagging.alternatives) == len(unsure.idx2Labels["chunks"])
    total = sum(option.probability for option in tagging.alternatives)
    assert total == pytest.approx(1, rel=1e-5)


@pytest.mark.parametrize("nbest", [-1, 1001, 1.0, True, "2", None])
def test_a_bad_number_of_alternatives_is_named(unsure, nbest):
    with pytest.raises(ValueError, match="`nbest` must be a whole number.*Received"):
        unsure.tagWithConfidence([], nbest)


def test_label_probabilities_are_the_marginals(unsure, eager):
    rows = toy.rows_of(unsure, TEXTS)
    probabilities = unsure.labelProbabilities(rows)
    for task, found in unsure.tagWithConfidence(rows).items():
        index = unsure.mappings[unsure.labelKeys[task]]
        for tagging, marginals in zip(found, probabilities[task]):
            assert marginals.shape == (len(tagging.labels), len(index))
            np.testing.assert_allclose(marginals.sum(1), 1, rtol=1e-5)
            own = [row[index[label]] for row, label in zip(marginals, tagging.labels)]
            np.testing.assert_allclose(own, tagging.token_probabilities, rtol=1e-4)


def test_the_padding_token_of_old_models_is_added_up(unsure, eager, monkeypatch):
    """They decode it; what it is labelled as does not matter."""
    conventions = unsure._conventions._replace(mask_padding_token=False)
    monkeypatch.setattr(unsure, "_conventions", conventions)
    rows = toy.rows_of(unsure, [*toy.NOUNS, *toy.VERBS, "the dog"])
    emissions = toy.emissions(unsure, rows)["chunks"]
    assert {len(scores) for scores in emissions} == {2}
    found = unsure.tagWithConfidence(rows, 3)["chunks"]
    marginals = unsure.labelProbabilities(rows)["chunks"]
    assert [t.labels for t in found] == unsure.tagSentences(rows)["chunks"]
    assert [len(tagging.labels) for tagging in found] == [1] * (len(rows) - 1) + [2]
    for tagging, scores, marginal in zip(found[:-1], emissions, marginals):
        total = {}
        for sequence, p in zip(*enumerate_labels(unsure, "chunks", scores)):
            total[sequence[0]] = total.get(sequence[0], 0) + p
        (label,) = tagging.labels
        assert tagging.probability == pytest.approx(total[label], rel=1e-4)
        assert tagging.token_probabilities == [pytest.approx(total[label], rel=1e-4)]
        assert marginal.shape == (1, len(total))
        for span in tagging.spans:
            same = [k for k in total if tagschemes.split_tag(k)[1] == span.type]
            expected = sum(total[k] for k in same if k != "O")
            assert span.probability == pytest.approx(expected, rel=1e-4)
        ranked = sorted(total, key=total.get, reverse=True)[:3]
        assert [option.labels for option in tagging.alternatives] == [
            [label] for label in ranked
        ]


def test_reading_of_odd_labels():
    labels = ["O", "B", "I", "B-a-b", "Other", "E-a-b"]
    reading = confidence.reading_of(Task("x", "x_BIO", labels))
    assert reading.names.tolist() == ["_", "a-b"]
    assert reading.types.tolist() == [-1, 0, 0, 1, -1, 1]
    expected = [[tagschemes.continues(a, b) for b in labels] for a in labels]
    assert reading.continues.tolist() == expected
    assert confidence.reading_of(Task("x", "POS", labels)) is None
    assert confidence.reading_of(Task("x", "x_BIO", ["O"])).names.tolist() == []


def test_labels_without_spans_have_none(corpus, eager):
    """A column with a scheme, all of whose labels stand outside."""
    toy.write_sentences("data/toy/train.txt", [[("the", "DET", "O")]])
    datasets = {"toy": {"columns": toy.COLUMNS, "label": "chunk_BIO"}}
    model = toy.tagger({"classifier": "CRF"}, datasets)
    model.buildModel()
    (tagging,) = model.tagWithConfidence(toy.rows_of(model, ["the the"]), 4)["toy"]
    assert tagging == Tagging(
        ["O", "O"], [1.0, 1.0], [], 1.0, [Alternative(["O", "O"], 1.0)]
    )


def test_extreme_weights_give_probabilities(corpus, eager):
    for classifier in ("CRF", "Softmax"):
        params = {"classifier": classifier}
        model = toy.tagger(params, {"toy": toy.dataset(corpus, "chunk_BIO")})
        model.buildModel()
        draw = np.random.default_rng(0)
        network = model.models["toy"]
        network.set_weights(
            [1e4 * draw.standard_normal(w.shape) for w in network.weights]
        )
        for tagging in model.tagWithConfidence(toy.rows_of(model, TEXTS), 2)["toy"]:
            values = [tagging.probability, *tagging.token_probabilities]
            values += [span.probability for span in tagging.spans]
            values += [option.probability for option in tagging.alternatives]
            assert all(math.isfinite(value) and 0 <= value <= 1 for value in values)
