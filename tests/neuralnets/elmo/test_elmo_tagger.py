"""ELMo as an input of the tagger: training, storing, tagging, and the old doors."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import toy
from random_elmo import (
    OPTIONS,
    options_with,
    random_weights,
    write_model,
    write_options,
    write_weights,
)

from neuralnets.batches.table import SentenceTable
from neuralnets.BiLSTM import BiLSTM
from neuralnets.conventions import Conventions
from neuralnets.elmo import BidirectionalLanguageModel, ElmoVectors, fill_cache
from neuralnets.ELMoBiLSTM import ELMoBiLSTM
from neuralnets.ELMoWordEmbeddings import ELMoWordEmbeddings
from util.preprocessing import createMatrices, loadDatasetPickle, perpareDataset

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parents[2]
TEXTS = ["The dog sees a cat .", "Dog", "the river likes Zebras " * 4]
MODES = ["average", "weighted_average", "last", 0, 2, "concat"]
VECTORS = "the 1 2 3\ndog 4 5 6\ncat 0 1 0\n. 9 9 9\n"


@pytest.fixture(scope="module")
def paths(tmp_path_factory):
    return write_model(tmp_path_factory.mktemp("elmo"))


@pytest.fixture(scope="module")
def layers(paths):
    """Of each text, what the language model says: [T, L, D]."""
    texts = [text.split() for text in TEXTS]
    model = BidirectionalLanguageModel(*paths)
    return [np.swapaxes(x, 0, 1) for x in model.layers(texts)]


def elmo_params(paths, **params):
    return {
        "featureNames": ["elmo"],
        "elmoOptions": paths[0],
        "elmoWeights": paths[1],
        **params,
    }


def built(prepared, params):
    datasets, data = prepared
    model = toy.tagger(params, datasets, data)
    model.buildModel()
    return model


def scores(model):
    return toy.emissions(model, toy.rows_of(model, TEXTS))


def assert_same_scores(one, other, **tolerance):
    one, other = scores(one), scores(other)
    assert one.keys() == other.keys()
    for task in one:
        for a, b in zip(one[task], other[task]):
            np.testing.assert_allclose(a, b, **(tolerance or {"rtol": 0, "atol": 0}))


def mode_of(layers, mode):
    if isinstance(mode, int):
        return layers[:, mode]
    return {
        "average": layers.mean(axis=1),
        "weighted_average": layers,
        "last": layers[:, -1],
        "concat": layers.reshape(len(layers), -1),
    }[mode]


# ------------------------------------------------------------------------- the input


@pytest.mark.parametrize("mode", MODES)
def test_every_mode_reaches_the_network(prepared, eager, paths, layers, mode):
    model = built(prepared, elmo_params(paths, elmoMode=mode))
    (input_,) = model.network.inputs
    batch = input_.of_sentences([text.split() for text in TEXTS], 20)
    assert batch.dtype == np.float32
    for row, of_sentence in zip(batch, layers):
        expected = mode_of(of_sentence, mode)
        np.testing.assert_allclose(row[: len(expected)], expected, rtol=0, atol=1e-6)
        assert not row[len(expected) :].any()
    assert [len(x) for x in scores(model)["toy"]] == [6, 1, 16]


@pytest.mark.parametrize("mode", ["average", "weighted_average", "concat"])
def test_a_subset_of_the_layers(prepared, eager, paths, layers, mode):
    model = built(prepared, elmo_params(paths, elmoMode=mode, elmoLayers=[0, 1]))
    batch = model.network.inputs[0].of_sentences([TEXTS[0].split()], 6)
    expected = mode_of(layers[0][:, :2], mode)
    np.testing.assert_allclose(batch[0], expected, rtol=0, atol=1e-6)


def test_tables_hold_no_vectors_and_tagging_ignores_the_batch(prepared, eager, paths):
    """Vectors are fetched for each batch; a sentence's do not depend on its batch."""
    model = built(prepared, elmo_params(paths, charEmbeddings="CNN"))
    rows = toy.rows_of(model, TEXTS)
    table = SentenceTable(rows, model.network.inputs)
    assert table.sentence_columns == {"raw_tokens": [text.split() for text in TEXTS]}
    assert "elmo" not in {**table.token_columns, **table.form_columns}
    together = toy.emissions(model, rows)["toy"]
    for row, expected in zip(rows, together):
        alone = toy.emissions(model, [row])["toy"][0]
        np.testing.assert_allclose(alone, expected, rtol=0, atol=1e-5)
    assert model.requiredColumns == []


