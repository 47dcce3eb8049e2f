"""Taggers whose tags are always valid, and training labels that are not."""

import itertools
import logging
import random

import h5py
import numpy as np
import pytest
import tensorflow as tf
import toy

from neuralnets.BiLSTM import BiLSTM
from neuralnets.keraslayers.ChainCRF import ChainCRF
from neuralnets.tagging.constraints import CannotConstrain, allowed, find_broken
from util import tagschemes

ON = {"classifier": "CRF", "constrainTransitions": True}
pytestmark = pytest.mark.usefixtures("workdir")


def valid(tags, scheme="BIO") -> bool:
    return all(
        tagschemes.may_follow(before, after, scheme)
        for before, after in zip([None, *tags], [*tags, None])
    )


# ------------------------------------------------------------------- what is allowed

LABELS = {
    "BIO": ["I-A", "O", "B-A", "B-B"],
    "IOB": ["O", "I-A", "B-A", "I-B"],
    "IOBES": ["O", "S-A", "B-A", "I-A", "E-A"],
}


@pytest.mark.parametrize("scheme", LABELS)
def test_paths_are_the_valid_sequences(scheme):
    labels = LABELS[scheme]
    chain = allowed(labels, scheme)
    for length in (1, 2, 3):
        for path in itertools.product(range(len(labels)), repeat=length):
            through = chain.start[path[0]] and chain.end[path[-1]]
            through = through and all(chain.transitions[p] for p in zip(path, path[1:]))
            assert through == valid([labels[i] for i in path], scheme), path


@pytest.mark.parametrize(
    "labels, scheme",
    [
        (["I-A", "I-B"], "BIO"),
        (["B-A", "I-A", "E-A"], "IOBES"),
        (["B-A"], "IOB"),
        (["NOUN", "VERB"], "BIO"),
    ],
)
def test_labels_that_leave_no_way_are_named(labels, scheme):
    with pytest.raises(CannotConstrain, match=f"{labels[0]}.* stand alone in {scheme}"):
        allowed(labels, scheme)


@pytest.mark.parametrize(
    "labels, scheme", [(["B-A"], "BIO"), (["I-A"], "IOB"), (["S-A", "B-A"], "IOBES")]
)
def test_labels_without_an_outside_are_enough(labels, scheme):
    chain = allowed(labels, scheme)
    assert chain.start[0]
    assert chain.end[0]
    assert chain.transitions[0, 0]


def test_labels_that_cannot_occur_are_told(caplog):
    allowed(["O", "I-A", "B-B", "I-B"], "BIO")
    assert caplog.messages == [
        "`constrainTransitions`: in BIO these labels can never occur, for labels that "
        "belong to them are missing: I-A"
    ]


def test_the_first_broken_label_is_found():
    names = ["O", "B-A", "I-A"]
    chain = allowed(names, "BIO")
    labels = np.array([1, 2, 0, 0, 2, 2, 2])
    lengths = np.array([0, 3, 0, 2, 1, 1])
    assert find_broken(labels, lengths, names, chain) == (3, 3, 1, "O", "I-A")
    assert find_broken(labels[:4], np.array([3, 1]), names, chain) is None
    assert find_broken(labels[:0], np.array([0]), names, chain) is None
    names = ["O", "B-A", "I-A", "E-A"]
    chain = allowed(names, "IOBES")
    labels = np.array([0, 1, 2, 0, 3])
    found = find_broken(labels, np.array([3, 2]), names, chain)
    assert found == (2, 0, 2, "I-A", None)


# ------------------------------------------------------------------------- networks


def random_model(prepared, datasets, **params):
    """Return a model with random weights, whose labels would often be invalid."""
    model = toy.tagger({**ON, **params}, datasets, prepared)
    model.buildModel()
    draw = np.random.default_rng(0)
    network = model.models["toy"]
    network.set_weights([5 * draw.standard_normal(w.shape) for w in network.weights])
    return model


@pytest.fixture(scope="module", params=["BIO", "IOBES"])
def case(request, corpus, tmp_path_factory):
    column = f"chunk_{request.param}"
    datasets = {"toy": toy.dataset(corpus, column)}
    with toy.folder(tmp_path_factory.mktemp("constraints")):
        return request.param, datasets, toy.prepare(datasets)


def rows_of(model, count=25):
    draw = random.Random(3)
    words = [*toy.NOUNS, *toy.VERBS, "the", "new", "."]
    return toy.rows_of(
        model,
        [" ".join(draw.choices(words, k=draw.randint(1, 12))) for _ in range(count)],
    )


