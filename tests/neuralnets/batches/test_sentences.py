"""Rows laid out in columns."""

import numpy as np
import pytest

from neuralnets.batches.table import SentenceTable
from neuralnets.conventions import Conventions
from neuralnets.inputs import CasingInput, CharacterInput, Input, WordInput

WORDS = WordInput(None, 10, 3, True, 0)
CASING = CasingInput("casing", 8, 2, 0)
POS = Input("POS", 5, 2, 0)
CHARACTERS = CharacterInput(
    9, {"charEmbeddingsSize": 4, "maxCharLength": 4}, 0, Conventions()
)
ROWS = [
    {"tokens": [2, 3, 2], "casing": [4, 6, 4], "POS": [1, 2, 3], "NER": [0, 1, 2]},
    {"tokens": [], "casing": [], "POS": [], "NER": []},
    {"tokens": [2, 3], "casing": [6, 6], "POS": [4, 4], "NER": [3, 4]},
]


def test_columns():
    table = SentenceTable(ROWS, [WORDS, CASING, POS], "NER")
    assert len(table) == 3
    assert table.lengths.tolist() == [3, 0, 2]
    assert table.offsets.tolist() == [0, 3, 3]
    assert table.token_columns["POS"].tolist() == [1, 2, 3, 4, 4]
    assert set(table.form_columns) == {"tokens", "casing"}
    # (2, 4), (3, 6), (2, 6): three distinct forms of five tokens
    assert len(table.form_columns["tokens"]) == 3
    assert table.form_columns["tokens"][table.form].tolist() == [2, 3, 2, 2, 3]
    assert table.form_columns["casing"][table.form].tolist() == [4, 6, 4, 6, 6]
    labels = [label.tolist() for label in table.labels("NER")]
    assert labels == [row["NER"] for row in ROWS]


def test_forms_differ_by_any_column():
    rows = [
        {
            "tokens": [1, 1, 1, 1],
            "casing": [4, 4, 5, 4],
            "characters": [[5, 6], [6, 5], [5, 6], [5, 6]],
        }
    ]
    table = SentenceTable(rows, [WORDS, CASING, CHARACTERS])
    assert table.form[0] == table.form[3]
    assert len(set(table.form.tolist())) == len(table.form_columns["tokens"]) == 3


def test_equal_words_are_one_form_whether_or_not_they_share_a_list():
    shared = [5, 6]
    rows = [{"tokens": [1, 1, 1], "characters": [shared, shared, [5, 6]]}]
    table = SentenceTable(rows, [WORDS, CHARACTERS])
    assert table.form.tolist() == [0, 0, 0]
    np.testing.assert_array_equal(table.form_columns["characters"], [[5, 6]])


def test_characters_are_cut_and_unknown_ones_replaced():
    rows = [{"tokens": [2, 3], "characters": [[2, 3, 4, 5, 6], [8, 9]]}]
    table = SentenceTable(rows, [WORDS, CHARACTERS])
    found = table.form_columns["characters"][table.form]
    np.testing.assert_array_equal(found, [[2, 3, 4, 5], [8, 1, 0, 0]])


def test_values_beyond_the_table_take_its_last_row():
    rows = [{"tokens": [2, 3], "POS": [4, 99]}]
    table = SentenceTable(rows, [WORDS, POS])
    assert table.token_columns["POS"].tolist() == [4, 4]


@pytest.mark.parametrize("masked, length", [(True, 1), (False, 2)])
def test_padding_token_of_a_one_token_sentence(masked, length):
    rows = [
        {"tokens": [7, 0], "casing": [4, 0], "POS": [2, 0], "NER": [3, 0]},
        {"tokens": [7, 8], "casing": [4, 4], "POS": [2, 0], "NER": [3, 0]},
    ]
    table = SentenceTable(rows, [WORDS, POS], "NER", mask_padding_token=masked)
    assert table.lengths.tolist() == [length, 2]
    assert table.labels("NER")[0].tolist() == [3, 0][:length]
    # The second sentence's zeros are values like others.
    assert table.labels("NER")[1].tolist() == [3, 0]
    assert table.token_columns["POS"].tolist() == [2, 0][:length] + [2, 0]


@pytest.mark.parametrize("masked, lengths", [(True, [1, 2]), (False, [2, 2])])
def test_words_as_written_tell_padding_from_a_feature_without_words(masked, lengths):
    rows = [
        {"POS": [2, 0], "raw_tokens": ["Yes"]},
        {"POS": [2, 0], "raw_tokens": ["Yes", "sir"]},
    ]
    table = SentenceTable(rows, [POS], mask_padding_token=masked)
    assert table.lengths.tolist() == lengths


def test_missing_column_is_named_with_its_sentence():
    rows = [ROWS[0], {"tokens": [2], "POS": [], "raw_tokens": ["Word"]}]
    with pytest.raises(ValueError, match=r"Sentence 2 \(Word .*column 'POS'"):
        SentenceTable(rows, [WORDS, POS])
    with pytest.raises(ValueError, match=r"Sentence 1 .*column 'missing'"):
        SentenceTable(ROWS, [WORDS], "missing")


@pytest.mark.parametrize("rows", [[], [ROWS[1]], [ROWS[1]] * 2])
def test_nothing_to_tag(rows):
    table = SentenceTable(rows, [WORDS, CASING, POS], "NER")
    assert len(table) == len(rows)
    assert table.lengths.tolist() == table.offsets.tolist() == [0] * len(rows)
    assert table.form.tolist() == []


def test_table_without_forms():
    table = SentenceTable(ROWS, [POS])
    assert table.form.tolist() == [0] * 5
    assert table.form_columns == {}
