"""A stored model opens again, bit for bit; what is not one is refused by name."""

import contextlib
import itertools
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import h5py
import numpy as np
import pytest
import toy

from neuralnets.BiLSTM import BiLSTM
from neuralnets.storage import h5file

HERE = Path(__file__).resolve().parent
CLASSIFIERS = {
    "softmax": "Softmax",
    "crf": "CRF",
    "lstm_crf": [("LSTM", 3), "CRF"],
}
CHARACTERS = {"words": None, "cnn": "CNN", "lstm": "LSTM"}
DROPOUT = {"none": 0, "naive": 0.25, "variational": (0.25, 0.25)}
TASKS = {"one": 1, "two": 2}
COMBINATIONS = list(itertools.product(CLASSIFIERS, CHARACTERS, DROPOUT, TASKS))
TEXTS = ["The dog saw a cat .", "Dog", "the river likes Zebras " * 4]


@pytest.fixture(scope="module")
def round_trip(corpus, tmp_path_factory):
    """Store a model of every combination; let one new process open them all.

    Returns by combination what the models in memory say and what the others do.
    """
    datasets = {
        "toy/pos": toy.dataset(corpus),
        "chunks": toy.dataset(corpus, "chunk_BIO"),
    }
    said = {}
    with toy.folder(tmp_path_factory.mktemp("files")), toy.eager():
        # The new process starts at once, and waits for one file after the other.
        program = (
            "import sys; sys.path[:0] = sys.argv[1:]\n"
            "import test_modelfile\n"
            "test_modelfile.open_all()\n"
        )
        reader = subprocess.Popen(
            [sys.executable, "-c", program, *map(str, [HERE, *list(HERE.parents)[:3]])]
        )
        prepared = toy.prepare(datasets)
        for number, names in enumerate(COMBINATIONS):
            classifier, characters, dropout, tasks = names
            params = {
                "classifier": CLASSIFIERS[classifier],
                "charEmbeddings": CHARACTERS[characters],
                "dropout": DROPOUT[dropout],
                "LSTM-Size": [5, 4] if dropout == "naive" else [5],
                "seed": number,
            }
            chosen = dict(list(datasets.items())[: TASKS[tasks]])
            model = toy.tagger(params, chosen, prepared)
            model.buildModel()
            draw = np.random.default_rng(number)
            for keras_model in model.models.values():
                # What a new model has as zeros must be read from the file, too.
                keras_model.set_weights(
                    [
                        draw.normal(0, 0.5, weight.shape)
                        for weight in keras_model.get_weights()
                    ]
                )
            model.modelSavePath = f"{'_'.join(names)}.h5"
            said[names] = outputs(model, model.saveModel("toy/pos", 0, 0, 0))
        assert reader.wait(timeout=300) == 0
        with np.load("scores.npz") as scores:
            found = {name: scores[name] for name in scores}
        with open("tags.json", encoding="utf-8") as file:
            tags = json.load(file)
    return said, tags, found


def outputs(model, path):
    rows = toy.rows_of(model, TEXTS)
    return model.tagSentences(rows), toy.emissions(model, rows), path


def open_all() -> None:
    """Load every file of the folder; store tags and emissions."""
    tags, scores = {}, {}
    with toy.eager():
        for names in COMBINATIONS:
            key = "_".join(names)
            give_up = time.monotonic() + 120
            while not os.path.isfile(f"{key}.h5") and time.monotonic() < give_up:
                time.sleep(0.02)
            model = BiLSTM.loadModel(f"{key}.h5")
            tags[key], found, _ = outputs(model, None)
            for task, sentences in found.items():
                for number, values in enumerate(sentences):
                    scores[f"{key}/{task}/{number}"] = values
    np.savez("scores.npz", **scores)
    with open("tags.json", "w", encoding="utf-8") as file:
        json.dump(tags, file)


@pytest.mark.parametrize("names", COMBINATIONS, ids="-".join)
def test_a_new_process_reads_the_same_model(round_trip, names):
    said, tags, found = round_trip
    key = "_".join(names)
    our_tags, our_emissions, _ = said[names]
    assert tags[key] == our_tags
    assert list(tags[key]) == ["toy/pos", "chunks"][: TASKS[names[3]]]
    for task, sentences in our_emissions.items():
        for number, ours in enumerate(sentences):
            assert len(ours) == len(TEXTS[number].split())
            theirs = found[f"{key}/{task}/{number}"]
            np.testing.assert_array_equal(ours, theirs)
    assert np.ptp(our_emissions["toy/pos"][0], axis=0).min() > 0


# ------------------------------------------------------------- what the file holds


