"""What becomes of words and sentences does not depend on what they come with."""

import threading

import numpy as np
import pytest

from neuralnets.inference.character_cnn import CharacterCNN
from neuralnets.inference.character_lstm import CharacterLSTM
from neuralnets.inference.remembered import Remembered
from neuralnets.inference.steps import Steps

ALPHABET, SIZE, UNITS = 20, 5, 4


def encoder(kind):
    """Return a character encoder with weights that leave nothing out."""
    draw = np.random.default_rng(1)

    def weights(*shape):
        return draw.normal(0, 0.5, shape).astype(np.float32)

    vectors = weights(ALPHABET, SIZE)
    if kind == "LSTM":
        one = [(SIZE, 4 * UNITS), (UNITS, 4 * UNITS), (4 * UNITS,)]
        return CharacterLSTM(vectors, [weights(*s) for s in one * 2], "sigmoid")
    return CharacterCNN(vectors, weights(3, SIZE, 6), weights(6), mask_padding=True)


def words(count=30, longest=12):
    """Return words `[W, C]`, padded beyond the longest of them."""
    draw = np.random.default_rng(2)
    characters = draw.integers(1, ALPHABET, (count, longest + 2)).astype(np.int32)
    lengths = draw.integers(1, longest, count)
    return characters * (np.arange(longest + 2) < lengths[:, None])


@pytest.mark.parametrize("kind", ["LSTM", "CNN"])
def test_a_word_is_the_same_alone_and_however_padded(kind):
    encode, characters = encoder(kind), words()
    together = encode(characters)
    for word, vector in zip(characters, together):
        alone = encode(word[None, : np.count_nonzero(word)])[0]
        np.testing.assert_allclose(alone, vector, atol=1e-6)


@pytest.mark.parametrize("kind", ["LSTM", "CNN"])
def test_what_is_remembered_is_what_was_said(kind):
    """New words may all be shorter than those that are known already."""
    encode, characters = encoder(kind), words()
    wanted = encode(characters)
    remembered = Remembered(encode, encode.width)
    longest_first = np.argsort(-np.count_nonzero(characters, 1))
    for known in (3, 10, 30, 30):
        some = longest_first[:known]
        np.testing.assert_allclose(
            remembered(characters[some]), wanted[some], atol=1e-6
        )


def test_no_more_is_remembered_than_asked_for():
    encode, characters = encoder("CNN"), words(60)
    remembered = Remembered(encode, encode.width, most=25)
    for start in range(0, 60, 10):
        some = characters[start : start + 10]
        np.testing.assert_allclose(remembered(some), encode(some), atol=1e-6)
        assert len(remembered._index) <= 25
    np.testing.assert_allclose(remembered(characters), encode(characters), atol=1e-6)


def test_threads_share_what_is_remembered():
    encode, characters = encoder("LSTM"), words(60)
    remembered, wanted = Remembered(encode, encode.width, most=40), encode(characters)
    wrong = []

    def ask(seed):
        draw = np.random.default_rng(seed)
        for _ in range(30):
            some = draw.choice(60, 8, replace=False)
            found = remembered(characters[some])
            wrong.extend(some[np.abs(found - wanted[some]).max(1) > 1e-5])

    threads = [threading.Thread(target=ask, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_steps_bring_tokens_into_order_and_back():
    lengths = np.array([2, 4, 1, 4])
    steps = Steps(lengths)
    values = np.arange(4 * 6).reshape(4, 6)  # two more columns than tokens
    packed = steps.pack(values)
    assert packed.tolist() == [6, 18, 0, 12, 7, 19, 1, 8, 20, 9, 21]
    present = np.arange(4) < lengths[:, None]
    assert np.array_equal(steps.unpack(packed), values[:, :4] * present)
    assert packed[steps.mirrored].tolist() == [9, 21, 1, 12, 8, 20, 0, 7, 19, 6, 18]
    by_time = steps.places()
    assert by_time[1 * 4 + 1] == 4 and by_time[1 * 4 + 2] == -1
