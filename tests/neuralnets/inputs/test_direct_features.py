"""Taggers with direct features: what they compute, learn, store and refuse."""

import contextlib
import itertools
import json
import os
import shutil

import h5py
import numpy as np
import pytest
import tensorflow as tf
import toy

from neuralnets.BiLSTM import BiLSTM
from neuralnets.inputs import DirectInput
from neuralnets.keraslayers import crf
from neuralnets.storage import h5file

LINEAR = {
    "LSTM-Size": [],
    "featureNames": [],
    "charEmbeddings": None,
    "classifier": "CRF",
    "directFeatures": ["spelling", "context"],
    "featureCutoff": 1,
    "miniBatchSize": 16,
    "learningRate": 0.1,
}
TEXTS = ["The dog saw a cat .", "Dog", "the river likes Zebras"]
TAGS = ["DET NOUN VERB DET NOUN PUNCT", "NOUN", "DET NOUN VERB NOUN"]


@pytest.fixture(scope="module")
def chunks(corpus, tmp_path_factory):
    datasets = {"chunks": toy.dataset(corpus, "chunk_BIO")}
    with toy.folder(tmp_path_factory.mktemp("direct")):
        return datasets, toy.prepare(datasets)


@pytest.fixture(scope="module")
def linear(chunks, tmp_path_factory):
    """A linear-chain CRF with a gazetteer, whose file is gone after training."""
    datasets, prepared = chunks
    with toy.folder(tmp_path_factory.mktemp("linear")) as folder, toy.eager():
        names = folder / "names.txt"
        names.write_text("ANIMAL dog\nANIMAL cat\nPLACE river\n", "utf-8")
        features = ["spelling", "context", "gazetteer"]
        params = {**LINEAR, "directFeatures": features, "gazetteer": str(names)}
        model = toy.tagger(params, datasets, prepared)
        model.modelSavePath = str(folder / "[ModelName].h5")
        model.fit(epochs=6)
        model.stored = model.saveModel("chunks", 0, 0, 0)
        names.unlink()
    return model


def tag(model, **columns):
    return model.tagSentences(toy.rows_of(model, TEXTS, **columns))


def small(chunks, **params):
    """Return a tagger that is built but not trained."""
    datasets, prepared = chunks
    model = toy.tagger({**LINEAR, **params}, datasets, prepared)
    model.buildModel()
    return model


def randomize(model):
    draw = np.random.default_rng(0)
    for keras_model in model.models.values():
        weights = keras_model.get_weights()
        keras_model.set_weights([draw.normal(0, 0.5, w.shape) for w in weights])


# ---------------------------------------------------------------------- a linear CRF


def test_a_linear_crf_learns(linear):
    rows = linear.data["chunks"]
    scores = linear.computeScore("chunks", rows["devMatrix"], rows["testMatrix"])
    assert min(scores) > 0.97


def test_a_linear_crf_has_no_other_weights(linear):
    names = {layer.name for layer in linear.models["chunks"].layers if layer.weights}
    assert names == {"chunks_direct", "chunks_crf"}


def test_one_file_holds_all_of_it(linear, eager):
    """Also the gazetteer, the file of which is gone."""
    loaded = BiLSTM.loadModel(linear.stored)
    assert not os.path.exists(linear.params["gazetteer"])
    assert tag(loaded, POS=TAGS) == tag(linear, POS=TAGS)
    rows = [toy.rows_of(model, TEXTS, POS=TAGS) for model in (linear, loaded)]
    ours, theirs = (toy.emissions(*pair) for pair in zip((linear, loaded), rows))
    for one, other in zip(ours["chunks"], theirs["chunks"]):
        np.testing.assert_array_equal(one, other)


def features_of(model):
    (found,) = (i for i in model.network.inputs if isinstance(i, DirectInput))
    return found.vocabulary


def test_the_gazetteers_names_are_in_the_file(linear, eager):
    loaded = BiLSTM.loadModel(linear.stored)
    names = features_of(linear).as_plain_data()["gazetteer"]
    assert names == {"ANIMAL": ["dog", "cat"], "PLACE": ["river"]}
    assert features_of(loaded).as_plain_data() == features_of(linear).as_plain_data()
    assert "gazetteer:PLACE[0]" in features_of(loaded).templates