@pytest.mark.parametrize(
    "features", [["elmo"], ["tokens", "casing", "elmo"], ["elmo", "chunk_BIO"]]
)
def test_learns_alone_and_beside_other_inputs(prepared, paths, features):
    datasets, data = prepared
    params = elmo_params(paths, featureNames=features, elmoMode="weighted_average")
    model = toy.tagger(params, datasets, data)
    before = None
    for _ in range(12):
        loss = model.trainModel()
        before = before or loss
    assert loss < before / 3
    accuracy, _ = model.computeScore("toy", data[2]["toy"]["devMatrix"], None)
    assert accuracy > 0.9
    (average,) = [
        layer for layer in model.models["toy"].layers if layer.name == "elmo_average"
    ]
    weights, scale = average.get_weights()
    assert np.ptp(weights) > 0.01
    assert abs(scale - 1) > 0.01


def test_a_cache_and_the_fly_train_the_same_model(prepared, paths, tmp_path):
    datasets, (_, _, data) = prepared
    splits = data["toy"].values()
    sentences = [row["raw_tokens"] for rows in splits for row in rows]
    cache = str(tmp_path / "c.h5")
    fill_cache(cache, ElmoVectors(*paths), lambda: [sentences]).close()
    models = []
    for path in (None, cache):
        model = toy.tagger(elmo_params(paths, elmoCache=path), *prepared)
        losses = [model.trainModel() for _ in range(2)]
        models.append((model, losses))
    (one, ours), (other, theirs) = models
    np.testing.assert_allclose(ours, theirs, rtol=1e-4)
    assert_same_scores(one, other, rtol=0, atol=1e-3)


def test_training_from_a_cache_does_not_read_the_weights(prepared, paths, tmp_path):
    _, (_, _, data) = prepared
    rows = [row["raw_tokens"] for split in data["toy"].values() for row in split]
    cache = str(tmp_path / "c.h5")
    fill_cache(cache, ElmoVectors(*paths), lambda: [rows], half=True).close()
    model = toy.tagger(elmo_params(paths, elmoCache=cache), *prepared)
    model.trainModel()
    assert model.network.inputs[0].source._model is None


# --------------------------------------------------------------- storing and loading


def tag_in_new_process(path, *arguments):
    """Load a model in a new process and return its tags and scores."""
    program = (
        "import sys; sys.path[:0] = sys.argv[1:4]\n"
        "import test_elmo_tagger\n"
        "test_elmo_tagger.open_and_tag(*sys.argv[4:])\n"
    )
    folders = [str(HERE), str(HERE.parents[1]), str(REPOSITORY)]
    subprocess.run(
        [sys.executable, "-c", program, *folders, path, *arguments], check=True
    )
    with open(f"{path}.json", encoding="utf-8") as file:
        return json.load(file)


def open_and_tag(path):
    model = BiLSTM.loadModel(path)
    rows = toy.rows_of(model, TEXTS)
    found = [x.tolist() for x in scores(model)["toy"]]
    with open(f"{path}.json", "w", encoding="utf-8") as file:
        json.dump([model.tagSentences(rows), found, model.params], file)


def test_loads_bit_equal_in_a_new_process(prepared, paths, workdir):
    params = elmo_params(paths, featureNames=["tokens", "elmo"], elmoLayers=[0, 2])
    model = toy.tagger(params, *prepared)
    model.trainModel()
    model.modelSavePath = "model.h5"
    path = model.saveModel("toy", 0, 0, 0)
    tags, found, params = tag_in_new_process(path)
    assert tags == model.tagSentences(toy.rows_of(model, TEXTS))
    for ours, theirs in zip(scores(model)["toy"], found):
        np.testing.assert_array_equal(ours, np.float32(theirs))
    assert params == json.loads(json.dumps(model.params))
    assert re.fullmatch("[0-9a-f]{16}", params["elmoKey"])


