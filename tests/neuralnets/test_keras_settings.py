"""Keras' process-wide settings change nothing: keras.json, floatx, policies."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import toy

from neuralnets.BiLSTM import BiLSTM
from neuralnets.framework import keras, tf
from neuralnets.inputs.vectors import VectorInput

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = """
import hashlib, os, sys
sys.path[:0] = sys.argv[1:3]
import toy
from neuralnets.BiLSTM import BiLSTM

toy.write_corpus("corpus")
sets = {"x": toy.dataset("corpus", "chunk_BIO")}
model = toy.tagger({"classifier": "CRF", "charEmbeddings": "CNN"}, sets)
model.modelSavePath = "x.h5"
model.fit(2)
model = BiLSTM.loadModel("x.h5")
rows = toy.rows_of(model, ["the dog sees a cat .", "Dog"])
print(model.tagSentences(rows)["x"])
digest = hashlib.sha256()
for array in model.labelProbabilities(rows)["x"]:
    digest.update(repr(array.tolist()).encode())
for weight in model.models["x"].get_weights():
    digest.update(weight.tobytes())
print(digest.hexdigest())
"""
# Everything that has weights or types of its own.
RICH = {
    "classifier": [("LSTM", 6), "CRF"],
    "customClassifier": {"POS": ["Softmax"]},
    "charEmbeddings": "LSTM",
    "directFeatures": ["suffix2[0]"],
    "useTaskIdentifier": True,
    "dropout": 0.25,
}


def outcome(folder, settings, **variables):
    folder.mkdir()
    (folder / "keras.json").write_text(json.dumps(settings), "utf-8")
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(ROOT), str(ROOT / "tests")],
        cwd=folder,
        env={**os.environ, "KERAS_HOME": str(folder), **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_keras_json_changes_no_bit_of_training_storing_loading_and_tagging(tmp_path):
    usual = outcome(tmp_path / "usual", {})
    # The second as an old shell's start-up file may say it.
    for floatx, variables in (
        ("float16", {}),
        ("float64", {"KERAS_BACKEND": "theano"}),
    ):
        settings = {
            "floatx": floatx,
            "epsilon": 0.01,
            "image_data_format": "channels_first",
            "backend": "theano",
        }
        assert outcome(tmp_path / floatx, settings, **variables) == usual


@pytest.fixture(params=["float16", "float64", "mixed_float16", "bfloat16"])
def settings(request):
    """Set Keras as a user's program might, for a while."""
    backend, policies = keras.backend, keras.mixed_precision
    before = backend.floatx(), policies.global_policy()
    if request.param in ("float16", "float64"):
        backend.set_floatx(request.param)
    else:
        policies.set_global_policy(request.param)
    yield request.param
    backend.set_floatx(before[0])
    policies.set_global_policy(before[1])


def rich(corpus, **changes):
    sets = {
        "chunks": toy.dataset(corpus, "chunk_BIO"),
        "POS": toy.dataset(corpus, "POS"),
    }
    model = toy.tagger({**RICH, **changes}, sets)
    model.buildModel()
    return model


@pytest.mark.parametrize(
    "changes",
    [{}, {"charEmbeddings": "CNN", "dropout": (0.2, 0.2), "recurrentCell": "GRU"}],
)
def test_a_network_is_in_single_precision(settings, corpus, workdir, eager, changes):
    model = rich(corpus, **changes)
    for network in model.models.values():
        for layer in network.layers:
            if not isinstance(layer, keras.layers.InputLayer):
                assert layer.compute_dtype == layer.variable_dtype == "float32"
        assert {str(output.dtype) for output in network.outputs} == {
            "<dtype: 'float32'>"
        }
        for weight in network.get_weights():
            assert weight.dtype == np.float32
    assert np.isfinite(model.trainModel())
    model.modelSavePath = "[ModelName].h5"
    for name in model.models:
        path = model.saveModel(name, 0, 0, 0)
        rows = model.data[name]["devMatrix"]
        tags = BiLSTM.loadModel(path).tagSentences(rows)[name]
        assert tags == model.tagSentences(rows)[name]


def test_a_layer_of_vectors_is_in_single_precision(settings):
    class Source:
        shape, key = (3, 8), "k"

    input_ = VectorInput("elmo", Source(), True, layer="elmo_average", key="elmoKey")
    x = input_.keras_input()
    y = input_.embed(x)
    assert x.dtype == y.dtype == tf.float32
