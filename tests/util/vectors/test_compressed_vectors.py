"""The same vectors in every package."""

import gzip
import lzma
import zipfile
from pathlib import Path

import numpy as np
import pytest
from binaries import fasttext, vectors_of, word2vec

from util.WordEmbeddings import read_vectors

TEXT = b"the 0.5 1 -2\nend 3 4 5e-1\n"
WORDS = ["the", "end", "of"]


def zipped(path, *members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return str(path)


def packed(folder, kind, data, name="v"):
    path = folder / f"{name}{kind}"
    if kind == ".zip":
        folders = [("__MACOSX/._v", b"x"), ("dir/", b"")]
        return zipped(path, *folders, ("dir/v.txt", data))
    pack = {".gz": gzip.compress, ".xz": lzma.compress}.get(kind, bytes)
    path.write_bytes(pack(data))
    return str(path)


@pytest.mark.parametrize("kind", ["", ".gz", ".xz", ".zip"])
@pytest.mark.parametrize("form", ["text", "word2vec", "fastText"])
def test_every_form_is_read_from_every_package(tmp_path, kind, form):
    vectors = vectors_of(WORDS, 5)
    data, expected = word2vec(vectors), np.stack(list(vectors.values()))
    if form == "fastText":
        data, expected = fasttext(WORDS, 5)
    elif form == "text":
        rows = (f"{w} {' '.join(map(repr, v.tolist()))}\n" for w, v in vectors.items())
        data = "".join(rows).encode()
    path = packed(tmp_path, kind, data)
    vocabulary, matrix = read_vectors(path)
    assert list(vocabulary)[2:] == WORDS
    np.testing.assert_allclose(matrix[2:], expected, rtol=1e-5, atol=1e-7)
    vocabulary, matrix = read_vectors(path, {"end", "none"})
    assert list(vocabulary)[2:] == ["end"]
    np.testing.assert_allclose(matrix[2], expected[1], rtol=1e-5, atol=1e-7)
    assert matrix.dtype == np.float32


def test_the_beginning_tells_more_than_the_name(tmp_path):
    path = packed(tmp_path, ".gz", TEXT)
    other = Path(path).rename(tmp_path / "vectors.txt")
    assert len(read_vectors(str(other))[0]) == 4
    (tmp_path / "pk.txt").write_bytes(b"PK 1 2\nend 3 4\n")
    assert list(read_vectors(str(tmp_path / "pk.txt"))[0])[2:] == ["PK", "end"]


@pytest.mark.parametrize("kind", [".gz", ".xz", ".zip"])
@pytest.mark.parametrize("damage", ["cut", "none", "garbage"])
def test_damage_names_the_file(tmp_path, kind, damage):
    noise = np.random.default_rng(1).bytes(5000).hex().encode()
    path = packed(tmp_path, kind, TEXT + b"word " + noise)
    data = Path(path).read_bytes()
    half = len(data) // 2
    data = {"cut": data[:half], "none": TEXT, "garbage": data[:half] + b"x" * half}
    Path(path).write_bytes(data[damage])
    with pytest.raises(ValueError, match="damaged (gzip|xz|zip) file") as error:
        read_vectors(path)
    assert str(error.value).startswith(path)


@pytest.mark.parametrize("names", [(), ("a.50d.txt", "b.100d.txt")])
def test_an_archive_of_several_files_is_refused(tmp_path, names):
    path = zipped(tmp_path / "v.zip", *((name, TEXT) for name in names))
    with pytest.raises(ValueError, match=f"v.zip: holds {len(names)} files") as error:
        read_vectors(path)
    assert all(name in str(error.value) for name in names)


def test_an_archive_with_a_password_is_refused(tmp_path):
    path = Path(zipped(tmp_path / "v.zip", ("v.txt", TEXT)))
    data = bytearray(path.read_bytes())
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    with pytest.raises(ValueError, match="password.*Unpack it"):
        read_vectors(str(path))


def test_a_folder_and_a_missing_file_are_named(tmp_path):
    for path in (tmp_path, tmp_path / "none.txt"):
        with pytest.raises(OSError) as error:
            read_vectors(str(path))
        assert error.value.filename == str(path)
