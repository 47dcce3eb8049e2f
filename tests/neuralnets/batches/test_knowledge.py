"""What batches say of labels that are known in part, and of weights."""

import numpy as np
import pytest

from neuralnets.batches.knowledge import Knowledge, sentence_weights
from neuralnets.batches.table import SentenceTable

NAMES = ("O", "B", "I")
SETS = {"": 0, "?": 1, "B|I": 2}
LABELS = [[0, 1], [3, 3, 1], [3, 3], [2]]
NUMBERS = [[0, 0], [1, 2, 0], [1, 1], [0]]


def known(**given):
    rows = [
        {
            "raw_tokens": ["x"] * len(labels),
            "tokens": labels,
            "y": labels,
            "y?sets": sets,
        }
        for labels, sets in zip(LABELS, given.pop("sets", NUMBERS))
    ]
    table = SentenceTable(rows, [WordInput()], "y")
    return Knowledge(table, "y", NAMES, SETS, **given)


class WordInput:
    """As much of an input as a table needs."""

    column = "tokens"

    def lay_out(self, table):
        table.flat("tokens")


def test_sets_become_masks():
    allowed = known().of_batch(np.array([1, 0])).allowed
    assert allowed[0].astype(int).tolist() == [[1, 1, 1], [0, 1, 1], [0, 1, 0]]
    # The last one is padding.
    assert allowed[1].astype(int).tolist() == [[1, 0, 0], [0, 1, 0], [1, 1, 1]]


def test_full_batches_need_no_mask():
    assert known().of_batch(np.array([0, 3])) is None
    assert known(sets=[[0] * len(labels) for labels in LABELS]).of_batch([0, 1]) is None


def test_sentences_without_any_label_do_not_train():
    assert known().lengths.tolist() == [2, 3, 0, 1]


def test_sentence_weights_have_a_mean_of_1_over_what_trains():
    found = known(sentence_weights=np.array([1.0, 2.0, 9.0, 3.0]))
    assert found.sentence_weights[[0, 1, 3]].tolist() == [0.5, 1.0, 1.5]
    batch = found.of_batch(np.array([3, 0]))
    assert batch.sentences.tolist() == [1.5, 0.5] and batch.tokens is None


def test_label_weights_have_a_mean_of_1_over_labelled_tokens():
    # O, B, B|I, B and I: 1, 3, 2, 3 and 1.
    batch = known(label_weights={"B": 3}).of_batch(np.array([1, 0]))
    assert batch.tokens[0, 1:].tolist() == [1.0, 1.5]
    np.testing.assert_allclose(batch.tokens[1], [0.5, 1.5, 0])
    assert batch.sentences.tolist() == [1, 1]


def test_equal_weights_change_nothing():
    found = known(
        sentence_weights=np.full(4, 0.3), label_weights=dict.fromkeys(NAMES, 5.0)
    )
    assert found.sentence_weights is None and found.token_weights is None
    assert found.of_batch(np.array([0, 3])) is None


@pytest.mark.parametrize(
    "values, what",
    [
        (["1", "2"], "different weights"),
        (["-1", "-1"], "a number from 0 on"),
        (["x", "x"], "a number from 0 on"),
        (["nan", "nan"], "a number from 0 on"),
    ],
)
def test_weights_that_are_none(values, what):
    mapping = {value: index for index, value in enumerate(dict.fromkeys(values))}
    rows = [{"raw_tokens": ["a", "b"], "w": [mapping[value] for value in values]}]
    with pytest.raises(ValueError, match=what):
        sentence_weights(rows, "w", mapping, "data")


def test_weights_are_read_once_per_sentence():
    rows = [{"raw_tokens": ["a", "b"], "w": [0, 0]}, {"raw_tokens": ["a"], "w": [1, 0]}]
    found = sentence_weights(rows, "w", {"0.5": 0, "2": 1}, "data")
    assert found.tolist() == [0.5, 2.0]
