"""Labels that cannot be told apart by eye, and in what they differ."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

# Letters of other scripts that look like Latin ones, with these.
_LETTERS = {
    "АВЕЅІЈКМНОРСТУХаеѕіјорсухԁһԛԝ": "ABESIJKMHOPCTYXaesijopcyxdhqw",  # Cyrillic
    "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧοντ": "ABEZHIKMNOPTYXovt",  # Greek
    "‐‑‒–—―−﹣": "--------",
}
_SAME = str.maketrans(
    {one: other for these in _LETTERS.items() for one, other in zip(*these)}
)
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}


def skeleton(text: str) -> str:
    """Return what the eye sees of a label: equal for labels that look alike.

    >>> skeleton("B-\\u0420ER\\u00a0") == skeleton("B-P\\u200bER")
    True
    """
    text = unicodedata.normalize("NFC", text).translate(_FULL_WIDTH).translate(_SAME)
    return "".join(
        " " if unicodedata.category(character) == "Zs" else character
        for character in text
        if unicodedata.category(character) not in ("Cc", "Cf")
        and not 0xFE00 <= ord(character) <= 0xFE0F  # variation selectors
    ).strip()


def spelt(text: str) -> str:
    """Return a label with the code points of all but its ASCII characters.

    >>> print(spelt("B-PER\\u00a0"))
    'B-PER\\xa0' (U+00A0)
    """
    odd = [f"U+{ord(c):04X}" for c in text if not (c.isascii() and c.isprintable())]
    return ascii(text) + f" ({', '.join(odd)})" * bool(odd)


def alike(labels: Iterable[str]) -> list[list[str]]:
    """Return groups of different labels that look the same."""
    return _groups(labels, skeleton)


def same_but_for_case(labels: Iterable[str]) -> list[list[str]]:
    """Return groups of labels that differ in letter case alone."""
    return _groups(labels, str.casefold)


def _groups(labels, key) -> list[list[str]]:
    groups: dict[str, list[str]] = {}
    for label in labels:
        groups.setdefault(key(label), []).append(label)
    return [group for group in groups.values() if len(group) > 1]
