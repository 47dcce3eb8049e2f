"""Batches: who goes with whom, and whether a batch holds what its sentences say."""

import numpy as np
import pytest

from neuralnets.batches.minibatches import (
    batch_labels,
    make_batch,
    tagging_batches,
    training_batches,
)
from neuralnets.batches.table import SentenceTable
from neuralnets.conventions import Conventions
from neuralnets.inputs import CasingInput, CharacterInput, Input, WordInput
from neuralnets.layernames import FORM_INDEX, LENGTHS, STEP_SEED

# Word index, casing, characters. Two unknown words differ by their characters alone.
WORDS = [
    (2, 4, [5, 6, 7]),
    (3, 6, [8]),
    (1, 4, [5, 5]),
    (1, 4, [6, 5]),
    (4, 4, list(range(2, 9)) * 5),  # longer than `maxCharLength`
    (5, 2, [3, 4]),
    (5, 3, [3, 4]),
]
LONGEST = 25


def make_inputs(mask_characters=True):
    params = {"charEmbeddingsSize": 4, "maxCharLength": LONGEST}
    params["charFilterLength"] = 3
    conventions = Conventions(mask_characters=mask_characters)
    return [
        WordInput(None, 6, 3, True, 0),
        CasingInput("casing", 8, 2, 0),
        Input("POS", 9, 2, 0),
        CharacterInput(9, params, 0, conventions),
    ]


def make_rows(lengths, seed=0):
    rng = np.random.default_rng(seed)
    rows = []
    for length in lengths:
        tokens, casing, characters = [], [], []
        for word in rng.integers(0, len(WORDS), length):
            tokens.append(WORDS[word][0])
            casing.append(WORDS[word][1])
            # At times the same list as elsewhere, at times an equal one.
            shared = WORDS[word][2]
            characters.append(shared if rng.random() < 0.5 else list(shared))
        rows.append(
            {
                "tokens": tokens,
                "casing": casing,
                "characters": characters,
                "POS": rng.integers(0, 9, length).tolist(),
                "NER": rng.integers(0, 5, length).tolist(),
            }
        )
    return rows


LENGTH_SETS = {
    "natural": np.random.default_rng(0).integers(1, 60, 500),
    "one token": np.ones(7, int),
    "all different": np.arange(1, 100),
    "single": np.array([3]),
    "some empty": np.array([0, 3, 0, 5, 4, 0]),
    "only empty": np.zeros(3, int),
    "none": np.zeros(0, int),
}


@pytest.mark.parametrize("lengths", LENGTH_SETS.values(), ids=LENGTH_SETS)
@pytest.mark.parametrize("size", [1, 8, 32])
def test_training_batches_hold_every_sentence_once_and_little_padding(lengths, size):
    batches = training_batches(lengths, size, np.random.default_rng(0))
    together = np.concatenate([np.zeros(0, int), *batches])
    np.testing.assert_array_equal(np.sort(together), np.flatnonzero(lengths))
    for batch in batches:
        assert 1 <= len(batch) <= size
        assert lengths[batch].min() >= 0.8 * lengths[batch].max()


def test_training_batches_are_full_where_lengths_allow():
    lengths = LENGTH_SETS["natural"]
    batches = training_batches(lengths, 8, np.random.default_rng(0))
    assert len(batches) < 1.2 * len(lengths) / 8
    # Equal lengths: one batch after another is full.
    sizes = [len(b) for b in training_batches(np.full(70, 9), 32, _generator(1))]
    assert sorted(sizes) == [6, 32, 32]


def _generator(seed):
    return np.random.default_rng(seed)


def test_training_batches_follow_the_generator_alone():
    lengths = LENGTH_SETS["natural"]

    def draw(seed):
        return [
            batch.tolist() for batch in training_batches(lengths, 8, _generator(seed))
        ]

    assert draw(1) == draw(1)
    assert draw(1) != draw(2)
    # Not only the order of batches: who is with whom differs, too.
    assert {frozenset(b) for b in draw(1)} != {frozenset(b) for b in draw(2)}
    # Nor do short sentences come first.
    first = [lengths[batch].mean() for batch in draw(1)]
    assert np.abs(np.corrcoef(first, np.arange(len(first)))[0, 1]) < 0.5