def test_all_that_comes_out_is_valid(case, eager):
    scheme, datasets, prepared = case
    model = random_model(prepared, datasets)
    rows = rows_of(model)
    free = random_model(prepared, datasets, constrainTransitions=False)
    assert not all(valid(tags, scheme) for tags in free.tagSentences(rows)["toy"])
    tags = model.tagSentences(rows)["toy"]
    assert all(valid(row, scheme) for row in tags)
    found = model.tagWithConfidence(rows, nbest=4)["toy"]
    assert [tagging.labels for tagging in found] == tags
    for tagging in found:
        assert 0 < tagging.probability <= 1
        assert tagging.alternatives
        assert all(valid(option.labels, scheme) for option in tagging.alternatives)
    labels = [model.idx2Labels["toy"][i] for i in range(len(model.idx2Labels["toy"]))]
    for marginals in model.labelProbabilities(rows)["toy"]:
        np.testing.assert_allclose(marginals.sum(1), 1, rtol=1e-5)
        for label, of_first, of_last in zip(labels, marginals[0], marginals[-1]):
            if not tagschemes.may_follow(None, label, scheme):
                assert of_first == 0
            if not tagschemes.may_follow(label, None, scheme):
                assert of_last == 0


def test_training_under_constraints_learns_and_tags_validly(case, eager):
    scheme, datasets, prepared = case
    model = toy.tagger(ON, datasets, prepared)
    losses = [model.trainModel() for _ in range(3)]
    assert np.isfinite(losses).all()
    assert losses[-1] < losses[0] / 2
    assert all(np.isfinite(w).all() for w in model.models["toy"].get_weights())
    rows = [*model.data["toy"]["devMatrix"], *rows_of(model)]
    assert all(valid(tags, scheme) for tags in model.tagSentences(rows)["toy"])


def test_training_with_extreme_weights_stays_finite(case, eager):
    _, datasets, prepared = case
    model = random_model(prepared, datasets)
    dense = model.models["toy"].get_layer("toy_hidden_lin_layer")
    dense.set_weights([1e4 * w for w in dense.get_weights()])
    assert np.isfinite(model.trainModel())
    assert all(np.isfinite(w).all() for w in model.models["toy"].get_weights())


def test_files_hold_finite_weights_and_load_with_or_without(case, eager):
    scheme, datasets, prepared = case
    model = random_model(prepared, datasets)
    rows = rows_of(model)
    model.modelSavePath = "[ModelName].h5"
    path = model.saveModel("toy", 0, 0, 0)
    with h5py.File(path) as file:
        group = file["model_weights"]["toy_crf"]
        names = group.attrs["weight_names"]
        values = [group[name][:] for name in names]
        assert len(values) == 3
        assert all(np.isfinite(value).all() for value in values)
        assert file.attrs["format_version"] == 1
    again = BiLSTM.loadModel(path)
    assert again.params["constrainTransitions"] is True
    assert again.tagSentences(rows) == model.tagSentences(rows)
    assert again.tagWithConfidence(rows, 2) == model.tagWithConfidence(rows, 2)
    free = BiLSTM.loadModel(path, {"constrainTransitions": False})
    assert not all(valid(tags, scheme) for tags in free.tagSentences(rows)["toy"])
    free.modelSavePath = "free.h5"
    path = free.saveModel("toy", 0, 0, 0)
    later = BiLSTM.loadModel(path, {"constrainTransitions": True})
    assert later.tagSentences(rows) == model.tagSentences(rows)


def test_softmax_cannot_be_constrained(case):
    _, datasets, prepared = case
    model = toy.tagger({**ON, "classifier": "Softmax"}, datasets, prepared)
    with pytest.raises(ValueError, match="`constrainTransitions` needs a CRF.*'CRF'"):
        model.trainModel()
    model = toy.tagger({"classifier": "Softmax"}, datasets, prepared)
    model.buildModel()
    model.modelSavePath = "soft.h5"
    path = model.saveModel("toy", 0, 0, 0)
    with pytest.raises(ValueError, match=r"^soft\.h5: `constrainTransitions` needs"):
        BiLSTM.loadModel(path, {"constrainTransitions": True})


def test_labels_that_write_no_spans_are_free(prepared, caplog):
    datasets, content = prepared
    model = toy.tagger(ON, datasets, content)
    with caplog.at_level(logging.WARNING):
        model.buildModel()
    assert "`constrainTransitions` has no effect" in caplog.text
    assert model.network.heads["toy"].allowed is None


