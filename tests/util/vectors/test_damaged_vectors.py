"""Bytes changed, left out and put in at random: vectors, or an error with the file."""

import gzip
import io
import lzma
import random
import zipfile

import numpy as np
import pytest
from binaries import fasttext, vectors_of, word2vec

from util.WordEmbeddings import read_vectors

WORDS = ["</s>", "the", "a", "Zürich", "東京", "🙂"]
MODEL, _ = fasttext(WORDS, 5)


def archive():
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("v.txt", b"the 1 2\nend 3 4\n" * 50)
    return data.getvalue()


WHOLE = {
    "word2vec": word2vec(vectors_of(WORDS, 5)),
    "fastText": MODEL,
    "fastText of short n-grams": fasttext(WORDS, 3, 1, 2, 5)[0],
    "zip": archive(),
    "gzip": gzip.compress(MODEL),
    "xz": lzma.compress(MODEL),
}


def damage(data, draw):
    data = bytearray(data)
    for _ in range(draw.choice([1, 1, 2, 4])):
        # Sizes stand at the beginning.
        at = draw.randrange(draw.choice([min(len(data), 120), len(data)]) or 1)
        some = bytes(draw.randrange(256) for _ in range(draw.randrange(1, 9)))
        what = draw.random()
        if what < 0.5:
            data[at : at + 1] = bytes([draw.choice([0, 1, 255, 127, 128, 32, 10])])
        elif what < 0.7:
            del data[at : at + len(some)]
        elif what < 0.9:
            data[at:at] = some
        else:
            del data[at:]
    return bytes(data)


@pytest.mark.filterwarnings("error::RuntimeWarning")
@pytest.mark.parametrize("kind", WHOLE)
def test_damage_ends_in_vectors_or_in_one_line(tmp_path, kind):
    draw = random.Random(kind)
    path = tmp_path / "damaged.bin"
    for _ in range(150):
        path.write_bytes(damage(WHOLE[kind], draw))
        try:
            vocabulary, vectors = read_vectors(str(path))
        except ValueError as error:
            assert "damaged.bin" in str(error) and "\n" not in str(error)
        else:
            assert len(vocabulary) == len(vectors) and np.isfinite(vectors).all()


def test_an_archive_that_points_outside_of_itself(tmp_path):
    data = bytearray(WHOLE["zip"])
    at = data.index(b"PK\x05\x06") + 16  # where the list of files begins
    data[at : at + 4] = b"\xff\xff\xff\x7f"
    (tmp_path / "v.zip").write_bytes(data)
    with pytest.raises(ValueError, match="v.zip"):
        read_vectors(str(tmp_path / "v.zip"))
