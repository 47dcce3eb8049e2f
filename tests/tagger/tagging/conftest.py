"""Small, untrained models for the tests of tagging files."""

import io
import json
import sys
from types import SimpleNamespace

import pytest
import toy

from tagger.commands import tag


@pytest.fixture(scope="session")
def models(tmp_path_factory):
    """The paths of models: `pos`, `chunks`; and with another column as an input:

    `fed` reads POS and tags chunks, `deep` reads the types of chunks and tags POS.
    """
    path = tmp_path_factory.mktemp("models")
    toy.write_corpus(path / "corpus", train=8, other=4)
    made = {
        "pos": ("words", "POS", {}),
        "chunks": ("chunks", "chunk_BIO", {}),
        "fed": ("fed", "chunk_BIO", {"featureNames": ["tokens", "POS"]}),
        "deep": ("deep", "POS", {"featureNames": ["tokens", "chunk_class"]}),
    }
    paths = SimpleNamespace()
    with toy.folder(path), toy.eager():
        for name, (task, label, params) in made.items():
            model = toy.tagger(params, {task: toy.dataset("corpus", label)})
            model.buildModel()
            model.modelSavePath = str(path / f"{name}.h5")
            setattr(paths, name, model.saveModel(task, 0, 0, 0))
    return paths


@pytest.fixture
def call(monkeypatch, tmp_path, eager):
    """Run `tagger tag` in an empty folder; return what it prints."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments):
        stream = io.TextIOWrapper(io.BytesIO(), "utf-8")
        monkeypatch.setattr(sys, "stdout", stream)
        tag.main([*map(str, arguments)])
        stream.flush()
        return stream.buffer.getvalue().decode()

    return call


@pytest.fixture
def read_json():
    def read_json(text):
        return [json.loads(line) for line in text.split("\n") if line]

    return read_json
