"""The language model against its slow twin, and what must not change its numbers."""

import numpy as np
import pytest
from elmo_twin import Twin
from random_elmo import options_with, write_model

from neuralnets.elmo import BidirectionalLanguageModel, lstm
from neuralnets.elmo.batching import plan

SENTENCES = [
    "The cat sat on the mat .".split(),
    ["Überraschung", "für", "日本語", "🙂", "naïve"],
    [],
    ["one"],
    [f"word{number % 7}" for number in range(40)],
    ["x" * 47, "x" * 48, "x" * 49, "é" * 24, "a" + "é" * 24, "", "the", "The"],
    ["<S>", "</S>", " ", "\u00a0", "\0"],
    ["two", "tokens"],
]


def assert_close(found, expected, tolerance=2e-6):
    assert found.dtype == np.float32
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=0, atol=tolerance)


@pytest.fixture
def paths(tmp_path):
    return write_model(tmp_path)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"use_skip_connections": False},
        {"activation": "tanh"},
        {"activation": "tanh", "use_skip_connections": False, "n_layers": 1},
        {"n_layers": 4},
        {"n_layers": 3, "use_skip_connections": False},
        {"n_highway": 0},
        {"n_highway": 1, "filters": [[7, 3]]},
        {"cell_clip": None, "proj_clip": None},
        {"cell_clip": None},
        {"proj_clip": None},
        {"max_characters_per_token": 9},
        {"projection_dim": 9},  # the filters' size: bilm-tf leaves CNN_proj out
        {"projection_dim": 5},  # the units' size: it leaves W_P_0 out
    ],
    ids=str,
)
def test_agrees_with_the_slow_twin(tmp_path, changes):
    paths = write_model(tmp_path, options_with(**changes))
    for sentence, found in zip(
        SENTENCES, BidirectionalLanguageModel(*paths).layers(SENTENCES)
    ):
        assert_close(found, Twin(*paths).layers(sentence))


@pytest.mark.parametrize(
    "changes",
    [
        {"use_skip_connections": False},
        {"activation": "tanh"},
        {"cell_clip": None},
        {"proj_clip": None},
    ],
    ids=str,
)
def test_every_option_of_the_small_model_matters(tmp_path, changes):
    # Without this the comparisons above might compare nothing.
    (tmp_path / "changed").mkdir()
    first = BidirectionalLanguageModel(*write_model(tmp_path))
    second = BidirectionalLanguageModel(
        *write_model(tmp_path / "changed", options_with(**changes))
    )
    pairs = zip(first.layers(SENTENCES[4:5]), second.layers(SENTENCES[4:5]))
    assert max(np.abs(a - b).max() for a, b in pairs) > 1e-3


def test_layers_are_token_twice_then_forward_and_backward(paths):
    model = BidirectionalLanguageModel(*paths)
    first, second = model.layers([["a", "b", "c"], ["a", "b", "d"]])
    assert first.shape == (model.layer_count, 3, model.width) == (3, 3, 6)
    np.testing.assert_array_equal(first[0, :, :3], first[0, :, 3:])
    # Forward, the first tokens cannot know of the last one; backward they do.
    assert_close(first[:, :2, :3], second[:, :2, :3])
    differences = np.abs(first[1:, :2, 3:] - second[1:, :2, 3:])
    assert differences.max(axis=-1).min() > 1e-3


@pytest.mark.parametrize("batch_tokens", [1, 20, 100])
def test_stateless_vectors_depend_on_the_sentence_alone(paths, batch_tokens):
    model = BidirectionalLanguageModel(*paths)
    alone = [model.layers([sentence])[0] for sentence in SENTENCES]
    again = model.layers(SENTENCES)
    other = BidirectionalLanguageModel(*paths, batch_tokens=batch_tokens)
    backwards = other.layers(SENTENCES[::-1])[::-1]
    for expected, *found in zip(alone, again, backwards):
        for vectors in found:
            assert_close(vectors, expected)