def test_the_files_attributes(trained):
    with h5py.File(trained.stored, "r") as file:
        attributes = dict(file.attrs)
        layers = texts(file["model_weights"].attrs["layer_names"])
    assert attributes["format_version"] == 1
    assert (attributes["modelName"], attributes["labelKey"]) == ("chunks", "chunk_BIO")
    assert json.loads(attributes["mappings"]) == trained.mappings
    params = json.loads(attributes["params"])
    assert params["classifier"] == ["CRF"]
    assert params["seed"] == toy.SMALL["seed"]
    assert [t["name"] for t in json.loads(attributes["tasks"])] == ["chunks"]
    assert json.loads(attributes["model_config"])["config"]["layers"]
    expected = {"word_embeddings", "casing_emebddings", "char_emd", "char_cnn"}
    expected |= {"shared_LSTM_1", "chunks_hidden_lin_layer", "chunks_crf"}
    assert set(layers) == expected


def test_a_graph_function_gives_the_same_in_a_loaded_model(trained):
    rows = trained.data["chunks"]["testMatrix"]
    loaded = BiLSTM.loadModel(trained.stored)
    assert loaded.params == trained.params
    assert loaded.mappings == trained.mappings
    assert loaded.idx2Labels == trained.idx2Labels
    assert loaded.tagSentences(rows) == trained.tagSentences(rows)
    for ours, theirs in zip(
        *(toy.emissions(m, rows)["chunks"] for m in (trained, loaded))
    ):
        np.testing.assert_array_equal(ours, theirs)


def test_mappings_of_any_size_fit(trained, tmp_path):
    """HDF5 limits an attribute of fixed length to 64 KB."""
    model = BiLSTM.loadModel(trained.stored)
    model.mappings["other"] = {f"v\u00e4lue {i}": i for i in range(20_000)}
    model.modelSavePath = str(tmp_path / "model.h5")
    model.saveModel("chunks", 0, 0, 0)
    assert BiLSTM.loadModel(model.modelSavePath).mappings == model.mappings


def test_a_failed_save_leaves_the_old_file_and_nothing_else(
    trained, tmp_path, monkeypatch
):
    model = BiLSTM.loadModel(trained.stored)
    model.modelSavePath = str(tmp_path / "model.h5")
    model.saveModel("chunks", 0, 0, 0)
    before = (tmp_path / "model.h5").read_bytes()

    def fail(*_, **__):
        raise OSError("disk full")

    monkeypatch.setattr(h5py.Group, "create_dataset", fail)
    with pytest.raises(OSError, match="disk full"):
        model.saveModel("chunks", 1, 0, 0)
    assert os.listdir(tmp_path) == ["model.h5"]
    assert (tmp_path / "model.h5").read_bytes() == before


# --------------------------------------------------------------------- what is refused


def refused(path) -> str:
    """Return the error's text, which must name the file and fit in one line."""
    with pytest.raises(ValueError) as error:
        BiLSTM.loadModel(str(path))
    text = str(error.value)
    assert text.startswith(f"{path}: ")
    return text


def test_missing_and_foreign_files(tmp_path):
    assert "no such model file" in refused(tmp_path / "absent.h5")
    assert "no such model file" in refused(tmp_path)
    for name, content in {
        "empty.h5": b"",
        "text.h5": b"The dog sleeps .\n" * 100,
        "zip.h5": b"PK\x03\x04" + bytes(range(256)) * 9,
    }.items():
        (tmp_path / name).write_bytes(content)
        assert "not a model file" in refused(tmp_path / name)
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["table"] = [1, 2, 3]
    assert "not a model" in refused(tmp_path / "other.h5")


def test_a_truncated_file_at_any_length(trained, tmp_path):
    content = Path(trained.stored).read_bytes()
    path = tmp_path / "cut.h5"
    for share in (0.001, 0.1, 0.5, 0.9, 0.999):
        path.write_bytes(content[: int(len(content) * share)])
        assert "not a model file" in refused(path)


def test_a_newer_format(trained, tmp_path):
    with changed(trained, tmp_path) as file:
        file.attrs["format_version"] = 99
    assert "newer version" in refused(tmp_path / "changed.h5")


def test_an_unreadable_format(trained, tmp_path):
    with changed(trained, tmp_path) as file:
        file.attrs["format_version"] = "one"
    refused(tmp_path / "changed.h5")


@pytest.mark.parametrize("layer", ["chunks_crf", "word_embeddings", "shared_LSTM_1"])
def test_a_missing_layer(trained, tmp_path, layer):
    with changed(trained, tmp_path) as file:
        del file["model_weights"][layer]
    assert layer in refused(tmp_path / "changed.h5")


