"""Model files that were made to do harm end in a `ValueError` that names them."""

import itertools
import json
import os
import time

import h5py
import numpy as np
import pytest
import toy
from oldfile import MAPPINGS, OldFile

from neuralnets.BiLSTM import BiLSTM
from neuralnets.storage import h5file

pytestmark = pytest.mark.usefixtures("workdir")
SECONDS = 60  # on a machine that does other things, too: what hangs does so for ever
KINDS = {"charEmbeddings": "CNN", "classifier": ["CRF"], "dropout": [0.25, 0.25]}


@pytest.fixture
def old():
    """A file of the original tool."""
    return OldFile(dict(KINDS)).write("old.h5")


@pytest.fixture
def new(old, eager):
    """The same, in our format."""
    model = BiLSTM.loadModel(old)
    model.modelSavePath = "new.h5"
    return model.saveModel("mini", 0, 0, 0)


def refused(path, *names):
    begun = time.monotonic()
    with pytest.raises(ValueError) as error:
        BiLSTM.loadModel(path)
    assert time.monotonic() - begun < SECONDS
    text = str(error.value)
    assert text.startswith(f"{path}: ")
    assert len(text) < 1000
    for name in names:
        assert name in text


def attribute(path, name, value):
    with h5py.File(path, "r+") as file:
        file.attrs[name] = value
    if path == "new.h5":
        h5file.seal(path)


def edit(path, name, change):
    with h5py.File(path, "r") as file:
        content = json.loads(file.attrs[name])
    change(content)
    attribute(path, name, json.dumps(content))


# ---------------------------------------------------------- what leads out of the file


def external_link(file, place, parent, name):
    parent[name] = h5py.ExternalLink("target", "/")


def soft_link(file, place, parent, name):
    parent[name] = h5py.SoftLink("/model_weights")


def dangling_link(file, place, parent, name):
    parent[name] = h5py.SoftLink("/nothing")


def external_storage(file, place, parent, name):
    parent.create_dataset(name, (4,), "f4", external=[("target", 0, 16)])


def virtual(file, place, parent, name):
    layout = h5py.VirtualLayout((4,), "f4")
    layout[:] = h5py.VirtualSource("target", "x", (4,))
    parent.create_virtual_dataset(name, layout)


LEADS = [external_link, soft_link, dangling_link, external_storage, virtual]
PLACES = ["model_weights", "model_weights/mini_crf", "shared", "elsewhere"]


@pytest.mark.parametrize("kind", ["old.h5", "new.h5"])
@pytest.mark.parametrize("lead", LEADS)
@pytest.mark.parametrize("place", PLACES)
def test_nothing_leads_out_of_the_file(new, kind, lead, place):
    os.mkfifo("target")  # whoever opens it waits for ever
    with h5py.File(kind, "r+") as file:
        if place == "shared":
            place = next(n for n in file["model_weights"] if n.startswith("shared"))
            place = f"model_weights/{place}/{next(iter(file['model_weights'][place]))}"
        parent, _, name = place.rpartition("/")
        if place in file:
            del file[place]
        lead(file, place, file[parent or "/"], name)
    if kind == "new.h5":
        h5file.seal(kind)
    refused(kind, name)


def test_a_pipe_is_no_model():
    os.mkfifo("pipe.h5")
    refused("pipe.h5", "no such model file")


@pytest.mark.parametrize("kind", ["old.h5", "new.h5"])
def test_groups_in_themselves(new, kind):
    """Hard links may form circles, and one thing may have many names."""
    with h5py.File(kind, "r+") as file:
        file["circle"] = file["/"]
        file["model_weights/circle"] = file["model_weights"]
    if kind == "new.h5":
        h5file.seal(kind)
    BiLSTM.loadModel(kind)


def test_a_layer_that_is_listed_again_and_again(old):
    with h5py.File(old, "r+") as file:
        group = file["model_weights"]["word_embeddings"]
        name = group.attrs["weight_names"][0]
        group.attrs["weight_names"] = [name] * 500
    refused(old, "more than there are")


