"""Columns and tasks may be called anything."""

import numpy as np
import pytest
import toy

from neuralnets.BiLSTM import BiLSTM
from neuralnets.layernames import layer_name

pytestmark = pytest.mark.usefixtures("workdir")

NAMES = [
    *("Gro\u00dfschreibung", "word shape", "_shape", "POS(fine)", "a/b", "", "a b"),
    *("a_b", "a-b", "words", "char", "task_id", "pos", "POS", "1.5", "x:y", "x,y"),
    *("\u00fc", "u\u0308", "\u00e4", "\u540d\u524d", "\u200b", " ", "[0]", "a|b"),
    *("tokens_input", "casing_input", "word", "shared", "form_index", "x" * 300),
]


@pytest.mark.parametrize("name", ["POS", "lemma", "NER_inner.2", "1", "x-y"])
def test_ordinary_names_stay(name):
    assert layer_name("feature", name) == name


def test_other_names_stay_distinct():
    cleaned = [layer_name("feature", name) for name in NAMES]
    assert len(set(cleaned)) == len(NAMES)
    assert all(
        name.isascii() and name[:1] != "_" and "/" not in name for name in cleaned
    )


@pytest.fixture(scope="module")
def odd(tmp_path_factory):
    """A data set whose columns have odd names."""
    folder = tmp_path_factory.mktemp("odd")
    sentences = [
        [("the", *["DET"] * len(NAMES), "X"), ("dog", *["NOUN"] * len(NAMES), "Y")],
        [("Dog", *["NOUN"] * len(NAMES), "Y")],
    ]
    for split in ("train", "dev"):
        toy.write_sentences(folder / f"{split}.txt", sentences)
    columns = dict(enumerate(["tokens", *NAMES, "label"]))
    return {"columns": columns, "label": "label", "path": str(folder)}


def test_features_may_have_any_name(odd, eager):
    params = {
        "featureNames": ["tokens", "casing", *NAMES],
        "charEmbeddings": "CNN",
        "useTaskIdentifier": True,
        "classifier": "CRF",
    }
    model = toy.tagger(params, {"toy": odd})
    model.trainModel()
    assert model.requiredColumns == NAMES
    layers = {layer.name for layer in model.models["toy"].layers}
    assert {f"{name}_emebddings" for name in ("POS", "a_b", "words", "char")} <= layers

    values = {name: ["DET NOUN"] for name in NAMES}

    def emissions(tagger, **changes):
        rows = toy.rows_of(tagger, ["the dog"], **{**values, **changes})
        return toy.emissions(tagger, rows)["toy"][0]

    before = emissions(model)
    for name in NAMES:
        assert not np.allclose(emissions(model, **{name: ["NOUN NOUN"]}), before), name
    model.modelSavePath = "[ModelName].h5"
    loaded = BiLSTM.loadModel(model.saveModel("toy", 0, 0, 0))
    np.testing.assert_array_equal(emissions(loaded), before)
    rows = toy.rows_of(loaded, ["the dog"], **values)
    assert loaded.tagSentences(rows) == model.tagSentences(rows)


def test_it_also_trains_as_a_graph(odd):
    params = {"featureNames": ["tokens", *NAMES[:8]], "LSTM-Size": [2]}
    model = toy.tagger(params, {"toy": odd})
    model.fit(epochs=1)
    rows = toy.rows_of(model, ["the dog"], **{name: ["DET NOUN"] for name in NAMES})
    assert len(model.tagSentences(rows)["toy"][0]) == 2


def test_a_task_may_be_called_as_the_shared_layers_are(odd, eager):
    params = {"customClassifier": {"shared": [("LSTM", 3), "CRF"]}}
    for dropout in (0, (0.1, 0.1)):
        model = toy.tagger({**params, "dropout": dropout}, {"shared": odd})
        model.trainModel()
        model.modelSavePath = "shared.h5"
        loaded = BiLSTM.loadModel(model.saveModel("shared", 0, 0, 0))
        rows = toy.rows_of(loaded, ["the dog"])
        assert loaded.tagSentences(rows) == model.tagSentences(rows)
    layers = {layer.name for layer in model.models["shared"].layers}
    assert "shared_hidden_lin_layer" in layers
