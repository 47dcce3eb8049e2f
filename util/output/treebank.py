"""NLTK's rules for English, word by word, each word once.

The rules look at what stands between two blanks, and at nothing beyond them, but for a
quote that opens the sentence and for the last full stop, which stands before all that
closes it. So NLTK is asked for each word of a sentence, and for its end, and the words
are remembered: its thirty expressions cost more than all else that is done to a text.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence

from util.process import without_extras

_CLOSERS = "])}>\"'»”’"
_OTHER = re.compile(r"[^\S ]")
_MANY = 1 << 15  # words that are remembered
_LONGEST = 30  # characters of a word that is
# What NLTK is given before and behind a part of a sentence: a word, which is left out.
_FIRST, _INNER, _LAST = ("", " x"), ("x ", " x"), ("x ", "")


def treebank(sentence: str) -> list[str]:
    """Return a sentence's tokens in the Penn Treebank's style, quotes as `` and ''.

    >>> treebank('He said "No, we can\\'t".')
    ['He', 'said', '``', 'No', ',', 'we', 'ca', "n't", "''", '.']
    """
    words = sentence.split()
    end = len(words) - 1
    while end > 0 and not words[end].strip(_CLOSERS):
        end -= 1
    # A line's end is no blank to some rules.
    if end <= 0 or sentence[0] == " " or sentence[-1] == " " or _OTHER.search(sentence):
        return _rules().tokenize(sentence)
    tokens = [*_asked(_FIRST, words[0])]
    for word in words[1:end]:
        tokens += _asked(_INNER, word)
    tokens += _asked(_LAST, " ".join(words[end:]))
    return tokens


def _asked(around: tuple[str, str], part: str) -> Sequence[str]:
    asked = _remembered if len(part) <= _LONGEST else _remembered.__wrapped__
    return asked(around, part)


@functools.lru_cache(_MANY)
def _remembered(around: tuple[str, str], part: str) -> Sequence[str]:
    before, behind = around
    tokens = _rules().tokenize(f"{before}{part}{behind}")
    return tuple(tokens[bool(before) : len(tokens) - bool(behind)])


@functools.cache
def _rules():
    with without_extras():
        from nltk.tokenize.destructive import NLTKWordTokenizer

    class Rules(NLTKWordTokenizer):
        """The rules that all releases of NLTK have; `tokens` has those that differ."""

        STARTING_QUOTES = [
            rule
            for rule in NLTKWordTokenizer.STARTING_QUOTES
            if "re|ve|ll|m|t|s|d|n" not in rule[0].pattern
        ]
        PUNCTUATION = [
            rule
            for rule in NLTKWordTokenizer.PUNCTUATION
            if "\\u2012" not in rule[0].pattern
        ]

    return Rules()
