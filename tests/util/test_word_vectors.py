import gzip
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from util.WordEmbeddings import random_vector, read_vectors, word_index, wordNormalize

ROOT = Path(__file__).parents[2]
VECTORS = "the 0.5 1 -2\nend 3 4 5e-1\n"


@pytest.mark.parametrize(
    ("word", "form"),
    [
        ("The", "the"),
        ("ÄRGER", "ärger"),
        ("x--y", "x-y"),
        ("---", "--"),
        ('""', '"'),
        ('"""x"', '"x"'),
        ("2017-05-30", "DATE_TOKEN"),
        ("on2017-05-30T12:45:10", "onDATE_TOKENtTIME_TOKEN"),
        ("12:45", "TIME_TOKEN"),
        ("12:45:10:1", "TIME_TOKEN:NUMBER_TOKEN"),
        ("1:45", "NUMBER_TOKEN:NUMBER_TOKEN"),
        ("1,200.50", "NUMBER_TOKEN"),
        (".", "NUMBER_TOKEN"),
        ("...,", "NUMBER_TOKEN"),
        ("U.S.", "uNUMBER_TOKENsNUMBER_TOKEN"),
        ("3rd", "NUMBER_TOKENrd"),
        ("٣", "٣"),
        ("", ""),
        # The order matters: `--` goes before dates are sought, dates before numbers.
        ("2017--05--30", "DATE_TOKEN"),
        ("2017-05-3", "NUMBER_TOKEN-NUMBER_TOKEN-NUMBER_TOKEN"),
    ],
)
def test_normal_forms(word, form):
    assert wordNormalize(word) == form


def test_a_word_is_sought_as_written_then_lower_cased_then_normalised():
    vocabulary = {"PADDING_TOKEN": 0, "UNKNOWN_TOKEN": 1, "NUMBER_TOKENrd": 2}
    assert word_index("3RD", vocabulary) == 2
    vocabulary["3rd"] = 3
    assert word_index("3RD", vocabulary) == 3
    vocabulary["3RD"] = 4
    assert word_index("3RD", vocabulary) == 4
    assert word_index("nothing", vocabulary) == 1
    assert word_index("PADDING_TOKEN", vocabulary) == 1


@pytest.mark.parametrize(
    ("word", "known"),
    [
        ("fu\u0308r", "f\u00fcr"),
        ("FU\u0308R", "f\u00fcr"),
        ("U\u0308bung", "\u00dcbung"),
        ("U\u0308bung-12", "\u00fcbung-NUMBER_TOKEN"),
        ("\u212b", "\u00c5"),  # the sign for an angstrom
        ("\u1112\u1161\u11ab", "\ud55c"),  # Hangul, letter by letter
        ("q\u0307\u0323", "q\u0323\u0307"),  # two marks in the other order
    ],
)
def test_a_word_is_sought_composed_at_last(word, known):
    vocabulary = {"PADDING_TOKEN": 0, "UNKNOWN_TOKEN": 1, known: 2}
    assert word_index(word, vocabulary) == 2
    vocabulary[wordNormalize(word)] = 3
    assert word_index(word, vocabulary) == 3
    assert word_index("fur", vocabulary) == 1


def expect_vectors(path):
    vocabulary, matrix = read_vectors(path)
    assert vocabulary == {"PADDING_TOKEN": 0, "UNKNOWN_TOKEN": 1, "the": 2, "end": 3}
    assert matrix.dtype == np.float32
    assert matrix[[0, 2, 3]].tolist() == [[0, 0, 0], [0.5, 1, -2], [3, 4, 0.5]]
    assert matrix[1].tolist() == random_vector("UNKNOWN_TOKEN", 3).tolist()


@pytest.mark.parametrize(
    "content",
    [
        VECTORS,
        "2 3\n" + VECTORS,
        VECTORS.replace("\n", " \r\n"),
        VECTORS.replace(" ", "\t"),
        VECTORS + "\n\n",
        "\ufeff2 3\n" + VECTORS,
        "\ufeff" + VECTORS,
    ],
    ids=["plain", "header", "CRLF", "tabs", "blank lines", "BOM and header", "BOM"],
)
def test_vectors_are_read(text_file, content):
    expect_vectors(text_file(content, "vectors.txt"))


def test_compressed_vectors_are_read(text_file):
    content = gzip.compress(("2 3\n" + VECTORS).encode())
    expect_vectors(text_file(content, "vectors.txt.gz"))