@pytest.mark.parametrize("layer", ["chunks_crf", "char_cnn", "shared_LSTM_1"])
def test_a_layer_that_is_not_listed(trained, tmp_path, layer):
    with changed(trained, tmp_path) as file:
        names = texts(file["model_weights"].attrs["layer_names"])
        listed = [name for name in names if name != layer]
        file["model_weights"].attrs["layer_names"] = listed
    assert f"'{layer}'" in refused(tmp_path / "changed.h5")


@pytest.mark.parametrize(
    "layer", ["casing_emebddings", "char_emd", "chunks_crf", "chunks_hidden_lin_layer"]
)
def test_weights_of_another_shape(trained, tmp_path, layer):
    with changed(trained, tmp_path) as file:
        group = file["model_weights"][layer]
        name = texts(group.attrs["weight_names"])[0]
        values = group[name][:][:-1]
        del group[name]
        group[name] = values
    text = refused(tmp_path / "changed.h5")
    assert f"'{layer}'" in text
    assert str(values.shape) in text


@pytest.mark.parametrize("shape", [(), (7,), (3, 4, 5)])
def test_word_vectors_that_are_no_matrix(trained, tmp_path, shape):
    with changed(trained, tmp_path) as file:
        group = file["model_weights"]["word_embeddings"]
        name = texts(group.attrs["weight_names"])[0]
        del group[name]
        group[name] = np.ones(shape, np.float32)
    refused(tmp_path / "changed.h5")


@pytest.mark.parametrize(
    "name, value",
    [
        ("mappings", "{"),
        ("mappings", "[]"),
        ("mappings", '{"chunk_BIO": {"O": "zero"}}'),
        ("mappings", '{"tokens": 3}'),
        ("params", '{"LSTM-Size": "big"}'),
        ("params", "null"),
        ("params", "7"),
        ("tasks", '[{"title": "chunks"}]'),
        ("tasks", "[]"),
        ("tasks", '[{"name": "chunks", "label": "absent", "index": 0}]'),
        ("tasks", '{"name": "chunks"}'),
        ("conventions", '{"gate": "relu"}'),
        ("conventions", '{"colour": 1}'),
        ("conventions", "[1]"),
        ("comments", "[1]"),
        ("comments", '{"chunks": 1}'),
    ],
)
def test_damaged_attributes(trained, tmp_path, name, value):
    with changed(trained, tmp_path) as file:
        file.attrs[name] = value
    refused(tmp_path / "changed.h5")


@pytest.mark.parametrize("name", ["mappings", "params", "tasks", "conventions"])
def test_missing_attributes(trained, tmp_path, name):
    with changed(trained, tmp_path) as file:
        del file.attrs[name]
    refused(tmp_path / "changed.h5")


def test_keras_configuration_is_never_run(trained, tmp_path):
    """Rebuilding uses our own code: what a file's `model_config` says is no matter."""
    with changed(trained, tmp_path) as file:
        file.attrs["model_config"] = json.dumps({"class_name": "Lambda", "config": {}})
    model = BiLSTM.loadModel(str(tmp_path / "changed.h5"))
    rows = trained.data["chunks"]["devMatrix"]
    assert model.tagSentences(rows) == trained.tagSentences(rows)


def test_an_unknown_parameter_in_a_file_is_a_note(trained, tmp_path, caplog):
    with changed(trained, tmp_path) as file:
        params = json.loads(file.attrs["params"])
        file.attrs["params"] = json.dumps({**params, "bonus": 3})
    with caplog.at_level("INFO"):
        model = BiLSTM.loadModel(str(tmp_path / "changed.h5"))
    assert "bonus" in caplog.text
    assert "bonus" not in model.params


def texts(values) -> list[str]:
    return [v.decode() if isinstance(v, bytes) else v for v in values]


@contextlib.contextmanager
def changed(trained, tmp_path):
    """Open a copy of a good file, `changed.h5`, to spoil it; then seal it anew."""
    path = tmp_path / "changed.h5"
    shutil.copy(trained.stored, path)
    with h5py.File(path, "r+") as file:
        yield file
    h5file.seal(str(path))


def test_a_file_changed_by_hand_is_told_by_its_checksum(trained, tmp_path):
    shutil.copy(trained.stored, tmp_path / "changed.h5")
    with h5py.File(tmp_path / "changed.h5", "r+") as file:
        file.attrs["modelName"] = "other"
    assert "checksum is wrong" in refused(tmp_path / "changed.h5")


def test_a_file_without_its_seal_is_damaged(trained, tmp_path):
    content = Path(trained.stored).read_bytes()
    (tmp_path / "changed.h5").write_bytes(bytes(512) + content[512:])
    assert "checksum is missing" in refused(tmp_path / "changed.h5")
