"""Words that are remembered make the tokens that NLTK makes of whole sentences."""

from __future__ import annotations

import random

import pytest

from util.output import treebank

_SIGNS = list("aabx.5,.:;'\"''()[]{}<>-?!`«»“”‘’…&$#@%*/ \u00a0") + [" "] * 12
_BLANKS = ["\n", "  ", "\t", "\u3000"]
_WORDS = (
    "can't cannot gonna wanna 'tis d'ye more'n boys' it's I'll n't '' `` -- ... U.S. "
    "1,000 a.m. 's is not na can 't 'n I'D"
).split()


@pytest.mark.parametrize("seed", range(4))
def test_tokens_are_those_of_the_whole_sentence(seed):
    draw = random.Random(seed)
    rules = treebank._rules()
    for number in range(1500):
        parts = _SIGNS + _WORDS + _BLANKS * (number % 2)
        between = " " * (number % 3 == 0)
        sentence = between.join(
            draw.choice(parts) for _ in range(draw.randrange(0, 24))
        )
        assert treebank.treebank(sentence) == rules.tokenize(sentence), repr(sentence)


def test_words_are_asked_for_once_and_long_ones_are_not_kept(monkeypatch):
    asked = []
    rules = treebank._rules()

    class Counted:
        def tokenize(self, text):
            asked.append(text)
            return rules.tokenize(text)

    monkeypatch.setattr(treebank, "_rules", Counted)
    treebank._remembered.cache_clear()
    for _ in range(3):
        treebank.treebank(f"It rains and rains on {'w' * 1000} today.")
    # It, rains, and, on, the end; the long word each time.
    assert len(asked) == 5 + 3
    treebank._remembered.cache_clear()