def test_required_columns(linear, chunks, eager):
    assert linear.requiredColumns == ["POS"]
    assert BiLSTM.loadModel(linear.stored).requiredColumns == ["POS"]
    assert small(chunks, directFeatures=["spelling"]).requiredColumns == []
    with pytest.raises(ValueError, match="Sentence 1 .* lacks the column 'POS'"):
        tag(linear)


def test_loss_is_that_of_a_crf_over_the_features(chunks, eager):
    model = small(chunks)
    randomize(model)
    rows = model.data["chunks"]["devMatrix"]
    lengths = [len(row["raw_tokens"]) for row in rows]
    features = features_of(model).encode(rows, lengths, model.mappings)
    network = model.models["chunks"]
    direct = network.get_layer("chunks_direct")
    # By hand: the sum of the weights of each token's features, then all paths' scores.
    weights, bias = direct.scores.numpy().copy(), direct.bias.numpy()
    weights[0] = 0  # stands for no feature
    emissions = np.split(weights[features].sum(1) + bias, np.cumsum(lengths)[:-1])
    head = network.get_layer("chunks_crf")
    start, end, steps = (w.numpy() for w in (head.b_start, head.b_end, head.U))
    found = toy.emissions(model, rows)["chunks"]
    checked = 0
    for row, scores, ours, length in zip(rows, emissions, found, lengths):
        np.testing.assert_allclose(ours, scores, rtol=1e-4, atol=1e-4)
        if length > 5:
            continue
        checked += 1

        def score(path, scores=scores):
            inner = sum(steps[a, b] for a, b in zip(path, path[1:]))
            at = sum(scores[t, label] for t, label in enumerate(path))
            return start[path[0]] + inner + at + end[path[-1]]

        paths = itertools.product(range(len(start)), repeat=length)
        log_z = np.logaddexp.reduce([score(path) for path in paths])
        gold = row["chunk_BIO"][:length]
        nll = crf.negative_log_likelihood(
            tf.constant(ours[None]), [gold], tf.constant([length]), head.chain
        )
        assert nll[0].numpy() == pytest.approx(log_z - score(gold), abs=1e-3)
    assert checked > 2


def test_padding_and_batches_are_without_influence(linear, eager):
    together = toy.emissions(linear, toy.rows_of(linear, TEXTS, POS=TAGS))["chunks"]
    for text, tags, ours in zip(TEXTS, TAGS, together):
        alone = toy.emissions(linear, toy.rows_of(linear, [text], POS=[tags]))
        np.testing.assert_allclose(alone["chunks"][0], ours, rtol=1e-5, atol=1e-5)


# --------------------------------------------------------------------------- dropout


def test_dropout_leaves_out_its_share_and_keeps_the_expectation(chunks, eager):
    model = small(chunks, directDropout=0.75)
    (direct,) = model.network.inputs
    pairs = np.stack([np.arange(1, 20_001), np.arange(20_000)], 1).astype(np.int32)
    thinned = direct.thinned(pairs, np.random.default_rng(0).random(len(pairs)))
    assert len(thinned) == pytest.approx(5_000, abs=300)
    assert set(map(tuple, thinned)) <= set(map(tuple, pairs))

    randomize(model)
    layer = model.models["chunks"].get_layer("chunks_direct")
    features = np.arange(1, layer.features + 1)
    whole = np.stack([features, np.zeros_like(features)], 1).astype(np.int32)
    index = tf.zeros([1, 1], tf.int32)
    draw = np.random.default_rng(1)
    runs = [
        layer(
            direct.thinned(whole, draw.random(len(whole))),
            **{"form_index": index, "training": True},
        )[0, 0]
        for _ in range(300)
    ]
    expected = layer(whole, form_index=index)[0, 0]
    deviation = np.std(runs, 0) / np.sqrt(len(runs))
    assert np.all(np.abs(np.mean(runs, 0) - expected) < 5 * deviation)


