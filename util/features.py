"""What is read off a word itself: its casing class and its characters."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Callable

PADDING, UNKNOWN = 0, 1

CASING = {
    "PADDING": 0,
    "other": 1,
    "numeric": 2,
    "mainly_numeric": 3,
    "allLower": 4,
    "allUpper": 5,
    "initialUpper": 6,
    "contains_digit": 7,
}


def casing(word: str) -> str:
    """Return the casing class of a word; the first rule that holds wins.

    >>> casing("1998"), casing("747-400"), casing("3rd"), casing("B2"), casing("iPod")
    ('numeric', 'mainly_numeric', 'allLower', 'allUpper', 'other')
    """
    digits = sum(map(str.isdigit, word))
    if word.isdigit():
        return "numeric"
    if digits > len(word) / 2:
        return "mainly_numeric"
    if word.islower():
        return "allLower"
    if word.isupper():
        return "allUpper"
    if word[:1].isupper():
        return "initialUpper"
    return "contains_digit" if digits else "other"


def composed(word: str) -> str:
    """Return a word with each letter and its marks as one character (Unicode's NFC).

    Files from macOS, for example, may write `ü` as `u` and U+0308.

    >>> composed("u\\u0308ber") == "\\u00fcber"
    True
    """
    if word.isascii() or unicodedata.is_normalized("NFC", word):
        return word
    return unicodedata.normalize("NFC", word)


def spelled(characters: Sequence[str], alphabet: Mapping[str, int]) -> list[int]:
    """Return the indices of a word's characters; composed, if more are known so.

    Args:
        characters: The word's, one after another.
        alphabet: The index of each character.
    """
    indices = [alphabet.get(character, UNKNOWN) for character in characters]
    if UNKNOWN in indices:
        other = composed("".join(characters))
        found = [alphabet.get(character, UNKNOWN) for character in other]
        if found.count(UNKNOWN) < indices.count(UNKNOWN):
            return found
    return indices


def tokens_of(sentence: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the words of a sentence.

    Raises:
        ValueError: It has no list `tokens`.
    """
    tokens = sentence.get("tokens") if isinstance(sentence, Mapping) else None
    if tokens is None or isinstance(tokens, str):
        text = repr(sentence)
        raise ValueError(
            "A sentence must be a dictionary with a list of words, such as "
            "{'tokens': ['Hello', 'world']}. Received: "
            f"{text if len(text) <= 60 else text[:57] + '...'}"
        )
    return list(tokens)


class Memo(dict):
    """Remembers the value of a function for each key: words come again and again."""

    def __init__(self, function: Callable[[Any], Any]):
        super().__init__()
        self._function = function

    def __missing__(self, key: Any) -> Any:
        value = self[key] = self._function(key)
        return value


def addCasingInformation(sentences: Iterable[dict]) -> None:
    """Add the column `casing` to sentences that have the column `tokens`."""
    classes = Memo(casing)
    for sentence in sentences:
        sentence["casing"] = list(map(classes.__getitem__, tokens_of(sentence)))


def addCharInformation(sentences: Iterable[dict]) -> None:
    """Add the column `characters`: each token as a list of its characters.

    Equal words share one list, so treat the lists as read-only.
    """
    spelled = Memo(list)
    for sentence in sentences:
        sentence["characters"] = list(map(spelled.__getitem__, tokens_of(sentence)))