@pytest.fixture
def stored(prepared, eager, workdir):
    """A model whose ELMo files lie in `workdir`."""
    model = built(prepared, elmo_params(write_model(workdir)))
    model.modelSavePath = "model.h5"
    model.saveModel("toy", 0, 0, 0)
    return model


def test_weights_that_moved_are_found_by_a_parameter(stored, workdir):
    (workdir / "weights.hdf5").rename(workdir / "moved.hdf5")
    with pytest.raises(ValueError) as error:
        BiLSTM.loadModel("model.h5")
    for part in ("model.h5: ", "weights.hdf5 is missing", "--elmo-weights", "elmo"):
        assert part in str(error.value)
    loaded = BiLSTM.loadModel("model.h5", {"elmoWeights": "moved.hdf5"})
    assert_same_scores(loaded, stored)


def test_other_weights_are_refused(stored, workdir):
    write_weights(workdir, random_weights(OPTIONS, seed=9))
    with pytest.raises(ValueError, match="model.h5: it was trained with other ELMo"):
        BiLSTM.loadModel("model.h5")


def test_other_options_are_refused(stored, workdir):
    write_options(workdir, options_with(use_skip_connections=False))
    with pytest.raises(ValueError, match="model.h5: it was trained with other ELMo"):
        BiLSTM.loadModel("model.h5")


def test_a_training_cache_is_not_needed_to_tag(prepared, eager, workdir):
    both = write_model(workdir)
    texts = [text.split() for text in TEXTS]
    fill_cache("c.h5", ElmoVectors(*both), lambda: [texts]).close()
    model = built(prepared, elmo_params(both, elmoCache="c.h5"))
    model.modelSavePath = "model.h5"
    model.saveModel("toy", 0, 0, 0)
    os.remove("c.h5")
    assert_same_scores(BiLSTM.loadModel("model.h5"), model, rtol=0, atol=1e-6)


def test_raw_weights_of_an_old_model(prepared, eager, paths, layers, workdir):
    datasets, (embeddings, mappings, data) = prepared
    model = BiLSTM({**toy.SMALL, **elmo_params(paths)})
    model._conventions = Conventions(raw_layer_weights=True)
    model.setMappings(mappings, embeddings)
    model.setDataset(datasets, data)
    model.buildModel()
    average = model.models["toy"].get_layer("elmo_average")
    assert [w.shape for w in average.get_weights()] == [(1, 3)]
    raw = np.float32([[0.5, -2, 3]])
    average.set_weights([raw])
    vectors = average(layers[0][None]).numpy()[0]
    expected = np.einsum("tld,l->td", layers[0], raw[0])
    np.testing.assert_allclose(vectors, expected, rtol=0, atol=1e-5)
    model.modelSavePath = "old.h5"
    loaded = BiLSTM.loadModel(model.saveModel("toy", 0, 0, 0))
    (found,) = loaded.models["toy"].get_layer("elmo_average").get_weights()
    np.testing.assert_array_equal(found, raw)
    assert_same_scores(loaded, model)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"elmoOptions": None}, "needs `elmoOptions` and `elmoWeights`"),
        ({"elmoWeights": "no.hdf5"}, "no.hdf5 is missing.*tagger download elmo"),
        ({"elmoLayers": [0, 3]}, "layers 0 to 2. Asked for: 3"),
        ({"elmoMode": 3}, "layers 0 to 2. Asked for: 3"),
        ({"elmoCache": "no.h5"}, "no.h5: no such file"),
    ],
)
def test_what_cannot_be_built(prepared, eager, paths, params, message):
    with pytest.raises(ValueError, match=message):
        built(prepared, {**elmo_params(paths), **params})


@pytest.mark.parametrize(
    "params", [{"elmoMode": "mean"}, {"elmoLayers": [1, 1]}, {"elmoLayers": []}]
)
def test_bad_parameters_are_named(params):
    with pytest.raises(ValueError, match=f"`{next(iter(params))}` must be"):
        BiLSTM(params)


# --------------------------------------------------------------------- the old doors