@pytest.mark.parametrize("dropout", [0.0, 0.5])
def test_tagging_drops_nothing(chunks, eager, dropout):
    model = small(chunks, directDropout=dropout)
    randomize(model)
    same = small(chunks, directDropout=0.0)
    for ours, theirs in zip(model.models.values(), same.models.values()):
        theirs.set_weights(ours.get_weights())
    rows = toy.rows_of(model, TEXTS, POS=TAGS)
    for one, other in zip(*(toy.emissions(m, rows)["chunks"] for m in (model, same))):
        np.testing.assert_array_equal(one, other)


def test_every_step_drops_others(chunks, eager, monkeypatch):
    draws = []

    def recorded(self, pairs, drawn):
        draws.append(drawn[0])
        return pairs

    monkeypatch.setattr(DirectInput, "thinned", recorded)
    model = small(chunks, directDropout=0.5)
    for _ in range(2):
        model.trainModel()
    assert len(set(draws)) == len(draws) > 4


@pytest.mark.parametrize("encoder", [False, True], ids=["linear", "encoder"])
def test_a_resumed_run_ends_bit_equal(chunks, eager, workdir, encoder):
    datasets, prepared = chunks
    params = {**LINEAR, "directDropout": 0.5, "miniBatchSize": 32}
    if encoder:
        params |= {"LSTM-Size": [4], "featureNames": ["tokens"], "dropout": (0.2, 0.2)}

    def run(name, epochs, resume=False):
        model = toy.tagger(params, datasets, prepared)
        model.modelSavePath = f"{name}/[ModelName].h5"
        model.fit(epochs, resume=resume)
        return model

    whole = run("whole", 3)
    run("parts", 2)
    parts = run("parts", 3, resume=True)
    ours, theirs = (m.models["chunks"].get_weights() for m in (whole, parts))
    assert parts.epoch == 3
    for one, other in zip(ours, theirs):
        np.testing.assert_array_equal(one, other)


# ----------------------------------------------------------------------- several tasks


def test_tasks_share_the_features_but_not_their_scores(corpus, workdir, eager):
    """The group `context` leaves out the column that a task predicts."""
    datasets = {
        "pos": toy.dataset(corpus),
        "chunks": toy.dataset(corpus, "chunk_BIO"),
    }
    model = toy.tagger(
        {
            **LINEAR,
            "LSTM-Size": [4],
            "featureNames": ["tokens"],
            "customClassifier": {"pos": "Softmax"},
        },
        datasets,
    )
    model.modelSavePath = "both.h5"
    model.fit(epochs=2)
    assert "POS" not in model.requiredColumns
    for name in datasets:
        dev = model.data[name]["devMatrix"]
        assert model.computeScore(name, dev, None)[0] > 0.8
    loaded = BiLSTM.loadModel(model.saveModel("pos", 0, 0, 0))
    assert tag(loaded) == tag(model)
    assert set(tag(loaded)) == set(datasets)


def test_what_is_predicted_is_no_feature(chunks, corpus, workdir, eager):
    for leak in ("chunk_BIO", "chunk_IOBES", "chunk_class"):
        with pytest.raises(ValueError, match=f"reads the column '{leak}', which"):
            small(chunks, directFeatures=[f"{leak}[0]"])
    model = toy.tagger(LINEAR, {"pos": toy.dataset(corpus)})
    model.buildModel()
    assert model.requiredColumns == []


# -------------------------------------------------------------------- cells, directions


@pytest.mark.parametrize("direct", [False, True], ids=["plain", "direct"])
@pytest.mark.parametrize("bidirectional", [False, True], ids=["one", "two"])
@pytest.mark.parametrize("cell", ["LSTM", "GRU", "RNN"])
def test_every_encoder_is_stored(chunks, workdir, eager, cell, bidirectional, direct):
    model = small(
        chunks,
        **{"LSTM-Size": [4, 3], "featureNames": ["tokens"], "dropout": (0.2, 0.2)},
        recurrentCell=cell,
        bidirectional=bidirectional,
        classifier=[(cell, 3), "CRF"],
        directFeatures=["spelling"] if direct else [],
    )
    randomize(model)
    assert model.trainModel() > 0
    model.modelSavePath = "model.h5"
    loaded = BiLSTM.loadModel(model.saveModel("chunks", 0, 0, 0))
    assert loaded.params["recurrentCell"] == cell
    assert loaded.params["bidirectional"] == bidirectional
    rows = toy.rows_of(model, TEXTS)
    assert loaded.tagSentences(rows) == model.tagSentences(rows)
    for one, other in zip(*(toy.emissions(m, rows)["chunks"] for m in (model, loaded))):
        np.testing.assert_array_equal(one, other)
    kernel, *_ = model.models["chunks"].get_layer(f"shared_var{cell}_2").weights
    assert kernel.shape[0] == 4 * (1 + bidirectional)


