"""The table of parameters: defaults, rules, error texts."""

import copy
import logging
import re

import numpy as np
import pytest

from neuralnets.hyperparameters import (
    OPTIMIZERS,
    PARAMETERS,
    merge,
    tell_unknown_tasks,
)

DEFAULTS = {
    "dropout": (0.5, 0.5),
    "classifier": ["Softmax"],
    "LSTM-Size": (100,),
    "optimizer": "nadam",
    "earlyStopping": 5,
    "miniBatchSize": 32,
    "featureNames": ["tokens", "casing"],
    "addFeatureDimensions": 10,
    "charEmbeddings": None,
    "charEmbeddingsSize": 30,
    "charFilterSize": 30,
    "charFilterLength": 3,
    "charLSTMSize": 25,
    "maxCharLength": 25,
    "clipvalue": 0,
    "clipnorm": 1,
    "customClassifier": {},
    "useTaskIdentifier": False,
    "constrainTransitions": False,
    "labelWeights": {},
    "expectedEntityRatio": None,
    "temperature": {},
    "trainWordEmbeddings": None,
    "wordEmbeddingsSize": 100,
    "language": None,
    "seed": None,
    "learningRate": None,
    "recurrentCell": "LSTM",
    "bidirectional": True,
    "directFeatures": [],
    "featureCutoff": 3,
    "directDropout": 0.0,
    "gazetteer": None,
    "lmCost": 0.0,
}

NOT_WHOLE = [-1, 2.5, "3", None, True, [1]]
NAN = float("nan")
BAD = {
    "dropout": [1, 1.5, -0.1, (0.5,), (0.5, 1.0), (0.1, 0.1, 0.1), "0.5", None, NAN],
    "classifier": ["softmax", [], ["LSTM"], [("LSTM", 5)], [("LSTM", 0), "CRF"]]
    + [["CRF", "CRF"], [("gru", 5), "CRF"], [("LSTM",), "CRF"], None, 3],
    "LSTM-Size": [100, [0], [2.5], ["100"], None, [True]],
    "recurrentCell": ["", "BiLSTM", "lstm ", None, 3, ["LSTM"]],
    "bidirectional": [0, 1, "True", None],
    "optimizer": ["adamax", None, 3, ""],
    "learningRate": [0, -1, "0.1", NAN, float("inf"), True],
    "learningRateDecay": [-0.1, "0", None, NAN],
    "earlyStopping": NOT_WHOLE,
    "averageWeights": [-0.1, 1.1, "0.5", None, True, NAN],
    "lmCost": [-0.1, "0.1", None, True, NAN, float("inf")],
    "miniBatchSize": [0, *NOT_WHOLE],
    "featureNames": ["tokens", [1], None],
    "directFeatures": ["spelling", None, [1], ["tokens"], ["Spelling"], ["POS[a]"]]
    + [["POS[-1]|"], [""], ["[0]"], ["POS[0]POS[1]"], [("spelling",)], ["POS[100]"]],
    "featureCutoff": [0, *NOT_WHOLE],
    "directDropout": [1, 1.5, -0.1, "0.5", (0.5, 0.5), None, NAN, True],
    "gazetteer": ["", 3, True, ["names.txt"]],
    "addFeatureDimensions": [0, *NOT_WHOLE],
    "charEmbeddings": ["GRU", 0, True, ["CNN"], ""],
    "charEmbeddingsSize": [0, *NOT_WHOLE],
    "charFilterSize": [0, *NOT_WHOLE],
    "charFilterLength": [0, *NOT_WHOLE],
    "charLSTMSize": [0, *NOT_WHOLE],
    "maxCharLength": [2.5, "3", None, True],
    "clipvalue": [-1, "1", NAN, [1]],
    "clipnorm": [-1, "1", NAN, [1]],
    "customClassifier": ["CRF", ["CRF"], {"POS": "crf"}, {"POS": []}, None],
    "useTaskIdentifier": [1, "True", None],
    "constrainTransitions": [1, "True", None],
    "temperature": [1.5, None, [], {"POS": 0}, {"POS": -1}, {"POS": "1"}]
    + [{"POS": NAN}, {"POS": float("inf")}, {"POS": True}, {1: 1.5}, {"POS": 1e9}],
    "labelWeights": [1, None, [], {"O": -1}, {"O": "1"}, {"O": NAN}, {"O": 0}, {1: 1}]
    + [{"POS": {"O": -1}}, {"POS": {"O": 1}, "X": 1}],
    "expectedEntityRatio": [0, 1, "0.1", True, NAN, (0.1,), (0.1, 0.1), (1, 0.1, 1)]
    + [(0.1, -0.1, 1), (0.1, 0.1, None)],
    "trainWordEmbeddings": [1, "True"],
    "wordEmbeddingsSize": [0, *NOT_WHOLE],
    "rareWordDropout": [1.1, -0.1, "0.5", None, NAN],
    "wordVectors": ["", 3, True, ["options.json"]],
    "elmoOptions": ["", 3, True, ["options.json"]],
    "elmoWeights": ["", 3, True, ["weights.hdf5"]],
    "elmoMode": ["mean", "", None, -1, 1.0, True, [0, 1]],
    "elmoLayers": [[], [-1], [0, 0], ["0"], [True], 1, "0"],
    "elmoCache": ["", 3, True],
    "elmoKey": ["", 3, True],
    "language": ["german", "", 7, True],
    "seed": [-1, 2.5, "3", True],
}


