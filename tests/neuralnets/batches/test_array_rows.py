"""Rows that are arrays give the same table, and the same training, as lists."""

import numpy as np
import pytest
import toy

from neuralnets.batches.table import SentenceTable
from neuralnets.training import identity
from util.corpus import columns, prepared
from util.corpus.rows import Rows

PARAMS = {
    "LSTM-Size": [4],
    "charEmbeddings": "CNN",
    "featureNames": ["tokens", "casing", "chunk_BIO"],
}


def tagger(datasets, monkeypatch, arrays, params=PARAMS):
    monkeypatch.setattr(prepared, "MOST_IN_LISTS", 0 if arrays else 10_000_000)
    monkeypatch.setattr(columns, "_BLOCK", 64)
    model = toy.tagger(params, datasets)
    rows = model.data["x"]["trainMatrix"]
    assert isinstance(rows, Rows if arrays else list)
    return model


def parts(table):
    own = table.lengths, table.shown, table.offsets, table.form
    named = (table.form_columns, table.token_columns)
    return [*own, *(x for columns in named for pair in columns.items() for x in pair)]


@pytest.mark.parametrize("masked", [True, False])
def test_the_table_is_the_same(corpus, workdir, monkeypatch, masked):
    datasets = {"x": toy.dataset(corpus)}
    found = []
    for arrays in (True, False):
        model = tagger(datasets, monkeypatch, arrays)
        inputs = model.prepareTraining()[0].inputs
        rows = model.data["x"]["trainMatrix"]
        table = SentenceTable(rows, inputs, "POS", masked)
        assert table.form.max() > 5 and len(table) == len(rows)
        found.append(parts(table))
    for one, other in zip(*found):
        assert np.array_equal(one, other)
        assert getattr(one, "dtype", None) == getattr(other, "dtype", None)


def test_training_is_the_same(corpus, workdir, monkeypatch, eager):
    datasets = {"x": toy.dataset(corpus)}
    results = []
    for arrays in (True, False):
        model = tagger(datasets, monkeypatch, arrays)
        scores = model.fit(1)
        described = identity.describe(model, ["x"])
        weights = [weight.numpy() for weight in model.models["x"].weights]
        results.append((scores, described, weights))
    (scores, described, weights), (others, other, there) = results
    assert scores == others and described == other
    assert all(map(np.array_equal, weights, there))


def test_a_column_that_the_split_lacks_is_named(corpus, workdir, monkeypatch):
    model = tagger({"x": toy.dataset(corpus)}, monkeypatch, True)
    inputs = model.prepareTraining()[0].inputs
    rows = model.data["x"]["trainMatrix"]
    del rows.columns["chunk_BIO"]
    with pytest.raises(ValueError, match=r"Sentence 1 .* lacks the column 'chunk_BIO'"):
        SentenceTable(rows, inputs, "POS")