def test_a_small_array_in_a_huge_chunk(old):
    with h5py.File(old, "r+") as file:
        group = file["model_weights"]["word_embeddings"]
        name = group.attrs["weight_names"][0]
        values = group[name][:]
        del group[name]
        shape = (1 << 12, 1 << 12)
        data = group.create_dataset(
            name,
            values.shape,
            "f4",
            maxshape=(None, None),
            chunks=shape,
            compression="gzip",
        )
        data[...] = 0
    refused(old, "more than there are")


def test_a_huge_array_that_takes_no_place(old):
    with h5py.File(old, "r+") as file:
        group = file["model_weights"]["word_embeddings"]
        name = group.attrs["weight_names"][0]
        del group[name]
        group.create_dataset(name, (1 << 40, 1 << 10), "f4", chunks=(1, 1 << 10))
    refused(old, "more than there are")


# ------------------------------------------------------------- numbers and containers

ODD = [
    *(None, True, -1, 0, 2**31, 10**18, 10**400, float("inf"), float("nan"), 1.5),
    *("", "x", "\0", "\ud800", [], {}, [[]], [None], {"x": [1]}, [1] * 3000),
]


@pytest.mark.parametrize("number", [np.inf, -np.inf, np.nan, 1.5, 0, -1, 1 << 62, "1"])
def test_the_number_of_the_format(new, number):
    attribute(new, "format_version", number)
    refused(new, "format")


@pytest.mark.parametrize("config", [["x"], [], "x", "", 3, None, {"layer": 3}, {}])
@pytest.mark.parametrize("layer", ["shared_varLSTM_1", "char_cnn", "word_embeddings"])
def test_a_layers_configuration_is_something_else(old, layer, config):
    def change(content):
        for described in content["config"]["layers"]:
            if described["name"] == layer:
                described["config"] = config

    if layer == "word_embeddings" and config in ({},):
        pytest.skip("nothing is read of it")
    edit(old, "model_config", change)
    refused(old)


def places_in(value, path=()):
    """Return the way to each container and number, the first of each list."""
    if isinstance(value, dict):
        inner = value.items()
    elif isinstance(value, list):
        inner = list(enumerate(value))[:1]
    else:
        return [path]
    return [path, *itertools.chain(*(places_in(v, (*path, k)) for k, v in inner))]


def put(content, path, value):
    for key in path[:-1]:
        content = content[key]
    content[path[-1]] = value


def load_or_refuse(path):
    begun = time.monotonic()
    try:
        BiLSTM.loadModel(path)
    except ValueError as error:
        assert str(error).startswith(f"{path}: ")
        assert len(str(error)) < 1000
    assert time.monotonic() - begun < SECONDS


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: repr(odd)[:20])
def test_odd_values_of_parameters(new, odd, eager):
    """Every parameter of ours in turn."""
    with h5py.File(new, "r") as file:
        params = json.loads(file.attrs["params"])
    for name in params:
        attribute(new, "params", json.dumps({**params, name: odd}))
        load_or_refuse(new)


@pytest.mark.parametrize("turn", [0, 7, 13])
def test_odd_values_of_layers_and_mappings(old, turn, eager, monkeypatch):
    """Each place meets some of the values, all values meet some of the places."""
    odds = itertools.islice(itertools.cycle(ODD), turn, None)
    # The file is whole: a process that looks at it first would only take time.
    monkeypatch.setattr(h5file, "_probe", lambda path: None)
    with h5py.File(old, "r") as file:
        config = json.loads(file.attrs["model_config"])
    layers = {layer["name"]: layer for layer in config["config"]["layers"]}
    for name in ("char_input", "char_cnn", "shared_varLSTM_1", "mini_crf"):
        for path in places_in(layers[name]):
            if not path:
                continue
            text = json.dumps(layers[name])
            changed = json.loads(text)
            put(changed, path, next(odds))
            layers_ = [
                changed if layer["name"] == name else layer
                for layer in config["config"]["layers"]
            ]
            inner = {**config["config"], "layers": layers_}
            attribute(old, "model_config", json.dumps({**config, "config": inner}))
            load_or_refuse(old)
    attribute(old, "model_config", json.dumps(config))
    for name in MAPPINGS:
        attribute(old, "mappings", json.dumps({**MAPPINGS, name: next(odds)}))
        load_or_refuse(old)
        value = {**MAPPINGS[name], "odd": next(odds)}
        attribute(old, "mappings", json.dumps({**MAPPINGS, name: value}))
        load_or_refuse(old)


