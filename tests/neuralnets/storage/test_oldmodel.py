"""Models that the original tool wrote (Keras 2.2.0) load, tag alike and train on."""

import json
import os
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import oldforward
import pytest
import toy
from oldfile import MAPPINGS, OldFile

from neuralnets.BiLSTM import BiLSTM
from neuralnets.inference.tagger import StoredTagger
from util.CoNLL import conllWrite

pytestmark = pytest.mark.usefixtures("workdir")
HERE = Path(__file__).resolve().parent

# ------------------------------------------------------------- files of the tool itself

PUBLISHED = ("a_softmax", "b_crf_cnn")
WITH_TASK_IDENTIFIER = "c_task_identifier"


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """What a new process makes of the files in `$TAGGER_DATA/models`, by file."""
    if "TAGGER_DATA" not in os.environ:
        pytest.skip("TAGGER_DATA does not name the folder with models/ of the old tool")
    source = os.path.join(os.environ["TAGGER_DATA"], "models")
    folder = tmp_path_factory.mktemp("published")
    program = (
        "import sys; sys.path[:0] = sys.argv[3:]\n"
        "import test_oldmodel\n"
        "test_oldmodel.tag_published(sys.argv[1], sys.argv[2])\n"
    )
    arguments = [source, str(folder), *map(str, [HERE, *list(HERE.parents)[:3]])]
    subprocess.run([sys.executable, "-c", program, *arguments], check=True)
    with open(folder / "tags.json", encoding="utf-8") as file:
        tags = json.load(file)
    return source, tags, dict(np.load(folder / "scores.npz"))


def tag_published(source: str, folder: str, kind=BiLSTM) -> None:
    tags, scores = {}, {}
    for name in PUBLISHED:
        with open(f"{source}/{name}.expected.json", encoding="utf-8") as file:
            sentences = json.load(file)["sentences"]
        model = kind.loadModel(f"{source}/{name}.h5")
        rows = toy.rows_of(model, [" ".join(s["tokens"]) for s in sentences])
        tags[name] = model.tagSentences(rows)
        found = toy.emissions(model, rows)["mini"]
        if name == "a_softmax":
            table = model._new_table(rows)
            found = model._predict().marginals(["mini"], table)["mini"]
        for number, values in enumerate(found):
            scores[f"{name}/s{number:02}"] = values
    with open(f"{source}/{WITH_TASK_IDENTIFIER}.expected.json") as file:
        expected = json.load(file)
    model = kind.loadModel(f"{source}/{WITH_TASK_IDENTIFIER}.h5")
    texts = [" ".join(s["tokens"]) for s in expected["sentences"]]
    rows = toy.rows_of(model, texts)
    for row in rows:
        row["taskID"] = [expected["taskID"]] * len(row["tokens"])
    tags[WITH_TASK_IDENTIFIER] = model.tagSentences(rows)
    with open(f"{folder}/tags.json", "w", encoding="utf-8") as file:
        json.dump(tags, file)
    np.savez(f"{folder}/scores.npz", **scores)


def test_published_models_say_the_same_without_tensorflow(published, tmp_path):
    """The engine of NumPy, from scores to labels."""
    source, tags, scores = published
    tag_published(source, str(tmp_path), StoredTagger)
    assert json.loads((tmp_path / "tags.json").read_text("utf-8")) == tags
    with np.load(tmp_path / "scores.npz") as found:
        assert set(found) == set(scores)
        for key, values in found.items():
            np.testing.assert_allclose(values, scores[key], rtol=0, atol=1e-5)


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_models_tag_as_they_did(published, name):
    source, tags, scores = published
    with open(f"{source}/{name}.expected.json", encoding="utf-8") as file:
        expected = json.load(file)
    sentences = expected["sentences"]
    assert list(tags[name]) == [expected["modelName"]]
    assert tags[name][expected["modelName"]] == [s["tags"] for s in sentences]
    with np.load(f"{source}/{name}.scores.npz") as file:
        keys = [key for key in file.files if key[1:].isdigit()]
        assert len(keys) == len(sentences) == 50
        for key in keys:
            found = scores[f"{name}/{key}"]
            np.testing.assert_allclose(found, file[key], rtol=0, atol=1e-5)


def test_a_published_model_with_a_task_identifier(published):
    """Its `featureNames` lists `taskID`, which no mapping has."""
    source, tags, _ = published
    with open(f"{source}/{WITH_TASK_IDENTIFIER}.expected.json") as file:
        expected = json.load(file)
    assert "taskID" in expected["featureNames"]
    assert tags[WITH_TASK_IDENTIFIER] == {
        expected["modelName"]: [s["tags"] for s in expected["sentences"]]
    }


