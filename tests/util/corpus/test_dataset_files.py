import os

import pytest

from util.corpus.datasets import (
    MissingData,
    label_column,
    leaking_columns,
    read_split,
    split_files,
)
from util.corpus.definition import check_definition


@pytest.fixture(autouse=True)
def folder(text_file, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def make(*names, at="data/toy"):
        for name in names:
            text_file("a X\n", f"{at}/{name}")
        return at

    return make


def test_the_usual_names_in_the_usual_folder(folder):
    folder("train.txt", "dev.txt", "test.txt", "my-train.conll")
    assert split_files("toy", {}) == {
        split: os.path.join("data", "toy", f"{split}.txt")
        for split in ("train", "dev", "test")
    }


def test_the_only_file_with_the_split_in_its_name(folder):
    folder("en-ud-Train.conllu", "en-ud-dev.conllu", ".test.swp", at="ud")
    assert split_files("toy", {"path": "ud"}) == {
        "train": os.path.join("ud", "en-ud-Train.conllu"),
        "dev": os.path.join("ud", "en-ud-dev.conllu"),
    }


@pytest.mark.parametrize(
    ("split", "name"),
    [
        *(("dev", name) for name in ("valid.txt", "a.val.conll", "validation.tsv")),
        *(("dev", name) for name in ("eng.testa", "GermEval-devel.tsv", "devSet.txt")),
        *(("test", name) for name in ("eng.testb", "x_TEST_1.txt", "wnut17test.conll")),
    ],
)
def test_a_word_for_the_split_in_the_name_is_enough(folder, split, name):
    folder("train.txt", name)
    found = split_files("toy", {})
    assert found == {
        "train": os.path.join("data/toy", "train.txt"),
        split: os.path.join("data/toy", name),
    }


@pytest.mark.parametrize(
    "name",
    [
        *("latest.txt", "contest.txt", "constraints.txt", "strain.txt", "device.txt"),
        *("developers.txt", "invalid.txt", "interval.txt", "detested.txt", "éval.txt"),
        *("Attested.txt", "restraint_1.txt", "testament.txt", "trainees.txt"),
    ],
)
def test_a_part_of_another_word_is_no_split(folder, name):
    folder("train.txt", name)
    assert set(split_files("toy", {})) == {"train"}


def test_only_a_word_makes_a_training_file(folder):
    folder("constraints.txt", "dev.txt")
    with pytest.raises(ValueError, match="no training file"):
        split_files("toy", {})


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (("train.txt", "valid.txt", "my-dev.txt"), "2 files could be the dev split"),
        (("train-dev.txt",), "a file could be the train and the dev split"),
        (("train.txt", "dev_test.txt"), "could be the dev and the test split"),
        (("train.txt", "eng.testa", "old.testa"), r"eng\.testa, old\.testa"),
    ],
)
def test_a_split_that_is_not_certain_is_an_error(folder, names, message):
    folder(*names)
    with pytest.raises(ValueError, match=message):
        split_files("toy", {})


def test_a_folder_is_no_split(folder):
    folder("train.txt", "testing/notes.txt")
    assert set(split_files("toy", {})) == {"train"}


def test_two_files_that_fit_are_an_error_that_names_them(folder):
    folder("a-train.txt", "b-train.txt")
    with pytest.raises(ValueError, match=r"a-train\.txt, b-train\.txt.*'files'"):
        split_files("toy", {})


def test_named_files_in_the_folder_or_anywhere(folder):
    folder("one.txt", "two.txt", "dev.txt")
    folder("else.txt", at="other")
    files = {"train": "one.txt", "test": "other/else.txt"}
    assert split_files("toy", {"files": files}) == {
        "train": os.path.join("data/toy", "one.txt"),
        "test": "other/else.txt",
    }


def test_a_split_of_another_name_is_an_error(folder):
    folder("one.txt")
    with pytest.raises(ValueError, match="Received: valid"):
        split_files("toy", {"files": {"train": "one.txt", "valid": "one.txt"}})


def test_a_missing_folder_is_named_with_the_next_step():
    with pytest.raises(MissingData, match="--data data/sample") as error:
        split_files("toy", {"path": "nowhere"})
    assert str(error.value).startswith("nowhere is missing")