def test_lists_in_lists_in_lists(old):
    attribute(old, "params", "[" * 100_000 + "]" * 100_000)
    refused(old)


def test_words_as_long_as_a_file_says_cost_nothing(new, eager):
    """Padding counts for the maximum, but more of it gives nothing new."""
    edit(new, "params", lambda params: params.update(maxCharLength=2_000_000_000))
    model = BiLSTM.loadModel(new)
    rows = toy.rows_of(model, ["The dog sees", "Dog"])
    huge = toy.emissions(model, rows)["mini"]
    edit(new, "params", lambda params: params.update(maxCharLength=40))
    model = BiLSTM.loadModel(new)
    for ours, theirs in zip(huge, toy.emissions(model, rows)["mini"]):
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-6)


@pytest.mark.parametrize("classifier", ["Softmax", "CRF"])
def test_thousands_of_labels(classifier, monkeypatch, eager):
    labels = {f"{'BI'[i % 2]}-{i // 2}": i for i in range(1500)}
    monkeypatch.setitem(MAPPINGS, "chunk_BIO", labels)
    path = OldFile({"classifier": [classifier]}).write("old.h5")
    begun = time.monotonic()
    model = BiLSTM.loadModel(path)
    (tags,) = model.tagSentences(toy.rows_of(model, ["The dog"]))["mini"]
    assert time.monotonic() - begun < SECONDS
    assert set(tags) <= set(labels)


@pytest.mark.parametrize(
    ("params", "names"),
    [
        ({"addFeatureDimensions": 3000}, "addFeatureDimensions"),
        ({"LSTM-Size": [200]}, "LSTM-Size"),
        ({"charEmbeddingsSize": 3000}, "charEmbeddingsSize"),
        ({"charFilterSize": 3000}, "charFilterSize"),
        ({"classifier": [["LSTM", 200], "CRF"]}, "classifier"),
        ({"LSTM-Size": [1] * 3000}, "more"),
    ],
)
def test_sizes_that_the_file_has_no_weights_for(new, params, names):
    """Products count, not each number alone: memory is taken before shapes differ."""
    edit(new, "params", lambda content: content.update(params))
    refused(new, names, "than it holds")


@pytest.mark.parametrize("attribute_", ["mappings", "modelName", "labelKey"])
@pytest.mark.parametrize(
    "sign", ["\n", "\r", "\0", "\t", "\x0b", "\x1b", "\x85", "\u2028", "\u2029"]
)
def test_signs_that_end_lines_of_the_output(old, attribute_, sign):
    """As they would add lines to columns, or move a terminal's cursor."""
    name = f"B-{sign}X"
    if attribute_ == "mappings":
        labels = {**MAPPINGS["chunk_BIO"], name: len(MAPPINGS["chunk_BIO"])}
        attribute(old, "mappings", json.dumps({**MAPPINGS, "chunk_BIO": labels}))
    else:
        attribute(old, attribute_, np.bytes_(name.encode()))
    refused(old)


def test_half_a_character_in_a_label(old):
    labels = {**MAPPINGS["chunk_BIO"], "\ud800": len(MAPPINGS["chunk_BIO"])}
    attribute(old, "mappings", json.dumps({**MAPPINGS, "chunk_BIO": labels}))
    refused(old, "label")


def test_such_labels_are_not_trained():
    model = BiLSTM()
    with pytest.raises(ValueError, match="label 'A.nB'"):
        mappings = {"tokens": {"a": 0}, "casing": {}, "POS": {"A\nB": 0}}
        model.setMappings(mappings, None)
        rows = [{"tokens": [0], "POS": [0], "casing": [0], "raw_tokens": ["a"]}]
        model.setDataset({"x": {"label": "POS"}}, {"x": {"trainMatrix": rows}})