@pytest.mark.parametrize("mode", [*MODES, None])
@pytest.mark.parametrize("words", [True, False])
def test_the_lookup(paths, layers, workdir, mode, words):
    (workdir / "vectors.txt").write_text(VECTORS, encoding="utf-8")
    file = "vectors.txt" if words else None
    if mode is None and not words:
        with pytest.raises(ValueError, match="nothing to look up"):
            ELMoWordEmbeddings(file, *paths, mode)
        return
    lookup = ELMoWordEmbeddings(file, *paths, mode, -1)
    found = lookup.sentenceLookup([{"tokens": text.split()} for text in TEXTS])
    assert list(found) == ["tokens"] * words + ["elmo"] * (mode is not None)
    for vectors, of_sentence in zip(found.get("elmo", ()), layers):
        expected = mode_of(of_sentence, mode)
        np.testing.assert_allclose(vectors, expected, rtol=0, atol=1e-6)
    if words:
        assert [len(vectors) for vectors in found["tokens"]] == [6, 1, 16]
        assert (found["tokens"][0][0] == [1, 2, 3]).all()
    again = ELMoWordEmbeddings(**lookup.getConfig())
    assert again.getConfig() == lookup.getConfig()
    assert again.getIdentifier() == lookup.getIdentifier()


def test_identifiers_tell_lookups_apart(paths, workdir):
    (workdir / "vectors.txt").write_text(VECTORS, encoding="utf-8")
    other = write_options(workdir, options_with(use_skip_connections=False))
    lookups = [
        ELMoWordEmbeddings(None, *paths),
        ELMoWordEmbeddings(None, *paths, "last"),
        ELMoWordEmbeddings(None, *paths, elmo_layers=[0, 1]),
        ELMoWordEmbeddings("vectors.txt", *paths),
        ELMoWordEmbeddings(None, other, paths[1]),
        ELMoWordEmbeddings("vectors.txt", elmo_mode=None),
    ]
    assert len({lookup.getIdentifier() for lookup in lookups}) == len(lookups)


def test_the_lookups_cache(paths, layers, workdir):
    sentences = [{"tokens": text.split()} for text in TEXTS]
    lookup = ELMoWordEmbeddings(None, *paths, "weighted_average")
    lookup.addToCache(sentences[:2])
    lookup.cache_computed_elmo_embeddings = True
    lookup.sentenceLookup(sentences[2:])
    lookup.storeCache("c.h5")
    other = ELMoWordEmbeddings(None, *paths, "weighted_average")
    other.loadCache("c.h5")
    for sentence, expected in zip(sentences, layers):
        (found,) = other.batchLookup([sentence], "elmo")
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-6)
    assert other.elmo._model is None
    assert not other.cache_computed_elmo_embeddings
    # What is loaded can be added to.
    other.addToCache([{"tokens": ["new"]}])
    other.storeCache("c.h5")
    assert len(other.elmo._caches[0]) == 4


def test_training_by_the_old_names(corpus, paths, workdir):
    (workdir / "vectors.txt").write_text(VECTORS, encoding="utf-8")
    datasets = {"toy": toy.dataset(corpus)}
    mappings, data = loadDatasetPickle(perpareDataset(datasets))
    lookup = ELMoWordEmbeddings("vectors.txt", *paths, "average")
    lookup.cache_computed_elmo_embeddings = True
    params = {**toy.SMALL, "featureNames": ["tokens", "casing"]}
    model = ELMoBiLSTM(lookup, params)
    assert params["featureNames"] == ["tokens", "casing"]
    model.setMappings(mappings)
    model.setDataset(datasets, data)
    model.modelSavePath = "[ModelName].h5"
    model.fit(epochs=8)
    names = [input_.name for input_ in model.network.inputs]
    assert names == ["tokens_embeddings", "elmo_embeddings", "casing"]
    vectors = model.models["toy"].get_layer("word_embeddings").get_weights()[0]
    np.testing.assert_array_equal(vectors[model.mappings["tokens"]["dog"]], [4, 5, 6])
    row = model.data["toy"]["trainMatrix"][0]
    assert row["tokens"][0] == model.mappings["tokens"].get("the")
    dev, _ = model.computeScore("toy", model.data["toy"]["devMatrix"], None)
    assert dev > 0.8
    loaded = ELMoBiLSTM.loadModel("toy.h5")
    rows = createMatrices([{"tokens": ["The", "dog"]}], loaded.mappings, True)
    # Casing is the model's, so it must be in the rows.
    with pytest.raises(ValueError, match="casing"):
        loaded.tagSentences(rows)
    assert loaded.tagSentences(toy.rows_of(loaded, ["The dog"]))["toy"] == [
        ["DET", "NOUN"]
    ]


