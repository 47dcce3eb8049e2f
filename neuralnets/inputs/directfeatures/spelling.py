"""What the spelling of a word tells: the features of Huang et al. (2015).

Each is a function from a word to a short text; the empty text means that the word does
not have the feature. To add one, write a function and a line in `SPELLING`.
"""

from __future__ import annotations

import functools
import itertools
import string
from typing import Callable

YES = "yes"
_PUNCTUATION = frozenset(string.punctuation)


def _mark(holds: bool) -> str:
    return YES if holds else ""


def starts_with_capital(word: str) -> str:
    """Mark a word whose first character is a capital."""
    return _mark(word[:1].isupper())


def all_capitals(word: str) -> str:
    """Mark a word whose letters, if it has any, are all capitals."""
    return _mark(word.isupper())


def all_lower_case(word: str) -> str:
    """Mark a word whose letters, if it has any, are all small."""
    return _mark(word.islower())


def non_initial_capital(word: str) -> str:
    """Mark a word with a capital behind its first character."""
    return _mark(any(map(str.isupper, word[1:])))


def letters_and_digits(word: str) -> str:
    """Mark a word with both letters and digits."""
    return _mark(any(map(str.isalpha, word)) and any(map(str.isdigit, word)))


def has_punctuation(word: str) -> str:
    """Mark a word with ASCII punctuation."""
    return _mark(not _PUNCTUATION.isdisjoint(word))


def ends_in_apostrophe_s(word: str) -> str:
    """Mark a word that ends in 's, with a straight or a typographic apostrophe."""
    return _mark(word[-2:].lower() in ("'s", "\u2019s"))


def prefix(word: str, length: int) -> str:
    """Return the first characters of a word that has as many."""
    return word[:length] if len(word) >= length else ""


def suffix(word: str, length: int) -> str:
    """Return the last characters of a word that has as many."""
    return word[-length:] if len(word) >= length else ""


def letters_only(word: str) -> str:
    """Return the letters of a word that also has others.

    >>> letters_only("I.B.M."), letters_only("IBM")
    ('IBM', '')
    """
    letters = "".join(filter(str.isalpha, word))
    return letters if letters != word else ""


def non_letters_only(word: str) -> str:
    """Return what is no letter.

    >>> non_letters_only("A.T.&T.")
    '..&.'
    """
    return "".join(character for character in word if not character.isalpha())


def pattern(word: str) -> str:
    """Return the word with A for capitals, a for other letters and 0 for digits.

    >>> pattern("D56y-3")
    'A00a-0'
    """
    return "".join(map(_shape, word))


def pattern_summary(word: str) -> str:
    """Return the pattern without repeats.

    >>> pattern_summary("D56y-3")
    'A0a-0'
    """
    return "".join(character for character, _ in itertools.groupby(pattern(word)))


def _shape(character: str) -> str:
    if character.isupper():
        return "A"
    if character.isalpha():
        return "a"
    return "0" if character.isdigit() else character


SPELLING: dict[str, Callable[[str], str]] = {
    "lowerCased": str.lower,
    "startsWithCapital": starts_with_capital,
    "allCapitals": all_capitals,
    "allLowerCase": all_lower_case,
    "nonInitialCapital": non_initial_capital,
    "lettersAndDigits": letters_and_digits,
    "hasPunctuation": has_punctuation,
    "endsInApostropheS": ends_in_apostrophe_s,
    **{f"prefix{n}": functools.partial(prefix, length=n) for n in (2, 3, 4, 5)},
    **{f"suffix{n}": functools.partial(suffix, length=n) for n in (2, 3, 4, 5)},
    "lettersOnly": letters_only,
    "nonLettersOnly": non_letters_only,
    "pattern": pattern,
    "patternSummary": pattern_summary,
}