@pytest.mark.parametrize("key", DEFAULTS)
def test_default_is_that_of_the_table(key):
    assert merge(None)[key] == merge({})[key] == DEFAULTS[key]
    assert type(merge({})[key]) is type(DEFAULTS[key])


@pytest.mark.parametrize("key", PARAMETERS)
def test_default_fits_its_own_rule(key):
    default = PARAMETERS[key].default
    again = merge({key: default})[key]
    assert again == (list(default) if key == "LSTM-Size" else default)


def test_every_key_has_bad_values_here():
    """A new parameter gets a line in `BAD`."""
    assert [key for key in PARAMETERS if not BAD.get(key)] == []


@pytest.mark.parametrize(
    "key, value",
    [pytest.param(k, v, id=f"{k}={v!r}") for k, vs in BAD.items() for v in vs],
)
def test_bad_value_is_told_with_key_rule_and_value(key, value):
    with pytest.raises(ValueError) as error:
        merge({key: value})
    message = str(error.value)
    assert message.startswith(f"`{key}` must be {PARAMETERS[key].rule}")
    assert message.endswith(f"Received: {value!r}")


@pytest.mark.parametrize(
    "key, given, kept",
    [
        ("dropout", 0, 0),
        ("dropout", 0.25, 0.25),
        ("dropout", [0.25, 0], (0.25, 0)),
        ("classifier", "CRF", ["CRF"]),
        ("classifier", ("Softmax",), ["Softmax"]),
        ("classifier", [["LSTM", 50], "CRF"], [("LSTM", 50), "CRF"]),
        (
            "classifier",
            [("GRU", 5), ("RNN", 3), "CRF"],
            [("GRU", 5), ("RNN", 3), "CRF"],
        ),
        ("LSTM-Size", (25, 50), [25, 50]),
        ("LSTM-Size", (), []),
        ("featureNames", [], []),
        ("recurrentCell", "gru", "GRU"),
        ("bidirectional", False, False),
        (
            "directFeatures",
            ("spelling", "context", "spelling"),
            ["spelling", "context"],
        ),
        ("directFeatures", ["POS[-1]|POS[0]"], ["POS[-1]|POS[0]"]),
        ("featureCutoff", 1, 1),
        ("directDropout", 0.5, 0.5),
        ("LSTM-Size", np.array([25]).tolist(), [25]),
        ("optimizer", "AdaM", "adam"),
        ("learningRate", 0.5, 0.5),
        ("miniBatchSize", np.int64(8), 8),
        ("earlyStopping", 0, 0),
        ("featureNames", ("tokens", "POS", "tokens"), ["tokens", "POS"]),
        ("charEmbeddings", "cnn", "CNN"),
        ("charEmbeddings", "Lstm", "LSTM"),
        ("charEmbeddings", "None", None),
        ("charEmbeddings", "false", None),
        ("charEmbeddings", False, None),
        ("maxCharLength", -1, -1),
        ("clipnorm", None, 0),
        ("clipvalue", None, 0),
        ("clipvalue", 0.5, 0.5),
        ("customClassifier", {"POS": "CRF"}, {"POS": ["CRF"]}),
        ("customClassifier", {"a": (["LSTM", 5], "CRF")}, {"a": [("LSTM", 5), "CRF"]}),
        ("trainWordEmbeddings", True, True),
        ("temperature", {"POS": 2}, {"POS": 2.0}),
        ("seed", 0, 0),
    ],
)
def test_good_value_is_kept_in_its_normal_form(key, given, kept):
    merged = merge({key: given})
    assert merged[key] == kept
    assert type(merged[key]) is type(kept) or key == "miniBatchSize"
    others = {k: v for k, v in merged.items() if k != key}
    assert others == {k: v for k, v in merge({}).items() if k != key}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_optimizers_in_any_letter_case(name):
    assert merge({"optimizer": name.upper()})["optimizer"] == name


