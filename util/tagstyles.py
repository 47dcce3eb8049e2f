"""Other ways to write tags, as data, and how to turn them into ours and back.

Corpora write the same spans as `U-PER` (BILOU), `S-PER` behind `M-PER` (BMES), `PER-B`
(the type first), `PER` (the type alone), `(PER*` (brackets), `b-per`, or with another
sign for `O`. A style is named by words with commas between: `BILOU`, `suffix`,
`types`, `bracket`, `lower`, `O=_`, `separator=_`; `suffix,BMES,O=-` has three of them.
"""

from __future__ import annotations

import difflib
import functools
import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from util import tagschemes
from util.tagschemes import OUTSIDE

PREFIX, SUFFIX, TYPES, BRACKET = "prefix", "suffix", "types", "bracket"


class Letters(NamedTuple):
    """How a style spells the prefixes of one of our schemes.

    Attributes:
        scheme: A key of `tagschemes.SCHEMES`.
        read: Our prefix for each of its own.
        written: Its own prefix for each of ours.
    """

    scheme: str
    read: dict[str, str]
    written: dict[str, str]


def _letters(scheme: str, ours: str, theirs: str) -> Letters:
    return Letters(scheme, dict(zip(theirs, ours)), dict(zip(ours, theirs)))


_OURS = _letters("IOBES", "BIES", "BIES")
LETTERS = {
    # Reading is the same for all of ours.
    "BIO": _OURS._replace(scheme="BIO"),
    "IOB": _OURS._replace(scheme="IOB"),
    "IOBES": _OURS,
    "IO": Letters("IOB", {"I": "I"}, {"B": "I", "I": "I"}),
    "BILOU": _letters("IOBES", "BIES", "BILU"),
    "BMES": _letters("IOBES", "BIES", "BMES"),
    "BMEWO": _letters("IOBES", "BIES", "BMEW"),
    "BIEWO": _letters("IOBES", "BIES", "BIEW"),
}
_OTHER_NAMES = {
    **{"IOB1": "IOB", "IOB2": "BIO", "BIO2": "BIO", "BIOES": "IOBES"},
    **dict.fromkeys(("BIOUL", "BILUO", "BIOLU"), "BILOU"),
    **dict.fromkeys(("BMESO", "BMEOS", "BMOES"), "BMES"),
    **dict.fromkeys(("BMEW", "BMEOW"), "BMEWO"),
}
_OTHER_LAYOUTS = {"bare": TYPES, "type": TYPES, "brackets": BRACKET}


class Style(NamedTuple):
    """A way to write tags.

    Attributes:
        layout: `prefix`, `suffix`, `types` (no prefixes) or `bracket`.
        letters: A key of `LETTERS`.
        separator: What stands between prefix and type.
        lower: The prefixes, and the sign for `O`, are read in either letter case and
            written in lower case.
        outside: What stands for `O`, which is read, too.
    """

    layout: str = PREFIX
    letters: str = "BIO"
    separator: str = "-"
    lower: bool = False
    outside: str = OUTSIDE

    def __str__(self) -> str:
        words = [self.layout] * (self.layout != PREFIX)
        words += [self.letters] * (self.letters != "BIO")
        words += [f"separator={self.separator}"] * (self.separator != "-")
        words += ["lower"] * self.lower
        words += [f"O={self.outside}"] * (self.outside != OUTSIDE)
        return ",".join(words) or "BIO"


def parse(text: str) -> Style:
    """Read the name of a style.

    Raises:
        ValueError: A word is unknown; the message names those that there are.

    >>> parse("suffix,bilou,O=_")
    Style(layout='suffix', letters='BILOU', separator='-', lower=False, outside='_')
    """
    style = Style()
    for word in text.split(",") if isinstance(text, str) else [text]:
        word = word.strip() if isinstance(word, str) else word
        upper, lower = str(word).upper(), str(word).lower()
        letters = _OTHER_NAMES.get(upper, upper)
        layout = _OTHER_LAYOUTS.get(lower, lower)
        key, _, value = str(word).partition("=")
        if letters in LETTERS:
            style = style._replace(letters=letters)
        elif layout in (PREFIX, SUFFIX, TYPES, BRACKET):
            style = style._replace(layout=layout)
        elif lower == "lower":
            style = style._replace(lower=True)
        elif key == OUTSIDE and value:
            style = style._replace(outside=value)
        elif key == "separator" and len(value) == 1:
            style = style._replace(separator=value)
        else:
            raise ValueError(_unknown(word))
    return style


def unreadable(values: Iterable[str], style: Style) -> list[str]:
    """Return the values that a style does not have, in their order."""
    tag_of = _reader(style)
    return [value for value in values if tag_of(value) is None]


