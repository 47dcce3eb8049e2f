import errno
import logging
import os

import numpy as np
import pytest

from util import preprocessing
from util.corpus import cache
from util.preprocessing import (
    createMatrices,
    loadDatasetPickle,
    perpareDataset,
    prepareDataset,
    reindex,
)
from util.WordEmbeddings import random_vector

TRAIN = "Öl\tNN\tB-X\t1\nflows\tVB\tO\t1\n\nStop\tVB\tO\t2\n"
DEV = "The\tDT\tB-Y\t1\nend\tNN\tI-Y\t3\n"
TEST = "flows\tVB\tO\t1\n12\tCD\tB-X\t1\n"
VECTORS = "flows 1 2\nend 3 4\nöl 5 6\nstop 7 8\nnever 9 9\n"


@pytest.fixture
def toy(text_file, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for split, content in (("train", TRAIN), ("dev", DEV), ("test", TEST)):
        text_file(content, f"data/toy/{split}.txt")
    text_file(VECTORS, "vectors.txt")
    return {
        "toy": {
            "columns": {0: "tokens", 1: "POS", 2: "NER_BIO"},
            "label": "NER_BIO",
            "evaluate": True,
            "commentSymbol": None,
        }
    }


def taken(workdir, monkeypatch):
    (workdir / "pkl").write_text("a file", "utf-8")  # in place of a folder


def read_only(workdir, monkeypatch):
    def fail(dir):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(dir))

    monkeypatch.setattr(cache.tempfile, "TemporaryFile", fail)


def forbidden(workdir, monkeypatch):
    def fail(path, exist_ok):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)

    monkeypatch.setattr(cache.os, "makedirs", fail)


