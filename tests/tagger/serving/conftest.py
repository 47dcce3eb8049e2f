import shutil
from types import SimpleNamespace

import pytest
import toy

import tagger

pytest.importorskip("fastapi", reason="the service is not installed: make serve")

from served import SCRIPT, running


@pytest.fixture(scope="session")
def files(trained, tmp_path_factory):
    """Paths of models: a chunker, one with two tasks, one that reads another column."""
    folder = tmp_path_factory.mktemp("served")
    toy.write_corpus(folder / "corpus", 12, 4)
    for split in ("train", "dev", "test"):
        path = folder / "corpus" / f"{split}.txt"
        path.write_text(path.read_text("utf-8").replace("VERB", SCRIPT), "utf-8")
    paths = SimpleNamespace(chunks=str(folder / "chunks.h5"))
    shutil.copy(trained.stored, paths.chunks)
    corpus = folder / "corpus"
    sets = {
        "chunks": toy.dataset(corpus, "chunk_BIO"),
        f"<b>{SCRIPT}": toy.dataset(corpus),
    }
    with toy.folder(folder), toy.eager():
        for name, features, some in [
            ("two", ["tokens"], sets),
            ("column", ["tokens", "POS"], {"chunks": sets["chunks"]}),
        ]:
            model = toy.tagger({"featureNames": features, "classifier": "CRF"}, some)
            model.buildModel()
            model.modelSavePath = str(folder / f"{name}.h5")
            setattr(paths, name, model.saveModel("chunks", 0, 0.5, 0.25))
    return paths


@pytest.fixture(scope="session")
def service(files, tmp_path_factory):
    """A service of three models, which stores annotations."""
    stored = tmp_path_factory.mktemp("stored") / "annotations.jsonl"
    models = [files.chunks, ("two", files.two), ("column", files.column)]
    with running(models, annotations=str(stored)) as found:
        found.stored = stored
        yield found


@pytest.fixture(scope="session")
def offline(files):
    """The chunker, without a service."""
    return tagger.load(files.chunks)