@pytest.mark.parametrize(
    ("dataset", "message"),
    [
        ({"path": "data/toy"}, "data/toy: data set 'toy' has no training file"),
        ({"files": {"train": "none.txt"}}, "none.txt: no such file"),
        ({"files": {"dev": "dev.txt"}}, "data/toy: data set 'toy' has no training"),
    ],
)
def test_a_missing_file_is_named(folder, dataset, message):
    folder("dev.txt")
    with pytest.raises(ValueError) as error:
        split_files("toy", dataset)
    assert str(error.value).startswith(message)


def test_a_split_without_sentences_is_an_error(text_file):
    path = text_file("\n\n")
    with pytest.raises(ValueError, match="holds no sentences") as error:
        read_split(path, {"columns": {0: "tokens"}, "label": "POS"})
    assert str(error.value).startswith(path)


@pytest.mark.parametrize("label", ["NER_BIO", "NER_IOBES"])
def test_a_file_may_lack_the_labels_unless_they_are_needed(text_file, label):
    dataset = {"columns": {0: "tokens", 1: "POS", 2: "NER_BIO"}, "label": label}
    path = text_file("a X\n")
    assert read_split(path, dataset) == [{"tokens": ["a"], "POS": ["X"]}]
    with pytest.raises(ValueError, match=":1: expected at least 3 columns, found 2"):
        read_split(path, dataset, labelled=True)


def test_a_file_that_lacks_features_is_an_error(text_file):
    dataset = {"columns": {0: "tokens", 1: "POS", 2: "NER_BIO"}, "label": "NER_BIO"}
    with pytest.raises(ValueError, match=":1: expected at least 2 columns, found 1"):
        read_split(text_file("a\n"), dataset)


def test_the_column_of_the_label_may_have_another_scheme():
    columns = {0: "tokens", 2: "NER_IOB", 3: "POS"}
    indices = {
        label: label_column({"columns": columns, "label": label})
        for label in ("NER_IOB", "NER_IOBES", "NER_class", "POS", "chunk_BIO")
    }
    assert indices == {
        "NER_IOB": 2,
        "NER_IOBES": 2,
        "NER_class": 2,
        "POS": 3,
        "chunk_BIO": None,
    }


@pytest.mark.parametrize(
    ("label", "leaks"),
    [
        ("POS", {"POS"}),
        ("NER_BIO", {"NER_BIO", "NER_IOB", "NER_IOBES", "NER_class"}),
        ("NER_class", {"NER_BIO", "NER_IOB", "NER_IOBES", "NER_class"}),
        ("NER", {"NER"}),
        ("tokens", {"tokens"}),
        ("else", set()),
    ],
)
def test_columns_that_tell_the_label(label, leaks):
    columns = ["tokens", "POS", "POS_fine", "NER", "NER_BIO", "NER_IOB", "NER_IOBES"]
    assert leaking_columns([label], [*columns, "NER_class", "NER_inner_BIO"]) == leaks


@pytest.mark.parametrize(
    ("dataset", "message"),
    [
        ({"label": "x"}, "needs 'columns'"),
        ({"columns": {0: "words"}, "label": "x"}, "one called 'tokens'"),
        ({"columns": {"0": "tokens"}, "label": "x"}, "Received: '0'"),
        ({"columns": {-1: "tokens"}, "label": "x"}, "Received: -1"),
        ({"columns": {0: "tokens"}}, "needs 'label'"),
        ({"columns": {0: "tokens", 1: "x", 2: "x"}, "label": "x"}, "Received: 'x'"),
        ({"columns": {0: "tokens", 1: None}, "label": "x"}, "Received: None"),
        ({"columns": {0: "tokens", 1: "casing"}, "label": "x"}, "Received: 'casing'"),
        ({"columns": {0: "tokens", 1: "elmo"}, "label": "x"}, "Received: 'elmo'"),
    ],
)
def test_a_wrong_definition_is_named(dataset, message):
    with pytest.raises(ValueError, match=message) as error:
        check_definition("toy", dataset)
    assert "'toy'" in str(error.value)
