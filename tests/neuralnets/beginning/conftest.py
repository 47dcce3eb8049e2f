"""A chunker that knows no `VP`, and data in which `VP` alone is marked."""

import pytest
import toy
from beginnings import PARAMS, drawn, store, write


@pytest.fixture(scope="session")
def without_vp(tmp_path_factory):
    """The file of a chunker whose training had no `VP`."""
    folder = tmp_path_factory.mktemp("without_vp")
    with toy.folder(folder), toy.eager():
        data = write(folder / "data", drawn(40, 1), lambda label: "VP" not in label)
        datasets = {"old": toy.dataset(data, "chunk_BIO")}
        return store(toy.tagger(PARAMS, datasets), folder, 6)


@pytest.fixture(scope="session")
def only_vp(tmp_path_factory):
    """The data set `new`, in which `VP` alone is marked, but in test everything."""
    folder = tmp_path_factory.mktemp("only_vp")
    whole = write(folder / "whole", drawn(25, 2))
    marked = write(folder / "data", drawn(25, 3), lambda label: "VP" in label)
    files = {s: f"{marked}/{s}.txt" for s in ("train", "dev")}
    files["test"] = f"{whole}/test.txt"
    return {"new": toy.dataset(folder, "chunk_BIO", files=files)}


@pytest.fixture(scope="session")
def prepared_vp(only_vp, tmp_path_factory):
    with toy.folder(tmp_path_factory.mktemp("prepared_vp")):
        return toy.prepare(only_vp)