@pytest.mark.parametrize("batch_tokens", [1, 30, 8192])
def test_stateful_rows_go_on_where_they_stopped(paths, batch_tokens):
    model = BidirectionalLanguageModel(*paths, True, batch_tokens=batch_tokens)
    calls = [SENTENCES[:3], SENTENCES[3:5], SENTENCES[4:8], [], SENTENCES[:4]]
    twins = [Twin(*paths) for _ in range(4)]
    for call in calls:
        for twin, sentence, found in zip(twins, call, model.layers(call)):
            assert_close(found, twin.layers(sentence))
    model.reset_states()
    assert_close(model.layers(SENTENCES[:1])[0], Twin(*paths).layers(SENTENCES[0]))


def test_carried_state_changes_the_vectors(paths):
    model = BidirectionalLanguageModel(*paths, stateful=True)
    first, second = (model.layers([["same", "words"]])[0] for _ in range(2))
    np.testing.assert_array_equal(first[0], second[0])
    assert np.abs(first[1:] - second[1:]).max() > 1e-2


def test_empty_input_and_empty_sentences(paths):
    model = BidirectionalLanguageModel(*paths)
    assert model.layers([]) == []
    assert [x.shape for x in model.layers([[], []])] == [(3, 0, 6)] * 2


def test_words_cut_to_the_same_bytes_are_the_same(paths):
    token, *others = BidirectionalLanguageModel(*paths).layers(
        [["x" * 48], ["x" * 60], ["x" * 48 + "ü"]]
    )
    assert_close(others[0], token)
    assert_close(others[1], token)
    shorter = BidirectionalLanguageModel(*paths).layers([["x" * 47]])[0]
    assert np.abs(shorter - token).max() > 1e-4


def test_lone_surrogates_are_left_out(paths):
    whole, broken = BidirectionalLanguageModel(*paths).layers([["ab"], ["a\ud83db"]])
    assert_close(broken, whole)


def test_a_word_that_looks_like_a_marker_is_a_word(paths):
    model = BidirectionalLanguageModel(*paths)
    marker, word = model._vectors([(256,), b"<S>"])
    assert np.abs(marker - word).max() > 1e-3


def test_all_models_and_shapes_share_one_trace(tmp_path):
    for n_layers in (1, 2):
        paths = write_model(tmp_path, options_with(n_layers=n_layers))
        BidirectionalLanguageModel(*paths).layers(SENTENCES)
    assert lstm._read.experimental_get_tracing_count() == 1


def test_batches_cover_every_sentence_once(paths):
    model = BidirectionalLanguageModel(*paths, batch_tokens=20)
    batches = list(model.batches(SENTENCES))
    assert len(batches) > 3
    assert sorted(sum((numbers for numbers, _ in batches), [])) == list(range(8))


def test_plan_keeps_to_its_bounds():
    lengths = list(np.random.default_rng(1).integers(2, 60, 2000))
    batches = list(plan(lengths, 512))
    assert sorted(sum(batches, [])) == list(range(2000))
    assert all(len(b) * max(lengths[n] for n in b) <= 512 for b in batches)
    assert max(map(len, plan([2] * 2000, 10**6))) == 256


def test_progress_rises_to_the_number_of_tokens(paths):
    seen = []
    model = BidirectionalLanguageModel(*paths, batch_tokens=50)
    model.layers(SENTENCES, lambda *numbers: seen.append(numbers))
    total = sum(map(len, SENTENCES))
    done = [number for number, _ in seen]
    assert len(seen) >= 10
    assert done == sorted(done)
    assert seen[-1] == (total, total)


@pytest.mark.parametrize("sentences", [["a sentence"], [["a", None]], [["a", b"b"]]])
def test_what_is_no_sentence_is_refused(paths, sentences):
    with pytest.raises(ValueError, match="`sentences` must be lists of words"):
        BidirectionalLanguageModel(*paths).layers(sentences)


@pytest.mark.parametrize("name", ["batch_tokens", "cached_words"])
def test_bad_arguments_are_refused(paths, name):
    with pytest.raises(ValueError, match=f"`{name}` must be a positive integer"):
        BidirectionalLanguageModel(*paths, **{name: 0})