# ------------------------------------- files written here, judged by `oldforward`

POS = {"featureNames": ["tokens", "casing", "POS"]}
KINDS = {
    "softmax": {},
    "no dropout": {"dropout": 0, "classifier": ["CRF"]},
    "stacked sizes": {"LSTM-Size": [6, 4, 5], "dropout": [0.25, 0.5]},
    "naive dropout, CRF": {"classifier": ["CRF"], "LSTM-Size": [5, 4]},
    "LSTM before the CRF": {"classifier": [["LSTM", 4], ["LSTM", 3], "CRF"]},
    "the same, variational": {
        "classifier": [["LSTM", 4], "CRF"],
        "dropout": [0.25, 0.25],
    },
    "custom classifier": {"customClassifier": {"mini": [["LSTM", 3], "CRF"]}},
    "custom classifier, bare": {"customClassifier": {"mini": "CRF"}},
    "character CNN": {"charEmbeddings": "CNN", "classifier": ["CRF"]},
    "wide character CNN": {"charEmbeddings": "cnn", "charFilterLength": 4},
    "character LSTM": {"charEmbeddings": "LSTM"},
    "character LSTM, POS": {**POS, "charEmbeddings": "LSTM", "classifier": ["CRF"]},
    "POS, words last": {"featureNames": ["POS", "casing", "tokens"]},
    "words only": {"featureNames": ["tokens"]},
}
SENTENCES = [
    ("The dog sees a cat .", "DET NOUN VERB DET NOUN O"),
    ("Dog", "NOUN"),
    (".", "O"),
    ("the dog", "DET O"),
    ("sees Incomprehensibilitiesabcdefghijklm 1998", "VERB NOUN DET"),
]


def oracle(model: OldFile, task_id=None):
    """Return scores and tags of each sentence."""
    scores, tags = [], []
    for text, pos in SENTENCES:
        row = oldforward.encode(text.split(), pos.split())
        emissions, mask = oldforward.emissions(model, row, task_id)
        scores.append(emissions[mask])
        labels = oldforward.decode(model, emissions, mask)
        tags.append(labels[: len(text.split())])
    return scores, tags


def old_rows(model: BiLSTM):
    columns = zip(*SENTENCES)
    texts, pos = columns
    return toy.rows_of(model, texts, POS=pos)


def check(old: OldFile, model: BiLSTM, rows, task_id=None):
    scores, tags = oracle(old, task_id)
    found = toy.emissions(model, rows)
    assert list(found) == [old.task]
    for ours, expected in zip(found[old.task], scores):
        np.testing.assert_allclose(ours, expected, rtol=0, atol=1e-5)
    assert model.tagSentences(rows) == {old.task: tags}
    assert len(found[old.task][0]) == 6
    assert np.ptp(found[old.task][0], axis=0).min() > 1e-3  # no layer says nothing


@pytest.mark.parametrize("kind", KINDS)
def test_a_model_of_every_kind_gives_the_scores_of_keras(kind, eager):
    given = dict(KINDS[kind])
    written = given.get("charEmbeddings")
    if written:
        given["charEmbeddings"] = written.upper()
    old = OldFile(given, seed=len(kind))
    old.params["charEmbeddings"] = written
    path = old.write("old.h5")
    old.params["charEmbeddings"] = given.get("charEmbeddings")
    model = BiLSTM.loadModel(path)
    check(old, model, old_rows(model))
    check(old, StoredTagger.loadModel(path), old_rows(model))


def test_a_graph_function_gives_the_same(tmp_path):
    old = OldFile(KINDS["character LSTM, POS"])
    model = BiLSTM.loadModel(old.write("old.h5"))
    check(old, model, old_rows(model))


def test_padding_counts_for_the_character_cnn_and_without_a_mask():
    """The oracle can fail: what new models do differently changes its scores."""
    old = OldFile(KINDS["character CNN"])
    row = oldforward.encode(["Dog"])
    padded, _ = oldforward.emissions(old, row)
    alone, _ = oldforward.emissions(old, {k: v[:1] for k, v in row.items()})
    assert np.abs(padded[0] - alone[0]).max() > 1e-3
    old.char_length = 3
    unpadded, _ = oldforward.emissions(old, row)
    assert np.abs(padded - unpadded).max() > 1e-3


@pytest.mark.parametrize("length", [30, 60])
def test_the_width_of_the_character_input_is_in_the_layers(length, eager):
    """A `maxCharLength` of 0 meant the longest word of the training data."""
    given = {"charEmbeddings": "CNN", "maxCharLength": 0}
    old = OldFile(given, char_length=length)
    model = BiLSTM.loadModel(old.write("old.h5"))
    check(old, model, old_rows(model))