@pytest.mark.parametrize(
    "wrong, nearest",
    [
        ("droput", "dropout"),
        ("lstm-size", "LSTM-Size"),
        ("LSTMSize", "LSTM-Size"),
        ("minibatch", "miniBatchSize"),
        ("learning_rate", "learningRate"),
        ("charEmbedding", "charEmbeddings"),
        ("clip_norm", "clipnorm"),
    ],
)
def test_unknown_key_names_the_nearest(wrong, nearest):
    with pytest.raises(ValueError, match=f"^`{wrong}` is not a parameter") as error:
        merge({wrong: 1})
    assert f"Did you mean `{nearest}`?" in str(error.value)


def test_unknown_key_without_a_near_one_lists_all():
    with pytest.raises(ValueError, match="`qqq` is not a parameter") as error:
        merge({"qqq": 1})
    assert "Did you mean" not in str(error.value)
    for key in PARAMETERS:
        assert re.search(rf"\b{key}\b", str(error.value))


def test_unknown_key_of_an_old_file_is_a_logged_note(caplog):
    with caplog.at_level(logging.INFO):
        merged = merge({"someOldKey": 1, "dropout": 0.25}, strict=False)
    assert "someOldKey" in caplog.text
    assert merged == merge({"dropout": 0.25})


def test_tasks_that_are_not_there_are_warned_of(caplog):
    given = {"customClassifier": {"ner": ["CRF"]}, "temperature": {"POS": 2, "x": 2}}
    for weights in ({"O": 0.5}, {"ner": {"O": 0.5}}):
        tell_unknown_tasks({"labelWeights": weights, **given}, ["POS", "NER"])
    told = [record.getMessage() for record in caplog.records]
    assert [text.split(",")[0] for text in told] == [
        "`customClassifier` is given for ner",
        "`temperature` is given for x",
        "`customClassifier` is given for ner",
        "`labelWeights` is given for ner",
        "`temperature` is given for x",
    ]
    assert told[0].endswith("The tasks: POS, NER.")


def test_callers_dictionary_and_lists_are_unchanged():
    given = {
        "featureNames": ["tokens", "tokens", "POS"],
        "classifier": [["LSTM", 5], "CRF"],
        "customClassifier": {"POS": [["LSTM", 5], "Softmax"]},
        "LSTM-Size": [5],
        "optimizer": "ADAM",
    }
    before = copy.deepcopy(given)
    merged = merge(given)
    merged["featureNames"].append("characters")
    merged["classifier"].append("x")
    merged["customClassifier"]["POS"].append("x")
    merged["customClassifier"]["NER"] = ["CRF"]
    merged["LSTM-Size"].append(9)
    assert given == before


def test_defaults_are_unchanged_by_what_one_model_does():
    merged = merge(None)
    merged["featureNames"].append("characters")
    merged["classifier"].append("x")
    merged["customClassifier"]["POS"] = ["CRF"]
    fresh = merge(None)
    assert {key: fresh[key] for key in DEFAULTS} == DEFAULTS
