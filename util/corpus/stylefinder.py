"""Which style the labels of a column are written in, told by their distinct values."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

from util import tagschemes
from util.corpus.partial import UNKNOWN
from util.tagschemes import OUTSIDE
from util.tagstyles import BRACKET, LETTERS, PREFIX, SUFFIX, TYPES, Style, unreadable

# What people write for `O`, in lower case; the last ones are tags of other kinds, too.
_SIGNS = {
    *("o", "0", "_", "-", "--", "–", "—", "*", "none", "null", "nil", "na", "n/a"),
    *("other", "out", "outside", "o-o", "empty", "background", "<none>", "<o>", "[o]"),
}
_DOUBTFUL_SIGNS = {".", "/", "#", "?", "n", "x", "u", "no", "oth", "false"}
_SEPARATORS = "-_:/.|=+@"
# In this order: what two of them could have written is in the first.
_ALPHABETS = ("BIO", "BILOU", "BMES", "BMEWO", "BIEWO")
_TAG_LIKE = re.compile(r"[BIESLUMW]-.*|.*-[BIESLUMW]", re.DOTALL)
_PAIR = re.compile(r"(?:^|\|)[^=|]+=(?:O|[BIES]-[^|]+)(?:$|\|)")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")


def recognise(counts: Mapping[str, int]) -> Style | None:
    """Return the style of a column.

    Args:
        counts: How often each value occurs in it.

    Returns:
        `Style()` for our own schemes, None if the values are in no style that is known.

    >>> print(recognise({"O": 90, "U-PER": 5, "B-ORG": 3, "L-ORG": 3}))
    BILOU
    >>> print(recognise({"_": 90, "PER-B": 5, "ORG-B": 3, "ORG-I": 3}))
    suffix,O=_
    """
    values = set(counts)
    if not tagschemes.untaggable(values):
        return Style()
    if numbers(values):
        return None
    signs = sorted(
        (v for v in values if v.lower() in _SIGNS | _DOUBTFUL_SIGNS and v != OUTSIDE),
        key=lambda value: -counts[value],
    )
    if OUTSIDE in values and UNKNOWN in signs:
        signs.remove(UNKNOWN)  # beside O it means something else
    for style in _candidates([OUTSIDE, *signs]):
        if _fits(style, values):
            return style
    if pairs(values):
        return None
    signs = [sign for sign in signs if sign.lower() in _SIGNS]
    outside = OUTSIDE if OUTSIDE in values or not signs else signs[0]
    types = values - {OUTSIDE, outside, ""}
    if "" in values or not types or any(map(_TAG_LIKE.fullmatch, types)):
        return None
    # The signs that are left would be types.
    return None if types & set(signs) else Style(TYPES, outside=outside)


def numbers(values: Collection[str]) -> bool:
    """Tell numbers, which stand for labels that are listed elsewhere."""
    kinds = {value for value in values if value != OUTSIDE}
    return len(kinds - {"0"}) > 1 and all(map(_NUMBER.fullmatch, kinds))


def pairs(values: Collection[str]) -> bool:
    """Tell lists of keys and tags, as in the column MISC of CoNLL-U.

    >>> pairs(["_", "SpaceAfter=No|NER=B-PER"]), pairs(["E=mc2", "A-B=C"])
    (True, False)
    """
    return any(map(_PAIR.search, values))


def title(style: Style) -> str:
    """Return what people call a style.

    >>> title(Style(SUFFIX, "BILOU", outside="_"))
    'suffix style (PER-B), BILOU, `_` in place of `O`'
    """
    names = {
        SUFFIX: f"suffix style (PER{style.separator}B)",
        TYPES: "bare types, without prefixes",
        BRACKET: "bracket notation, as `(PER*`",
    }
    words = [names[style.layout]] if style.layout in names else []
    words += [style.letters] * (style.letters not in ("BIO", "IOB", "IOBES"))
    if style.layout == PREFIX and style.separator != "-":
        words.append(f"`{style.separator}` between prefix and type")
    words += ["lower-case prefixes"] * style.lower
    if style.outside != OUTSIDE:
        words.append(f"`{style.outside}` in place of `O`")
    return ", ".join(words) or "one of our schemes"


def _candidates(signs: list[str]) -> Iterator[Style]:
    """Yield styles whose values are told by their form, the plainest ones first."""
    for lower in (False, True):
        for sign in signs:
            yield Style(BRACKET, outside=sign)
            for separator in _SEPARATORS:
                for layout in (PREFIX, SUFFIX):
                    for letters in _ALPHABETS:
                        yield Style(layout, letters, separator, lower, sign)


def _fits(style: Style, values: Collection[str]) -> bool:
    """Tell whether values are in a style, prefixes all with types or all without."""
    # One by one: most values of a column of words are in none of many styles.
    if any(unreadable([value], style) for value in values):
        return False
    outside = {OUTSIDE, style.outside, "o" if style.lower else OUTSIDE}
    tags = [value for value in values if value not in outside]
    if style.layout == BRACKET:
        return any(value.startswith("(") for value in tags)
    alone = [value for value in tags if len(value) == 1]
    if style.layout == SUFFIX or style.separator != "-":
        return bool(tags) and not alone
    # Single letters alone are words' boundaries: some begin, some go on.
    letters = {LETTERS[style.letters].read.get(value.upper()) for value in alone}
    return not alone or (len(alone) == len(tags) and len(letters & {"B", "I", "E"}) > 1)
