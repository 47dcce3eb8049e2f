"""Where the sentences of a text end: rules that need no data, for all languages."""

from __future__ import annotations

import re
from collections.abc import Iterator

from util.languages import Rules
from util.output.whole import EMOJI, EMOTICON

_CLOSERS = "\"'”’“‘»«›‹)\\]}」』）】"
_OPENERS = "\"'“”‘’„‚«»‹›([{¿¡—–-「『（【*"
# A mark, what closes behind it, and pictures that belong to the sentence.
_END = re.compile(
    f"(?P<mark>[.!?…‼⁇⁈⁉؟۔।॥։፧።]+)(?P<closers>[{_CLOSERS}]*)"
    rf"(?:\s*(?:{EMOJI}|{EMOTICON}))*(?=\s|\Z)"
    f"|(?P<wide>[。！？｡]+)(?P<closed>[{_CLOSERS}]*)"
)
_GREEK_QUESTION = re.compile(rf";(?P<closers>[{_CLOSERS}]*)(?=\s)")
_FIRST_WORD = re.compile(rf"\s*[{re.escape(_OPENERS)}]*(\w*)(.?)")
_LAST_WORD = re.compile(r"[^\s\"“”„»«‘‚(\[{<>/—]*\Z")
_WHOLE_WORD = re.compile(r"\s*\S+\s")
_LONGEST = 40  # characters of a word that may be an abbreviation
_ACRONYM = re.compile(r"(?:[^\W\d_]\.)+[^\W\d_]")
_ENTRY = re.compile(r"\d{1,3}")  # the number of an entry of a list, at its start
_SPACED = re.compile(r"(?<!\w)\w\.\s\w\Z")  # z. B.
ORDINAL = re.compile(r"\d{1,3}|\d{1,2}\.\d{1,2}|[IVXLC]+")


def sentence_ends(text: str, rules: Rules, greek: bool = False) -> Iterator[int]:
    """Yield where sentences end that others follow, behind their last character.

    Args:
        text: A paragraph.
        rules: Those of its language.
        greek: A semicolon asks.

    >>> list(sentence_ends("Mr. B. came. He sat.", Rules(frozenset({"mr"}))))
    [12]
    """
    start, last = 0, len(text.rstrip())
    ends = sorted(
        [*_END.finditer(text), *(_GREEK_QUESTION.finditer(text) if greek else ())],
        key=re.Match.start,
    )
    for match in ends:
        if match.start() >= start and _is_end(text, start, match, rules):
            start = match.end()
            if start < last:
                yield start


def last_safe_end(text: str, ends: list[int]) -> int:
    """Return the last end that more text cannot change, 0 if there is none."""
    for end in reversed(ends):
        if _WHOLE_WORD.match(text, end):
            return end
    return 0


def _is_end(text: str, start: int, match: re.Match, rules: Rules) -> bool:
    found = match.groupdict()
    following = _FIRST_WORD.match(text, match.end())
    word, behind = following.groups()
    if found.get("wide"):
        # Japanese goes on behind what it quotes.
        return not (found["closed"] and text[match.end() : match.end() + 1] in "と、，")
    if found["closers"] and word[:1].islower():
        return False
    mark = found.get("mark", ";")
    starts = word in rules.starters and not (len(word) == 1 and behind == ".")
    if mark != ".":
        return bool(mark.strip(".…"))
    stop = match.start()
    if _SPACED.search(text, max(start, stop - 5), stop):
        return False
    before = _LAST_WORD.search(text, max(start, stop - _LONGEST), stop).group()
    if _ENTRY.fullmatch(before) and not text[start : stop - len(before)].strip():
        return False
    return _full_stop_ends(before, starts, word, rules)


def _full_stop_ends(before: str, starts: bool, following: str, rules: Rules) -> bool:
    """Tell whether a full stop ends a sentence, by the words around it."""
    if rules.ordinals and ORDINAL.fullmatch(before):
        return starts
    if len(before) == 1 and before.isalpha():
        return starts
    lower = before.lower()
    if lower in rules.before_numbers and following[:1].isdigit():
        return False
    if rules.knows(before):
        return starts and rules.may_close(before)
    if _ACRONYM.fullmatch(before):
        return starts
    return True
