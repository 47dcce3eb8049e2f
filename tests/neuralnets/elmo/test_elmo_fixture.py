"""The model against what bilm-tf computed for thirty sentences."""

import json
import os
import shutil
from pathlib import Path

import h5py
import numpy as np
import pytest
from elmo_twin import Twin

from neuralnets.elmo import BidirectionalLanguageModel

DATA = os.environ.get("TAGGER_DATA")
MODEL = Path(DATA or ".") / "elmo" / "bilm_tf" / "model"
pytestmark = pytest.mark.skipif(
    not DATA or not MODEL.is_dir(),
    reason="TAGGER_DATA does not name a folder with elmo/bilm_tf/model",
)


@pytest.fixture(scope="module")
def paths():
    return str(MODEL / "options.json"), str(MODEL / "lm_weights.hdf5")


@pytest.fixture(scope="module")
def rows():
    with open(MODEL / "lm_embeddings_sentences.json", encoding="utf-8") as file:
        return [[text.split(" ") for text in row] for row in json.load(file)]


@pytest.fixture(scope="module")
def expected():
    """Of each row, its sentences' top layer [T, 2P]."""
    result = []
    for k in range(3):
        with h5py.File(MODEL / f"lm_embeddings_{k}.hdf5", "r") as file:
            result.append([np.concatenate(file[str(i)][()], -1) for i in range(10)])
    return result


@pytest.mark.parametrize("batch_tokens", [1, 8192])
def test_agrees_with_the_state_carried(paths, rows, expected, batch_tokens):
    model = BidirectionalLanguageModel(*paths, True, batch_tokens=batch_tokens)
    compared = 0
    for batch, targets in zip(zip(*rows), zip(*expected)):
        for vectors, target in zip(model.layers(batch), targets):
            np.testing.assert_allclose(vectors[-1], target, rtol=0, atol=2e-6)
            compared += 1
    assert compared == 30


def test_first_sentences_agree_without_state_and_later_ones_differ(
    paths, rows, expected
):
    model = BidirectionalLanguageModel(*paths)
    for row, targets in zip(rows, expected):
        first, second = model.layers(row[:2])
        np.testing.assert_allclose(first[-1], targets[0], rtol=0, atol=2e-6)
        assert np.abs(second[-1] - targets[1]).max() > 1e-2


@pytest.mark.parametrize("skip", [False, True])
def test_all_layers_agree_with_the_slow_twin(tmp_path, paths, rows, skip):
    with open(paths[0], encoding="utf-8") as file:
        options = json.load(file)
    options["lstm"]["use_skip_connections"] = skip
    changed = tmp_path / "options.json"
    changed.write_text(json.dumps(options), encoding="utf-8")
    shutil.copy(paths[1], tmp_path / "weights.hdf5")
    both = str(changed), str(tmp_path / "weights.hdf5")
    sentence = rows[0][4]
    found = BidirectionalLanguageModel(*both).layers([sentence])[0]
    np.testing.assert_allclose(found, Twin(*both).layers(sentence), rtol=0, atol=2e-6)
