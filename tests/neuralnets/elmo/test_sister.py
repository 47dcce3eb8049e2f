"""Models and scripts of the ELMo sister tool (elmo-bilstm-cnn-crf)."""

import json
import os
import shutil
from pathlib import Path

import h5py
import numpy as np
import pytest
import toy
from random_elmo import write_model

from neuralnets.BiLSTM import BiLSTM
from neuralnets.elmo.wordvectors import read_words, read_words_as_the_tool_did
from neuralnets.ELMoBiLSTM import ELMoBiLSTM
from neuralnets.ELMoWordEmbeddings import ELMoWordEmbeddings
from util.preprocessing import (
    addCasingInformation,
    addCharInformation,
    createMatrices,
    loadDatasetPickle,
    perpareDataset,
)

NAMES = ("elmo_a", "elmo_b", "elmo_c")
UNKNOWN_3 = np.random.RandomState(12345).uniform(-0.25, 0.25, 3).astype(np.float32)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A copy of the published folder."""
    if "TAGGER_DATA" not in os.environ:
        pytest.skip("TAGGER_DATA does not name the folder with models/elmo_sister")
    folder = tmp_path_factory.mktemp("sister") / "files"
    source = Path(os.environ["TAGGER_DATA"], "models", "elmo_sister")
    shutil.copytree(source, folder, copy_function=shutil.copyfile)
    return folder


@pytest.fixture
def here(files, monkeypatch, tmp_path):
    """That folder as the current one; only `tmp_path` may be written to."""
    monkeypatch.chdir(files)
    return tmp_path


def expected(name):
    content = json.loads(Path(f"{name}.expected.json").read_text(encoding="utf-8"))
    with np.load(f"{name}.scores.npz") as scores:
        return content["sentences"], [scores[key] for key in sorted(scores.files)]


def rows_of(model, sentences):
    sentences = [{"tokens": list(s["tokens"])} for s in sentences]
    addCharInformation(sentences)
    addCasingInformation(sentences)
    return createMatrices(sentences, model.mappings, True)


def check(name, model, atol=1e-5):
    sentences, scores = expected(name)
    rows = rows_of(model, sentences)
    assert model.tagSentences(rows) == {"invented": [s["tags"] for s in sentences]}
    found = (
        model.labelProbabilities(rows)["invented"]
        if name == "elmo_b"
        else toy.emissions(model, rows)["invented"]
    )
    assert len(found) == len(scores) == 30
    for ours, theirs, sentence in zip(found, scores, sentences):
        assert len(theirs) == max(len(sentence["tokens"]), 2)
        shown = min(len(ours), len(theirs))
        assert shown >= len(sentence["tokens"])
        np.testing.assert_allclose(ours[:shown], theirs[:shown], rtol=0, atol=atol)


# ------------------------------------------------------------------------ its models


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("door", [BiLSTM, ELMoBiLSTM])
def test_tags_and_scores(here, eager, name, door):
    check(name, door.loadModel(f"{name}.h5"))


@pytest.mark.parametrize("name", NAMES)
def test_a_padding_token_is_seen_without_a_mask(here, eager, name):
    """Only the character LSTM hid it, as in the first tool."""
    model = ELMoBiLSTM.loadModel(f"{name}.h5")
    rows = rows_of(model, [{"tokens": ["Brennet"]}])
    assert len(toy.emissions(model, rows)["invented"][0]) == 1 + (name != "elmo_c")
    indices = model.predictLabels(model.models["invented"], rows)
    assert [len(row) for row in indices] == [2]


@pytest.mark.parametrize("name", NAMES)
def test_stored_anew_it_is_the_same_without_the_vector_file(here, eager, name):
    model = ELMoBiLSTM.loadModel(f"{name}.h5")
    model.modelSavePath = str(here / "new.h5")
    path = model.saveModel("invented", 0, 0, 0)
    os.rename("vectors.txt", "moved.txt")
    try:
        check(name, ELMoBiLSTM.loadModel(path))
    finally:
        os.rename("moved.txt", "vectors.txt")


@pytest.mark.parametrize("name", NAMES)
def test_training_on(here, name, monkeypatch):
    texts = [
        "Mira/B-PER Olsen/I-PER met/O Edda/B-PER ./O",
        "Brennet/B-LOC",
        "Tallow/B-ORG Company/I-ORG moved/O to/O Osmere/B-LOC",
    ]
    lines = "\n\n".join(text.replace(" ", "\n").replace("/", "\t") for text in texts)
    for split in ("train", "dev", "test"):
        (here / f"{split}.txt").write_text(lines + "\n\n", encoding="utf-8")
    datasets = {
        "invented": {
            "columns": {0: "tokens", 1: "NER_BIO"},
            "label": "NER_BIO",
            "path": str(here),
        }
    }
    model = ELMoBiLSTM.loadModel(f"{name}.h5", {"seed": 1})
    model.embeddingsLookup.cache_computed_elmo_embeddings = True
    monkeypatch.chdir(here)
    mappings, data = loadDatasetPickle(perpareDataset(datasets))
    model.setMappings(mappings)
    model.setDataset(datasets, data)
    model.params.update(learningRate=0.03, earlyStopping=0)
    model.modelSavePath = str(here / "on.h5")
    model.fit(epochs=15)
    train = model.data["invented"]["trainMatrix"]
    assert model.computeF1("invented", train) == (1, 1, 1)
    # The file names ELMo's files as the first one did.
    monkeypatch.chdir(Path(os.environ["TAGGER_DATA"], "models", "elmo_sister"))
    loaded = ELMoBiLSTM.loadModel(str(here / "on.h5"))
    assert loaded.computeF1("invented", train) == (1, 1, 1)


def test_files_beside_the_model_and_those_of_the_caller(here, eager, monkeypatch):
    source = Path.cwd()
    monkeypatch.chdir(here)
    for name in NAMES:
        ELMoBiLSTM.loadModel(str(source / f"{name}.h5"))
        shutil.copyfile(source / f"{name}.h5", f"{name}.h5")
    with pytest.raises(ValueError) as error:
        ELMoBiLSTM.loadModel("elmo_a.h5")
    text = str(error.value)
    assert text.startswith(
        "elmo_a.h5: it needs the files of its training: word vectors"
    )
    for part in ("vectors.txt", "elmo/options.json", "--elmo-weights", "`wordVectors`"):
        assert part in text
    assert "\n" not in text
    with pytest.raises(ValueError) as error:
        ELMoBiLSTM.loadModel("elmo_b.h5")
    assert "word vectors" not in str(error.value)

    elmo = [str(source / "elmo" / name) for name in ("options.json", "weights.hdf5")]
    vectors = str(source / "vectors.txt")
    given = {"elmoOptions": elmo[0], "elmoWeights": elmo[1], "wordVectors": vectors}
    by_params = BiLSTM.loadModel("elmo_a.h5", given)
    lookup = ELMoWordEmbeddings(vectors, *elmo, "weighted_average")
    by_lookup = ELMoBiLSTM.loadModel("elmo_a.h5", embeddingsLookup=lookup)
    assert by_lookup.embeddingsLookup.elmo is lookup.elmo
    monkeypatch.chdir(source)
    check("elmo_a", by_params)
    check("elmo_a", by_lookup)


def test_vectors_that_are_not_those_of_the_training(here, eager):
    Path(here, "short.txt").write_text("the 1 2 3\n", encoding="utf-8")
    with pytest.raises(ValueError, match="word vectors of 10 numbers.*have 3"):
        ELMoBiLSTM.loadModel("elmo_a.h5", {"wordVectors": str(here / "short.txt")})
    options, weights = write_model(here)
    other = {"elmoOptions": options, "elmoWeights": weights}
    with pytest.raises(ValueError, match=r"ELMo vectors of the shape \(3, 16\)"):
        ELMoBiLSTM.loadModel("elmo_a.h5", other)
    lookup = ELMoWordEmbeddings(
        "vectors.txt", "elmo/options.json", "elmo/weights.hdf5", "average"
    )
    with pytest.raises(
        ValueError, match="'last' of the layers None.*'average' of None"
    ):
        ELMoBiLSTM.loadModel("elmo_c.h5", embeddingsLookup=lookup)


def changed(path, source, change):
    """Write a copy of a file whose parameters and layers were changed."""
    shutil.copyfile(source, path)
    with h5py.File(path, "r+") as file:
        params, config = (
            json.loads(file.attrs[name]) for name in ("params", "model_config")
        )
        layers = {
            layer["name"]: layer["config"] for layer in config["config"]["layers"]
        }
        change(params, layers, config["config"]["layers"])
        file.attrs["params"] = json.dumps(params)
        file.attrs["model_config"] = json.dumps(config)
    return str(path)


def config_is_missing(params, *_):
    del params["embeddingsConfig"]


def other_input(_, __, layers):
    for layer in layers:
        if layer["name"] == "elmo_embeddings_input":
            layer["name"] = layer["config"]["name"] = "tokens_input"


def no_vectors(_, __, layers):
    layers[:] = [
        layer for layer in layers if not layer["name"].endswith("embeddings_input")
    ]


@pytest.mark.parametrize("change", [config_is_missing, other_input, no_vectors])
def test_the_layout_of_2018_is_refused_by_name(here, change):
    path = changed(here / "early.h5", "elmo_b.h5", change)
    with pytest.raises(ValueError, match="early.h5: .*July or August 2018"):
        ELMoBiLSTM.loadModel(path)


@pytest.mark.parametrize(
    ("key", "value", "names"),
    [
        ("embeddings_path", "https://x.org/absent.txt", "absent.txt"),
        ("elmo_options_file", "https://x.org/absent.json", "https://x.org/absent.json"),
        ("elmo_weight_file", None, "does not say which"),
        ("elmo_options_file", [1], "elmoOptions"),
        ("elmo_options_file", {"a": 1}, "elmoOptions"),
        ("elmo_weight_file", 3, "elmoWeights"),
        ("elmo_weight_file", "\0", "ELMo's weights"),
        ("elmo_mode", "mean", "elmoMode"),
        ("elmo_mode", None, "elmoMode"),
        ("elmo_mode", [], "elmoMode"),
        ("elmo_mode", 10**99, "layers 0 to 2"),
        (None, [], "2018"),
        (None, "x", "2018"),
    ],
)
def test_what_a_file_says_of_its_vectors(here, key, value, names):
    def change(params, *_):
        if key is None:
            params["embeddingsConfig"] = value
        else:
            params["embeddingsConfig"][key] = value

    path = changed(here / "odd.h5", "elmo_a.h5", change)
    with pytest.raises(ValueError) as error:
        ELMoBiLSTM.loadModel(path)
    assert str(error.value).startswith(f"{path}: ") and names in str(error.value)


@pytest.mark.parametrize(
    "shape", [None, [], [None, None], [None, None, -1], [None, None, "x"], [1] * 9, "x"]
)
def test_shapes_that_no_vectors_have(here, shape):
    def change(_, layers, __):
        layers["tokens_embeddings_input"]["batch_input_shape"] = shape

    path = changed(here / "odd.h5", "elmo_a.h5", change)
    with pytest.raises(ValueError, match=r"odd\.h5: "):
        ELMoBiLSTM.loadModel(path)


def test_web_addresses_are_looked_for_where_downloads_go(here, eager, files):
    def change(params, *_):
        config = params["embeddingsConfig"]
        config["elmo_options_file"] = "https://example.org/a/options.json"
        config["elmo_weight_file"] = "https://example.org/a/weights.hdf5"

    path = changed(files / "web.h5", "elmo_b.h5", change)
    with pytest.raises(ValueError, match="https://example.org/a/options.json"):
        ELMoBiLSTM.loadModel(path)
    shutil.copytree("elmo", "embeddings")
    try:
        check("elmo_b", ELMoBiLSTM.loadModel(path))
    finally:
        shutil.rmtree("embeddings")


# --------------------------------------------------------------------- word vectors


def test_words_after_a_word_that_comes_twice_are_shifted(workdir):
    """And one that holds a blank was left out."""
    lines = ["a 1 1 1", "b 2 2 2", "New York 9 9 9", "a 3 3 3", "c 4 4 4", "d 5 5 5"]
    Path("v.txt").write_text("\n".join(lines), encoding="utf-8")
    index, vectors = read_words_as_the_tool_did("v.txt")
    found = {word: vectors[row, 0] for word, row in index.items()}
    assert found.pop("UNKNOWN_TOKEN") == UNKNOWN_3[0]
    assert found == {"PADDING_TOKEN": 0, "a": 3, "b": 2, "c": 3, "d": 4}
    index, vectors = read_words("v.txt")
    found = {word: vectors[row, 0] for word, row in index.items()}
    assert (found["a"], found["c"], found["d"]) == (1, 4, 5)
    np.testing.assert_array_equal(vectors[1], UNKNOWN_3)


def test_a_models_own_faults_reach_its_lookup(here, eager):
    lines = Path("vectors.txt").read_text(encoding="utf-8").split("\n")
    Path(here, "twice.txt").write_text("\n".join([lines[0], *lines]), encoding="utf-8")
    given = {"wordVectors": str(here / "twice.txt")}
    lookup = ELMoBiLSTM.loadModel("elmo_a.h5", given).embeddingsLookup
    right = ELMoWordEmbeddings("vectors.txt", elmo_mode=None)
    words = [line.split(" ")[0] for line in lines[1:4]]
    ours, theirs = (
        x.batchLookup([{"tokens": words}], "tokens")[0] for x in (lookup, right)
    )
    np.testing.assert_array_equal(ours[1:], theirs[:-1])


# ----------------------------------------------------------------------- its scripts


@pytest.fixture(scope="module")
def elmo(tmp_path_factory):
    return write_model(tmp_path_factory.mktemp("elmo"))


@pytest.fixture
def vectors(workdir):
    text = "the 1 2 3\ndog 4 5 6\nNUMBER_TOKEN 7 8 9\ncat 0 1 0\n"
    Path("vectors.txt").write_text(text, encoding="utf-8")
    return "vectors.txt"


SENTENCES = [{"tokens": ["The", "dog", "12"]}, {"tokens": ["cat"]}]


def test_the_lookup_gives_each_feature_alone(elmo, vectors):
    lookup = ELMoWordEmbeddings(vectors, *elmo, "average", -1)
    words = lookup.batchLookup(SENTENCES, "tokens")
    np.testing.assert_array_equal(words[0], [[1, 2, 3], [4, 5, 6], UNKNOWN_3])
    np.testing.assert_array_equal(words[1], [[0, 1, 0]])
    layers = lookup.batchLookup(SENTENCES, "elmo")
    assert [x.shape for x in layers] == [(3, 6), (1, 6)]
    both = lookup.sentenceLookup(SENTENCES)
    assert list(both) == ["tokens", "elmo"]
    for name, found in (("tokens", words), ("elmo", layers)):
        for ours, theirs in zip(both[name], found):
            np.testing.assert_array_equal(ours, theirs)
    assert list(ELMoWordEmbeddings(None, *elmo).sentenceLookup(SENTENCES)) == ["elmo"]
    lookup.elmo_cuda_device = -1
    with pytest.raises(ValueError, match="no graphics card 7"):
        lookup.elmo_cuda_device = 7
    assert lookup.elmo_cuda_device == -1


@pytest.mark.parametrize(
    ("sentences", "name", "text"),
    [
        (SENTENCES, "POS", "no vectors 'POS'"),
        (SENTENCES[0], "elmo", "not one sentence"),
        (["The", "dog"], "elmo", "Received: 'The'"),
        ([{"words": ["a"]}], "elmo", "Received: None"),
    ],
)
def test_what_cannot_be_looked_up(elmo, sentences, name, text):
    with pytest.raises(ValueError, match=text):
        ELMoWordEmbeddings(None, *elmo).batchLookup(sentences, name)


def test_the_script_that_makes_a_cache(elmo, workdir, caplog):
    path = "elmo_cache_toy.pkl"
    lookup = ELMoWordEmbeddings(None, *elmo, elmo_cuda_device=-1)
    lookup.loadCache(path)
    assert f"ELMo cache file not found: {path}" in caplog.text
    for sentence in SENTENCES:
        lookup.addToCache([sentence["tokens"]])
    lookup.addToCache(["one", "sentence"])
    lookup.storeCache(path)
    again = ELMoWordEmbeddings(None, *elmo)
    again.loadCache(path)
    assert len(again.elmo._caches[0]) == 3
    assert ["one", "sentence"] in again.elmo._caches[0]


def test_a_pickled_cache_is_refused_at_once(elmo, workdir):
    Path("cache.pkl").write_bytes(b"\x80\x04}\x94.")
    lookup = ELMoWordEmbeddings(None, *elmo)
    for use in (lookup.loadCache, lookup.storeCache):
        with pytest.raises(ValueError, match="cache.pkl: .*a pickled cache") as error:
            use("cache.pkl")
        assert "\n" not in str(error.value)
    assert Path("cache.pkl").read_bytes() == b"\x80\x04}\x94."


def test_web_addresses_of_the_scripts(workdir):
    name = "elmo_2x4096_512_2048cnn_2xhighway_options.json"
    with pytest.raises(ValueError, match="(?s)embeddings/elmo_2x.*download elmo"):
        ELMoWordEmbeddings(None, f"https://x.org/{name}", "https://x.org/w.hdf5")


def test_parameters(elmo, vectors):
    both = ELMoWordEmbeddings(vectors, *elmo)
    words = ELMoWordEmbeddings(vectors, elmo_mode=None)
    alone = ELMoWordEmbeddings(None, *elmo)
    added = ["tokens_embeddings", "elmo_embeddings"]

    def names(lookup, *given):
        params = {"featureNames": given[0]} if given else None
        return ELMoBiLSTM(lookup, params).params["featureNames"]

    assert names(both) == ["casing", *added]
    assert names(both, []) == added
    assert names(both, ["tokens", "casing"]) == [*added, "casing"]
    assert names(both, added[1:] + ["POS"]) == [added[1], "POS", added[0]]
    assert names(words, []) == added[:1]
    assert names(alone) == ["casing", "elmo_embeddings"]
    assert ELMoBiLSTM(both).params["optimizer"] == "adam"
    assert ELMoBiLSTM(both, {"optimizer": "sgd"}).params["optimizer"] == "sgd"
    assert ELMoBiLSTM(both).embeddingsLookup is both


@pytest.mark.parametrize("mode", ["average", "weighted_average", "last", 1, None])
def test_train_store_load_and_tag(corpus, elmo, vectors, mode, eager):
    """The tool's training script, then its script that tags."""
    datasets = {"toy": toy.dataset(corpus)}
    lookup = ELMoWordEmbeddings(vectors, *elmo, mode, -1)
    lookup.loadCache("absent.pkl")
    mappings, data = loadDatasetPickle(perpareDataset(datasets))
    params = {"classifier": ["CRF"], "LSTM-Size": [8], "dropout": (0.1, 0.1), "seed": 1}
    model = ELMoBiLSTM(lookup, {**params, "charEmbeddings": "CNN"})
    model.setMappings(mappings)
    model.setDataset(datasets, data)
    model.modelSavePath = "[ModelName].h5"
    model.fit(epochs=1)
    model.saveModel("toy", 0, 0, 0)

    os.remove(vectors)
    loaded = ELMoBiLSTM.loadModel("toy.h5")
    loaded.embeddingsLookup.elmo_cuda_device = -1
    texts = ["The dog sees 12", "Dog"]
    sentences = [{"tokens": text.split()} for text in texts]
    assert [
        len(tags) for tags in loaded.tagSentences(rows_of(loaded, sentences))["toy"]
    ]
    for ours, theirs in zip(
        *(toy.emissions(m, toy.rows_of(m, texts))["toy"] for m in (model, loaded))
    ):
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-6)
    again = loaded.embeddingsLookup.sentenceLookup(sentences)
    for name, found in lookup.sentenceLookup(sentences).items():
        for ours, theirs in zip(again[name], found):
            np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-6)


def test_its_own_word_vectors_can_be_trained(corpus, vectors):
    datasets = {"toy": toy.dataset(corpus)}
    lookup = ELMoWordEmbeddings(vectors, elmo_mode=None)
    mappings, data = loadDatasetPickle(perpareDataset(datasets))
    model = ELMoBiLSTM(lookup, {**toy.SMALL, "trainWordEmbeddings": True})
    model.setMappings(mappings)
    model.setDataset(datasets, data)
    model.trainModel()
    after = model.models["toy"].get_layer("word_embeddings").get_weights()[0]
    assert (after[model.mappings["tokens"]["dog"]] != [4, 5, 6]).all()
    words = next(i for i in model.network.inputs if i.name == "tokens_embeddings")
    (trainer,) = model.prepareTraining()
    assert words.rare(trainer.table)[model.mappings["tokens"]["the"]] == 0
