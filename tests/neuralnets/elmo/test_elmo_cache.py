"""The cache file: made, gone on with, killed, read lazily, and refused."""

import os
import pickle
import signal
import subprocess
import sys
import time
from pathlib import Path

import h5py
import numpy as np
import pytest
from random_elmo import OPTIONS, random_weights, write_model, write_weights

from neuralnets.elmo import BidirectionalLanguageModel, ElmoVectors, fill_cache
from neuralnets.elmo import cachefile as module
from neuralnets.elmo.cachefile import (
    CacheFile,
    CacheWriter,
    append_to,
    open_interrupted,
)

HERE = Path(__file__).resolve().parent
SENTENCES = [
    [f"word{(number * k) % 11}" for k in range(1, 2 + number % 7)]
    for number in range(40)
]
SENTENCES += [SENTENCES[30], *SENTENCES[:5]]
DIFFERENT = {tuple(tokens) for tokens in SENTENCES}


@pytest.fixture(scope="module")
def paths(tmp_path_factory):
    return write_model(tmp_path_factory.mktemp("elmo"))


def read():
    """Give the sentences in blocks, an empty one among them."""
    yield [[], *SENTENCES[:25]]
    yield SENTENCES[25:]


def same(cache, expected, tolerance=1e-6):
    for tokens, layers in expected.items():
        vectors = cache.get(tokens)
        assert vectors.dtype == np.float32
        np.testing.assert_allclose(vectors, layers, rtol=0, atol=tolerance)


@pytest.fixture(scope="module")
def expected(paths):
    """By sentence, what the language model says: [T, L, D]."""
    different = list(DIFFERENT)
    layers = BidirectionalLanguageModel(*paths).layers(different)
    return {tokens: np.swapaxes(x, 0, 1) for tokens, x in zip(different, layers)}


def test_holds_what_the_model_computes_each_sentence_once(tmp_path, paths, expected):
    seen = []
    cache = fill_cache(
        str(tmp_path / "new" / "c.h5"),
        ElmoVectors(*paths),
        read,
        progress=lambda done, total: seen.append((done, total)),
    )
    assert len(cache) == len(DIFFERENT) < len(SENTENCES)
    tokens = sum(map(len, DIFFERENT))
    assert cache.tokens == tokens
    assert seen[-1] == (tokens, tokens)
    assert sorted(seen) == seen
    same(cache, expected)
    assert cache.get(["never", "seen"]) is None


def test_half_precision_is_smaller_and_near(tmp_path, paths, expected):
    half = fill_cache(str(tmp_path / "h.h5"), ElmoVectors(*paths), read, half=True)
    assert half.half
    same(half, expected, tolerance=2e-3)


def test_a_second_call_computes_only_what_is_missing(tmp_path, paths, expected):
    path = str(tmp_path / "c.h5")
    fill_cache(path, ElmoVectors(*paths), lambda: [SENTENCES[:9]]).close()
    vectors = ElmoVectors(*paths)
    computed = []
    batches = vectors.model.batches
    vectors.model.batches = lambda s, p: batches(computed.extend(s) or s, p)
    cache = fill_cache(path, vectors, read)
    done = set(map(tuple, SENTENCES[:9]))
    assert {tuple(tokens) for tokens in computed} == DIFFERENT - done
    assert len(computed) == len(DIFFERENT - done)
    same(cache, expected)
    cache.close()
    vectors.model.batches = None  # nothing more to compute
    assert len(fill_cache(path, vectors, read)) == len(DIFFERENT)


def slow_child(path, *paths):
    """Write sentence by sentence until killed, and say how many are written."""
    module._BYTES_AT_A_TIME = 1
    flush = CacheWriter.flush

    def report(writer):
        flush(writer)
        print(len(writer._ends), flush=True)
        time.sleep(0.02)

    CacheWriter.flush = report
    fill_cache(path, ElmoVectors(*paths), read)


def test_goes_on_after_a_kill(tmp_path, paths, expected):
    path = str(tmp_path / "c.h5")
    program = (
        "import sys; sys.path[:0] = sys.argv[1:3]\n"
        "import test_elmo_cache\n"
        "test_elmo_cache.slow_child(*sys.argv[3:])\n"
    )
    arguments = [str(HERE), str(HERE.parents[2]), path, *paths]
    with subprocess.Popen(
        [sys.executable, "-c", program, *arguments], stdout=subprocess.PIPE
    ) as child:
        while int(child.stdout.readline()) < 5:
            pass
        child.send_signal(signal.SIGKILL)
    with pytest.raises(ValueError, match="interrupted.*Create_ELMo_Cache.py goes on"):
        CacheFile(path)
    found = open_interrupted(path)
    count = len(found)
    assert 5 <= count < len(DIFFERENT)
    for tokens, layers in expected.items():
        if tokens in found:
            np.testing.assert_allclose(found.get(tokens), layers, rtol=0, atol=1e-6)
    found.close()
    cache = fill_cache(path, ElmoVectors(*paths), read)
    assert len(cache) == len(DIFFERENT)
    same(cache, expected)


