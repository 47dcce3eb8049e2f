"""Rows from a memory for words are those of `createMatrices`."""

import pytest

from util.corpus.indexer import Indexer
from util.features import CASING, addCasingInformation, addCharInformation
from util.preprocessing import UnseenValue, createMatrices

ALPHABET = dict(zip(["PADDING", "UNKNOWN", *"abcdeü1.A"], range(11)))
MAPPINGS = {
    "POS": {"O": 0, "NN": 1},
    "tokens": {"PADDING_TOKEN": 0, "UNKNOWN_TOKEN": 1, "abc": 2, "00": 3, "über": 4},
    "casing": CASING,
    "characters": ALPHABET,
    "missing": {"x": 0},
}
SENTENCES = [
    {"tokens": ["abc", "ABC", "x", "12", "abc"], "POS": ["NN", "O", "VB", "NN", "O"]},
    {"tokens": ["über"], "POS": ["NN"]},
    {"tokens": []},
    {"tokens": ["u\u0308", "", "a.1", "abc"], "characters": ["told", "otherwise"]},
]


def plain(sentences, mappings):
    sentences = [dict(sentence) for sentence in sentences]
    addCharInformation(sentences)
    addCasingInformation(sentences)
    return createMatrices(sentences, mappings)


@pytest.mark.parametrize("most", [0, 3, 100])
@pytest.mark.parametrize("left_out", [None, "casing", "characters", "POS"])
def test_rows_are_those_without_a_memory(most, left_out):
    mappings = {name: m for name, m in MAPPINGS.items() if name != left_out}
    indexer = Indexer(mappings, most)
    for _ in range(3):
        assert indexer.rows(SENTENCES) == plain(SENTENCES, mappings)


def test_a_casing_that_a_model_lacks_is_remembered_as_such():
    mappings = {"casing": {"PADDING": 0, "allLower": 1}}
    (row,) = Indexer(mappings).rows([{"tokens": ["A1b", "a"]}])
    assert isinstance(row["casing"][0], UnseenValue) and row["casing"] == [2, 1]
    assert row["casing"][0].value == "initialUpper"


def test_what_is_no_sentence_is_told():
    with pytest.raises(ValueError, match="must be a dictionary with a list of words"):
        Indexer(MAPPINGS).rows([{"tokens": "abc"}])
