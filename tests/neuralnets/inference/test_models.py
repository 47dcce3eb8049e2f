"""Every kind of network says the same in NumPy as in TensorFlow.

The grid of all combinations is walked by `python tests/neuralnets/inference/grid.py`;
here are models that hold each value of each choice, and most pairs of them.
"""

import os

import numpy as np
import pytest
import toy
from twins import EXACT, check_probabilities, check_scores, randomised, stored, twin

from neuralnets.BiLSTM import BiLSTM
from neuralnets.inference.tagger import NeedsTensorFlow, StoredTagger

SAMPLE = os.path.join(os.path.dirname(__file__), "../../../data/sample")
COLUMNS = {0: "tokens", 1: "POS", 2: "chunk_BIO", 3: "NER_BIO"}
DATASETS = {
    name: {"columns": COLUMNS, "label": label, "path": SAMPLE}
    for name, label in {"chunks": "chunk_BIO", "names": "NER_BIO"}.items()
}
ONE = {"chunks": DATASETS["chunks"]}
WITH_POS = ["tokens", "casing", "POS"]
KINDS = {
    "plain": {},
    "crf": {"classifier": "CRF", "dropout": 0.25, "featureNames": ["tokens"]},
    "cnn": {"charEmbeddings": "CNN", "classifier": "CRF", "dropout": (0.1, 0.2)},
    "wide filter": {"charEmbeddings": "CNN", "charFilterLength": 4},
    "long words": {"charEmbeddings": "CNN", "maxCharLength": 3},
    "lstm": {"charEmbeddings": "LSTM", "LSTM-Size": [7, 5], "featureNames": WITH_POS},
    "gru": {"recurrentCell": "GRU", "LSTM-Size": [6, 6], "classifier": "CRF"},
    "rnn": {"recurrentCell": "RNN", "charEmbeddings": "LSTM", "dropout": (0.3, 0)},
    "one way": {"bidirectional": False, "LSTM-Size": [6, 4], "featureNames": WITH_POS},
    "one way gru": {"bidirectional": False, "recurrentCell": "GRU", "dropout": 0.1},
    "one way rnn": {"bidirectional": False, "recurrentCell": "RNN"},
    "hidden": {"classifier": [("LSTM", 5), ("GRU", 4), "CRF"], "dropout": (0.1, 0.1)},
    "hidden softmax": {"classifier": [("RNN", 5), "Softmax"], "dropout": 0.2},
    "only hidden": {"LSTM-Size": [], "classifier": [("LSTM", 5), "CRF"]},
    "no encoder": {"LSTM-Size": [], "charEmbeddings": "CNN"},
    "no words": {"featureNames": ["casing"], "charEmbeddings": "LSTM"},
    "only a column": {"featureNames": ["POS"], "classifier": "CRF"},
    "direct": {"directFeatures": ["spelling", "POS[-1]|POS[0]"], "classifier": "CRF"},
    "linear": {
        "directFeatures": ["spelling", "context"],
        "LSTM-Size": [],
        "featureNames": [],
        "classifier": "CRF",
        "featureCutoff": 1,
    },
    "direct softmax": {"directFeatures": ["tokens[0]"], "directDropout": 0.2},
    "constrained": {"classifier": "CRF", "constrainTransitions": True},
    "warm": {"classifier": "CRF", "temperature": {"chunks": 2.5}},
    "cold": {"temperature": {"chunks": 0.3}, "charEmbeddings": "CNN"},
}
HEADS = {"plain", "crf", "constrained", "warm", "cold"}  # their probabilities, too
SEVERAL = {
    "levels": {
        "customClassifier": {"chunks": [("LSTM", 4), "CRF"], "names": ["Softmax"]},
        "featureNames": WITH_POS,
    },
    "identified": {"useTaskIdentifier": True, "classifier": "CRF"},
    "together": {"directFeatures": ["spelling"], "constrainTransitions": True},
}


@pytest.fixture(scope="module")
def given(tmp_path_factory):
    """The sample corpus prepared for one task and for two."""
    with toy.folder(tmp_path_factory.mktemp("sample")):
        return {len(sets): (sets, toy.prepare(sets)) for sets in (ONE, DATASETS)}


def built(params, datasets, prepared) -> BiLSTM:
    """Return an untrained model with weights that leave nothing out."""
    model = toy.tagger(params, datasets, prepared)
    model.buildModel()
    return randomised(model)


def rows_of(model, prepared) -> list[dict]:
    """Return some sentences, of one token and with odd words, too."""
    rows = prepared[2]["chunks"]["testMatrix"][4:7]
    odd = toy.rows_of(model, ["Straße 東京 naïve-" + 40 * "x", "!"], POS=["X Y Z", "."])
    return [*rows, *odd]


@pytest.mark.parametrize("kind", KINDS)
def test_a_model_of_every_kind(kind, given, tmp_path, eager):
    datasets, prepared = given[1]
    model = built(KINDS[kind], datasets, prepared)
    ours, rows = twin(model, tmp_path), rows_of(model, prepared)
    check_scores(ours, model, rows)
    if kind in HEADS:
        check_probabilities(ours, model, rows)


@pytest.mark.parametrize("kind", SEVERAL)
def test_several_tasks_in_one_pass(kind, given, tmp_path, eager):
    datasets, prepared = given[2]
    params = {"classifier": "CRF", **SEVERAL[kind]}
    model = built(params, datasets, prepared)
    check_scores(twin(model, tmp_path), model, rows_of(model, prepared))


def test_one_sentence_none_and_an_empty_one(given, tmp_path, eager):
    datasets, prepared = given[1]
    params = {
        "classifier": "CRF",
        "charEmbeddings": "CNN",
        "directFeatures": ["tokens[0]"],
    }
    model = built(params, datasets, prepared)
    ours = twin(model, tmp_path)
    for texts in ([], [""], ["", "It rains .", ""]):
        check_scores(ours, model, toy.rows_of(model, texts))


def test_batches_do_not_change_what_is_found(given, tmp_path, eager):
    datasets, prepared = given[1]
    model = built({"classifier": "CRF", "charEmbeddings": "LSTM"}, datasets, prepared)
    ours = twin(model, tmp_path)
    rows = prepared[2]["chunks"]["testMatrix"]
    together = toy.emissions(ours, rows)["chunks"]
    ours._predictor._engine.tokens = 40
    alone = toy.emissions(ours, rows)["chunks"]
    for one, other in zip(alone, together):
        np.testing.assert_allclose(one, other, 0, EXACT)


def test_the_scores_and_text_of_both_are_alike(given, tmp_path, eager):
    datasets, prepared = given[1]
    model = built({"classifier": "CRF"}, datasets, prepared)
    ours = twin(model, tmp_path)
    matrix = prepared[2]["chunks"]["devMatrix"]
    assert ours.computeF1("chunks", matrix) == model.computeF1("chunks", matrix)
    text = "Lena is cold.  It rains in Leeds, today."
    assert ours.tag(text) == model.tag(text)
    with pytest.raises(NeedsTensorFlow, match="--engine tensorflow"):
        ours.fitTemperature("chunks", matrix)


def test_a_layer_of_another_shape_is_named(given, tmp_path, eager):
    datasets, prepared = given[1]
    path = stored(built({"classifier": "CRF"}, datasets, prepared), tmp_path)
    with pytest.raises(ValueError, match="casing_emebddings.* should hold weights"):
        StoredTagger.loadModel(path, {"addFeatureDimensions": 3})
