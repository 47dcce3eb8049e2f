"""The expected share of entities as a second term of the loss."""

import numpy as np
import pytest
import toy

from neuralnets.BiLSTM import BiLSTM
from neuralnets.framework import tf
from neuralnets.heads import SoftmaxHead
from neuralnets.training.entityratio import entity_ratio
from util.task import Task

TASK = Task("a", "y_BIO", ("O", "B-X", "I-X"))


def test_the_term_grows_beyond_the_margin():
    ratio = entity_ratio((0.3, 0.1, 10.0), TASK)
    lengths = tf.constant([2, 1])
    for share, loss in ((0.3, 0), (0.39, 0), (0.5, 1), (0.1, 1)):
        logits = np.log([1 - share, share / 2, share / 2]).astype(np.float32)
        emissions = tf.constant(np.broadcast_to(logits, (2, 2, 3)))
        found = ratio.loss(SoftmaxHead(), emissions, lengths).numpy()
        assert found == pytest.approx(loss, abs=1e-4)


def test_tasks_without_an_outside_have_no_term():
    assert entity_ratio((0.3, 0.1, 10.0), Task("a", "y", ("A", "B"))) is None
    assert entity_ratio(None, TASK) is None


def test_a_number_has_the_margin_and_weight_of_the_paper():
    params = BiLSTM({"expectedEntityRatio": 0.15}).params
    assert params["expectedEntityRatio"] == (0.15, 0.05, 10)


@pytest.mark.parametrize("value", [0, 1, "x", (0.1,), (0.1, 0.1), (0, 0.1, 1), -0.1])
def test_other_values_are_told(value):
    with pytest.raises(ValueError, match="expectedEntityRatio"):
        BiLSTM({"expectedEntityRatio": value})


@pytest.mark.parametrize("classifier", ["CRF", "Softmax"])
def test_marked_spans_alone_no_longer_stand_everywhere(workdir, classifier):
    """Verbs alone are marked, half of them; `O` is named once."""
    draw, sentences = np.random.default_rng(2), []
    toy.write_corpus("data", train=60, other=15)
    for split in ("train", "dev"):
        with open(f"data/{split}.txt", encoding="utf-8") as file:
            text = file.read().strip()
        sentences = [
            [line.split("\t") for line in block.split("\n")]
            for block in text.split("\n\n")
        ]
        for row in (row for rows in sentences for row in rows):
            verb = row[2] == "B-VP"
            row[2] = "B-VP" if verb else "O"
            if split == "train" and not (verb and draw.random() < 0.7):
                row[2] = "?"
        if split == "train":
            sentences[0][0][2] = "O"
        toy.write_sentences(f"data/{split}.txt", sentences)
    scores = {}
    for ratio in (None, (0.2, 0.05, 10)):
        params = {"classifier": classifier, "expectedEntityRatio": ratio}
        data = {"a": toy.dataset("data", "chunk_BIO", partial=True)}
        model = toy.tagger({**params, "earlyStopping": 0}, data)
        scores[ratio is not None] = model.fit(12)["a"].dev
    assert scores[True] > 0.8 and scores[True] > scores[False] + 0.2, scores