def test_a_network_without_encoder_reads_the_words(chunks, eager):
    model = small(chunks, featureNames=["tokens", "casing"], directFeatures=[])
    assert model.trainModel() > 0
    assert [len(labels) for labels in tag(model)["chunks"]] == [6, 1, 4]


# ------------------------------------------------------------------------- bad settings


@pytest.mark.parametrize(
    "params, text",
    [
        ({"directFeatures": []}, "The network would see nothing"),
        ({"LSTM-Size": [5]}, "`LSTM-Size` must be empty"),
        ({"classifier": [("LSTM", 5), "CRF"]}, "`classifier` without recurrent layers"),
        ({"directFeatures": ["lemma[0]"]}, "'lemma.0.' reads the column 'lemma'"),
        ({"directFeatures": ["gazetteer"]}, "needs the parameter `gazetteer`"),
        ({"featureNames": ["lemma"]}, "`featureNames` asks for 'lemma'"),
        ({"gazetteer": "absent.txt"}, "absent.txt"),
    ],
)
def test_settings_that_make_no_network_are_told(chunks, eager, workdir, params, text):
    with pytest.raises((ValueError, OSError), match=text):
        small(chunks, **params)


# ------------------------------------------------------------------------ damaged files


@contextlib.contextmanager
def changed(linear, tmp_path):
    path = tmp_path / "changed.h5"
    shutil.copy(linear.stored, path)
    with h5py.File(path, "r+") as file:
        yield file
    h5file.seal(str(path))


def refused(path) -> str:
    with pytest.raises(ValueError) as error:
        BiLSTM.loadModel(str(path))
    assert str(error.value).startswith(f"{path}: ")
    assert "\n" not in str(error.value)
    return str(error.value)


@pytest.mark.parametrize(
    "text",
    ["{", "[]", "3", "null", "{}", '{"values": {}, "known": {}, "gazetteer": {}}'],
)
def test_damaged_features(linear, tmp_path, text):
    with changed(linear, tmp_path) as file:
        file.attrs["features"] = text
    refused(tmp_path / "changed.h5")


@pytest.mark.parametrize(
    "damage",
    [
        {"values": []},
        {"values": {}},
        {"known": []},
        {"known": {"tokens[0]": []}},
        {"known": {"tokens[0]": [[1, 2, 3]]}},
        {"known": {"lemma[0]": [[1]]}, "values": {"lemma": ["dog"]}},
        {"gazetteer": None},
        {"gazetteer": {}},
    ],
)
def test_features_of_another_model(linear, tmp_path, damage):
    with changed(linear, tmp_path) as file:
        features = json.loads(file.attrs["features"])
        file.attrs["features"] = json.dumps({**features, **damage})
    refused(tmp_path / "changed.h5")


def test_missing_features(linear, chunks, tmp_path, eager):
    with changed(linear, tmp_path) as file:
        del file.attrs["features"]
    assert "direct features are missing" in refused(tmp_path / "changed.h5")
    # Also where a network would be left without them.
    model = small(chunks, featureNames=["tokens"])
    model.modelSavePath = str(tmp_path / "other.h5")
    model.stored = model.saveModel("chunks", 0, 0, 0)
    with changed(model, tmp_path) as file:
        del file.attrs["features"]
    assert "direct features are missing" in refused(tmp_path / "changed.h5")


def test_a_gazetteer_that_nothing_reads_is_told(chunks, caplog):
    toy.tagger({"gazetteer": "names.txt"}, *chunks).buildModel()
    (warning,) = caplog.records
    assert "`gazetteer` is not used" in warning.getMessage()