@pytest.mark.parametrize("lengths", LENGTH_SETS.values(), ids=LENGTH_SETS)
@pytest.mark.parametrize("tokens", [1, 100, 8192])
def test_tagging_batches_hold_every_sentence_once(lengths, tokens):
    batches = tagging_batches(lengths, tokens)
    together = np.concatenate([np.zeros(0, int), *batches])
    np.testing.assert_array_equal(np.sort(together), np.flatnonzero(lengths))
    for batch in batches:
        assert len(batch) == 1 or len(batch) * lengths[batch].max() <= tokens
    # The long ones first, so that neighbours are of about one length.
    assert np.all(np.diff(lengths[together]) <= 0)


@pytest.mark.parametrize("mask_characters", [True, False])
@pytest.mark.parametrize("seed", range(3))
def test_batch_holds_what_its_sentences_say(seed, mask_characters):
    rows = make_rows([4, 1, 0, 7, 3, 2, 7, 5], seed)
    inputs = make_inputs(mask_characters)
    table = SentenceTable(rows, inputs, "NER")
    for chosen in ([3, 0, 7], [1], [5, 6, 4, 1, 0, 3, 7]):
        chosen = np.array(chosen)
        batch = make_batch(table, chosen, inputs, np.array([8, 9], np.int32))
        labels = batch_labels(table, chosen, "NER")
        form = batch[FORM_INDEX]
        longest = max(len(rows[index]["tokens"]) for index in chosen)
        assert form.shape == labels.shape == (len(chosen), longest)
        assert batch["POS_input"].shape == form.shape
        np.testing.assert_array_equal(batch[STEP_SEED], [8, 9])
        for b, index in enumerate(chosen):
            row, length = rows[index], batch[LENGTHS][b]
            assert length == len(row["tokens"])
            assert labels[b, :length].tolist() == row["NER"]
            assert batch["POS_input"][b, :length].tolist() == row["POS"]
            of_tokens = form[b, :length]
            assert batch["words_input"][of_tokens].tolist() == row["tokens"]
            assert batch["casing_input"][of_tokens].tolist() == row["casing"]
            for t, characters in zip(of_tokens, row["characters"]):
                found = batch["char_input"][t]
                expected = np.zeros(len(found))
                expected[: len(characters)] = characters[:LONGEST]
                np.testing.assert_array_equal(found, expected)
            assert not labels[b, length:].any()
            assert not batch["POS_input"][b, length:].any()
        # Each form of the batch comes once, and none that the batch does not have.
        assert len(np.unique(form)) == len(batch["words_input"])
        forms = np.column_stack([batch[f"{n}_input"] for n in ("words", "casing")])
        forms = np.column_stack([forms, batch["char_input"]])
        assert len(np.unique(forms, axis=0)) == len(forms)


def test_batch_fits_the_signature_of_the_graph_functions():
    rows, inputs = make_rows([3, 2]), make_inputs()
    table = SentenceTable(rows, inputs, "NER")
    batch = make_batch(table, np.array([0, 1]), inputs)
    names = {"words_input", "casing_input", "POS_input", "char_input"}
    assert set(batch) == names | {FORM_INDEX, LENGTHS, STEP_SEED}
    assert {name: value.dtype for name, value in batch.items()} == dict.fromkeys(
        batch, np.int32
    )
    assert batch_labels(table, np.array([0, 1]), "NER").dtype == np.int32


def test_characters_are_cut_to_the_longest_word_of_the_batch():
    short, long = [5, 6], list(range(2, 9))
    rows = [
        {"tokens": [2, 3], "casing": [1, 1], "POS": [1, 1], "characters": [short, [4]]},
        {"tokens": [4], "casing": [1], "POS": [1], "characters": [long]},
    ]
    widths = {}
    for masked in (True, False):
        inputs = make_inputs(masked)
        table = SentenceTable(rows, inputs)
        widths[masked] = [
            make_batch(table, np.array(chosen), inputs)["char_input"].shape[1]
            for chosen in ([0], [1], [0, 1])
        ]
    # Where padding counts, two filters' width of it stand for all.
    assert widths == {True: [2, 7, 7], False: [8, 13, 13]}


def test_rare_words_occur_once():
    rows = [
        {"tokens": [2, 3, 2], "casing": [0, 0, 1]},
        {"tokens": [4, 1, 5], "casing": [0, 0, 0]},
        {"tokens": [5], "casing": [0]},
    ]
    inputs = [WordInput(None, 7, 3, True, 0), CasingInput("casing", 8, 2, 0)]
    rare = inputs[0].rare(SentenceTable(rows, inputs))
    # Word 2 has two forms, each of which occurs once; 0 and 6 never occur.
    assert np.flatnonzero(rare).tolist() == [1, 3, 4]
    assert len(rare) == 7