def test_a_word_that_is_a_number_is_no_header(text_file):
    vocabulary, matrix = read_vectors(text_file("7 1 2\n8 3 4\n"))
    assert (vocabulary["7"], matrix.shape) == (2, (4, 2))


@pytest.mark.parametrize(
    "content",
    [gzip.compress(VECTORS.encode() * 99)[:-12], b"the 1 2\n", b"\x1f\x8b" + b"x" * 30],
    ids=["cut off", "not compressed", "garbage"],
)
def test_a_damaged_gzip_file_is_an_error_that_names_it(text_file, content):
    path = text_file(content, "vectors.gz")
    with pytest.raises(ValueError, match="damaged gzip file") as error:
        read_vectors(path)
    assert str(error.value).startswith(path)


@pytest.mark.parametrize("content", ["", "\n\n", "400 300\n"])
def test_a_file_without_vectors_is_an_error(text_file, content):
    with pytest.raises(ValueError, match="holds no word vectors"):
        read_vectors(text_file(content))


@pytest.mark.parametrize("word", ["New York", ". . .", "at 5"])
@pytest.mark.parametrize("only_wanted", [False, True])
def test_words_with_blanks_are_read(text_file, word, only_wanted):
    first = word.split(" ")[0]
    path = text_file(VECTORS + f"{first} 4 5 6\n{word} 7 8 9\n")
    vocabulary, matrix = read_vectors(path, {word} if only_wanted else None)
    assert matrix[vocabulary[word]].tolist() == [7, 8, 9]
    assert len(vocabulary) == (3 if only_wanted else 6)


@pytest.mark.parametrize("header", ["", "3 3\n"])
@pytest.mark.parametrize("word", ["New York", ". . .", "a b c d"])
@pytest.mark.parametrize("second", ["the", "Los Angeles"])
def test_the_first_word_may_hold_blanks(text_file, header, word, second):
    path = text_file(f"{header}{word} 7 8 9\n{second} 1 2 3\n. . 4 5 6\n")
    vocabulary, matrix = read_vectors(path)
    assert list(vocabulary)[2:] == [word, second, ". ."]
    assert matrix[2:].tolist() == [[7, 8, 9], [1, 2, 3], [4, 5, 6]]


def test_the_first_word_may_look_like_numbers_if_a_header_tells(text_file):
    path = text_file("2 2\n1 000 7 8\nthe 1 2\n")
    assert list(read_vectors(path)[0])[2:] == ["1 000", "the"]
    with pytest.raises(ValueError, match=":2: expected a word and 3 numbers"):
        read_vectors(text_file("1 000 7 8\nthe 1 2\n"))


@pytest.mark.parametrize("first", ["the 0.5 x 2", "the 0.5 1", "the x"])
@pytest.mark.parametrize("header", ["", "3 9\n"])
def test_a_damaged_first_line_does_not_decide(text_file, header, first):
    path = text_file(f"{header}{first}\nend 3 4 5\nof 4 5 6\n")
    vocabulary, matrix = read_vectors(path)
    assert list(vocabulary)[2:] == ["end", "of"]
    assert matrix[2:].tolist() == [[3, 4, 5], [4, 5, 6]]


def test_the_first_of_equal_words_counts(text_file):
    vocabulary, matrix = read_vectors(text_file(VECTORS + "the 7 8 9\n"))
    assert len(matrix) == len(vocabulary) == 4
    assert matrix[vocabulary["the"]].tolist() == [0.5, 1, -2]


def test_only_wanted_words_are_kept(text_file):
    vocabulary, matrix = read_vectors(text_file(VECTORS), {"end", "other"})
    assert vocabulary == {"PADDING_TOKEN": 0, "UNKNOWN_TOKEN": 1, "end": 2}
    assert matrix[2].tolist() == [3, 4, 0.5]


def test_random_vectors_are_uniform_and_differ_by_word():
    vector = random_vector("word", 2000)
    assert vector.dtype == np.float32
    assert -0.25 <= vector.min() < -0.24
    assert 0.24 < vector.max() <= 0.25
    assert abs(vector.mean()) < 0.02
    assert not np.array_equal(vector, random_vector("other", 2000))


def test_random_vectors_are_the_same_in_another_process():
    code = (
        "from util.WordEmbeddings import random_vector; "
        "print(random_vector('Öl', 4).tobytes().hex())"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "7"}
    output = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert output.strip() == random_vector("Öl", 4).tobytes().hex()