def test_an_error_while_writing_leaves_whole_sentences(tmp_path, paths, monkeypatch):
    """Vectors without an end do not shift those that come after them."""
    path = str(tmp_path / "c.h5")
    first, second = np.ones([3, 2, 4]), np.full([2, 2, 4], 2.0)
    with append_to(path, "k", 2, 4) as writer:
        writer.append(["a", "b", "c"], first)
    extend = CacheWriter._extend
    with pytest.raises(OSError, match="full"):
        with append_to(path, "k", 2, 4) as writer:
            calls = []

            def fails(column, rows):
                calls.append(column)
                if len(calls) == 3:
                    raise OSError("disk full")
                extend(column, rows)

            monkeypatch.setattr(CacheWriter, "_extend", staticmethod(fails))
            writer.append(["lost"], np.zeros([1, 2, 4]))
    monkeypatch.undo()
    assert len(CacheFile(path)) == 1
    with append_to(path, "k", 2, 4) as writer:
        assert ["lost"] not in writer
        writer.append(["d", "e"], second)
    cache = CacheFile(path)
    assert len(cache) == 2
    np.testing.assert_array_equal(cache.get(["a", "b", "c"]), first)
    np.testing.assert_array_equal(cache.get(["d", "e"]), second)


def test_a_long_run_of_small_writes_wastes_little_space(tmp_path):
    random = np.random.default_rng(2)
    path = str(tmp_path / "c.h5")
    with append_to(path, "k", 3, 16) as writer:
        for number in range(2000):
            writer.append([str(number)] * 4, random.normal(size=(4, 3, 16)))
    raw = 2000 * (4 * 3 * 16 * 4 + 24)
    assert os.path.getsize(path) < 1.1 * raw


def test_a_cache_of_other_weights_is_refused(tmp_path, paths):
    path = str(tmp_path / "c.h5")
    fill_cache(path, ElmoVectors(*paths), read).close()
    options = paths[0]
    other = ElmoVectors(options, write_weights(tmp_path, random_weights(OPTIONS, 4)))
    before = Path(path).read_bytes()
    for use in (other.open_cache, lambda p: fill_cache(p, other, read)):
        with pytest.raises(ValueError, match="c.h5: made with other ELMo") as error:
            use(path)
        assert other.key in str(error.value)
        assert "\n" not in str(error.value)
    with pytest.raises(ValueError, match="made with other"):
        other.add(SENTENCES[:2])
        other.store_cache(path)
    assert Path(path).read_bytes() == before


class Bomb:
    def __reduce__(self):
        return os.mkdir, ("exploded",)


def pickled(path):
    path.write_bytes(pickle.dumps(Bomb()))


def cut(path):
    with append_to(str(path), "k", 2, 4) as writer:
        writer.append(["a"], np.ones([1, 2, 4]))
    path.write_bytes(path.read_bytes()[:300])


def changed(**changes):
    """Write a cache whose data sets or attributes are replaced."""

    def write(path):
        with append_to(str(path), "k", 2, 4) as writer:
            writer.append(["a"], np.ones([1, 2, 4]))
        with h5py.File(path, "r+") as file:
            for name, value in changes.items():
                if name in file.attrs:
                    file.attrs[name] = value
                    continue
                del file[name]
                if value is not None:
                    file[name] = value

    return write


@pytest.mark.parametrize(
    "write",
    [
        pickled,
        cut,
        lambda path: path.write_bytes(b""),
        lambda path: h5py.File(path, "w").close(),
        changed(format="something else"),
        changed(vectors=None),
        changed(vectors=h5py.ExternalLink("/etc/hostname", "/x")),
        changed(vectors=h5py.SoftLink("/names")),
        changed(vectors=np.ones([1, 2, 4], int)),
        changed(vectors=np.ones([1, 2])),
        changed(ends=np.int64([2])),
        changed(ends=np.int64([-1])),
        changed(ends=np.ones(1)),
        changed(names=np.zeros([1, 3], np.uint8)),
    ],
)
def test_what_is_no_cache_is_refused_by_name(tmp_path, monkeypatch, write):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "strange.h5"
    write(path)
    with pytest.raises(ValueError, match="strange.h5: not an ELMo cache.*anew with"):
        CacheFile(str(path))
    with pytest.raises(ValueError, match="strange.h5: not an ELMo cache"):
        with append_to(str(path), "k", 2, 4):
            pass
    assert not Path("exploded").exists()


def test_a_missing_cache_says_who_writes_it():
    with pytest.raises(ValueError, match="none.h5: no such file. Create_ELMo_Cache"):
        CacheFile("none.h5")


def test_reading_keeps_no_vectors(tmp_path):
    """Memory does not grow with what is read."""
    path = str(tmp_path / "c.h5")
    with append_to(path, "k", 2, 64) as writer:
        for number in range(300):
            writer.append([str(number)] * 5, np.ones([5, 2, 64]))
    cache = CacheFile(path)
    held = sum(
        value.nbytes for value in vars(cache).values() if isinstance(value, np.ndarray)
    )
    assert held <= 8 * 301
    assert isinstance(cache._vectors, h5py.Dataset)