def test_a_task_of_a_run_with_two(eager):
    """Each task had a file; the layers of the other task are not in it."""
    custom = {"first": [["LSTM", 3], "CRF"], "second": ["Softmax"]}
    params = {"customClassifier": custom, "dropout": [0.25, 0.25]}
    for task, label in [("first", "chunk_BIO"), ("second", "POS")]:
        old = OldFile(params, task, label, tasks=2)
        model = BiLSTM.loadModel(old.write(f"{task}.h5"))
        assert model.labelKeys == {task: label}
        check(old, model, old_rows(model))


def test_the_task_that_the_tool_called_so(eager):
    old = OldFile({"classifier": ["CRF"]}, task="de-en_1.5")
    model = BiLSTM.loadModel(old.write("old.h5"))
    check(old, model, old_rows(model))


@pytest.mark.parametrize("task_id", [0, 2])
def test_a_task_identifier_comes_with_the_rows(task_id, eager):
    old = OldFile({"useTaskIdentifier": True, "charEmbeddings": "CNN"}, tasks=3)
    model = BiLSTM.loadModel(old.write("old.h5"))
    rows = old_rows(model)
    with pytest.raises(ValueError, match="'taskID'"):
        model.tagSentences(rows)
    for row in rows:
        row["taskID"] = [task_id] * len(row["tokens"])
    check(old, model, rows, task_id)


def test_a_task_identifier_survives_our_own_format(eager):
    old = OldFile({"useTaskIdentifier": True}, tasks=3)
    model = BiLSTM.loadModel(old.write("old.h5"))
    model.modelSavePath = "new.h5"
    loaded = BiLSTM.loadModel(model.saveModel("mini", 0, 0, 0))
    rows = old_rows(loaded)
    with pytest.raises(ValueError, match="'taskID'"):
        loaded.tagSentences(rows)
    for row in rows:
        row["taskID"] = [1] * len(row["tokens"])
    check(old, loaded, rows, 1)


@pytest.mark.parametrize(
    "kind", ["character CNN", "character LSTM, POS", "stacked sizes"]
)
def test_stored_anew_it_stays_the_same(kind, eager):
    old = OldFile(KINDS[kind])
    model = BiLSTM.loadModel(old.write("old.h5"))
    model.modelSavePath = "new.h5"
    loaded = BiLSTM.loadModel(model.saveModel("mini", 0, 0, 0))
    check(old, loaded, old_rows(loaded))


def test_values_unseen_in_training_read_as_nothing(eager):
    """Old tables have no row for unknown values: their spurious `O` stands in."""
    old = OldFile(POS)
    model = BiLSTM.loadModel(old.write("old.h5"))
    unseen, nothing = (
        toy.emissions(model, toy.rows_of(model, ["a dog"], POS=[f"DET {tag}"]))["mini"]
        for tag in ("XYZ", "O")
    )
    np.testing.assert_array_equal(unseen[0], nothing[0])


# --------------------------------------------------------------------- what is refused


def respelled(change, **given) -> str:
    """Write a file whose `model_config` is changed; return its path."""
    old = OldFile(given or {"charEmbeddings": "CNN", "classifier": ["CRF"]})
    path = old.write("old.h5")
    config = old.model_config()
    layers = {layer["name"]: layer for layer in config["config"]["layers"]}
    change(layers, config)
    with h5py.File(path, "r+") as file:
        file.attrs["model_config"] = json.dumps(config)
    return path


def of_another_kind(layers, _):
    layers["concatenate_1"]["class_name"] = "Lambda"


def wrapped_kind(layers, _):
    layers["char_cnn"]["config"]["layer"]["class_name"] = "Lambda"


def other_gates(layers, _):
    layers["shared_LSTM_1"]["config"]["layer"]["config"]["recurrent_activation"] = "elu"


def relu(layers, _):
    layers["shared_LSTM_1"]["config"]["layer"]["config"]["activation"] = "relu"


def convolution(layers, _):
    layers["char_cnn"]["config"]["layer"]["config"]["padding"] = "causal"


def no_units(layers, _):
    del layers["shared_LSTM_1"]["config"]["layer"]["config"]["units"]


def no_layers(_, config):
    del config["config"]["layers"]


def layers_are_numbers(_, config):
    config["config"]["layers"] = [1, 2]


def other_units(layers, _):
    layers["shared_LSTM_1"]["config"]["layer"]["config"]["units"] = 9


