"""Spelling, the cache of words and the trimming of their padding."""

import numpy as np
import pytest
from random_elmo import options_with, write_model

from neuralnets.elmo import BidirectionalLanguageModel, encoder
from neuralnets.elmo.characters import BEGIN, END, character_ids, spell
from neuralnets.elmo.options import read_options
from neuralnets.elmo.weights import read_weights
from neuralnets.elmo.word_cache import WordCache


def test_ids_of_a_word_and_of_the_markers():
    ids = character_ids([spell("Ab", 50), spell("ü", 50), BEGIN, END], 50)
    assert ids.shape == (4, 50)
    assert ids[:, :4].tolist() == [
        [259, 66, 99, 260],
        [259, 0xC3 + 1, 0xBC + 1, 260],
        [259, 257, 260, 261],
        [259, 258, 260, 261],
    ]
    assert (ids[:, 4:] == 261).all()


@pytest.mark.parametrize("length", [47, 48, 49, 1000])
def test_a_long_word_is_cut_and_still_ended(length):
    ids = character_ids([spell("y" * length, 50)], 50)[0]
    end = min(length, 48) + 1
    assert ids[end] == 260
    assert (ids[1:end] == ord("y") + 1).all()
    assert (ids[end + 1 :] == 261).all()


def counting(encode):
    def counted(spellings):
        counted.words += spellings
        return encode(spellings)

    counted.words = []
    return counted


def test_each_distinct_word_is_encoded_once(tmp_path):
    model = BidirectionalLanguageModel(*write_model(tmp_path), batch_tokens=20)
    counted = model._vectors._encode = counting(model._vectors._encode)
    sentences = [["a", "b", "a"] * 5, ["b", "c"], ["a"] * 7]
    model.layers(sentences)
    model.layers(sentences)
    assert len(counted.words) == len(set(counted.words)) == 5  # three and two markers


def test_the_cache_keeps_the_words_used_last():
    def encode(spellings):
        return np.array([[len(s)] for s in spellings], np.float32)

    counted = counting(encode)
    cache = WordCache(counted, 2)
    assert cache([b"a", b"bb", b"ccc"]).tolist() == [[1], [2], [3]]
    assert len(cache) == 2
    assert cache([b"bb"]).tolist() == [[2]]
    assert cache([b"dddd"]).tolist() == [[4]]  # drops b"ccc", used before b"bb"
    assert cache([b"bb", b"ccc"]).tolist() == [[2], [3]]
    assert counted.words == [b"a", b"bb", b"ccc", b"dddd", b"ccc"]


def test_a_cache_too_small_for_a_batch_changes_nothing(tmp_path):
    paths = write_model(tmp_path)
    sentences = [[f"w{i}" for i in range(k, k + 9)] for k in range(5)]
    large = BidirectionalLanguageModel(*paths).layers(sentences)
    small = BidirectionalLanguageModel(*paths, cached_words=1).layers(sentences)
    for a, b in zip(large, small):
        np.testing.assert_allclose(a, b, rtol=0, atol=1e-6)


@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_trimming_the_padding_of_words_changes_nothing(tmp_path, activation):
    paths = write_model(tmp_path, options_with(activation=activation))
    options = read_options(paths[0])
    weights = read_weights(paths[1], options)
    encode = encoder.CharacterEncoder(weights.encoder, options)
    words = [b"x" * length for length in range(49)]
    function = {"relu": encoder.tf.nn.relu, "tanh": encoder.tf.tanh}[activation]
    whole = encoder.encode(character_ids(words, 50), weights.encoder, function)
    for word, expected in zip(words, whole):
        np.testing.assert_allclose(encode([word])[0], expected, rtol=0, atol=1e-6)
    np.testing.assert_allclose(encode(words), whole, rtol=0, atol=1e-6)


def test_many_words_are_encoded_in_chunks(tmp_path, monkeypatch):
    model = BidirectionalLanguageModel(*write_model(tmp_path))
    words = [str(number).encode() for number in range(99)]
    whole = model._vectors._encode(words)
    monkeypatch.setattr(encoder, "_CHARACTERS_AT_A_TIME", 40)
    np.testing.assert_allclose(model._vectors._encode(words), whole, rtol=0, atol=1e-6)
