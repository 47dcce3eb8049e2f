"""Scores of gold labels that the model lacks, and of labels that are no tags."""

import copy
import pickle
from pathlib import Path
from unittest.mock import Mock

import numpy as np
import pytest
import toy

from neuralnets.BiLSTM import BiLSTM
from neuralnets.tagging.scores import Comparison, gold_labels
from tagger.evaluation import judging
from util.BIOF1Validation import count_spans
from util.preprocessing import UnseenValue, createMatrices
from util.tagschemes import untaggable

LABELS = {"O": 0, "B-NP": 1, "I-NP": 2}
MAPPINGS = {"tokens": {"PADDING_TOKEN": 0, "UNKNOWN_TOKEN": 1}, "x_BIO": LABELS}
NAMES = {index: label for label, index in LABELS.items()}

GOLD = [
    "B-LOC I-LOC I-LOC O B-NP I-NP",
    "B-LOC I-LOC B-LOC I-ORG O",
    "B-NP I-LOC I-NP",
    "I-LOC I-LOC",
    "B-LOC",
]


def compared(predicted, gold, mappings=MAPPINGS, column="x_BIO"):
    sentences = [{"tokens": ["w"] * len(g.split()), column: g.split()} for g in gold]
    rows = createMatrices(sentences, mappings)
    indices = [np.array([LABELS[tag] for tag in p.split()]) for p in predicted]
    return Comparison(indices, [np.array(r[column]) for r in rows], NAMES, rows, column)


def test_gold_labels_that_the_model_lacks_count_as_they_are_written():
    predicted = [" ".join(["B-NP"] * len(g.split())) for g in GOLD]
    predicted[0] = "O O O O B-NP I-NP"
    found = compared(predicted, GOLD).span_scores()
    texts = [[p.split() for p in predicted], [g.split() for g in GOLD]]
    assert found == count_spans(*texts).scores()
    assert count_spans(*texts).gold == {"LOC": 6, "ORG": 1, "NP": 3}


def test_their_text_survives_slices_copies_and_pickles():
    sentences = [{"tokens": ["w"] * 6, "x_BIO": GOLD[0].split()}]
    rows = createMatrices(sentences, MAPPINGS)
    for same in (rows[:1], copy.deepcopy(rows), pickle.loads(pickle.dumps(rows))):
        assert gold_labels(same, "x_BIO", NAMES) == [GOLD[0].split()]
        # Whoever reads indices sees what the contract says.
        assert same[0]["x_BIO"] == [3, 3, 3, 0, 1, 2]
        assert all(isinstance(index, int) for index in same[0]["x_BIO"])


def test_an_index_of_which_nothing_is_known_opens_one_span():
    rows = [{"raw_tokens": ["w"] * 4, "x_BIO": [7, 7, 0, 1]}]
    assert gold_labels(rows, "x_BIO", NAMES) == [["I-?", "I-?", "O", "B-NP"]]


def test_the_padding_of_a_token_alone_is_no_gold_label():
    rows = createMatrices([{"tokens": ["w"], "x_BIO": ["B-LOC"]}], MAPPINGS)
    assert gold_labels(rows, "x_BIO", NAMES) == [["B-LOC"]]


def test_a_tagger_scores_and_reports_them(trained, workdir):
    gold = "B-LOC I-LOC I-LOC O".split()
    sentences = [{"tokens": "the dog sees .".split(), "chunk_BIO": gold}]
    rows = trained.rows(sentences)
    predicted = trained.tagSentences(rows)["chunks"]
    expected = count_spans(predicted, [gold]).scores()
    assert trained.computeF1("chunks", rows) == expected
    model = BiLSTM.loadModel(trained.stored)
    model.datasets = {"chunks": {"label": "chunk_BIO"}}
    model.data = {"chunks": {"testMatrix": rows}}
    model.run = Mock(stored={}, results=Mock(lines=[]))
    judging.write_training_report(model, "page.html")
    page = Path("page.html").read_text("utf-8")
    assert "LOC" in page
    assert "?-" not in page
    assert model.computeScore("chunks", rows, rows) == (expected[2], expected[2])


# ---------------------------------------------------------------- what is no tag


@pytest.mark.parametrize(
    ("gold", "style"),
    [
        ("U-NP O B-NP L-NP", "BILOU"),
        ("NP O NP NP", "types"),
        ("B-NP _ B-NP I-NP", "O=_"),
    ],
)
def test_gold_labels_that_are_no_tags_are_not_scored(trained, gold, style):
    sentences = [{"tokens": "the dog sees .".split(), "chunk_BIO": gold.split()}]
    rows = trained.rows(sentences)
    with pytest.raises(ValueError, match=f"'chunk_BIO' announces.*'{style}'"):
        trained.computeF1("chunks", rows)
    judged = judging.judge(trained, rows, {"chunks": [gold.split()]})
    with pytest.raises(ValueError, match=f"'chunk_BIO' announces.*'{style}'"):
        judging.report(trained, judged)
    assert 0 <= trained.computeAcc("chunks", rows) <= 1


def test_a_model_that_predicts_what_is_no_tag_is_not_scored():
    names = {0: "O", 1: "U-NP", 2: "L-NP"}
    found = compared(["O B-NP O"], ["O B-NP I-NP"])._replace(labels=names)
    rows = createMatrices([{"tokens": ["w"] * 3, "x_BIO": ["O"] * 3}], MAPPINGS)
    with pytest.raises(ValueError, match="The model predicts what is no tag.*BILOU"):
        found._replace(rows=rows).span_scores()


def test_hand_made_data_with_labels_that_are_no_tags_do_not_start(workdir):
    """`perpareDataset` refuses them itself; other programs make rows of their own."""
    labels = {"O": 0, "ORG": 1, "PER": 2}
    mappings = {**MAPPINGS, "x_BIO": labels, "casing": {"PADDING": 0, "other": 1}}
    sentences = [{"tokens": ["w", "w"], "casing": ["other"] * 2, "x_BIO": ["ORG", "O"]}]
    rows = createMatrices(sentences, mappings)
    data = {"toy": {"trainMatrix": rows, "devMatrix": rows, "testMatrix": None}}
    model = BiLSTM(toy.SMALL)
    model.setMappings(mappings, None)
    with pytest.raises(
        ValueError, match="Data set 'toy', train: 'ORG' is no tag.*bare"
    ):
        model.setDataset({"toy": {"label": "x_BIO"}}, data)
    mappings = {**mappings, "x": labels}
    rows = createMatrices([{**sentences[0], "x": ["ORG", "O"]}], mappings)
    model = BiLSTM(toy.SMALL)
    model.setMappings(mappings, None)
    model.setDataset({"toy": {"label": "x"}}, {"toy": {"trainMatrix": rows}})


def test_an_unseen_value_is_an_index():
    value = UnseenValue(5, "B-X")
    assert (value, value.value, np.array([1, value]).dtype.kind) == (5, "B-X", "i")
    assert untaggable([value.value]) == []
