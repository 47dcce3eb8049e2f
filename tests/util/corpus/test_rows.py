"""Rows as arrays against the rows of `createMatrices`."""

import numpy as np
import pytest

from util.corpus import cache, columns, prepared
from util.corpus.rows import Rows, Texts
from util.features import addCasingInformation, addCharInformation
from util.preprocessing import createMatrices, loadDatasetPickle, perpareDataset

TRAIN = "Öl NN B-X\nflows VB O\n\nStop VB O\n\nÖl NN B-Y\nflows VB I-Y\nnow RB O\n"
DEV = "Now RB\n12 CD\n"  # without labels, and with values that training lacks
SENTENCES = [
    {"tokens": ["Öl", "flows"], "POS": ["NN", "VB"], "NER_BIO": ["B-X", "O"]},
    {"tokens": ["Stop"], "POS": ["VB"], "NER_BIO": ["O"]},
    {
        "tokens": ["Öl", "flows", "now"],
        "POS": ["NN", "VB", "RB"],
        "NER_BIO": ["B-Y", "I-Y", "O"],
    },
]


@pytest.fixture(params=[True, False], ids=["padded", "not padded"])
def path(request, text_file, tmp_path, monkeypatch):
    """Prepared data, of which all rows come as arrays, in small blocks."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(prepared, "MOST_IN_LISTS", 0)
    monkeypatch.setattr(columns, "_BLOCK", 2)
    text_file(TRAIN, "data/toy/train.txt")
    text_file(DEV, "data/toy/dev.txt")
    names = {0: "tokens", 1: "POS", 2: "NER_BIO"}
    dataset = {"columns": names, "label": "NER_BIO"}
    return perpareDataset(None, {"toy": dataset}, padOneTokenSentence=request.param)


def expected(path, sentences):
    _, mappings, data = loadDatasetPickle(path)
    addCharInformation(sentences)
    addCasingInformation(sentences)
    padded = len(data["toy"]["trainMatrix"][1]["tokens"]) == 2
    named = [column for column in mappings if column in sentences[0]]
    return createMatrices(sentences, {c: mappings[c] for c in named}, padded), named


def test_rows_are_those_of_create_matrices(path):
    rows = loadDatasetPickle(path)[2]["toy"]["trainMatrix"]
    assert isinstance(rows, Rows) and len(rows) == 3
    there, named = expected(path, [dict(sentence) for sentence in SENTENCES])
    for row, other in zip(rows, there):
        assert type(row) is dict
        assert {name: row[name] for name in ["raw_tokens", *named]} == other
        assert all(type(index) is int for index in row["tokens"])
    derived = {"NER_class", "NER_IOB", "NER_IOBES"}
    assert rows[2].keys() == {"raw_tokens", *named, *derived}


def test_rows_are_a_sequence(path):
    rows = loadDatasetPickle(path)[2]["toy"]["trainMatrix"]
    whole = list(rows)
    assert rows == whole and rows != whole[:2] and whole == rows
    assert [rows[n] for n in (-1, 0, np.int64(1))] == [whole[-1], whole[0], whole[1]]
    assert rows[1:] == whole[1:] and rows[::-2] == whole[::-2] and rows[2:1] == []
    assert list(Texts(rows)) == [row["raw_tokens"] for row in whole]
    assert Texts(rows)[2] == whole[2]["raw_tokens"]
    fewer = rows.select(["POS", "none"])
    assert fewer == [
        {name: row[name] for name in ("raw_tokens", "POS")} for row in rows
    ]
    with pytest.raises(IndexError):
        rows[3]


def test_a_split_that_lacks_labels_or_is_missing(path):
    splits = loadDatasetPickle(path)[2]["toy"]
    [row] = splits["devMatrix"]
    assert row["NER_BIO"] == row["NER_class"] == []
    assert (row["POS"], row["tokens"]) == ([2, 3], [5, 1])
    assert splits["testMatrix"] == [] and not splits["testMatrix"]


def test_few_rows_come_as_lists_that_may_be_changed(path, monkeypatch):
    arrays = loadDatasetPickle(path)[2]["toy"]["trainMatrix"]
    monkeypatch.setattr(prepared, "MOST_IN_LISTS", 10_000)
    rows = loadDatasetPickle(path)[2]["toy"]["trainMatrix"]
    assert type(rows) is list and rows == arrays
    rows[0]["tokens"][0] = 1
    assert rows[0]["tokens"][0] == 1


# Damaged contents, under a right checksum


def change(path, edit):
    content = cache.load(path)
    content = {
        name: np.array(value) if isinstance(value, np.ndarray) else value
        for name, value in content.items()
    }
    edit(content)
    cache.store(path, content)
    with pytest.raises(ValueError, match=r"not a file of prepared data \(") as error:
        loadDatasetPickle(path)
    assert str(error.value).startswith(path) and "\n" not in str(error.value)
    return str(error.value)


def of_train(content, what):
    split = content["data"]["toy"]["trainMatrix"]
    return split["columns"].get(what) or split.get(what)


@pytest.mark.parametrize("what", ["words", "NER_BIO", "POS"])
@pytest.mark.parametrize("index", [200, -1])
def test_an_index_that_points_at_nothing(path, what, index):
    def edit(content):
        name = of_train(content, what)
        content[name] = content[name].astype(np.int16)
        content[name][-1] = index

    assert "an index points at nothing" in change(path, edit)


@pytest.mark.parametrize("what", ["tokens", "casing", "characters", "ends"])
def test_an_index_of_a_word_that_points_at_nothing(path, what):
    def edit(content):
        content[content["of_words"][what]][0] = 99

    assert "points at nothing" in change(path, edit)


@pytest.mark.parametrize(
    ("edit", "problem"),
    [
        (lambda c: c.pop("array 0"), "missing, or used twice"),
        (lambda c: c["of_words"].update(tokens=c["of_words"]["casing"]), "used twice"),
        (lambda c: c["of_words"].pop("ends"), "of_words"),
        (lambda c: c.update(words=c["words"][:-1]), "too long or too short"),
        (lambda c: c["words"].append(3), "no list of 'words'"),
        (lambda c: c.update(padded=1), "padded"),
        (lambda c: c["mappings"].pop("casing"), "casing"),
        (lambda c: c["mappings"].pop("POS"), "other columns"),
        (lambda c: c["mappings"].update(POS={"a": -1}), "'POS' has no indices"),
        (lambda c: c["data"]["toy"].update(trainMatrix=[]), "a split has no"),
        (lambda c: c["data"]["toy"].update(more={}), "has no splits"),
        (lambda c: c.update(data=[]), "no 'data'"),
        (lambda c: c.update({of_train(c, "POS"): np.zeros(5)}), "missing"),
        (lambda c: c.update({of_train(c, "POS"): np.zeros(5, int)}), "too short"),
        (lambda c: c[of_train(c, "lengths")].__setitem__(0, 9), "lengths"),
        (lambda c: c[c["of_words"]["ends"]].__setitem__(1, 0), "characters"),
    ],
)
def test_parts_that_do_not_fit_each_other(path, edit, problem):
    assert problem in change(path, edit)


def test_many_sentences_of_nothing_in_many_columns_take_no_memory(path, monkeypatch):
    monkeypatch.setattr(prepared, "MOST_IN_LISTS", 10_000_000)
    content = cache.load(path)
    many = {str(number): {} for number in range(2_000)}
    content["mappings"].update(many)
    lengths = np.zeros(100_000, np.uint8)
    lengths[:3] = content[of_train(content, "lengths")]
    content[of_train(content, "lengths")] = lengths
    cache.store("many.pkl", content)
    rows = loadDatasetPickle("many.pkl")[2]["toy"]["trainMatrix"]
    assert isinstance(rows, Rows)  # as lists they would be two hundred million
    assert len(rows[99_999]) == 1 + len(content["mappings"])
