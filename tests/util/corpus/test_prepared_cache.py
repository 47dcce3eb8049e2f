import hashlib
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
    with pytest.raises(ValueError, match="not a file of prepared data"):
        cache.load(str(path))
    assert not marker.exists()
    pickle.loads(path.read_bytes())  # the attack itself works
    assert marker.exists()


def test_builtins_are_refused_too(tmp_path):
    path = tmp_path / "evil.pkl"
    path.write_bytes(pickle.dumps(Evaluate()))
    with pytest.raises(ValueError, match="not a file of prepared data"):
        cache.load(str(path))


def test_objects_inside_an_array_are_refused(tmp_path):
    path = str(tmp_path / "data.pkl")
    with pytest.raises(TypeError, match="object is not stored"):
        cache.store(path, {"vectors": np.array([Shell("marker")], dtype=object)})
    cache.store(path, {"vectors": np.ones(1)})
    with pytest.raises(ValueError, match="an array of an unknown kind"):
        cache.load(edited(path, b'"<f8"', b'"|O8"'))


def edited(path, old, new):
    """Replace something in a file whose checksum is right afterwards, too."""
    with open(path, "rb") as file:
        body = file.read()[:-16]
    assert body.count(old) == 1
    body = body.replace(old, new)
    with open(path, "wb") as file:
        file.write(body + hashlib.blake2b(body).digest()[:16])
    return path


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (b"[9]", b"[8]", "longer than it says"),
        (b"[9]", b"[99999]", "of another size"),
        (b"[9]", b"[4611686018427387903, 4]", "of another size"),
        (b"[9]", b"[-1]", "of an unknown kind"),
        (b"[9]", b"[9.0]", "of an unknown kind"),
        (b'"<f8"', b'"<f3"', "of an unknown kind"),
        (b'"<f8"', b'"<b8"', "not a file"),
        (b'"arrays"', b'"others"', "not a file"),
        (b'"format": 5', b'"format": 4', "of this version"),
        (b'{"plain"', b'["plain"', "not a file"),
    ],
)
def test_a_header_that_does_not_fit_is_an_error(tmp_path, old, new, problem):
    path = str(tmp_path / "data.pkl")
    cache.store(path, {"a": [1, 2], "vectors": np.ones(9)})
    with open(path, "rb") as file:
        start = len(cache._MARK)
        size = int.from_bytes(file.read()[start : start + 8], "little")
    edited(path, old, new)
    if len(old) != len(new):
        grown = size + len(new) - len(old)
        edited(path, size.to_bytes(8, "little"), grown.to_bytes(8, "little"))
    with pytest.raises(ValueError, match=problem) as error:
        cache.load(path)
    assert str(error.value).startswith(path) and "\n" not in str(error.value)


def test_a_changed_byte_anywhere_is_an_error(tmp_path):
    path = tmp_path / "data.pkl"
    cache.store(str(path), {"a": [1, 2], "vectors": np.ones(3)})
    whole = path.read_bytes()
    for place in range(0, len(whole), 5):
        changed = bytes([whole[place] ^ 4])
        path.write_bytes(whole[:place] + changed + whole[place + 1 :])
        with pytest.raises(ValueError, match="not a file of prepared data"):
            cache.load(str(path))


def test_an_array_made_piece_by_piece_comes_back_as_a_whole(tmp_path):
    path = str(tmp_path / "data.pkl")
    pieces = np.arange(3), np.arange(3, 5)
    cache.store(path, {"x": cache.Pieces(np.dtype(np.uint8), (5,), pieces), "y": None})
    loaded = cache.load(path)
    assert loaded["x"].dtype == np.uint8 and loaded["x"].tolist() == list(range(5))
    with pytest.raises(ValueError, match="read-only"):
        loaded["x"][0] = 1


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