@pytest.mark.parametrize("elsewhere", [None, "out"])
@pytest.mark.parametrize("prevent", [taken, read_only, forbidden])
def test_prepared_data_go_where_they_can_be_written(
    toy, tmp_path, monkeypatch, caplog, prevent, elsewhere
):
    """Root sees no permissions, so other things stand for them."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "caches"))
    with monkeypatch.context() as inner:
        prevent(tmp_path, inner)
        name = cache.place("name.pkl", elsewhere)
    folder = str(tmp_path / (elsewhere or "caches/tagger/pkl"))
    assert os.path.abspath(name) == os.path.join(folder, "name.pkl")
    assert len(caplog.messages) == 1 and folder in caplog.text
    if prevent is taken:
        path = perpareDataset(None, toy, elsewhere=elsewhere)
        assert os.path.dirname(os.path.abspath(path)) == folder
        loadDatasetPickle(path)
        caplog.clear()
        with caplog.at_level(logging.INFO):
            assert perpareDataset(None, toy, elsewhere=elsewhere) == path
        assert caplog.messages == [f"Prepared data found: {path}"]


def test_prepared_data_of_somebody_else_are_read(toy, monkeypatch):
    path = perpareDataset(None, toy)
    read_only(None, monkeypatch)
    assert perpareDataset(None, toy, elsewhere="out") == path


def test_a_full_disk_is_told_as_such(tmp_path, monkeypatch):
    def fail(dir):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(dir))

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(cache.tempfile, "TemporaryFile", fail)
    assert cache.place("x", "out") == os.path.join("pkl", "x")


def train_words(text_file, words):
    text_file(
        "".join(f"{word}\tNN\tO\n\n" for word in words.split()), "data/toy/train.txt"
    )


# The cache


def test_all_arguments_work_by_position_and_by_keyword(toy):
    by_position = perpareDataset("vectors.txt", toy, 5, True, None, False)
    by_keyword = prepareDataset(
        embeddingsPath="vectors.txt",
        datasets=toy,
        frequencyThresholdUnknownTokens=5,
        reducePretrainedEmbeddings=True,
        valTransformations=None,
        padOneTokenSentence=False,
    )
    assert by_position == by_keyword
    assert os.path.dirname(by_position) == "pkl"
    assert perpareDataset(None, toy) == perpareDataset(None, toy, 50, False, None, True)


def test_a_second_call_reads_nothing_again(toy, monkeypatch):
    path = perpareDataset("vectors.txt", toy)
    monkeypatch.setattr(preprocessing, "read_split", None)
    monkeypatch.setattr(preprocessing, "read_vectors", None)
    assert perpareDataset("vectors.txt", toy) == path
    toy["toy"]["evaluate"] = False  # decides nothing about the data
    assert perpareDataset("vectors.txt", toy) == path


def test_the_same_data_give_the_same_bytes(toy):
    path = perpareDataset("vectors.txt", toy, 1)
    with open(path, "rb") as file:
        before = file.read()
    os.unlink(path)
    with open(perpareDataset("vectors.txt", toy, 1), "rb") as file:
        assert file.read() == before


@pytest.mark.parametrize("split", ["train", "dev", "test"])
def test_changed_contents_are_prepared_anew(toy, text_file, split):
    before = perpareDataset(None, toy)
    text_file("new\tNN\tO\n", f"data/toy/{split}.txt")
    after = perpareDataset(None, toy)
    assert after != before
    [row] = loadDatasetPickle(after)[2]["toy"][f"{split}Matrix"]
    assert row["raw_tokens"] == ["new"]


def test_a_split_more_or_less_is_prepared_anew(toy):
    before = perpareDataset(None, toy)
    os.rename("data/toy/dev.txt", "kept.txt")
    without = perpareDataset(None, toy)
    os.rename("data/toy/test.txt", "data/toy/dev.txt")
    assert len({before, without, perpareDataset(None, toy)}) == 3
    assert loadDatasetPickle(without)[2]["toy"]["devMatrix"] == []


@pytest.mark.parametrize(
    "change",
    [
        {"columns": {0: "tokens", 1: "POS", 2: "NER_BIO", 3: "more"}},
        {"columns": {0: "tokens", 1: "tag", 2: "NER_BIO"}},
        {"columns": {0: "tokens", 3: "POS", 2: "NER_BIO"}},
        {"label": "POS"},
        {"commentSymbol": "#"},
        {"files": {"train": "dev.txt", "dev": "train.txt"}},
    ],
    ids=["more columns", "name", "index", "label", "comments", "files"],
)
def test_another_definition_is_prepared_anew(toy, change):
    before = perpareDataset(None, toy)
    toy["toy"].update(change)
    assert perpareDataset(None, toy) != before


@pytest.mark.parametrize(
    "name", ["../a/b", "\u540d\u524d" * 99, "x\ud800", ""], ids=ascii
)
def test_a_data_set_may_have_any_name(toy, text_file, name):
    datasets = {name: {**toy["toy"], "path": "data/toy"}}
    vectors = text_file(VECTORS, "\u540d" * 80 + ".txt")
    path = perpareDataset(vectors, datasets)
    assert os.path.dirname(path) == "pkl"
    assert list(loadDatasetPickle(path)[2]) == [name]


def test_another_name_is_prepared_anew(toy):
    path = perpareDataset(None, {"a": {**toy["toy"], "path": "data/toy"}})
    assert set(loadDatasetPickle(path)[2]) == {"a"}
    path = perpareDataset(None, {"b": {**toy["toy"], "path": "data/toy"}})
    assert set(loadDatasetPickle(path)[2]) == {"b"}


@pytest.mark.parametrize(
    "options",
    [
        {"frequencyThresholdUnknownTokens": 1},
        {"frequencyThresholdUnknownTokens": None},
        {"reducePretrainedEmbeddings": True},
        {"padOneTokenSentence": False},
        {"embeddingsPath": None},
    ],
    ids=lambda options: next(iter(options)),
)
def test_other_options_are_prepared_anew(toy, options):
    arguments = {"embeddingsPath": "vectors.txt", "datasets": toy}
    assert perpareDataset(**arguments) != perpareDataset(**{**arguments, **options})


def test_other_vectors_are_prepared_anew(toy, text_file):
    before = perpareDataset("vectors.txt", toy)
    text_file(VECTORS.replace("flows 1", "flows 9"), "vectors.txt")
    after = perpareDataset("vectors.txt", toy)
    assert after != before
    embeddings, mappings, _ = loadDatasetPickle(after)
    assert embeddings[mappings["tokens"]["flows"]].tolist() == [9, 2]


def test_a_transformation_is_always_applied_anew(toy):
    def labels(transform):
        mappings = loadDatasetPickle(perpareDataset(None, toy, 50, False, transform))[1]
        return set(mappings["NER_BIO"])

    plain = perpareDataset(None, toy)
    assert labels(lambda column, value, row: value.replace("X", "A")) >= {"B-A"}
    assert labels(lambda column, value, row: value.replace("X", "B")) >= {"B-B"}
    assert perpareDataset(None, toy) == plain
    assert "B-X" in loadDatasetPickle(plain)[1]["NER_BIO"]


@pytest.mark.parametrize("content", [{}, {"data": {}}, {"mappings": {}, "data": {}}])
def test_a_pickle_of_other_things_is_an_error(tmp_path, content):
    path = str(tmp_path / "x.pkl")
    cache.store(path, content)
    with pytest.raises(ValueError, match="not a file of prepared data"):
        loadDatasetPickle(path)


# Mappings


def test_mappings_without_vectors(toy):
    embeddings, mappings, data = loadDatasetPickle(perpareDataset(None, toy))
    assert embeddings is None
    assert mappings["tokens"] == {
        "PADDING_TOKEN": 0,
        "UNKNOWN_TOKEN": 1,
        "öl": 2,
        "flows": 3,
        "stop": 4,
    }
    assert list(mappings["casing"].values()) == list(range(8))
    assert list(mappings["characters"])[:4] == ["PADDING", "UNKNOWN", "Ö", "l"]
    assert set("flowsStopÖ") == set(mappings["characters"]) - {"PADDING", "UNKNOWN"}
    assert data.mappings == mappings


def test_labels_come_from_all_splits_other_values_from_training(toy):
    mappings = loadDatasetPickle(perpareDataset(None, toy))[1]
    assert mappings["NER_BIO"] == {"B-X": 0, "O": 1, "B-Y": 2, "I-Y": 3}
    assert mappings["POS"] == {"NN": 0, "VB": 1}
    assert mappings["NER_class"] == {"X": 0, "O": 1}
    assert {"NER_IOB", "NER_IOBES"} < set(mappings)


def test_no_label_is_made_up(toy):
    toy["toy"]["label"] = "POS"
    mappings = loadDatasetPickle(perpareDataset(None, toy))[1]
    assert mappings["POS"] == {"NN": 0, "VB": 1, "DT": 2, "CD": 3}


def test_data_sets_share_the_mapping_of_a_column(toy, text_file):
    text_file("Öl\tJJ\n\nx\tNN\n", "data/two/train.txt")
    toy["two"] = {"columns": {0: "tokens", 1: "POS"}, "label": "POS"}
    _, mappings, data = loadDatasetPickle(perpareDataset(None, toy))
    # POS is a label here, so the first data set's dev and test values count as well.
    assert mappings["POS"] == {"NN": 0, "VB": 1, "DT": 2, "CD": 3, "JJ": 4}
    assert data["two"]["trainMatrix"][0]["tokens"] == [2, 0]
    assert data["two"]["trainMatrix"][0]["NER_BIO"] == []


def test_a_label_that_is_no_column_is_an_error(toy):
    toy["toy"]["label"] = "chunk_BIO"
    with pytest.raises(
        ValueError, match="'toy' has no column 'chunk_BIO'.*NER_BIO, POS"
    ):
        perpareDataset(None, toy)


def test_a_first_training_line_without_a_label_is_an_error(toy, text_file):
    path = text_file("EU\tNN\nrejects\tVB\tO\n", "data/toy/train.txt")
    with pytest.raises(ValueError, match=r"train\.txt:1: expected at least 3 columns"):
        perpareDataset(None, toy)
    assert os.path.exists(path)
    assert not os.path.exists("pkl")


def test_a_test_file_may_lack_the_labels(toy, text_file):
    text_file("a\tNN\nb\tVB\n", "data/toy/test.txt")
    data = loadDatasetPickle(perpareDataset(None, toy))[2]
    [row] = data["toy"]["testMatrix"]
    assert (row["POS"], row["NER_BIO"]) == ([0, 1], [])


def test_missing_vectors_are_an_error(toy):
    with pytest.raises(ValueError, match=r"^none\.gz is missing"):
        perpareDataset("none.gz", toy)


# Vectors


def test_vectors_of_the_file_are_kept(toy):
    embeddings, mappings, data = loadDatasetPickle(perpareDataset("vectors.txt", toy))
    words = mappings["tokens"]
    assert list(words)[2:] == ["flows", "end", "öl", "stop", "never"]
    assert embeddings[[0, *range(2, 7)]].tolist() == (
        [[0, 0], [1, 2], [3, 4], [5, 6], [7, 8], [9, 9]]
    )
    assert data["toy"]["devMatrix"][0]["tokens"] == [1, words["end"]]


def test_frequent_unknown_words_get_a_vector_of_their_own(toy, text_file):
    train_words(text_file, "Zebra zebra zebra gnu gnu 1 22 3.5 flows flows flows")
    embeddings, mappings, _ = loadDatasetPickle(perpareDataset("vectors.txt", toy, 3))
    new = list(mappings["tokens"])[7:]
    assert sorted(new) == ["NUMBER_TOKEN", "zebra"]
    for word in new:
        vector = embeddings[mappings["tokens"][word]]
        assert np.array_equal(vector, random_vector(word, 2))
    assert len(embeddings) == len(mappings["tokens"])


@pytest.mark.parametrize("vectors", ["vectors.txt", None])
def test_composed_or_not_it_is_the_same_word(toy, text_file, vectors):
    train_words(text_file, "\u00f6l o\u0308l U\u0308ber u\u0308ber \u00fcber \u00dcber")
    _, mappings, data = loadDatasetPickle(perpareDataset(vectors, toy, 3))
    oil, same, *about = [row["tokens"][0] for row in data["toy"]["trainMatrix"]]
    assert oil == same == mappings["tokens"]["\u00f6l"]
    assert about == [mappings["tokens"]["\u00fcber"]] * 4
    rows = createMatrices([{"tokens": ["O\u0308L", "\u00dcBER"]}], mappings)
    assert rows[0]["tokens"] == [oil, about[0]]


def test_characters_are_sought_composed_where_more_are_known_so():
    mappings = {"characters": {"PADDING": 0, "UNKNOWN": 1, "u": 2, "\u00fc": 3}}

    def spelled(word, **others):
        mapping = {"characters": {**mappings["characters"], **others}}
        sentence = {"tokens": [word], "characters": [list(word)]}
        return createMatrices([sentence], mapping, False)[0]["characters"]

    assert spelled("u\u0308") == [[3]]
    assert spelled("u\u0308", **{"\u0308": 4}) == [[2, 4]]
    assert spelled("u\u0301") == [[2, 1]]


@pytest.mark.parametrize("threshold", [None, -1])
def test_new_words_can_be_switched_off(toy, text_file, threshold):
    train_words(text_file, "zebra " * 60)
    words = loadDatasetPickle(perpareDataset("vectors.txt", toy, threshold))[1][
        "tokens"
    ]
    assert "zebra" not in words
    assert "zebra" in loadDatasetPickle(perpareDataset("vectors.txt", toy))[1]["tokens"]


def test_of_too_many_new_words_the_most_frequent_stay(toy, text_file, monkeypatch):
    train_words(text_file, "gnu zebra zebra yak")
    monkeypatch.setattr(preprocessing, "MOST_NEW_WORDS", 1)
    words = loadDatasetPickle(perpareDataset("vectors.txt", toy, 1))[1]["tokens"]
    assert list(words)[7:] == ["zebra"]


def test_reduced_vectors_are_those_of_the_words_in_any_split(toy):
    arguments = ("vectors.txt", toy, None)
    embeddings, mappings, data = loadDatasetPickle(perpareDataset(*arguments, True))
    assert list(mappings["tokens"])[2:] == ["flows", "end", "öl", "stop"]
    whole, _, there = loadDatasetPickle(perpareDataset(*arguments))
    for rows, all_rows in zip(data["toy"].values(), there["toy"].values()):
        for row, other in zip(rows, all_rows):
            assert np.array_equal(embeddings[row["tokens"]], whole[other["tokens"]])


@pytest.mark.parametrize(
    ("words", "level"), [("gnu yak flows", "WARNING"), ("gnu end flows", "INFO")]
)
def test_coverage_is_reported_and_loudly_where_it_is_low(
    toy, text_file, caplog, words, level
):
    train_words(text_file, words)
    with caplog.at_level(logging.INFO):
        perpareDataset("vectors.txt", toy)
    [record] = [r for r in caplog.records if "covers" in r.getMessage()]
    assert record.levelname == level
    assert ("HARDLY" in record.getMessage()) == (level == "WARNING")
    assert ("33.3 %" if level == "WARNING" else "66.7 %") in record.getMessage()


# Matrices

MAPPINGS = {
    "tokens": {"PADDING_TOKEN": 0, "UNKNOWN_TOKEN": 1, "a": 2, "NUMBER_TOKEN": 3},
    "casing": {"PADDING": 0, "allLower": 4},
    "characters": {"PADDING": 0, "UNKNOWN": 1, "a": 2},
    "POS": {"X": 0, "Y": 1},
}
SENTENCE = {
    "tokens": ["A", "7", "b"],
    "casing": ["allLower", "allLower", "allLower"],
    "characters": [["a"], ["7"], ["b", "a"]],
    "other": ["x", "y", "z"],
}


def test_rows_hold_every_mapped_column_and_the_tokens():
    assert createMatrices([SENTENCE], MAPPINGS, True) == [
        {
            "tokens": [2, 3, 1],
            "casing": [4, 4, 4],
            "characters": [[2], [1], [1, 2]],
            "POS": [],
            "raw_tokens": ["A", "7", "b"],
        }
    ]


@pytest.mark.parametrize("pad", [True, False])
def test_a_sentence_of_one_token_is_padded_on_demand(pad):
    sentence = {"tokens": ["a"], "characters": [["a", "a"]], "POS": ["Y"]}
    [row] = createMatrices([sentence], MAPPINGS, padOneTokenSentence=pad)
    assert row == {
        "tokens": [2, 0] if pad else [2],
        "casing": [],
        "characters": [[2, 2], [0]] if pad else [[2, 2]],
        "POS": [1, 0] if pad else [1],
        "raw_tokens": ["a"],
    }


def test_an_unseen_value_gets_the_index_behind_the_last():
    [row] = createMatrices([{"tokens": ["a", "a"], "POS": ["Z", "X"]}], MAPPINGS)
    assert row["POS"] == [2, 0]


def test_no_sentences_are_no_rows_and_the_input_stays_as_it_is():
    assert createMatrices([], MAPPINGS, True) == []
    sentence = {"tokens": ["a"], "POS": ["X"]}
    createMatrices([sentence], MAPPINGS, True)
    assert sentence == {"tokens": ["a"], "POS": ["X"]}


def test_rows_of_a_data_set_are_padded_with_zeros_everywhere(toy):
    data = loadDatasetPickle(perpareDataset(None, toy))[2]
    row = data["toy"]["trainMatrix"][1]
    assert row["raw_tokens"] == ["Stop"]
    for column in set(row) - {"raw_tokens"}:
        assert len(row[column]) == 2
        assert row[column][1] == ([0] if column == "characters" else 0)


# Re-indexing

TARGET = {
    "tokens": {"PADDING_TOKEN": 0, "UNKNOWN_TOKEN": 1, "b": 2},
    "characters": {"PADDING": 0, "UNKNOWN": 1, "b": 2},
    "casing": MAPPINGS["casing"],
    "POS": {"Y": 0, "W": 1, "X": 2},
}


@pytest.mark.parametrize("pad", [True, False])
def test_reindexed_rows_equal_rows_made_with_the_target(pad):
    sentences = [{**SENTENCE, "POS": ["X", "Y", "X"]}]
    sentences.append({key: values[:1] for key, values in sentences[0].items()})
    sentences[0]["characters"] = [["A"], ["7"], ["b"]]
    sentences[1]["characters"] = [["A"]]
    rows = createMatrices(sentences, MAPPINGS, pad)
    expected = createMatrices(sentences, TARGET, pad)
    assert reindex(rows, MAPPINGS, TARGET, ["POS"]) == expected
    assert reindex(iter(rows), MAPPINGS, TARGET, ["POS"]) == expected


def test_labels_that_the_target_lacks_are_named():
    rows = createMatrices([{"tokens": ["a", "a"], "POS": ["X", "Y"]}], MAPPINGS)
    target = {**TARGET, "POS": {"X": 0}}
    with pytest.raises(ValueError, match=r"labels of 'POS': Y\."):
        reindex(rows, MAPPINGS, target, ["POS"])


def test_other_values_that_the_target_lacks_become_unseen():
    rows = createMatrices([{"tokens": ["a", "a"], "POS": ["X", "Y"]}], MAPPINGS)
    [row] = reindex(rows, MAPPINGS, {**TARGET, "POS": {"Y": 0}}, [])
    assert row["POS"] == [1, 0]