def read(tags: Sequence[str], style: Style, scheme: str) -> list[str]:
    """Turn the tags of a sentence from a style into one of our schemes.

    Invalid sequences are read, too: see `tagschemes.spans`.

    Args:
        tags: Values that the style has.
        style: How they are written.
        scheme: A key of `tagschemes.SCHEMES`.

    Raises:
        ValueError: The style has no such value.

    >>> read(["B-PER", "L-PER", "U-ORG"], parse("BILOU"), "BIO")
    ['B-PER', 'I-PER', 'B-ORG']
    >>> read(["PER", "PER", "_", "ORG"], parse("types,O=_"), "IOB")
    ['I-PER', 'I-PER', 'O', 'I-ORG']
    """
    ours = list(map(_reader(style), tags))
    if None in ours:
        value = tags[ours.index(None)]
        raise ValueError(f"{value!r} is no tag in the style '{style}'.")
    if style.layout == BRACKET:
        ours = _without_brackets(ours)
    return tagschemes.rewrite(ours, scheme)


def write(tags: Sequence[str], style: Style) -> list[str]:
    """Turn the tags of a sentence, in any of our schemes, into a style.

    What `read` returns becomes what it was given, if that was valid. `types` and `IO`
    cannot say where a span follows another one of its type.

    >>> write(["B-PER", "I-PER", "B-ORG", "O"], parse("bracket"))
    ['(PER*', '*)', '(ORG)', '*']
    """
    if style.layout == BRACKET:
        return _with_brackets(tags)
    spelling = LETTERS[style.letters]
    return [_written(tag, style) for tag in tagschemes.rewrite(tags, spelling.scheme)]


def _written(tag: str, style: Style) -> str:
    if tag == OUTSIDE:
        return style.outside.lower() if style.lower else style.outside
    letter, dash, type_ = tag.partition("-")
    if style.layout == TYPES:
        return type_ or "_"
    letter = LETTERS[style.letters].written[letter]
    letter = letter.lower() if style.lower else letter
    parts = [letter, type_] if style.layout == PREFIX else [type_, letter]
    return style.separator.join(parts) if dash else letter


@functools.lru_cache(maxsize=64)
def _reader(style: Style):
    """Return a function from a value to our tag for it; None if it is no tag.

    Brackets stay as they are: what they mean depends on those before.
    """
    outside = {OUTSIDE, style.outside}
    outside |= {sign.lower() for sign in outside} if style.lower else set()
    letters = LETTERS[style.letters].read
    wanted = "".join(letters) + ("".join(letters).lower() if style.lower else "")
    separator = re.escape(style.separator)
    pattern = {
        PREFIX: rf"(?P<letter>[{wanted}])(?:{separator}(?P<type>.+))?",
        SUFFIX: rf"(?:(?P<type>.+){separator})?(?P<letter>[{wanted}])",
        TYPES: r"(?P<type>.+)",
        BRACKET: r"\*\)?|\([^()*]+\*?\)?",
    }[style.layout]
    fitting = re.compile(pattern, re.DOTALL).fullmatch

    @functools.lru_cache(maxsize=4096)
    def tag_of(value: str) -> str | None:
        if value in outside:
            return OUTSIDE
        found = fitting(value)
        if found is None:
            return None
        if style.layout == BRACKET:
            return value
        if style.layout == TYPES:
            return f"I-{value}"
        letter, type_ = letters[found["letter"].upper()], found["type"]
        return letter if type_ is None else f"{letter}-{type_}"

    return tag_of


def _without_brackets(values: Sequence[str]) -> list[str]:
    """Return tags for brackets; one that nothing opened is outside."""
    tags, type_ = [], ""
    for value in values:
        opening = value.startswith("(")
        if opening:
            type_ = value.strip("()*")
        inside = type_ and value != OUTSIDE
        tags.append(f"{'B' if opening else 'I'}-{type_}" if inside else OUTSIDE)
        if not inside or value.endswith(")"):
            type_ = ""
    return tags


def _with_brackets(tags: Sequence[str]) -> list[str]:
    values = ["*"] * len(tags)
    for type_, start, end in tagschemes.spans(tags):
        values[start] = f"({type_}*"
        values[end - 1] = f"({type_})" if end == start + 1 else "*)"
    return values


def _unknown(word) -> str:
    known = [*LETTERS, SUFFIX, TYPES, BRACKET, "lower"]
    near = difflib.get_close_matches(str(word), [*known, *map(str.lower, known)], 1)
    return (
        "A style of tags is made of the words "
        f"{', '.join(known)}, O=SIGN (what stands for O) and separator=SIGN, with "
        f"commas between, as in 'suffix,O=_'. Received: {word!r}"
        + (f". Did you mean {near[0]!r}?" if near else "")
    )
