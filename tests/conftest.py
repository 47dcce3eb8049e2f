"""A tiny corpus and taggers trained on it, made once per session."""

import os
import runpy
import sys
from pathlib import Path

import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # before TensorFlow is imported

import toy  # noqa: E402

ROOT = Path(__file__).resolve().parents[1]


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport():
    """Let half a surrogate pair in a log pass from one process to another."""
    report = (yield).get_result()
    report.sections = [
        (title, text.encode("utf-8", "backslashreplace").decode("utf-8"))
        for title, text in report.sections
    ]


@pytest.fixture(scope="session", autouse=True)
def caches(tmp_path_factory):
    """Keep the caches of the user who runs the tests out of them."""
    with pytest.MonkeyPatch.context() as patch:
        for variable in ("XDG_CACHE_HOME", "LOCALAPPDATA"):
            patch.setenv(variable, str(tmp_path_factory.mktemp("caches")))
        yield


@pytest.fixture
def workdir(tmp_path, monkeypatch):
    """Run the test in an empty folder: `pkl/` and the like go there."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def run_script(monkeypatch, capsys):
    """Run a script in this process, where TensorFlow is loaded already.

    Returns a function of the script and its arguments; it returns exit code, standard
    output and standard error.
    """

    def run(script, *arguments):
        monkeypatch.setattr(sys, "argv", [script, *map(str, arguments)])
        code = 0
        capsys.readouterr()
        try:
            runpy.run_path(str(ROOT / script), run_name="__main__")
        except SystemExit as stop:
            code = stop.code or 0
        out, err = capsys.readouterr()
        return code, out, err

    return run


@pytest.fixture
def eager():
    """Run graph functions eagerly: small models then are quicker."""
    with toy.eager():
        yield


@pytest.fixture(scope="session")
def corpus(tmp_path_factory):
    """Folder of the toy corpus."""
    return toy.write_corpus(tmp_path_factory.mktemp("toy"))


@pytest.fixture(scope="session")
def prepared(corpus, tmp_path_factory):
    """The data set `toy` (POS), prepared: data sets and what `prepare` returns."""
    datasets = {"toy": toy.dataset(corpus)}
    with toy.folder(tmp_path_factory.mktemp("prepared")):
        return datasets, toy.prepare(datasets)


@pytest.fixture(scope="session")
def trained(corpus, tmp_path_factory):
    """A chunker with character CNN and CRF, trained to near perfection.

    `.stored` is its file, `.results` the results file of its training.
    """
    datasets = {"chunks": toy.dataset(corpus, "chunk_BIO")}
    with toy.folder(tmp_path_factory.mktemp("trained")) as folder:
        model = toy.tagger({"classifier": "CRF", "charEmbeddings": "CNN"}, datasets)
        model.modelSavePath = str(folder / "[ModelName]_best.h5")
        model.results = str(folder / "results" / "toy.tsv")
        model.storeResults(model.results)
        model.fit(epochs=8)
        model.stored = model.saveModel("chunks", 0, 0, 0)
    return model


@pytest.fixture
def text_file(tmp_path):
    def write(content, name="data.txt"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return str(path)

    return write
