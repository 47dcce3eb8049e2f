"""Training tags that break their scheme: kept, refused, or rewritten."""

import logging

import pytest

from util import tagschemes
from util.corpus import invalid_tags
from util.corpus.checking.check import check
from util.preprocessing import loadDatasetPickle, perpareDataset

TRAIN = """\
# a comment
The DET B-NP
dog NOUN I-NP

# in between
saw VERB I-VP
the DET I-NP
dog NOUN I-NP
. PUNCT O

Rome PROPN I-LOC
"""
DEV = "Dog NOUN I-NP\n\n"


@pytest.fixture
def dataset(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "data" / "toy"
    folder.mkdir(parents=True)
    (folder / "train.txt").write_text(TRAIN, "utf-8")
    (folder / "dev.txt").write_text(DEV, "utf-8")
    columns = {0: "tokens", 1: "POS", 2: "chunk_BIO"}
    return {"columns": columns, "label": "chunk_BIO", "commentSymbol": "#"}


def tags(path, split="trainMatrix", column="chunk_BIO"):
    _, mappings, data = loadDatasetPickle(path)
    label = {index: value for value, index in mappings[column].items()}
    return [
        [label[i] for i in row[column]][: len(row["raw_tokens"])]
        for row in data["toy"][split]
    ]


AS_WRITTEN = [["B-NP", "I-NP"], ["I-VP", "I-NP", "I-NP", "O"], ["I-LOC"]]
REPAIRED = [["B-NP", "I-NP"], ["B-VP", "B-NP", "I-NP", "O"], ["B-LOC"]]


def test_they_are_kept_unless_the_definition_says_otherwise(dataset):
    assert tags(perpareDataset(None, {"toy": dataset})) == AS_WRITTEN
    dataset["invalidTags"] = "keep"
    assert tags(perpareDataset(None, {"toy": dataset})) == AS_WRITTEN


def test_error_names_file_line_count_and_a_way_out(dataset):
    dataset["invalidTags"] = "error"
    with pytest.raises(ValueError) as error:
        perpareDataset(None, {"toy": dataset})
    text = str(error.value)
    assert text.startswith("data/toy/train.txt:6: I-VP after the beginning of the sen")
    assert "which BIO does not allow; 3 such tags in this file" in text
    assert "'invalidTags': 'repair'" in text
    assert "python -m tagger check data/toy --columns 0:tokens,1:POS" in text
    assert "\n" not in text


def test_error_counts_lines_of_comments(dataset, tmp_path):
    text = TRAIN.replace("I-VP", "B-VP")
    (tmp_path / "data" / "toy" / "train.txt").write_text(text, "utf-8")
    dataset["invalidTags"] = "error"
    with pytest.raises(ValueError, match=r"train\.txt:7: I-NP after B-VP.*2 such tags"):
        perpareDataset(None, {"toy": dataset})


def test_an_end_that_must_go_on_is_an_error(dataset, tmp_path):
    text = "The DET B-NP\ndog NOUN E-NP\n\nbig ADJ B-NP\ncat NOUN I-NP\n\n"
    (tmp_path / "data" / "toy" / "train.txt").write_text(text, "utf-8")
    dataset.update(columns={0: "tokens", 2: "chunk_IOBES"}, label="chunk_IOBES")
    dataset["invalidTags"] = "error"
    with pytest.raises(ValueError, match=r"train\.txt:5: the sentence ends with I-NP"):
        perpareDataset(None, {"toy": dataset})
    dataset["invalidTags"] = "repair"
    repaired = tags(perpareDataset(None, {"toy": dataset}), column="chunk_IOBES")
    assert repaired == [["B-NP", "E-NP"], ["B-NP", "E-NP"]]


def test_repair_keeps_the_spans_and_tells_how_many(dataset, caplog):
    dataset["invalidTags"] = "repair"
    with caplog.at_level(logging.WARNING):
        path = perpareDataset(None, {"toy": dataset})
    assert tags(path) == REPAIRED
    assert "3 tags that BIO does not allow" in caplog.text
    assert "2 sentences" in caplog.text
    for written, repaired in zip(AS_WRITTEN, REPAIRED):
        assert tagschemes.spans(written) == tagschemes.spans(repaired)
    # What is only scored stays as it is.
    assert tags(path, "devMatrix") == [["I-NP"]]


def test_prepared_data_are_not_mixed_up(dataset):
    kept = perpareDataset(None, {"toy": dataset})
    dataset["invalidTags"] = "repair"
    repaired = perpareDataset(None, {"toy": dataset})
    assert kept != repaired
    assert perpareDataset(None, {"toy": dataset}) == repaired
    assert tags(kept) == AS_WRITTEN
    assert tags(repaired) == REPAIRED


def test_a_label_in_another_scheme_is_valid_already(dataset):
    dataset["label"] = "chunk_IOBES"
    kept = tags(perpareDataset(None, {"toy": dataset}), column="chunk_IOBES")
    assert kept[1] == ["S-VP", "B-NP", "E-NP", "O"]
    dataset["invalidTags"] = "repair"
    again = tags(perpareDataset(None, {"toy": dataset}), column="chunk_IOBES")
    assert again == kept
    dataset["invalidTags"] = "error"  # of the file, which has them in BIO
    with pytest.raises(ValueError, match=r"train\.txt:6: I-VP"):
        perpareDataset(None, {"toy": dataset})


def test_plain_labels_have_no_scheme_to_break(dataset):
    dataset.update(label="POS", invalidTags="error")
    assert tags(perpareDataset(None, {"toy": dataset}), column="POS")[2] == ["PROPN"]


def test_tags_without_types_stay_without(dataset, tmp_path):
    text = "the D B\ndog N I\n. P O\n\nin P I\nRome N I\n\n"
    (tmp_path / "data" / "toy" / "train.txt").write_text(text, "utf-8")
    dataset["invalidTags"] = "repair"
    found = tags(perpareDataset(None, {"toy": dataset}))
    assert found == [["B", "I", "O"], ["B", "I"]]


@pytest.mark.parametrize("value", ["Repair", True, None, ""])
def test_a_bad_choice_is_named(dataset, value):
    dataset["invalidTags"] = value
    with pytest.raises(ValueError, match="'toy': 'invalidTags' must be.*Received"):
        perpareDataset(None, {"toy": dataset})
    assert not check({"toy": dataset}).can_start


@pytest.mark.parametrize(
    "words, place",
    [
        (["The", "dog"], "data/toy/train.txt:3"),
        (["Another", "sentence"], None),
    ],
)
def test_a_token_is_found_in_the_file_if_the_words_are_there(dataset, words, place):
    row = {"raw_tokens": words}
    assert invalid_tags.find_in_file("toy", dataset, 0, row, 1) == place


def test_a_file_that_is_gone_has_no_lines(dataset, tmp_path):
    row = {"raw_tokens": ["The", "dog"]}
    assert invalid_tags.find_in_file("toy", dataset, 99, row, 1) is None
    (tmp_path / "data" / "toy" / "train.txt").unlink()
    assert invalid_tags.find_in_file("toy", dataset, 0, row, 1) is None