@pytest.mark.parametrize(
    "change, names",
    [
        (of_another_kind, "Lambda"),
        (wrapped_kind, "Lambda"),
        (other_gates, "elu"),
        (relu, "LSTM"),
        (convolution, "char_cnn"),
        (no_units, "units"),
        (no_layers, "layers"),
        (layers_are_numbers, "model_config"),
        (other_units, "shared_LSTM_1"),
    ],
)
def test_what_cannot_be_rebuilt_exactly_is_refused(change, names):
    path = respelled(change)
    with pytest.raises(ValueError) as error:
        BiLSTM.loadModel(path)
    assert str(error.value).startswith(f"{path}: ")
    assert names in str(error.value)


def test_an_attribute_that_is_missing_is_refused():
    for name in ("modelName", "labelKey", "params", "model_config", "mappings"):
        path = OldFile({}).write(f"no_{name}.h5")
        with h5py.File(path, "r+") as file:
            del file.attrs[name]
        with pytest.raises(ValueError, match=f"^{path}: "):
            BiLSTM.loadModel(path)


def test_gates_of_a_later_keras_are_used(eager):
    def sigmoid(layers, _):
        layer = layers["shared_LSTM_1"]["config"]["layer"]
        layer["config"]["recurrent_activation"] = "sigmoid"

    hard = BiLSTM.loadModel(respelled(lambda *_: None, LSTM_=None, dropout=0))
    soft = BiLSTM.loadModel(respelled(sigmoid, dropout=0))
    scores = [toy.emissions(m, old_rows(m))["mini"][0] for m in (hard, soft)]
    assert np.abs(scores[0] - scores[1]).max() > 1e-3


# ------------------------------------------------------------------------- training on

TRAIN = [
    ("sees/VERB/B-VP the/DET/B-NP dog/NOUN/I-NP ./PUNCT/O"),
    ("the/DET/B-NP cat/NOUN/I-NP sees/VERB/B-VP a/DET/B-NP dog/NOUN/I-NP"),
    ("Dog/NOUN/B-NP"),
]


def write_fresh(extra=()):
    sentences = []
    for text in [*TRAIN, *extra]:
        rows = [token.split("/") for token in text.split()]
        columns = zip(*rows)
        sentences.append(dict(zip(("tokens", "POS", "chunk_BIO"), columns)))
    for split in ("train", "dev", "test"):
        conllWrite(f"data/mini/{split}.txt", sentences, ["tokens", "POS", "chunk_BIO"])
    return {"mini": {"columns": toy.COLUMNS, "label": "chunk_BIO"}}


@pytest.mark.parametrize("characters", [None, "CNN", "LSTM"])
def test_training_on_with_fresh_data(characters):
    """Their indices differ; `PUNCT` and some characters the model has never seen."""
    params = {**POS, "charEmbeddings": characters, "classifier": ["CRF"], "dropout": 0}
    model = BiLSTM.loadModel(OldFile(params).write("old.h5"))
    datasets = write_fresh()
    _, mappings, data = toy.prepare(datasets)
    assert mappings["chunk_BIO"]["B-VP"] != MAPPINGS["chunk_BIO"]["B-VP"]
    words = model.models["mini"].get_layer("word_embeddings").get_weights()[0]
    model.setDataset(datasets, data)
    row = model.data["mini"]["trainMatrix"][0]
    assert [model.idx2Labels["mini"][i] for i in row["chunk_BIO"]] == (
        ["B-VP", "B-NP", "I-NP", "O"]
    )
    assert row["tokens"] == [MAPPINGS["tokens"][w] for w in ("sees", "the", "dog", ".")]
    assert row["POS"][:3] == [MAPPINGS["POS"][tag] for tag in ("VERB", "DET", "NOUN")]
    assert row["POS"][3] >= len(MAPPINGS["POS"])  # unknown
    assert row["characters"][1] == [MAPPINGS["characters"][c] for c in "the"]
    assert len(model.data["mini"]["trainMatrix"][2]["tokens"]) == 2

    model.params.update(learningRate=0.05, earlyStopping=0, seed=1)
    model.storeResults("results.tsv")
    model.modelSavePath = "[ModelName]_on.h5"
    model.fit(epochs=25)
    train = model.data["mini"]["trainMatrix"]
    assert model.computeF1("mini", train) == (1, 1, 1)
    after = model.models["mini"].get_layer("word_embeddings").get_weights()[0]
    np.testing.assert_array_equal(words, after)  # frozen, as the file says
    loaded = BiLSTM.loadModel("mini_on.h5")
    assert loaded.computeF1("mini", train) == (1, 1, 1)


def test_labels_that_the_old_model_lacks_are_named():
    model = BiLSTM.loadModel(OldFile({}).write("old.h5"))
    datasets = write_fresh(["in/ADP/B-PP Rome/PROPN/B-LOC"])
    _, _, data = toy.prepare(datasets)
    with pytest.raises(ValueError, match="'chunk_BIO': B-LOC, B-PP"):
        model.setDataset(datasets, data)
