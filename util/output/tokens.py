"""A sentence into tokens: NLTK's rules for English, spaCy's for other languages.

What both lack is put around them: what must stay whole is hidden from them behind
letters, and what stands alone is set between blanks.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence

from util.languages import ENGLISH, Rules, pipeline, rules
from util.output.sentences import ORDINAL
from util.output.treebank import treebank
from util.output.whole import ALONE, EMOJI, EMOTICON, UNUSUAL, WHOLE

_DOUBLE_QUOTES = ("``", "''")
# One alone: two straight ones would be a double quote.
_APOSTROPHE = re.compile("(?<!['’ʼ＇])[’ʼ＇](?!['’ʼ＇])")
_WRONG_APOSTROPHE = re.compile(r"(?<=\w)‘(?=\w)")
# What follows the end of a sentence: its last full stop is one all the same.
_BEHIND = re.compile(rf"(?<=[.!?])(?:\s*(?:{EMOJI}|{EMOTICON}))+\s*\Z")
# NLTK splits the last full stop from `U.S.`; it knows one of the currencies.
_LAST_ACRONYM = re.compile(r"(?<!\w)(?:[A-Za-z]\.){2,}(?=[\])}>\"'”’»]*\s*\Z)")
_ALONE_IN_ENGLISH = re.compile("[€£¥₹₽₩\u2012-\u2015]")
# An opening quote, unless something was left out there: 'em, '90s, 'tis.
_OPENING = re.compile(
    r"(?<!\w)'(?!(?:re|ve|ll|m|t|s|d|n|em|cause|til|bout|tis|twas|\d\ds?)\b)(?=\w)",
    re.I,
)
_AND = re.compile(r"(?<!\w)'n'(?!\w)", re.I)
_LAST_NUMBER = re.compile(r"(?<=[0-9IVXLC])\.(?=[\])}>\"'”’“»«]*\s*\Z)")
_SHORTENED = re.compile(
    rf"(?<![\w.])(?:{ORDINAL.pattern}|[^\W\d_](?:[\w.]*\w)?)\.(?=\s)"
)
_CLITIC = re.compile(r"(?<=[^\W\d_])'s\b")  # geht's

_SCRIPTS = {
    "Chinese": ("zh", "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"),
    "Japanese": ("ja", "\u3040-\u30ff\uff66-\uff9f"),
    "Thai": ("th", "\u0e00-\u0e7f"),
}
WITHOUT_BLANKS = frozenset(code for code, _ in _SCRIPTS.values())
_NO_BLANKS = "".join(characters for _, characters in _SCRIPTS.values())
_RUN = re.compile(f"[{_NO_BLANKS}]{{2,}}")
_CHARACTER = re.compile(
    f"[{_NO_BLANKS}][\u0300-\u036f\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u3099\u309a]*"
)


def tokenize(sentence: str, language: str = ENGLISH) -> list[str]:
    """Return the tokens of one sentence; English ones in the Penn Treebank's style.

    They are pieces of the sentence, but for double quotes in English, which the
    Treebank writes as `` and ''.

    Args:
        sentence: The sentence.
        language: Its code, from `language_code`.

    Raises:
        ValueError: The language's packages are missing, or its script writes no blanks
            and it is not said to be Chinese, Japanese or Thai.

    >>> tokenize("We won’t go to www.x.org (U.S.).")
    ['We', 'wo', 'n’t', 'go', 'to', 'www.x.org', '(', 'U.S.', ')', '.']
    """
    if language == ENGLISH and not UNUSUAL.search(sentence):
        return treebank(sentence)
    behind = _BEHIND.search(sentence)
    if behind:
        parts = sentence[: behind.start()], behind.group()
        return [token for part in parts for token in tokenize(part, language)]
    changed = _between_blanks(sentence, language)
    changed = _APOSTROPHE.sub("'", _WRONG_APOSTROPHE.sub("'", changed))
    if language == ENGLISH:
        changed = WHOLE.sub(_hidden, changed)
        changed = _ALONE_IN_ENGLISH.sub(r" \g<0> ", changed)
        changed = _OPENING.sub("' ", _AND.sub(_hidden, changed))
        changed = _LAST_ACRONYM.sub(_hidden, changed)
        tokens = treebank(changed)
    else:
        changed = _LAST_NUMBER.sub(" .", changed)
        changed = _SHORTENED.sub(functools.partial(_kept, rules(language)), changed)
        changed = WHOLE.sub(_hidden, changed)
        if language == "de":
            changed = _CLITIC.sub(" xx", changed)
        words = pipeline(language)(changed)
        tokens = [part for word in words for part in word.text.split()]
    return tokens if changed == sentence else _written(tokens, changed, sentence)


def as_written(tokens: Sequence[str], solid: str) -> Sequence[str]:
    """Return the tokens as the text writes them, given the text without its blanks."""
    if '"' not in solid and "''" not in solid:
        return tokens
    written = list(tokens)
    position = 0
    for index, token in enumerate(tokens):
        if token in _DOUBLE_QUOTES:
            size = 1 if solid[position : position + 1] == '"' else 2
            written[index] = solid[position : position + size]
        position += len(written[index])
    return written


def _hidden(match: re.Match) -> str:
    """Return a word of the same length, which stays whole."""
    return "x" * len(match.group())


def _kept(known: Rules, match: re.Match) -> str:
    """Hide an abbreviation or ordinal that the language's tokenizer would split."""
    word = match.group()[:-1]
    if known.knows(word) or (known.ordinals and ORDINAL.fullmatch(word)):
        return _hidden(match)
    return match.group()


def _between_blanks(sentence: str, language: str) -> str:
    if language not in WITHOUT_BLANKS and not sentence.isascii():
        sentence = _without_runs(sentence)
    return ALONE.sub(_alone, sentence)


def _alone(match: re.Match) -> str:
    if len(match.group()) == 1:
        return f" {match.group()} "
    return f" {_hidden(match)} "


def _without_runs(sentence: str) -> str:
    """Split what a language with blanks quotes of one without, by characters."""
    run = _RUN.search(sentence)
    if run is None:
        return sentence
    letters = sum(map(str.isalpha, sentence))
    if 2 * sum(len(found.group()) for found in _RUN.finditer(sentence)) > letters:
        name, code = _script(sentence)
        raise ValueError(
            f"This looks like {name}, which writes no blanks between words: "
            f"{run.group()[:20]!r}. Say so with --language {code} (in a program: "
            f"language='{code}'), or give tokens between blanks, with --pretokenized."
        )
    return _RUN.sub(lambda found: _CHARACTER.sub(r" \g<0> ", found.group()), sentence)


def _script(sentence: str) -> tuple[str, str]:
    """Return the likeliest language of a text without blanks, and its code."""
    for name in ("Thai", "Japanese"):  # which writes Chinese characters, too
        code, characters = _SCRIPTS[name]
        if re.search(f"[{characters}]", sentence):
            return name, code
    return "Chinese", "zh"


def _written(tokens: Sequence[str], changed: str, sentence: str) -> list[str]:
    """Return the tokens of a changed sentence as the sentence itself writes them."""
    solid = "".join(sentence.split())
    written, position = [], 0
    for token, piece in zip(tokens, as_written(tokens, "".join(changed.split()))):
        end = position + len(piece)
        written.append(token if token != piece else solid[position:end])
        position = end
    return written
