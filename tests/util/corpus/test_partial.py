"""Labels that are known in part: how they are read, refused and counted."""

import pytest

from util.corpus import partial
from util.corpus.checking.check import check
from util.corpus.definition import check_definition
from util.preprocessing import (
    createMatrices,
    loadDatasetPickle,
    perpareDataset,
    reindex,
)

TRAIN = """Lena B-PER
saw ?
Leeds B-PER|B-LOC

He ?
slept ?

It O
rains O

"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "train.txt").write_text(TRAIN)
    (tmp_path / "dev.txt").write_text("Leeds B-LOC\nis ?\n\nHe ?\n\n")
    return tmp_path


def dataset(folder, **changes):
    columns = {0: "tokens", 1: "NER_BIO"}
    found = {"path": str(folder), "columns": columns, "label": "NER_BIO"}
    return {**found, "partial": True, **changes}


def prepared(folder, **changes):
    path = perpareDataset(None, {"x": dataset(folder, **changes)})
    return loadDatasetPickle(path)[1:]


def test_sets_stand_beside_the_labels(folder):
    mappings, data = prepared(folder)
    assert mappings["NER_BIO"] == {"B-PER": 0, "B-LOC": 1, "O": 2}
    assert mappings["NER_BIO?sets"] == {"": 0, "?": 1, "B-LOC|B-PER": 2}
    first = data["x"]["trainMatrix"][0]
    assert first["NER_BIO?sets"] == [0, 1, 2]
    assert first["NER_BIO"][0] == 0
    assert not any(name.startswith("NER_class") for name in mappings)


def test_question_marks_are_labels_without_the_key(folder):
    columns = {0: "tokens", 1: "TAG"}
    mappings, _ = prepared(folder, partial=False, columns=columns, label="TAG")
    assert list(mappings["TAG"]) == ["B-PER", "?", "B-PER|B-LOC", "O", "B-LOC"]
    with pytest.raises(ValueError, match=r"train.txt:2: '\?' is no tag.*--partial"):
        prepared(folder, partial=False)


def test_the_key_is_part_of_what_is_prepared(folder):
    columns = {0: "tokens", 1: "TAG"}
    paths = {
        perpareDataset(
            None, {"x": dataset(folder, columns=columns, label="TAG", **more)}
        )
        for more in ({}, {"partial": False})
    }
    assert len(paths) == 2


@pytest.mark.parametrize("value", ["B-PER|", "|", "?|O", "O||B-PER", "B-PER|LOC"])
def test_what_is_no_set_is_told_with_its_line(folder, value):
    (folder / "train.txt").write_text(TRAIN.replace("B-PER|B-LOC", value))
    with pytest.raises(ValueError, match=r"train.txt:3: .* is no "):
        prepared(folder)


@pytest.mark.parametrize(
    "changes, what",
    [
        ({"partial": "yes"}, "must be True or False"),
        ({"label": "NER_IOBES"}, "in no other scheme"),
        ({"tagStyle": "BILOU"}, "without 'tagStyle'"),
        ({"invalidTags": "repair"}, "'invalidTags' does not go"),
        ({"weights": "w"}, "name of a column"),
        ({"columns": {0: "tokens", 1: "NER_BIO", 2: "POS?sets"}}, "must be different"),
    ],
)
def test_definitions_that_do_not_go_together(changes, what):
    with pytest.raises(ValueError, match=what):
        check_definition("x", dataset("folder", **changes))


def test_check_counts_them(folder):
    report = check({"x": dataset(folder)})
    assert report.can_start
    notes = {f.text for f in report.all_findings() if f.kind == "partial"}
    assert notes == {
        "dev: of 3 tokens, 2 have no label and 0 a set of them; 1 sentence without any "
        "label.",
        "train: of 7 tokens, 3 have no label and 1 a set of them; 1 sentence without "
        "any label.",
    }
    assert report.datasets[0].splits["train"].labels == {"O": 2, "B-PER": 1}


def test_check_tells_where_sets_are_wrong(folder):
    (folder / "train.txt").write_text(TRAIN.replace("B-PER|B-LOC", "B-PER|LOC"))
    report = check({"x": dataset(folder)})
    assert not report.can_start
    assert any("train.txt:3" in p for f in report.all_findings() for p in f.places)


def test_check_says_what_looks_partial_and_is_not(folder):
    columns = {0: "tokens", 1: "TAG"}
    report = check({"x": dataset(folder, partial=False, columns=columns, label="TAG")})
    (found,) = (
        f for f in report.all_findings() if f.kind == "partial" and "train" in f.text
    )
    assert "3 labels such as '?'" in found.text and "--partial" in found.text


def test_reindexed_rows_keep_their_sets(folder):
    mappings, data = prepared(folder)
    target = {**mappings, "NER_BIO": {"O": 0, "B-LOC": 1, "B-PER": 2}}
    target["NER_BIO?sets"] = {"": 0, "B-LOC|B-PER": 1, "?": 2}
    first = reindex(data["x"]["trainMatrix"], mappings, target, ["NER_BIO"])[0]
    assert first["NER_BIO?sets"] == [0, 2, 1]
    assert first["NER_BIO"][0] == 2
    del target["NER_BIO"]["B-LOC"]
    with pytest.raises(ValueError, match="does not know these labels.*B-LOC"):
        reindex(data["x"]["trainMatrix"], mappings, target, ["NER_BIO"])


def test_sentences_without_sets_are_fully_labelled():
    mappings = {"tokens": {"a": 0}, "TAG": {"X": 0}, "TAG?sets": {"": 0, "?": 1}}
    (row,) = createMatrices([{"tokens": ["a", "a"], "TAG": ["X", "X"]}], mappings)
    assert row["TAG?sets"] == []


def test_spelling_does_not_depend_on_order():
    assert partial.spell(["B", "A", "B"]) == partial.spell(["A", "B"]) == "A|B"