def test_only_the_tasks_with_a_scheme_are_constrained(corpus, caplog):
    datasets = {
        "words": toy.dataset(corpus),
        "chunks": toy.dataset(corpus, "chunk_BIO"),
        "more": toy.dataset(corpus, "chunk_IOBES"),
    }
    model = toy.tagger({**ON, "customClassifier": {"more": ["Softmax"]}}, datasets)
    caplog.clear()
    with caplog.at_level(logging.WARNING):
        model.buildModel()
    heads = model.heads.items()
    constrained = [name for name, head in heads if getattr(head, "allowed", None)]
    assert constrained == ["chunks"]
    text = "`constrainTransitions` has no effect on the Softmax of 'more'."
    assert caplog.messages == [text]


def test_one_token_of_an_old_model_is_valid_alone(case, monkeypatch, eager):
    """It was decoded with a padding token, before which a span could go on."""
    scheme, datasets, prepared = case
    model = random_model(prepared, datasets)
    monkeypatch.setattr(
        model, "_conventions", model._conventions._replace(mask_padding_token=False)
    )
    rows = toy.rows_of(model, [*toy.NOUNS, *toy.VERBS])
    assert {len(row["tokens"]) for row in rows} == {2}
    tags = model.tagSentences(rows)["toy"]
    assert {len(row) for row in tags} == {1}
    assert all(valid(row, scheme) for row in tags)


# ------------------------------------------------------------- labels of the training


def broken_corpus():
    toy.write_corpus("data/toy", train=6, other=3)
    with open("data/toy/train.txt", "a", encoding="utf-8") as file:
        file.write("# no. 9\nsaw\tVERB\tB-VP\ndog\tNOUN\tI-NP\n\nA\tDET\tI-NP\n\n")
    with open("data/toy/dev.txt", "a", encoding="utf-8") as file:
        file.write("saw\tVERB\tB-VP\ndog\tNOUN\tI-NP\n\n")
    return {"toy": {"columns": toy.COLUMNS, "label": "chunk_BIO", "commentSymbol": "#"}}


def line_of(text):
    with open("data/toy/train.txt", encoding="utf-8") as file:
        return next(n for n, line in enumerate(file, 1) if line.startswith(text))


def test_invalid_training_labels_are_an_error_with_file_and_line(eager):
    datasets = broken_corpus()
    model = toy.tagger(ON, datasets)
    with pytest.raises(ValueError) as error:
        model.fit(epochs=1)
    text = str(error.value)
    line = line_of("# no. 9") + 2
    assert text.startswith(
        f"data/toy/train.txt:{line}: I-NP after B-VP, in sentence 9 "
    )
    assert "data set 'toy' (saw dog ...)" in text
    assert "2 such labels in the training data" in text
    assert "'invalidTags': 'repair'" in text
    assert "python -m tagger check" in text
    free = toy.tagger({"classifier": "CRF"}, datasets)
    assert np.isfinite(free.trainModel())


def test_without_the_file_the_sentence_is_named(eager):
    datasets = broken_corpus()
    model = toy.tagger(ON, datasets)
    toy.write_corpus("data/toy", train=6, other=3, seed=8)
    with pytest.raises(ValueError, match="^I-NP after B-VP, in sentence 9 of data set"):
        model.trainModel()


def test_repaired_labels_train(eager):
    datasets = broken_corpus()
    datasets["toy"]["invalidTags"] = "repair"
    model = toy.tagger(ON, datasets)
    model.fit(epochs=12)
    # Those of dev are only scored.
    assert model.computeF1("toy", model.data["toy"]["devMatrix"])[2] > 0.5


def test_the_constraint_of_a_loaded_model_checks_new_data(trained, eager):
    datasets = {"chunks": broken_corpus()["toy"]}
    datasets["chunks"]["path"] = "data/toy"
    _, _, data = toy.prepare(datasets)
    model = BiLSTM.loadModel(trained.stored, {"constrainTransitions": True})
    model.setDataset(datasets, data)
    with pytest.raises(ValueError, match=r"data/toy/train\.txt:\d+: I-NP after B-VP"):
        model.trainModel()


def test_the_head_forbids_without_new_weights():
    head = ChainCRF()
    x = tf.random.stateless_normal([2, 4, 3], [1, 2])
    head(x)
    before = len(head.weights), head.get_config()
    head.allowed = allowed(["O", "B-A", "I-A"], "BIO")
    assert (len(head.weights), head.get_config()) == before
    assert np.isneginf(head.chain.transitions[0, 2])
    assert np.isneginf(head.chain.start[2])
    assert np.isfinite(head.U).all()
