"""A few hundred malformed files of each kind; `make fuzz` throws many more."""

import fuzz
import picklecases
import pytest
import readers
import textcases
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from util.preprocessing import loadDatasetPickle

PLAIN = tuple(kind for kind in fuzz.KINDS if kind not in fuzz.OF_NETWORKS)
QUICK = settings(
    max_examples=60,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
RANDOM = st.randoms(use_true_random=False)


@pytest.fixture
def reader(tmp_path):
    """A process that reads files of the kinds that do without TensorFlow."""
    process = fuzz.Reader(False, str(tmp_path), seconds=3)
    yield process
    process.close()


@pytest.fixture(autouse=True)
def workdir(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def _run(cases, kinds):
    messages = []
    _, failed = fuzz.run(cases, seed=1, kinds=kinds, show=messages.append)
    assert not failed, "\n".join(messages)


def test_malformed_texts_and_pickles_end_in_documented_errors():
    _run(500, PLAIN)


def test_malformed_models_and_checkpoints_end_in_documented_errors():
    _run(36, fuzz.OF_NETWORKS)


@pytest.mark.parametrize("attack", picklecases.harmful())
def test_a_harmful_pickle_is_refused(attack, harmless, tmp_path):
    path = tmp_path / "data.pkl"
    body = picklecases.harmful()[attack]
    for data in (body, picklecases.sealed(body)):
        path.write_bytes(data)
        assert harmless("prepared", path=path) == ""
        # The process above lives on: this one can dare it, too.
        with pytest.raises(ValueError, match="not a file of prepared data"):
            loadDatasetPickle(str(path))


@pytest.fixture(scope="module")
def harmless(tmp_path_factory):
    """One process for all harmful pickles."""
    process = fuzz.Reader(False, str(tmp_path_factory.mktemp("reader")), seconds=5)
    yield process
    process.close()


@pytest.mark.parametrize(
    ("wish", "noticed"),
    {
        "crash": "crashed",
        "hang": "more than 3 s",
        "memory": "MemoryError",
        "change": "the file was changed",
        "command": "ran a command",
        "other error": "KeyError",
        "nameless error": "a file is wrong",
        "nothing": "",
    }.items(),
)
def test_what_no_reader_may_do_is_noticed(wish, noticed, reader, tmp_path):
    path = tmp_path / "wish"
    path.write_text(wish)
    wrong = reader("none", path=path)
    assert noticed in wrong and bool(wrong) == bool(noticed)


def _read(kind, data, folder):
    path = folder / f"case{fuzz.ending(kind)}"
    path.write_bytes(data)
    try:
        readers.read(kind, str(path))
    except Exception as error:
        if not readers.allowed(error, str(path)):
            raise


@QUICK
@given(draw=RANDOM)
def test_drawn_column_files(tmp_path, draw):
    _read("columns", textcases.column_file(draw), tmp_path)


@QUICK
@given(data=st.one_of(st.binary(max_size=200), st.text(max_size=99).map(str.encode)))
def test_any_bytes(tmp_path, data):
    for kind in PLAIN:
        _read(kind, data, tmp_path)


@QUICK
@given(
    rows=st.lists(
        st.lists(
            st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
            min_size=3,
            max_size=3,
        ),
        max_size=8,
    ),
    separator=st.sampled_from("\t "),
)
def test_any_columns(tmp_path, rows, separator):
    text = "".join(separator.join(row) + "\n" for row in rows)
    _read("columns", text.encode(), tmp_path)


@QUICK
@given(draw=RANDOM)
def test_drawn_vector_files(tmp_path, draw):
    _read("vectors", textcases.vector_file(draw), tmp_path)


@QUICK
@given(draw=RANDOM)
def test_drawn_prepared_files(tmp_path, draw):
    _read("prepared", picklecases.prepared_file(draw), tmp_path)
