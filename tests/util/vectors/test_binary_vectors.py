"""word2vec's and fastText's binary files."""

import gzip
import logging
import tracemalloc

import numpy as np
import pytest
from binaries import fasttext, hashed, ngrams, vectors_of, word2vec

from util.preprocessing import loadDatasetPickle, perpareDataset
from util.vectors.subwords import subword_rows
from util.WordEmbeddings import read_vectors

WORDS = ["</s>", "the", "a", "Zürich", "東京", "naïve", "x\u0301y", "🙂", "word-" * 9]


def read(text_file, data, wanted=None, name="v.bin"):
    return read_vectors(text_file(data, name), wanted)


# ------------------------------------------------------------------------ word2vec


@pytest.mark.parametrize("newline", [b"", b"\n"])
@pytest.mark.parametrize("size", [1, 3, 100])
def test_word2vec_is_read(text_file, newline, size):
    vectors = vectors_of([*WORDS, "New York"], size)
    del vectors["New York"]  # a blank ends a word there
    vocabulary, matrix = read(text_file, word2vec(vectors, newline))
    assert list(vocabulary)[2:] == WORDS
    assert np.array_equal(matrix[2:], np.stack(list(vectors.values())))


def test_word2vec_larger_than_a_block_is_read(text_file):
    vectors = vectors_of([f"w{i}" for i in range(5000)], 100)
    data = word2vec(vectors)
    assert len(data) > 1 << 20
    vocabulary, matrix = read(text_file, data)
    assert np.array_equal(matrix[2:], np.stack(list(vectors.values())))
    _, matrix = read(text_file, data, {"w4999"})
    assert np.array_equal(matrix[2], vectors["w4999"])


@pytest.mark.parametrize(
    "text",
    [
        "2 2\nthe 1 2\nend 3 4\n",
        "2 2\nNew York 1 2\nend 3 4\n",
        "2 2\nÄrger Ö 1 2\nend 3 4\n",
        "2 2\nthe\t1\t2\nend\t3\t4\n",
        "2 2\nthe nan 2\nend 3 4\nof 3 4\na 1 2\n",
    ],
)
def test_text_with_a_header_is_no_binary_file(text_file, text):
    vocabulary, matrix = read(text_file, text)
    assert matrix[vocabulary["end"]].tolist() == [3, 4]


@pytest.mark.parametrize(
    "data",
    [
        word2vec(vectors_of(WORDS, 50))[:-70],
        word2vec(vectors_of(WORDS, 50), count=10**15),
        word2vec(vectors_of(WORDS, 50), size=99_999),
        word2vec(vectors_of(WORDS, 50), size=10**17),
        word2vec(vectors_of(WORDS, 50), count=0),
        b"5 50\n" + b"\xff\0" * 70_000,
    ],
    ids=["cut", "many words", "many numbers", "absurd", "none", "no word"],
)
@pytest.mark.parametrize("packed", [False, True])
def test_bad_word2vec_files_end_in_one_line(text_file, data, packed):
    path = text_file(gzip.compress(data) if packed else data, "v.bin")
    with pytest.raises(ValueError) as error:
        read_vectors(path)
    assert str(error.value).startswith(path) and "\n" not in str(error.value)


def test_words_are_counted_where_there_are_no_lines(text_file, caplog):
    vectors = vectors_of(WORDS, 4)
    vectors["a"][1], vectors["🙂"][0] = np.nan, np.inf
    data = word2vec(vectors).replace("東京".encode(), b"the")
    with caplog.at_level(logging.INFO):
        vocabulary, _ = read(text_file, data)
    assert len(vocabulary) == 2 + 6
    (text,) = caplog.messages
    assert "3 words were left out: words 3, 8 (not finite), word 5 (duplic" in text


# ------------------------------------------------------------------------ fastText


