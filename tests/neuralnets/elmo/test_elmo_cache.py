"""The cache file: made, gone on with, killed, read lazily, and refused."""

import contextlib
import os
import pickle
import resource
import signal
import sqlite3
import subprocess
import sys
import time
import tracemalloc
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import h5py
import numpy as np
import pytest
from random_elmo import OPTIONS, random_weights, write_model, write_weights

from neuralnets.elmo import (
    BidirectionalLanguageModel,
    ElmoVectors,
    cachefile,
    cachewriter,
    fill_cache,
)
from neuralnets.elmo.cachefile import CacheFile, open_begun
from neuralnets.elmo.cachewriter import CacheWriter, append_to
from neuralnets.elmo.packing import pack, unpack

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


def write_second(path, after=None, strike=None):
    """Write a second sentence; at line number `after` of our code, `strike`."""
    lines = 0

    def trace(frame, event, _):
        nonlocal lines
        if os.path.dirname(frame.f_code.co_filename) != os.path.dirname(CODE):
            return None
        if event == "line":
            lines += 1
            if lines == after:
                strike()
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        with append_to(path, "k", 2, 4) as writer:
            writer.append(["d", "e"], SECOND)
            writer.append(["f"], THIRD)
    finally:
        sys.settrace(before)
    return lines


FIRST, SECOND, THIRD = (np.full([n, 2, 4], n, np.float32) for n in (3, 2, 1))
CODE = cachefile.__file__


def interrupt():
    raise KeyboardInterrupt


def kill():
    os.kill(os.getpid(), signal.SIGKILL)


def in_a_child(path, after):
    """Be killed there, in a process of its own; return whether it was."""
    child = os.fork()
    if not child:
        try:
            write_second(path, after, kill)
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


@pytest.mark.parametrize("kind", ["interrupt", "kill"])
@pytest.mark.parametrize("begun", [True, False])
def test_no_signal_at_any_moment_harms_a_cache(tmp_path, kind, begun):
    """Wherever it falls: what is there is right, and the next start goes on."""
    path = str(tmp_path / "c.h5")
    moment, struck = 0, True
    while struck:
        moment += 1 if (kind, begun) == ("interrupt", True) else 4
        for name in os.listdir(tmp_path):
            os.unlink(tmp_path / name)
        if begun:
            with append_to(path, "k", 2, 4) as writer:
                writer.append(["a", "b", "c"], FIRST)
        if kind == "kill":
            struck = in_a_child(path, moment)
        else:
            with contextlib.suppress(KeyboardInterrupt):
                struck = write_second(path, moment, interrupt) >= moment
        expected = {("a", "b", "c"): FIRST} if begun else {}
        cache = open_begun(path)
        assert cache is not None or not begun
        if cache is not None:
            assert len(cache) in (len(expected), len(expected) + 2)
            same(cache, {k: v for k, v in expected.items() if k in cache}, 0)
            cache.close()
        write_second(path)
        cache = CacheFile(path)
        assert (len(cache), cache.tokens) == ((3, 6) if begun else (2, 3))
        same(cache, {**expected, ("d", "e"): SECOND, ("f",): THIRD}, 0)
        cache.close()
        assert os.listdir(tmp_path) == ["c.h5"]
    assert moment > 50


def slow_child(path, *paths):
    """Write sentence by sentence until killed, and say how many are written."""
    cachewriter._BYTES_AT_A_TIME = 1
    flush, count = CacheWriter.flush, 0

    def report(writer):
        nonlocal count
        flush(writer)
        count += 1
        print(count, flush=True)
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
        found = CacheFile(path)  # while it is written to
        assert len(found) >= 5
        child.send_signal(signal.SIGKILL)
    count = len(found)
    assert 5 <= count < len(DIFFERENT)
    for tokens, layers in expected.items():
        if tokens in found:
            np.testing.assert_allclose(found.get(tokens), layers, rtol=0, atol=1e-6)
    found.close()
    cache = fill_cache(path, ElmoVectors(*paths), read)
    assert len(cache) == len(DIFFERENT)
    same(cache, expected)


