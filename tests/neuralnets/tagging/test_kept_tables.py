"""Rows may be edited in place: what is laid out once is so during `fit` alone."""

import gc
import weakref

import pytest
import toy

from neuralnets.batches.table import SentenceTable
from neuralnets.framework import tf
from neuralnets.tagging import tagger as tagger_module


@pytest.fixture
def model(corpus, eager, workdir):
    made = toy.tagger({"rareWordDropout": 0.5}, {"pos": toy.dataset(corpus)})
    made.fit(epochs=3)
    return made


def spoil(rows, label="POS"):
    for row in rows:
        row[label] = [(index + 1) % 4 for index in row[label]]


@pytest.mark.parametrize("split", ["trainMatrix", "devMatrix"])
def test_scores_follow_edits_in_place(model, split):
    rows = model.data["pos"][split]
    assert model.computeAcc("pos", rows) == 1.0
    assert model.computeScore("pos", rows, rows) == (1.0, 1.0)
    spoil(rows)
    assert model.computeAcc("pos", rows) == 0.0
    assert model.computeScore("pos", rows, rows) == (0.0, 0.0)
    rows[:] = rows[:1]
    assert len(model.predictLabels(model.models["pos"], rows)) == 1


def test_training_follows_edits_in_place(model):
    rows = model.data["pos"]["trainMatrix"]
    before = model.trainModel()
    spoil(rows)
    assert model.trainModel() > 2 * before
    spoil(rows), spoil(rows), spoil(rows)
    for _ in range(3):
        model.trainModel()
    spoil(rows)
    model.fit(epochs=1)
    assert model.computeAcc("pos", model.data["pos"]["devMatrix"]) < 1.0


def test_fit_lays_out_each_split_once(corpus, eager, workdir, monkeypatch):
    made = []

    class Counted(SentenceTable):
        def __init__(self, rows, *rest):
            made.append(id(rows))
            super().__init__(rows, *rest)

    monkeypatch.setattr(tagger_module, "SentenceTable", Counted)
    model = toy.tagger({}, {"pos": toy.dataset(corpus)})
    model.modelSavePath = "[ModelName].h5"
    model.fit(epochs=3)
    splits = model.data["pos"]
    assert sorted(made) == sorted(id(rows) for rows in splits.values())


def test_a_program_that_asks_often_does_not_grow(model, monkeypatch):
    tables = []

    class Known(SentenceTable):
        def __init__(self, *arguments):
            super().__init__(*arguments)
            tables.append(weakref.ref(self))

    monkeypatch.setattr(tagger_module, "SentenceTable", Known)
    rows = model.data["pos"]["devMatrix"]
    for _ in range(5):
        model.computeAcc("pos", list(rows))
        model.computeAcc("pos", rows)
    gc.collect()
    assert len(tables) == 10
    assert not any(table() for table in tables)


def test_a_program_that_fits_temperatures_often_does_not_grow(model):
    compiled = type(tf.function(lambda: 0))
    rows = model.data["pos"]["devMatrix"]
    counts = []
    for number in range(4):
        model.heads["pos"].temperature = 1.0 + number
        model.labelProbabilities(rows)
        gc.collect()
        counts.append(sum(isinstance(thing, compiled) for thing in gc.get_objects()))
    assert len(set(counts)) == 1