@pytest.mark.parametrize("pad", [True, False])
def test_preparing_without_vectors(corpus, workdir, pad):
    datasets = {"toy": toy.dataset(corpus)}
    paths = {
        perpareDataset(datasets, pad),
        perpareDataset(datasets, padOneTokenSentence=pad),
    }
    assert len(paths) == 1
    mappings, data = loadDatasetPickle(paths.pop())
    lengths = {
        len(row["POS"])
        for row in data["toy"]["devMatrix"]
        if len(row["raw_tokens"]) < 2
    }
    assert lengths == {2 if pad else 1}
    assert data.mappings == mappings
    ours = loadDatasetPickle(perpareDataset(None, datasets, padOneTokenSentence=pad))
    assert len(ours) == 3
    assert ours[1] == mappings


# ---------------------------------------------------------------------- the scripts


@pytest.fixture
def script(run_script, workdir):
    def run(name, *arguments, fails=False):
        code, out, err = run_script(name, *arguments)
        assert bool(code) == fails, err
        return out, err

    return run


@pytest.fixture
def fixture_or_random(paths):
    """The model that bilm-tf trained if TAGGER_DATA names it, else the random one."""
    folder = Path(os.environ.get("TAGGER_DATA", "."), "elmo", "bilm_tf", "model")
    files = folder / "options.json", folder / "lm_weights.hdf5"
    return tuple(map(str, files)) if folder.is_dir() else paths


def test_the_whole_path_on_the_sample(fixture_or_random, script, workdir):
    """Cache, train, and tag, on a slice of the sample corpus."""
    paths = fixture_or_random
    folder = workdir / "slice"
    folder.mkdir()
    for split in ("train", "dev", "test"):
        file = REPOSITORY / "data" / "sample" / f"{split}.txt"
        sentences = file.read_text(encoding="utf-8").split("\n\n")[:40]
        text = "\n\n".join(sentences) + "\n"
        (folder / f"{split}.txt").write_text(text, encoding="utf-8")
    elmo = "--elmo-options", paths[0], "--elmo-weights", paths[1]
    done, said = script("Create_ELMo_Cache.py", folder, 0, *elmo, "--half")
    assert "120 sentences" in done
    assert "tokens/s" in said
    again, said = script("Create_ELMo_Cache.py", folder, 0, -1, *elmo, "--half")
    assert again == done
    assert "tokens/s" not in said
    script(
        *("Train_Chunking_ELMo.py", "--data", folder, *elmo, "--epochs", 2),
        *("--cache", "embeddings/elmo_cache_slice.h5", "--output", "out"),
        *("--param", "LSTM-Size=[8]"),
    )
    model = sorted(Path("out").glob("*.h5"))[-1]
    Path("in.txt").write_text("The train leaves Leeds. Yes.", "utf-8")
    raw, _ = script("RunModel.py", model, "in.txt")
    lines = [line.split("\t") for line in raw.split("\n") if line]
    assert [line[0] for line in lines] == "The train leaves Leeds . Yes .".split()
    assert all(re.fullmatch("O|[BI]-[A-Z]+", line[1]) for line in lines)
    columns = "The\ntrain\nleaves\nLeeds\n.\n\nYes\n.\n"
    Path("in.conll").write_text(columns, "utf-8")
    found, _ = script("RunModel_CoNLL_Format.py", model, "in.conll")
    tagged = [line.split("\t") for line in found.split("\n") if line]
    assert tagged == lines
    _, said = script(
        *("RunModel.py", model, "in.txt", "--elmo-weights", "no.hdf5"), fails=True
    )
    assert "no.hdf5 is missing" in said.splitlines()[-1]


@pytest.mark.parametrize("name", ["Create_ELMo_Cache.py", "Train_Chunking_ELMo.py"])
def test_missing_weights_say_what_to_run(script, name):
    sample = REPOSITORY / "data" / "sample"
    arguments = [sample, 0] if name.startswith("Create") else ["--data", sample]
    last = script(name, *arguments, fails=True)[1].splitlines()[-1]
    assert last.startswith("Error: embeddings")
    assert "python -m tagger download elmo" in last