@pytest.mark.parametrize("room", [0, 512, 4096, 20_000, 40_000, 100_000])
def test_a_full_disk_ends_in_one_line_and_keeps_what_is_complete(tmp_path, room):
    path = str(tmp_path / "c.h5")
    with append_to(path, "k", 2, 4) as writer:
        writer.append(["a", "b", "c"], FIRST)
    random = np.random.default_rng(3)
    big = random.normal(size=(200, 2, 4)).astype(np.float32)
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, limit[1]))
    try:
        with pytest.raises(ValueError, match="c.h5: cannot be written to") as error:
            with append_to(path, "k", 2, 4) as writer:
                for number in range(100):
                    writer.append([str(number)] * 200, big)
                    writer.flush()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    assert "\n" not in str(error.value)
    written = len(CacheFile(path))
    assert written < 100
    with append_to(path, "k", 2, 4) as writer:
        writer.append(["d", "e"], SECOND)
    cache = CacheFile(path)
    assert len(cache) == written + 1
    same(cache, {("a", "b", "c"): FIRST, ("d", "e"): SECOND}, 0)
    same(cache, {(str(number),) * 200: big for number in range(written - 1)}, 0)
    assert os.listdir(tmp_path) == ["c.h5"]


def test_two_programs_write_at_once(tmp_path):
    path = str(tmp_path / "c.h5")
    with append_to(path, "k", 2, 4) as one, append_to(path, "k", 2, 4) as other:
        one.append(["a", "b", "c"], FIRST)
        other.append(["a", "b", "c"], FIRST)
        other.append(["d", "e"], SECOND)
        other.flush()
        one.append(["f"], THIRD)
    cache = CacheFile(path)
    assert (len(cache), cache.tokens) == (3, 6)
    same(
        cache, {("a", "b", "c"): FIRST, ("d", "e"): SECOND, ("f",): THIRD}, tolerance=0
    )


def test_threads_read_at_once(tmp_path):
    path = str(tmp_path / "c.h5")
    vectors = {(str(n),) * n: np.full([n, 2, 4], n, np.float32) for n in range(1, 60)}
    with append_to(path, "k", 2, 4) as writer:
        for tokens, layers in vectors.items():
            writer.append(tokens, layers)
    cache = CacheFile(path)
    with ThreadPoolExecutor(4) as pool:
        list(
            pool.map(lambda item: same(cache, dict([item]), 0), [*vectors.items()] * 9)
        )


@pytest.mark.parametrize("row_bytes", [1, 300, 24 * 1024])
def test_a_sentence_of_any_length(tmp_path, monkeypatch, row_bytes):
    monkeypatch.setattr(cachewriter, "BYTES_OF_A_ROW", row_bytes)
    for part in (cachefile, cachewriter):
        monkeypatch.setattr(part, "TOKENS_OF_A_ROW", 16)
    path = str(tmp_path / "c.h5")
    random = np.random.default_rng(4)
    lengths = [1, 2, 3, 17, 4, 15, 16, 32, 5, 100, 6]
    vectors = {
        (str(n),) * n: random.normal(size=(n, 2, 4)).astype(np.float32) for n in lengths
    }
    with append_to(path, "k", 2, 4) as writer:
        for tokens, layers in vectors.items():
            writer.append(tokens, layers)
    same(CacheFile(path), vectors, 0)


@pytest.mark.parametrize("dtype", ["<f2", "<f4"])
@pytest.mark.parametrize("tokens", [1, 2, 3, 40])
def test_packing_is_exact(dtype, tokens):
    random = np.random.default_rng(tokens)
    vectors = random.normal(size=(tokens, 3, 1024)).astype(dtype)
    content = pack(vectors)
    found = unpack(content, vectors.shape, vectors.dtype)
    assert found.dtype == vectors.dtype
    np.testing.assert_array_equal(found, vectors)
    for shape in ((tokens + 1, 3, 1024), (tokens, 2, 1024), (tokens, 3, 4096)):
        with pytest.raises(ValueError):
            unpack(content, shape, vectors.dtype)
    for damaged in (b"", content[:-1], content + b"x", content[4:], b"\xff" * 99):
        with pytest.raises(ValueError):
            unpack(damaged, vectors.shape, vectors.dtype)


def test_packed_bytes_that_swell_take_no_memory():
    bomb = zlib.compress(bytes(50_000_000))
    content = np.array([len(bomb)], "<u4").tobytes() + bomb
    tracemalloc.start()
    with pytest.raises(ValueError, match="another length"):
        unpack(content, (1, 3, 1024), np.dtype("<f4"))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1_000_000


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


def hdf5(path):
    with h5py.File(path, "w") as file:
        file.attrs["format"] = "elmo-cache-1"


