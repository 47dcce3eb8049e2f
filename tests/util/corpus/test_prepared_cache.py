import os
import pickle

import numpy as np
import pytest

from util.corpus import cache


class Shell:
    def __init__(self, marker):
        self.marker = marker

    def __reduce__(self):
        return os.system, (f"echo run > '{self.marker}'",)


class Evaluate:
    def __reduce__(self):
        return eval, ("1 + 1",)


def test_plain_data_and_arrays_come_back(tmp_path):
    path = str(tmp_path / "new" / "data.pkl")
    content = {"a": {"ä": [1, 2.5, None, "x"]}, "vectors": np.eye(3, dtype=np.float32)}
    cache.store(path, content)
    loaded = cache.load(path)
    assert loaded["a"] == content["a"]
    assert loaded["vectors"].dtype == np.float32
    assert np.array_equal(loaded["vectors"], content["vectors"])


def test_a_pickle_that_runs_a_command_is_refused_and_not_run(tmp_path):
    marker, path = tmp_path / "marker", tmp_path / "evil.pkl"
    path.write_bytes(pickle.dumps({"format": cache.FORMAT, "x": Shell(marker)}))
    with pytest.raises(ValueError, match=r"names (posix|nt|os)\.system"):
        cache.load(str(path))
    assert not marker.exists()
    pickle.loads(path.read_bytes())  # the attack itself works
    assert marker.exists()


def test_builtins_are_refused_too(tmp_path):
    path = tmp_path / "evil.pkl"
    path.write_bytes(pickle.dumps(Evaluate()))
    with pytest.raises(ValueError, match=r"names builtins\.eval"):
        cache.load(str(path))


def test_code_inside_an_array_is_refused(tmp_path):
    marker, path = tmp_path / "marker", str(tmp_path / "evil.pkl")
    cache.store(path, {"vectors": np.array([Shell(marker)], dtype=object)})
    with pytest.raises(ValueError, match="names"):
        cache.load(path)
    assert not marker.exists()


def test_a_file_cut_off_anywhere_is_an_error_that_names_it(tmp_path):
    path = tmp_path / "data.pkl"
    cache.store(str(path), {"a": list(range(50)), "vectors": np.ones(9)})
    whole = path.read_bytes()
    for size in range(0, len(whole), 7):
        path.write_bytes(whole[:size])
        with pytest.raises(ValueError, match="not a file of prepared data") as error:
            cache.load(str(path))
        assert str(error.value).startswith(str(path))


@pytest.mark.parametrize("content", [[1], {"a": 1}, {"format": cache.FORMAT - 1}])
def test_a_foreign_or_older_pickle_is_an_error(tmp_path, content):
    path = tmp_path / "data.pkl"
    path.write_bytes(pickle.dumps(content))
    with pytest.raises(ValueError, match="of this version"):
        cache.load(str(path))


def test_the_key_depends_on_description_contents_and_order(text_file):
    one, two = text_file("1", "one"), text_file("2", "two")
    first = text_file("12", "first"), text_file("", "empty")
    keys = [
        cache.content_key({}, [one, two]),
        cache.content_key({}, [two, one]),
        cache.content_key({}, [one]),
        cache.content_key({}, first),
        cache.content_key({"a": 1}, [one, two]),
    ]
    assert len(set(keys)) == len(keys)
    assert cache.content_key({}, [text_file("1", "copy"), two]) == keys[0]


def test_the_key_depends_on_the_format(text_file, monkeypatch):
    before = cache.content_key({}, [])
    monkeypatch.setattr(cache, "FORMAT", cache.FORMAT + 1)
    assert cache.content_key({}, []) != before