@pytest.mark.parametrize(
    "least, most, buckets",
    [(3, 6, 50), (5, 5, 2_000), (1, 2, 7), (1, 1, 9), (2, 9, 1), (0, 0, 0), (3, 2, 5)],
)
def test_a_vector_is_the_mean_of_the_rows_of_word_and_ngrams(
    text_file, least, most, buckets
):
    data, expected = fasttext(WORDS, 7, least, most, buckets)
    vocabulary, matrix = read(text_file, data)
    assert list(vocabulary)[2:] == WORDS
    np.testing.assert_allclose(matrix[2:], expected, rtol=1e-4, atol=1e-6)


def test_ngrams_are_those_of_the_tool():
    owner, rows = subword_rows([word.encode() for word in WORDS], 1, 6, 2_000_000)
    for number, word in enumerate(WORDS):
        assert sorted(rows[owner == number]) == sorted(ngrams(word, 1, 6, 2_000_000))
    assert list(owner) == sorted(owner)
    assert len(subword_rows([], 3, 6, 9)[0]) == 0


def test_a_known_hash():
    """FNV-1a's published value for `foobar`, which has no byte above 127."""
    assert hashed("foobar") == 0xBF9CF968


def test_fasttext_words_in_several_blocks_are_read(text_file):
    words = [f"word{i}" for i in range(2000)]
    data, expected = fasttext(words, 3)
    vocabulary, matrix = read(text_file, data)
    assert list(vocabulary)[2:] == words
    np.testing.assert_allclose(matrix[2:], expected, rtol=1e-4, atol=1e-6)
    _, matrix = read(text_file, data, {"word1999"})
    np.testing.assert_allclose(matrix[2], expected[1999], rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    "changed, said",
    [
        ({"model": 3, "labels": ["__label__x"]}, "supervised fastText model"),
        ({"quantised": True}, "quantised fastText model"),
        ({"pruned": 0}, "quantised fastText model"),
        ({"pruned": 10**12}, "quantised fastText model"),
        ({"version": 13}, "version 13"),
        ({"entries": 2**31 - 1}, "ends early"),
        ({"rows": 2**60}, "promises|sizes|ends early|room for"),
        ({"rows": 3}, "sizes do not fit"),
        ({"width": 2**31 - 1}, "numbers"),
        ({"maxn": 2**31 - 1}, "sizes do not fit"),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_other_fasttext_models_are_refused_in_one_line(
    text_file, changed, said, packed
):
    data, _ = fasttext(WORDS, 7, **changed)
    path = text_file(gzip.compress(data) if packed else data, "v.bin")
    with pytest.raises(ValueError, match=said) as error:
        read_vectors(path)
    assert str(error.value).startswith(path) and "\n" not in str(error.value)


@pytest.mark.parametrize("share", [0.01, 0.2, 0.5, 0.99])
def test_a_fasttext_model_that_is_cut_off_is_refused(text_file, share):
    data, _ = fasttext(WORDS, 7)
    path = text_file(data[: int(share * len(data))], "v.bin")
    with pytest.raises(ValueError) as error:
        read_vectors(path)
    assert str(error.value).startswith(path)


@pytest.mark.parametrize("reduce", [False, True])
def test_training_data_are_prepared_with_them(text_file, workdir, reduce):
    words = [*WORDS, "Rome"]
    data, expected = fasttext(words, 7)
    path = text_file(data, "cc.bin")
    text_file("Rome\tNN\n東京\tNN\n\n", "x/train.txt")
    dataset = {"columns": {0: "tokens", 1: "POS"}, "label": "POS", "path": "x"}
    pickle = perpareDataset(path, {"x": dataset}, 50, reduce)
    vectors, mappings, _ = loadDatasetPickle(pickle)
    found = vectors[mappings["tokens"]["東京"]]
    np.testing.assert_allclose(found, expected[4], rtol=1e-4, atol=1e-6)
    assert len(vectors) == 2 + (2 if reduce else len(words))


def test_memory_does_not_grow_with_the_file(text_file):
    words = [f"w{i}" for i in range(20_000)]
    vectors = dict.fromkeys(words, np.ones(100, "<f4"))
    files = [word2vec(vectors), fasttext(words[:200], 100, buckets=20_000)[0]]
    for data in files:
        path = text_file(data, "v.bin")
        tracemalloc.start()
        read_vectors(path, {"w7", "w99"})
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 5_000_000 < len(data)