def changed(*statements):
    """Write a cache and change it by SQL."""

    def write(path):
        with append_to(str(path), "k", 2, 4) as writer:
            writer.append(["a"], np.ones([1, 2, 4]))
        with contextlib.closing(sqlite3.connect(path)) as database, database:
            for statement in statements:
                database.execute(statement)

    return write


ENDLESS = """CREATE VIEW vectors AS WITH RECURSIVE n(number, content) AS
    (SELECT 1, '' UNION ALL SELECT number + 1, '' FROM n) SELECT * FROM n"""


@pytest.mark.parametrize(
    "write",
    [
        pickled,
        cut,
        hdf5,
        lambda path: path.write_bytes(b"SQLite format 3\0"),
        lambda path: path.write_bytes(b"no database" * 1000),
        changed("UPDATE about SET format = 'something else'"),
        changed("UPDATE about SET key = x'00'"),
        changed("UPDATE about SET layers = 0"),
        changed("UPDATE about SET layers = 1.5"),
        changed("UPDATE about SET width = 'wide'"),
        changed("UPDATE about SET width = 1000000000"),
        changed("UPDATE about SET dtype = '|O'"),
        changed("DELETE FROM about"),
        changed("INSERT INTO about SELECT * FROM about"),
        changed("DROP TABLE vectors"),
        changed("DROP TABLE vectors", ENDLESS),
        changed("CREATE TABLE more (x)"),
        changed("ALTER TABLE sentences ADD COLUMN more"),
        changed(
            "CREATE TRIGGER t AFTER INSERT ON sentences BEGIN DELETE FROM about; END"
        ),
    ],
)
def test_what_is_no_cache_is_refused_by_name(tmp_path, monkeypatch, write):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "strange.h5"
    write(path)
    before = path.read_bytes()
    with pytest.raises(ValueError, match="strange.h5: not an ELMo cache.*anew with"):
        CacheFile(str(path))
    with pytest.raises(ValueError, match="strange.h5: not an ELMo cache"):
        with append_to(str(path), "k", 2, 4):
            pass
    assert not Path("exploded").exists()
    assert path.read_bytes() == before


def test_a_cache_of_an_earlier_version_is_named_as_one(tmp_path):
    hdf5(tmp_path / "old.h5")
    with pytest.raises(ValueError, match="earlier version, which were HDF5. Delete"):
        CacheFile(str(tmp_path / "old.h5"))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE sentences SET tokens = 2",
        "UPDATE sentences SET tokens = 'one'",
        "UPDATE sentences SET first = 7",
        "UPDATE sentences SET first = 9223372036854775807",
        "UPDATE sentences SET first = 'x'",
        "UPDATE sentences SET behind = 1",
        "UPDATE sentences SET behind = -1",
        "UPDATE vectors SET tokens = 2",
        "UPDATE vectors SET tokens = -1",
        "UPDATE vectors SET tokens = 1000000000",
        "DELETE FROM vectors",
        "UPDATE vectors SET content = x'00'",
        "UPDATE vectors SET content = 'text'",
        "UPDATE vectors SET content = NULL",
        "UPDATE vectors SET content = zeroblob(100)",
    ],
)
def test_damaged_contents_are_an_error_not_other_vectors(tmp_path, statement):
    path = tmp_path / "c.h5"
    changed(statement)(path)
    with pytest.raises(ValueError, match="c.h5: damaged .*anew with"):
        CacheFile(str(path)).get(["a"])


def test_flipped_bytes_never_end_in_anything_but_an_error(tmp_path):
    path = tmp_path / "c.h5"
    with append_to(str(path), "k", 2, 4) as writer:
        for number in range(1, 30):
            writer.append([str(number)] * number, np.ones([number, 2, 4]))
    whole = path.read_bytes()
    random = np.random.default_rng(5)
    for _ in range(300):
        damaged = np.frombuffer(whole, np.uint8).copy()
        where = random.integers(len(whole), size=random.integers(1, 5))
        damaged[where] ^= random.integers(1, 256, size=len(where), dtype=np.uint8)
        path.write_bytes(damaged.tobytes())
        try:
            cache = CacheFile(str(path))
            len(cache), cache.tokens
            cache.get(["7"] * 7)
        except ValueError as error:
            assert "c.h5" in str(error)


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
    tracemalloc.start()
    for number in range(300):
        cache.get([str(number)] * 5)
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held < 20_000
